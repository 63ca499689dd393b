"""A layout that puts widgets side by side and goes on in the next line when the width is used up. GUI thread."""

from PySide6.QtCore import QPoint, QRect, QSize

from migdesk.ui.widgets.wrapping_layout import WrappingLayout


class FlowLayout(WrappingLayout):
    """`gap` pixels between items and between lines."""

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self.items:
            size = size.expandedTo(item.minimumSize())
        return size

    def arrange(self, rect: QRect, *, move: bool) -> int:
        x, y, line = rect.x(), rect.y(), 0
        for item in self.items:
            if item.isEmpty():
                continue
            hint = item.sizeHint()
            width = min(hint.width(), max(rect.width(), 1))
            if x > rect.x() and x + width > rect.x() + rect.width():
                x, y, line = rect.x(), y + line + self.gap, 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), QSize(width, hint.height())))
            x += width + self.gap
            line = max(line, hint.height())
        return y + line - rect.y()
