"""The line over an editor: label at the left, a mark at the right, or below it where there is no room."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class HeadLayout(QLayout):
    """Two widgets: the first takes the width it needs, the second stands right of it or under it."""

    def __init__(self, parent: QWidget, gap: int, line: int) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap, self._line = gap, line
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        return QSize(1, self._line)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        lead = self._items[0]
        trail = self._items[1] if len(self._items) > 1 else None
        if trail is None or trail.isEmpty():
            height = _height(lead, rect.width(), self._line)
            if move:
                lead.setGeometry(QRect(rect.x(), rect.y(), rect.width(), height))
            return height
        needs = trail.sizeHint().width()
        if lead.sizeHint().width() + self._gap + needs <= rect.width():
            height = max(_height(lead, rect.width() - needs - self._gap, self._line), trail.sizeHint().height())
            if move:
                lead.setGeometry(QRect(rect.x(), rect.y(), rect.width() - needs - self._gap, height))
                trail.setGeometry(QRect(rect.right() - needs + 1, rect.y(), needs, height))
            return height
        height = _height(lead, rect.width(), self._line)
        below = _height(trail, rect.width(), self._line)
        if move:
            lead.setGeometry(QRect(rect.x(), rect.y(), rect.width(), height))
            trail.setGeometry(QRect(rect.x(), rect.y() + height, rect.width(), below))
        return height + below


def _height(item: QLayoutItem, width: int, least: int) -> int:
    wanted = item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()
    return max(wanted, least)
