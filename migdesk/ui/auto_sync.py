"""The timer behind syncs that come by themselves; `services.auto_sync` decides when. GUI thread."""

from PySide6.QtCore import QObject, QTimer

from migdesk.ui.exchange import Exchange

LOOK_AGAIN_S = 60.0
"""A timer of Qt's stands still while a laptop sleeps: the clock is looked at again at least so often."""
SOONEST_S = 0.05


class AutoSync(QObject):
    """Follows an exchange: whatever is told to it, the timer is set anew."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self._exchange = exchange
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.check)
        exchange.listen(self.arm)

    @property
    def armed(self) -> bool:
        """Whether a sync will come by itself."""
        return self._timer.isActive()

    def arm(self) -> None:
        """Wait for the next moment, if there is one."""
        wait = self._exchange.due_in
        if wait is None:
            self._timer.stop()
        else:
            self._timer.start(round(min(max(wait, SOONEST_S), LOOK_AGAIN_S) * 1000))

    def check(self) -> None:
        """Sync if it is time; public so that a test need not wait."""
        if self._exchange.due_in == 0.0:
            self._exchange.start(asked=False)
        else:
            self.arm()

    def close(self) -> None:
        self._timer.stop()
