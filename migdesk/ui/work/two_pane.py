"""A wide and a narrow column; one above the other where there is no room for both. GUI thread."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from migdesk.ui.theme import Theme

SIDE_WIDTH = 300
SIDE_BY_SIDE_FROM = 860


class TwoPane(QWidget):
    """`main` takes what `side` leaves. When stacked, `side` goes on top if `side_first`."""

    def __init__(self, theme: Theme, main: QWidget, side: QWidget, *, side_first: bool = True) -> None:
        super().__init__()
        self._theme, self._main, self._side, self._side_first = theme, main, side, side_first
        self._wide: bool | None = None
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.space(4))
        self._row.addWidget(main, 1)
        self._row.addWidget(side, 0, Qt.AlignmentFlag.AlignTop)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        wide = self.width() >= self._theme.px(SIDE_BY_SIDE_FROM)
        if wide == self._wide:
            return
        self._wide = wide
        if wide:
            self._row.setDirection(QBoxLayout.Direction.LeftToRight)
            self._side.setFixedWidth(self._theme.px(SIDE_WIDTH))
            return
        up = QBoxLayout.Direction.BottomToTop if self._side_first else QBoxLayout.Direction.TopToBottom
        self._row.setDirection(up)
        self._side.setMinimumWidth(0)
        self._side.setMaximumWidth(16_777_215)


class SideColumn(QWidget):
    """Cards one below the other, kept at the top."""

    def __init__(self, theme: Theme, *cards: QWidget) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(theme.space(4))
        for card in cards:
            self.column.addWidget(card)
