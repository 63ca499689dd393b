"""Keeps the program's windows out of screenshots, recordings and shared screens, where the system offers it (Windows).
GUI thread. A camera sees them all the same."""

import sys
from collections.abc import Callable

from PySide6.QtGui import QGuiApplication, QWindow

EXCLUDED, BLACK = 0x11, 0x01
"""WDA_EXCLUDEFROMCAPTURE (Windows 10 of 2020 and later) and WDA_MONITOR: not there, and there as a black place."""


class CaptureGuard:
    """Asks for it once for each window, when the focus first goes anywhere after it was opened."""

    def __init__(self, set_affinity: Callable[[int, int], bool]) -> None:
        self._set, self._done = set_affinity, set[int]()

    def look(self, _focused: QWindow | None = None) -> None:
        """Exclude what was opened since."""
        open_now = {int(window.winId()) for window in QGuiApplication.topLevelWindows() if window.isVisible()}
        for handle in open_now - self._done:
            if not self._set(handle, EXCLUDED):
                self._set(handle, BLACK)
        self._done = open_now


def exclude_windows(app: QGuiApplication) -> None:
    """From now on, every window of the program. Nothing where the system does not offer it."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415
        from ctypes import wintypes  # noqa: PLC0415

        affinity = ctypes.WinDLL("user32").SetWindowDisplayAffinity
        affinity.argtypes = [wintypes.HWND, wintypes.DWORD]
        guard = CaptureGuard(lambda handle, how: bool(affinity(handle, how)))
        app.focusWindowChanged.connect(guard.look)
        guard.look()
