"""What would stay beside a window that is locked, hidden or closed: menus, dialogs, the clipboard. GUI thread."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget


class Leftovers(QObject):
    """Belongs to one window, and knows what was copied in it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window, self._copied = window, ""
        QGuiApplication.clipboard().dataChanged.connect(self._clipboard_changed)

    def clear(self) -> None:
        """Close what stands open beside the window, and take back what we put on the clipboard."""
        popup = QApplication.activePopupWidget()
        while popup is not None:
            popup.close()
            popup = QApplication.activePopupWidget()
        for other in QApplication.topLevelWidgets():
            if other is not self._window and other.isVisible():
                other.close()
        clipboard = QGuiApplication.clipboard()
        if clipboard.ownsClipboard() or (self._copied and clipboard.text() == self._copied):
            clipboard.clear()
        self._copied = ""

    def _clipboard_changed(self) -> None:
        """What is copied while our window is in front was copied by us; not every system can say so later."""
        if QApplication.activeWindow() is not None:
            self._copied = QGuiApplication.clipboard().text()
