"""Time and fresh identifiers, given to whoever needs them so that tests can stop the clock."""

import os
import time
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

_BOOTTIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)
"""Linux's own monotonic clock stands still while the laptop sleeps; this one does not."""


class Clock(Protocol):
    """The wall clock (UTC, may jump) and a monotonic one: seconds that never go back and go on during a sleep."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """The clock of the operating system."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic() if _BOOTTIME is None else time.clock_gettime(_BOOTTIME)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC; the unit of every stored moment."""
    return round(moment.timestamp() * 1000)


def from_ms(ms: int) -> datetime:
    """The UTC moment of `to_ms`."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def new_id(clock: Clock) -> UUID:
    """A UUID version 7 (RFC 9562 section 5.7): 48 bits of milliseconds, 74 random bits.

    The time inside only keeps neighbours together on disk; nothing is ever ordered by it.
    """
    value = (to_ms(clock.now()) & (1 << 48) - 1) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
