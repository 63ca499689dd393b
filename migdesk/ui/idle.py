"""Notices that nobody is at the laptop. GUI thread; decides nothing but "now"."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QWindow

from migdesk.clock import Clock

_ACTS = frozenset({QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel})
CHECK_MS = 5000


class IdleWatch(QObject):
    """Calls `idle` when there was no key and no pointer for `minutes`.

    It watches the window's own native events, not every event of the program. Both clocks are asked: a laptop that
    slept has a monotonic clock that may have stopped, and a wall clock may have been set. It ends with `owner`, which
    `idle` covers: there is nothing to lock any more.
    """

    def __init__(self, owner: QObject, clock: Clock, minutes: int, idle: Callable[[], None]) -> None:
        super().__init__(owner)
        self._clock, self._idle = clock, idle
        self.minutes = minutes
        self._wall: datetime = clock.now()
        self._steady = clock.monotonic()
        self._timer = QTimer(self)
        self._timer.setInterval(CHECK_MS)
        self._timer.timeout.connect(self.check)

    def watch(self, window: QWindow) -> None:
        window.installEventFilter(self)
        self._timer.start()

    def close(self) -> None:
        """Call nobody any more."""
        self._timer.stop()

    def touch(self) -> None:
        """Somebody is here."""
        self._wall, self._steady = self._clock.now(), self._clock.monotonic()

    @property
    def passed_s(self) -> float:
        """For how long nobody has been here."""
        return max(self._clock.monotonic() - self._steady, (self._clock.now() - self._wall).total_seconds())

    def check(self) -> None:
        """Compare now with the last act; public so that a test need not wait."""
        if self.passed_s >= self.minutes * 60:
            self.touch()
            self._idle()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _ACTS:
            self.touch()
        return False
