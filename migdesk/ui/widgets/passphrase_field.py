"""A passphrase: hidden unless shown on purpose, with a hint while Caps Lock is on. GUI thread."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from migdesk.ui import icons
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.line_icons import scale_icons
from migdesk.ui.widgets.mark import mark
from migdesk.ui.widgets.text import text

NO_CONTEXT_MENU = 0
"""Qt::NoContextMenu: nobody needs to copy a passphrase."""


class _Line(QLineEdit):
    """Tells of each key before it takes it. No event filter: one would make a Python object of every event at start."""

    def __init__(self, pressed: Callable[[QKeyEvent], None]) -> None:
        super().__init__()
        self._pressed = pressed

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._pressed(event)
        super().keyPressEvent(event)


class PassphraseField(QWidget):
    """`entered` on Enter. The words come in, so that the field can be reused in any language."""

    entered = Signal()

    def __init__(self, theme: Theme, name: str, *, show: str, hide: str, caps: str) -> None:
        super().__init__()
        self._theme, self._words = theme, (show, hide)
        self.line = _Line(self._guess_caps)
        scale_icons(self.line, theme)
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.setAccessibleName(name)
        self.line.setMaxLength(512)
        self.line.setProperty("contextMenuPolicy", NO_CONTEXT_MENU)
        self._toggle = QAction(self)
        self._toggle.triggered.connect(self._switch)
        self.line.addAction(self._toggle, QLineEdit.ActionPosition.TrailingPosition)
        self.caps = text(caps, "caution", wrap=True)
        self.caps.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(1))
        column.addWidget(self.line)
        column.addWidget(self.caps)
        self.setFocusProxy(self.line)
        self.line.returnPressed.connect(self.entered)
        self._paint()

    def text(self) -> str:
        return self.line.text()

    def clear(self) -> None:
        """Empty it and hide it again."""
        self.line.clear()
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self._paint()

    def set_wrong(self, wrong: bool) -> None:
        mark(self.line, wrong)

    def _guess_caps(self, event: QKeyEvent) -> None:
        from PySide6.QtCore import Qt  # noqa: PLC0415 - too slow for the unlock window, see `widgets.text`

        # Qt does not tell the state of Caps Lock; a letter whose case does not fit Shift gives it away.
        letter = event.text()
        if len(letter) == 1 and letter.isalpha() and letter.lower() != letter.upper():
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.caps.setVisible(letter.isupper() != shift)
        elif event.key() == Qt.Key.Key_CapsLock:
            self.caps.hide()

    def _switch(self) -> None:
        hidden = self.line.echoMode() == QLineEdit.EchoMode.Password
        self.line.setEchoMode(QLineEdit.EchoMode.Normal if hidden else QLineEdit.EchoMode.Password)
        self._paint()

    def _paint(self) -> None:
        hidden = self.line.echoMode() == QLineEdit.EchoMode.Password
        color = self._theme.color("muted")
        self._toggle.setIcon(icons.icon("eye" if hidden else "eye-off", color, size=self._theme.px(18)))
        words = self._words[0] if hidden else self._words[1]
        self._toggle.setText(words)
        self._toggle.setToolTip(words)
