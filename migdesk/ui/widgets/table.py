"""The one table: fixed row height, no grid, whole rows, keyboard. Give it a model. GUI thread."""

from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from migdesk.ui.theme import Theme

LEAST_STRETCHED = 190
LEAST_FACTOR = 0.45


class DataTable(QTableView):
    """`activated_row(row)` on Enter or double click. A table that has focus always has a current row."""

    activated_row = Signal(int)

    def __init__(self, theme: Theme, model: QAbstractItemModel, name: str) -> None:
        super().__init__()
        self._widths: list[int] = []
        self._least = 0
        self.setAccessibleName(name)
        self.setModel(model)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.verticalHeader().hide()
        # A fixed height keeps a million rows cheap: Qt then measures none of them.
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(theme.size("row"))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(True)
        header.setMinimumSectionSize(theme.space(12))
        self.doubleClicked.connect(self._double_clicked)

    def set_widths(self, theme: Theme, *widths: int) -> None:
        """Column widths in pixels at 100 %; 0 takes what is left."""
        self._widths = [theme.px(width) if width else 0 for width in widths]
        self._least = theme.px(LEAST_STRETCHED)
        header = self.horizontalHeader()
        header.setStretchLastSection(0 not in widths)
        for column, width in enumerate(widths):
            mode = QHeaderView.ResizeMode.Interactive if width else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(column, mode)
        self._fit()

    def _fit(self) -> None:
        """Narrow the fixed columns where they would squeeze the one that takes the rest (large text, small window)."""
        fixed = sum(self._widths)
        room = self.viewport().width() - self._least * self._widths.count(0)
        factor = min(1.0, max(room / fixed, LEAST_FACTOR)) if fixed else 1.0
        for column, width in enumerate(self._widths):
            if width:
                self.setColumnWidth(column, round(width * factor))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def current_row(self) -> int:
        """The current row, or -1."""
        return self.currentIndex().row()

    def select_row(self, row: int) -> None:
        if 0 <= row < self.model().rowCount():
            self.selectRow(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.currentIndex().isValid():
            self.activated_row.emit(self.currentIndex().row())
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid():
            self.select_row(0)

    def _double_clicked(self, index: QModelIndex) -> None:
        self.activated_row.emit(index.row())
