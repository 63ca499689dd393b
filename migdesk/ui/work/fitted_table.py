"""A table that gives up its least needed columns where the text is large or the window small. GUI thread."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractItemModel
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView

from migdesk.ui.theme import Theme
from migdesk.ui.widgets.table import DataTable

LEAST = 190


class FittedTable(DataTable):
    """`spare` are the columns that go first, in this order. A column is shown whole or not at all: half a word, or a
    choice that is cut off, is worse than one that stands on the record's own page."""

    def __init__(self, theme: Theme, model: QAbstractItemModel, name: str, spare: Sequence[int] = ()) -> None:
        super().__init__(theme, model, name)
        self._spare = tuple(spare)
        self._wanted: list[int] = []
        self._least_px = theme.px(LEAST)

    def fit_columns(self, theme: Theme, *widths: int) -> None:
        """Column widths in pixels at 100 %; 0 takes what is left."""
        self._wanted = [theme.px(width) if width else 0 for width in widths]
        header = self.horizontalHeader()
        header.setStretchLastSection(False)
        for column, width in enumerate(widths):
            mode = QHeaderView.ResizeMode.Fixed if width else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(column, mode)
            if width:
                self.setColumnWidth(column, theme.px(width))
        self._choose()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose()

    def _choose(self) -> None:
        shown = set(range(len(self._wanted)))
        for column in self._spare:
            needed = sum(self._wanted[one] or self._least_px for one in shown)
            if needed <= self.viewport().width():
                break
            shown.discard(column)
        for column in range(len(self._wanted)):
            if self.isColumnHidden(column) == (column in shown):
                self.setColumnHidden(column, column not in shown)
