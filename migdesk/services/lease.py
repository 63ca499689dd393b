"""The time by which a lease is judged: the laptop's clock, as far as what the server said lets it be believed.

A clock may be wrong, be set right, or be turned back to stretch the lease. So the time never goes below what was heard
of the server, nor below what this laptop has seen since. Whatever reads the store runs on its thread.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from migdesk.clock import Clock, from_ms, to_ms

if TYPE_CHECKING:
    from migdesk.store.database import Transaction

_SEEN = "device.seen"
GRACE = timedelta(days=14)
"""How long after its lease a workspace may still be read."""

LEAP_MS = 45 * 24 * 3600 * 1000
"""A clock that leaps further than a lease lasts is taken to be wrong: it decides while it shows so, and no longer."""


class LeaseClock:
    """`heard_ms` is the server's time at the last contact (0: never), `ahead_ms` how far its clock then was ahead of
    ours, `seen_ms` the latest time that this laptop has seen since, as it was kept."""

    def __init__(self, clock: Clock, heard_ms: int = 0, ahead_ms: int = 0, seen_ms: int = 0) -> None:
        self._clock = clock
        self._heard, self._ahead = heard_ms, ahead_ms
        self._floor, self._since = max(heard_ms, seen_ms), clock.monotonic()

    @property
    def heard_ms(self) -> int:
        return self._heard

    def heard(self, heard_ms: int, ahead_ms: int) -> None:
        """A newer contact: what was seen before it counts no more, even if that was later."""
        self._ahead = ahead_ms
        if heard_ms != self._heard:
            self._heard = self._floor = heard_ms
            self._since = self._clock.monotonic()

    def now(self) -> datetime:
        """What time it is at least."""
        wall = to_ms(self._clock.now())
        if not self._heard:
            return from_ms(wall)
        monotonic = self._clock.monotonic()
        floor = self._floor + round((monotonic - self._since) * 1000)
        # Our clock as it is, or as far off as it was: the one that does not say that time ran backwards.
        likely = min((one for one in (wall, wall + self._ahead) if one >= self._heard), default=floor)
        if likely <= floor + LEAP_MS:
            self._floor, self._since = max(floor, likely), monotonic
        return from_ms(max(floor, likely))

    def seen(self) -> int:
        """The latest time to be kept for the next start, in ms."""
        self.now()
        return self._floor


def lease_of(tx: "Transaction") -> tuple[datetime | None, bool]:
    """Until when the server lets this laptop work unheard of, and whether it was revoked."""
    from migdesk.sync.trust import server_card  # noqa: PLC0415

    card = server_card.find(tx)
    if card is None:
        return None, False
    return (from_ms(card.lease_until_ms) if card.lease_until_ms else None), card.revoked


def heard_of(tx: "Transaction") -> tuple[int, int]:
    """The server's time at the last contact, and how far its clock was ahead then."""
    from migdesk.sync.trust import server_card  # noqa: PLC0415

    card = server_card.find(tx)
    return (card.heard_ms, card.clock_offset_ms) if card is not None else (0, 0)


def clock_of(tx: "Transaction", clock: Clock) -> LeaseClock:
    """The latest time that was seen counts only since the contact it was seen after."""
    from migdesk.store import settings  # noqa: PLC0415

    heard, ahead = heard_of(tx)
    after, seen = settings.get(tx, _SEEN) or (0, 0)
    return LeaseClock(clock, heard, ahead, seen if after == heard else 0)


def keep(tx: "Transaction", time: LeaseClock) -> None:
    """Keep for the next start what was seen."""
    from migdesk.store import settings  # noqa: PLC0415

    settings.put(tx, _SEEN, [time.heard_ms, time.seen()])
