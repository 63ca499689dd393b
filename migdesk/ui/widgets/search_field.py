"""A search field: says what it wants after a pause, at once on Enter; Esc empties it. GUI thread."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QLineEdit

from migdesk.ui import icons
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.line_icons import scale_icons

PAUSE_MS = 180


class SearchField(QLineEdit):
    """`wanted(text)`: the text after a pause in typing, trimmed; empty when it was cleared. `entered`: Enter."""

    wanted = Signal(str)
    entered = Signal(str)

    def __init__(self, theme: Theme, hint: str, *, pause_ms: int = PAUSE_MS) -> None:
        super().__init__()
        self.setProperty("look", "search")
        self.setPlaceholderText(hint)
        self.setAccessibleName(hint)
        self.setClearButtonEnabled(True)
        scale_icons(self, theme)
        self.addAction(
            icons.icon("search", theme.color("muted"), size=theme.px(18)), QLineEdit.ActionPosition.LeadingPosition
        )
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(pause_ms)
        self._pause.timeout.connect(self._tell)
        self._told = ""
        self.textChanged.connect(lambda _text: self._pause.start())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._tell()
            self.entered.emit(self.text().strip())
            return
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self._tell()
            return
        super().keyPressEvent(event)

    def _tell(self) -> None:
        self._pause.stop()
        words = self.text().strip()
        if words != self._told:
            self._told = words
            self.wanted.emit(words)
