"""The line over an editor: label at the left, a mark at the right, or below it where there is no room."""

from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QLayoutItem, QWidget

from migdesk.ui.widgets.wrapping_layout import WrappingLayout


class HeadLayout(WrappingLayout):
    """Two widgets: the first takes the width it needs, the second stands right of it or under it."""

    def __init__(self, parent: QWidget, gap: int, line: int) -> None:
        super().__init__(parent, gap)
        self._line = line

    def minimumSize(self) -> QSize:
        return QSize(1, self._line)

    def arrange(self, rect: QRect, *, move: bool) -> int:
        lead = self.items[0]
        trail = self.items[1] if len(self.items) > 1 else None
        if trail is None or trail.isEmpty():
            height = _height(lead, rect.width(), self._line)
            if move:
                lead.setGeometry(QRect(rect.x(), rect.y(), rect.width(), height))
            return height
        needs = trail.sizeHint().width()
        if lead.sizeHint().width() + self.gap + needs <= rect.width():
            height = max(_height(lead, rect.width() - needs - self.gap, self._line), trail.sizeHint().height())
            if move:
                lead.setGeometry(QRect(rect.x(), rect.y(), rect.width() - needs - self.gap, height))
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
