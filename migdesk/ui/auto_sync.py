"""Starts syncs by itself at the moments that `services.auto_sync` decides on. GUI thread; the work is elsewhere."""

import random
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from migdesk.clock import Clock
from migdesk.services.auto_sync import Link, Rhythm, When
from migdesk.ui.exchange import Exchange

LOOK_AGAIN_MS = 60_000
"""A timer of Qt's stands still while a laptop sleeps: the clock is looked at again at least so often."""
SOONEST_MS = 50


class AutoSync(QObject):
    """Tell it of saves, the link, lock and unlock. `changed` is called when the time of the next sync may be another."""

    def __init__(self, exchange: Exchange, clock: Clock, changed: Callable[[], None]) -> None:
        super().__init__()
        self._exchange, self._clock, self._changed = exchange, clock, changed
        self._was_running = False
        self.rhythm = Rhythm(random.random)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.check)
        exchange.listen(self._heard)

    @property
    def link(self) -> Link:
        return self.rhythm.link

    @property
    def retry_in(self) -> float | None:
        """Seconds until the next sync by itself."""
        return self.rhythm.due(self._clock.monotonic())

    def choose(self, when: When) -> None:
        self.rhythm.when = when
        self._arm()

    def enrolled(self, enrolled: bool) -> None:
        if enrolled != self.rhythm.enrolled:
            self.rhythm.enrolled = enrolled
            self._arm()

    def saved(self) -> None:
        self.rhythm.saved(self._clock.monotonic())
        self._arm()

    def heard_of(self, link: Link) -> None:
        self.rhythm.heard(link, self._clock.monotonic())
        self._arm()
        self._changed()

    def unlocked(self) -> None:
        self.rhythm.unlocked(self._clock.monotonic())
        self._arm()

    def locked(self) -> None:
        """A sync that nobody asked for is cut, which loses nothing; one that a person waits for goes on to its end."""
        self.rhythm.locked()
        self._timer.stop()
        if self._exchange.running and not self._exchange.asked:
            self._exchange.stop()

    def close(self) -> None:
        """The window closes: nothing more begins, and what runs is cut."""
        self.rhythm.locked()
        self._timer.stop()
        self._exchange.stop()

    def check(self) -> None:
        """Sync if it is time; public so that a test need not wait."""
        if self.rhythm.due(self._clock.monotonic()) == 0.0:
            self._exchange.start(asked=False)
        else:
            self._arm()

    def _arm(self) -> None:
        wait = self.rhythm.due(self._clock.monotonic())
        if wait is None:
            self._timer.stop()
        else:
            self._timer.start(min(max(round(wait * 1000), SOONEST_MS), LOOK_AGAIN_MS))

    def _heard(self) -> None:
        running, last = self._exchange.running, self._exchange.last
        if running == self._was_running:
            return
        self._was_running = running
        if running:
            self.rhythm.began()
        elif last is not None:
            waits = last.error.params.get("retry_after_s", 0.0) if last.error is not None else 0.0
            wait_s = float(waits) if isinstance(waits, int | float) else 0.0
            stopped = last.counts is None and last.error is None
            now = self._clock.monotonic()
            self.rhythm.ended(now, worked=last.worked or stopped, moved=last.moved, wait_s=wait_s)
        self._arm()
