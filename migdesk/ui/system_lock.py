"""Locks when the system says that the person went (screen locked, sleep, lid, another user), and has the idle watch
ask the system how long nobody was there. Chooses by platform; what a system does not offer is left out. GUI thread.
"""

import sys
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

from migdesk.ui.idle import IdleWatch


def listen(window: QWidget, lock: Callable[[], None], idle: IdleWatch) -> None:
    """From now on, as long as the window is there. Not before the first screen: it costs some milliseconds."""

    def away() -> None:
        if not window.isHidden():  # closed: nothing is to be seen, and nothing to be locked
            lock()

    if sys.platform == "win32":
        from migdesk.ui.windows_lock import WindowsLock, windows_idle  # noqa: PLC0415 - each system loads its own

        WindowsLock(window, away)
        idle.elsewhere = windows_idle
    elif sys.platform == "darwin":
        ActiveAgain(window, idle)
    else:
        from PySide6.QtDBus import QDBusConnection  # noqa: PLC0415

        from migdesk.ui.bus_lock import BusIdle, BusLock  # noqa: PLC0415

        own = QDBusConnection.sessionBus()
        BusLock(window, away, QDBusConnection.systemBus(), own)
        idle.elsewhere = BusIdle(idle, own)


class ActiveAgain(QObject):
    """Where the system tells nothing of sleep: whoever comes back to the program after too long finds it locked, before
    a key or a click counts as being there."""

    def __init__(self, window: QWidget, idle: IdleWatch) -> None:
        super().__init__(window)
        self._idle = idle
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.applicationStateChanged.connect(self._changed)

    def _changed(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self._idle.check()
