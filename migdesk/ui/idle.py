"""Notices that nobody is at the laptop. GUI thread; decides nothing but "now"."""

from collections.abc import Callable
from datetime import datetime, timedelta

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QWindow

from migdesk.clock import Clock

_ACTS = frozenset({QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel})
CHECK_MS = 5000


class IdleWatch(QObject):
    """Calls `idle` when there was no key and no pointer for `minutes`.

    It watches the window's own native events, not every event of the program. Both clocks are asked: a laptop that
    slept has a monotonic clock that may have stopped, and a wall clock may have been set. Somebody who works in another
    program is there too, if the system can say so (`elsewhere`); but not after a sleep of that length, when whoever
    woke the laptop may be anybody. It ends with `owner`, which `idle` covers: there is nothing to lock any more.
    """

    def __init__(self, owner: QObject, clock: Clock, minutes: int, idle: Callable[[], None]) -> None:
        super().__init__(owner)
        self._clock, self._idle = clock, idle
        self.minutes = minutes
        self._wall: datetime = clock.now()
        self._steady = clock.monotonic()
        self._looked = (self._wall, self._steady)
        self._asked = False
        self.elsewhere: Callable[[Callable[[float | None], None]], None] | None = None
        """Asks the system for how long nobody touched the computer, in seconds; it is told None if nobody knows."""
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
        return self._since(self._wall, self._steady)

    def check(self) -> None:
        """Compare now with the last act; public so that a test need not wait."""
        slept = self._since(*self._looked) >= self._limit_s
        self._looked = (self._clock.now(), self._clock.monotonic())
        if self.passed_s < self._limit_s:
            return
        if self.elsewhere is None or slept or self._asked:  # asked before, and no answer came
            self._lock()
            return
        self._asked = True
        self.elsewhere(self._told)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _ACTS:
            self.check()  # first: who comes after too long finds it locked
            self.touch()
        return False

    @property
    def _limit_s(self) -> float:
        return self.minutes * 60

    def _since(self, wall: datetime, steady: float) -> float:
        return max(self._clock.monotonic() - steady, (self._clock.now() - wall).total_seconds())

    def _told(self, seconds: float | None) -> None:
        """How long nobody touched the computer anywhere."""
        if not self._asked:
            return  # locked meanwhile, or told twice
        self._asked = False
        if seconds is None or seconds >= self._limit_s:
            if self.passed_s >= self._limit_s:
                self._lock()
            return
        self._wall = self._clock.now() - timedelta(seconds=seconds)
        self._steady = self._clock.monotonic() - seconds

    def _lock(self) -> None:
        self._asked = False
        self.touch()
        self._idle()
