"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 10, 2, 30, tzinfo=UTC)


class FakeClock:
    """Satisfies `migdesk.clock.Clock`. The monotonic side never goes back, even when the wall does."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._monotonic = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def forward(self, **span: float) -> None:
        """Let time pass, for instance `forward(minutes=5)`."""
        passed = timedelta(**span)
        self._now += passed
        self._monotonic += passed.total_seconds()

    def set_wall(self, moment: datetime) -> None:
        """Put the wall clock to any moment, as a flat battery does."""
        self._now = moment
