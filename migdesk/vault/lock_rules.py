"""When the screen locks and how long wrong tries wait: a pure state table. Times are monotonic seconds."""

from dataclasses import dataclass, replace
from enum import StrEnum

_FREE_TRIES = 2
_LONGEST_S = 300.0


class Phase(StrEnum):
    """`HIDDEN` is the neutral cover of quick hide; it too is left by the passphrase only (R-10)."""

    OPEN = "open"
    HIDDEN = "hidden"
    LOCKED = "locked"


class Event(StrEnum):
    """What can happen. `TICK` is the passing of time; `AWAY` is sleep, a closed lid or a switch of users."""

    ACTIVITY = "activity"
    TICK = "tick"
    AWAY = "away"
    LOCK = "lock"
    HIDE = "hide"
    WRONG = "wrong"
    UNLOCK = "unlock"


@dataclass(frozen=True, slots=True)
class LockRules:
    """`idle_s`: seconds without a key or pointer after which the screen locks."""

    idle_s: float = 300.0


@dataclass(frozen=True, slots=True)
class LockState:
    """Where the lock stands. `retry_at` is the moment before which no further try is taken."""

    rules: LockRules
    phase: Phase = Phase.LOCKED
    active_at: float = 0.0
    tries: int = 0
    retry_at: float = 0.0

    def next(self, event: Event, now: float) -> "LockState":
        """The state after `event`. Activity that comes after the idle time is too late and never keeps it open."""
        state = self._after_idle(now)
        if event is Event.UNLOCK:
            return replace(state, phase=Phase.OPEN, active_at=now, tries=0, retry_at=0.0)
        if event is Event.WRONG:
            tries = state.tries + 1
            return replace(state, tries=tries, retry_at=now + delay_after(tries))
        if event in (Event.LOCK, Event.AWAY):
            return replace(state, phase=Phase.LOCKED)
        if event is Event.HIDE and state.phase is Phase.OPEN:
            return replace(state, phase=Phase.HIDDEN)
        if event is Event.ACTIVITY and state.phase is Phase.OPEN:
            return replace(state, active_at=now)
        return state

    def locks_at(self) -> float | None:
        """When idleness will lock, or None if it is locked."""
        return None if self.phase is Phase.LOCKED else self.active_at + self.rules.idle_s

    def wait(self, now: float) -> float:
        """Seconds until the next try is taken."""
        return max(0.0, self.retry_at - now)

    def _after_idle(self, now: float) -> "LockState":
        deadline = self.locks_at()
        return self if deadline is None or now < deadline else replace(self, phase=Phase.LOCKED)


def delay_after(tries: int) -> float:
    """Seconds to wait after that many wrong tries in a row: none at first, then doubling up to five minutes."""
    return 0.0 if tries <= _FREE_TRIES else min(_LONGEST_S, 2.0 ** min(tries - _FREE_TRIES, 16))
