"""A card over the window that asks for one thing. No window of its own, so that hiding hides it too. GUI thread."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from migdesk.ui.theme import Theme
from migdesk.ui.widgets.text import text

_SCRIM_ALPHA = 115
FRAME = "frame"
"""Object name of the workspace."""


class Sheet(QWidget):
    """Covers the frame that `host` is in and holds the keyboard. `.content` takes widgets.

    Esc calls `on_escape`, or closes it.
    """

    def __init__(
        self,
        host: QWidget,
        theme: Theme,
        title: str,
        *,
        on_escape: Callable[[], None] | None = None,
        width: int = 520,
    ) -> None:
        host = _frame_of(host)
        super().__init__(host)
        self._host, self._on_escape = host, on_escape or self.close_sheet
        self._before: QWidget | None = host.window().focusWidget()
        self.setObjectName("sheet")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(theme.space(4), theme.space(4), theme.space(4), theme.space(4))
        outer.addStretch(1)
        self.card = QFrame()
        self.card.setProperty("look", "raised")
        self.card.setMaximumWidth(theme.px(width))
        self.card.setMinimumWidth(min(theme.px(width), max(host.width() - theme.space(16), 1)))
        # Stretches and not an alignment: an aligned widget gets no height for its wrapped lines.
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self.card, 100)
        middle.addStretch(1)
        outer.addLayout(middle)
        outer.addStretch(2)
        column = QVBoxLayout(self.card)
        column.setContentsMargins(theme.space(6), theme.space(5), theme.space(6), theme.space(5))
        column.setSpacing(theme.space(4))
        self.heading = text(title, "section", wrap=True)
        column.addWidget(self.heading)
        self.content = QVBoxLayout()
        self.content.setSpacing(theme.space(3))
        column.addLayout(self.content)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(theme.space(2))
        self.buttons.addStretch(1)
        column.addLayout(self.buttons)
        host.installEventFilter(self)

    def add_buttons(self, buttons: Sequence[QPushButton]) -> None:
        for button in buttons:
            self.buttons.addWidget(button)

    def open(self, focus: QWidget | None = None) -> None:
        """Show it and give `focus` (or the first thing that takes it) the keyboard."""
        self.setGeometry(self._host.rect())
        self.show()
        self.raise_()
        target = focus or next(iter(self._stops()), None)
        if target is not None:
            target.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_sheet(self) -> None:
        """Take it away and give the keyboard back to where it was."""
        self._host.removeEventFilter(self)
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._on_escape()
            return
        super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes round inside."""
        stops = self._stops()
        if not stops:
            return False
        here = self.window().focusWidget()
        at = stops.index(here) if here in stops else -1
        stops[(at + (1 if forward else -1)) % len(stops)].setFocus(
            Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        )
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._host and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._host.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, _SCRIM_ALPHA))
        painter.end()

    def _stops(self) -> list[QWidget]:
        """What Tab reaches inside, in order."""
        found: list[QWidget] = []
        one = self.nextInFocusChain()
        while one is not None and one is not self:
            takes = bool(one.focusPolicy() & Qt.FocusPolicy.TabFocus) and one.isEnabled() and one.isVisible()
            if takes and self.isAncestorOf(one) and not isinstance(one, QScrollArea):
                found.append(one)
            one = one.nextInFocusChain()
        return found


def _frame_of(widget: QWidget) -> QWidget:
    """What is covered: the whole unlocked frame, and nothing above it, so that lock and hide cover the sheet too."""
    one: QWidget | None = widget
    while one is not None and one.objectName() != FRAME:
        one = one.parentWidget()
    return one or widget
