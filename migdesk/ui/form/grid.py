"""Puts the cells of a section in two columns where there is room, else in one. GUI thread.

It places them itself: the height of a cell depends on its width (wrapped labels and choices), and nested Qt layouts
settle that too late, with gaps.
"""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from migdesk.ui.form.field_cell import FieldCell
from migdesk.ui.theme import Theme

TWO_COLUMNS_FROM = 620


class FieldGrid(QWidget):
    """Hidden cells leave no hole: the rest moves up. Editors of a row stand on one line."""

    def __init__(self, theme: Theme, cells: Sequence[FieldCell]) -> None:
        super().__init__()
        self._cells = list(cells)
        self._threshold = theme.px(TWO_COLUMNS_FROM)
        self._gap_x, self._gap_y = theme.space(6), theme.space(4)
        self._arranging = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for cell in self._cells:
            cell.setParent(self)
            cell.show()
            cell.installEventFilter(self)

    def arrange(self) -> None:
        """Place the cells that are to be seen, and take the height that they need."""
        if self._arranging:
            return
        self._arranging = True
        y = 0
        for row in self._rows():
            y += self._place(row, y) + self._gap_y
        self.setFixedHeight(max(y - self._gap_y, 1))
        self._arranging = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = {QEvent.Type.ShowToParent, QEvent.Type.HideToParent, QEvent.Type.LayoutRequest}
        if event.type() in kinds:
            self.arrange()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.arrange()

    def _columns(self) -> int:
        return 2 if self.width() >= self._threshold else 1

    def _rows(self) -> list[list[FieldCell]]:
        rows: list[list[FieldCell]] = []
        row: list[FieldCell] = []
        for cell in (one for one in self._cells if not one.isHidden()):
            if row and (cell.wide or len(row) == self._columns()):
                rows.append(row)
                row = []
            row.append(cell)
            if cell.wide:
                rows.append(row)
                row = []
        return [*rows, row] if row else rows

    def _place(self, row: Sequence[FieldCell], y: int) -> int:
        """Place one row at `y`; returns its height."""
        half = (self.width() - self._gap_x) // 2 if self._columns() == 2 else self.width()
        widths = [self.width() if cell.wide else half for cell in row]
        head = max(cell.head_height(width) for cell, width in zip(row, widths, strict=True))
        heights = [cell.height_for(width, head) for cell, width in zip(row, widths, strict=True)]
        x = 0
        for cell, width in zip(row, widths, strict=True):
            cell.setGeometry(x, y, width, max(heights))
            x += width + self._gap_x
        return max(heights)
