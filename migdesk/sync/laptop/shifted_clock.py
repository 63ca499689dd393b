"""A clock as far ahead as the server's was found to be, so that a laptop whose date is wrong can sign in. Pure."""

from datetime import datetime, timedelta

from migdesk.clock import Clock


class ShiftedClock:
    """`ahead_ms` may be negative."""

    def __init__(self, clock: Clock, ahead_ms: int) -> None:
        self._clock, self._ahead = clock, timedelta(milliseconds=ahead_ms)

    def now(self) -> datetime:
        return self._clock.now() + self._ahead

    def monotonic(self) -> float:
        return self._clock.monotonic()
