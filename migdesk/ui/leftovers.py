"""What would stay beside a window that is locked, hidden or closed: menus, dialogs, the clipboard. GUI thread."""

import hmac
import secrets
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QClipboard, QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

COPIED_MS = 90_000
"""How long what was copied here stays on the clipboard."""
_PARAGRAPH = "\u2029"
"""By which Qt parts the lines of selected text."""


class Leftovers(QObject):
    """Belongs to one window. What was copied in it is taken back when it is locked, hidden or closed, and after
    `COPIED_MS`; what another program put on the clipboard is nobody's business here.

    Of what was copied only a keyed digest is kept. Qt knows on most systems whether the clipboard is ours; elsewhere it
    is ours when it holds what is selected in a window of ours.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window, self._key = window, secrets.token_bytes(16)
        self._copied: dict[QClipboard.Mode, bytes] = {}
        self.limit = QTimer(self, singleShot=True, interval=COPIED_MS)
        self.limit.timeout.connect(self.clear_copied)
        self._clipboard = QGuiApplication.clipboard()
        self._clipboard.changed.connect(self._changed)

    def clear(self) -> None:
        """Close what stands open beside the window, and take back what we put on the clipboard."""
        popup = QApplication.activePopupWidget()
        while popup is not None:
            popup.close()
            popup = QApplication.activePopupWidget()
        for other in QApplication.topLevelWidgets():
            if other is not self._window and other.isVisible():
                other.close()
        self.clear_copied()

    def clear_copied(self) -> None:
        """Take back what is ours on the clipboard, and on the one that selecting fills."""
        self.limit.stop()
        for mode in (QClipboard.Mode.Clipboard, QClipboard.Mode.Selection):
            mark = self._copied.pop(mode, b"")
            if self._owns(mode) or (mark and hmac.compare_digest(mark, self._mark(mode))):
                self._clipboard.clear(mode)

    def _changed(self, mode: QClipboard.Mode) -> None:
        if self._owns(mode) or self._clipboard.text(mode) in _selected():
            self._copied[mode] = self._mark(mode)
            self.limit.start()
        else:
            self._copied.pop(mode, None)

    def _owns(self, mode: QClipboard.Mode) -> bool:
        of_selecting = mode == QClipboard.Mode.Selection
        return self._clipboard.ownsSelection() if of_selecting else self._clipboard.ownsClipboard()

    def _mark(self, mode: QClipboard.Mode) -> bytes:
        return hmac.digest(self._key, self._clipboard.text(mode).encode("utf-8", "surrogatepass"), "sha256")


def _selected() -> Iterator[str]:
    """What is selected in the windows of this program."""
    for widget in QApplication.allWidgets():
        if isinstance(widget, QLineEdit | QLabel) and widget.hasSelectedText():
            yield widget.selectedText()
        elif isinstance(widget, QTextEdit | QPlainTextEdit) and widget.textCursor().hasSelection():
            yield widget.textCursor().selectedText().replace(_PARAGRAPH, "\n")
