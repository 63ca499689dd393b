"""What layouts whose height follows from their width have in common."""

from PySide6.QtCore import QMargins, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class WrappingLayout(QLayout):
    """Keeps the items; a subclass says in `arrange` where they go."""

    def __init__(self, parent: QWidget, gap: int) -> None:
        super().__init__(parent)
        self.items: list[QLayoutItem] = []
        self.gap = gap
        self.setContentsMargins(QMargins(0, 0, 0, 0))

    def arrange(self, rect: QRect, *, move: bool) -> int:
        """Place the items in `rect` if they are to `move`; the height that they need. Here they stay where they are."""
        return 0

    def addItem(self, item: QLayoutItem) -> None:
        self.items.append(item)

    def count(self) -> int:
        return len(self.items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self.items[index] if 0 <= index < len(self.items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self.items.pop(index) if 0 <= index < len(self.items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self.arrange(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self.arrange(rect, move=True)
