"""When MigDesk syncs by itself: pure decisions on what the window tells. Seconds are of a monotonic clock; it opens no
socket and starts no timer."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from migdesk.sync.laptop.retry import failures_after, next_wait

SETTLE_S = 30.0
"""So long after the last save: a form is often corrected right away, and one exchange is cheaper than five."""
SETTLE_MOST_S = 120.0
"""Whoever saves without a pause (attendance of a hall) is not waited for longer."""
EVERY_S = 15 * 60.0
AFTER_UNLOCK_S = 4.0
"""The first screen comes first."""
BACK_SPREAD_S = 2.0
"""All laptops of a room hear at one moment that the hotspot is back."""
PATIENT_FROM = 7
"""After so many failures in a row the waits grow to a quarter of an hour."""
LEAST_WAIT_S = 1.0


class When(StrEnum):
    """What the person chose."""

    AUTOMATIC = "automatic"
    WIFI = "wifi"
    MANUAL = "manual"


class Medium(StrEnum):
    """What the link is made of, as far as the system tells."""

    WIFI = "wifi"
    CABLE = "cable"
    MOBILE = "mobile"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Link:
    """What the system says of the network. `online` and `metered` are None where it does not tell; `portal`: a page
    to sign in stands before it."""

    online: bool | None = None
    medium: Medium = Medium.UNKNOWN
    metered: bool | None = None
    portal: bool = False


def may_use(when: When, link: Link) -> bool:
    """Whether a sync by itself may use this link. A cable counts like Wi-Fi; a link of which nothing is known only if
    it is not metered."""
    if when is When.MANUAL:
        return False
    if when is When.AUTOMATIC:
        return True
    if link.medium in {Medium.WIFI, Medium.CABLE}:
        return True
    return link.medium in {Medium.UNKNOWN, Medium.OTHER} and link.metered is not True


class Rhythm:
    """The moments of syncs by itself. Tell it what happens; ask `due`. `random` gives 0 <= x < 1."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self.when = When.AUTOMATIC
        self.enrolled = False
        self.open = False
        self.link = Link()
        self._running = False
        self._failures = 0
        self._next: float | None = None
        self._settled: float | None = None
        self._first_save = 0.0

    def unlocked(self, now: float) -> None:
        """The workspace is open, for the first time or again."""
        self.open = True
        self._sooner(now + AFTER_UNLOCK_S)

    def locked(self) -> None:
        """Nothing by itself until it is open again."""
        self.open = False

    def saved(self, now: float) -> None:
        """Something was written here."""
        if self._settled is None:
            self._first_save = now
        self._settled = min(now + SETTLE_S, self._first_save + SETTLE_MOST_S)

    def heard(self, link: Link, now: float) -> None:
        """The network is another one, or the system has looked again."""
        before, self.link = self.link, link
        came_back = link.online is not False and before.online is False
        if came_back or (before.portal and not link.portal) or before.medium != link.medium:
            self._failures = 0
            self._sooner(now + BACK_SPREAD_S * self._random())

    def began(self) -> None:
        """A sync runs, whoever asked for it; what is saved from now on may miss it."""
        self._running, self._settled = True, None

    def ended(self, now: float, *, worked: bool, moved: int = 0, wait_s: float = 0.0) -> None:
        """It is over. `moved` bytes went or came; a server that is busy asked to be left alone for `wait_s`."""
        self._running = False
        if worked:
            self._failures = 0
            self._next = now + EVERY_S
            return
        self._failures = failures_after(self._failures, moved)
        most = EVERY_S if self._failures >= PATIENT_FROM else 60.0
        self._next = now + max(next_wait(self._failures, self._random, most=most), wait_s, LEAST_WAIT_S)

    def due(self, now: float) -> float | None:
        """Seconds until the next sync by itself, 0 for now; None if nothing leads to one as things stand."""
        # While tries fail, a save brings none forward: the wait is there for the link's sake.
        moments = [self._next, None if self._failures else self._settled]
        known = [moment for moment in moments if moment is not None]
        if not (self.enrolled and self.open and known) or self._running:
            return None
        if not may_use(self.when, self.link) or self.link.online is False or self.link.portal:
            return None
        return max(0.0, min(known) - now)

    def _sooner(self, at: float) -> None:
        self._next = at if self._next is None else min(self._next, at)
