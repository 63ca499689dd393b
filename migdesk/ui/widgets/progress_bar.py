"""A bar with words, a number and a way to stop, for work that takes longer than half a second. GUI thread."""

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from migdesk.ui.theme import Theme
from migdesk.ui.widgets.buttons import quiet
from migdesk.ui.widgets.text import text

SHOW_AFTER_MS = 500


class ProgressBar(QWidget):
    """Hidden until `begin`, and then for half a second more: short work flashes nothing."""

    def __init__(self, theme: Theme, name: str, stop: str, on_stop: Callable[[], None]) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(1.5))
        row = QHBoxLayout()
        self.words = text("", "small", wrap=True)
        row.addWidget(self.words, 1)
        self.stop = quiet(stop, on_stop)
        row.addWidget(self.stop)
        column.addLayout(row)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(name)
        column.addWidget(self.bar)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(SHOW_AFTER_MS)
        self._wait.timeout.connect(self.show)
        self.hide()

    def begin(self, words: str) -> None:
        """Work began; how long it takes is not known yet."""
        self.words.setText(words)
        self.bar.setRange(0, 0)
        self._wait.start()

    def advance(self, done: int, total: int, words: str) -> None:
        """`done` of `total`; a total of 0 means that it is not known."""
        self.bar.setRange(0, max(total, 0))
        # Never full before it is done: a full bar that does not go away looks broken.
        self.bar.setValue(min(done, total - 1) if total else 0)
        if words:
            self.words.setText(words)

    def end(self) -> None:
        self._wait.stop()
        self.hide()
