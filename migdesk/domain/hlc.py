"""Hybrid logical clock (Kulkarni et al. 2014): 48 bits of milliseconds and a 16-bit counter in one integer.

A clock only moves forward. It follows the wall clock while that behaves, and keeps order when it jumps back, stands
years off, or two changes fall into one millisecond. A wall clock far ahead of everything heard of does not poison
others: `receive` takes over a remote reading only up to `MAX_AHEAD_MS` above our own wall clock.
"""

from typing import NamedTuple

MAX_AHEAD_MS = 5 * 60 * 1000
LAST_MS = (1 << 46) - 1
"""A wall clock beyond this (the year 4199) counts as this: a reading has to fit a signed number of 64 bits."""
_COUNTER_BITS = 16


class Stamp(NamedTuple):
    """What orders values: the clock reading, then the device (64 bits, from its signing key). NONE replaces nothing."""

    hlc: int
    device: int

    def pack(self) -> bytes:
        """16 bytes, big endian, so that bytes compare as stamps do."""
        return self.hlc.to_bytes(8, "big") + self.device.to_bytes(8, "big")

    @classmethod
    def unpack(cls, data: bytes) -> "Stamp":
        return cls(int.from_bytes(data[:8], "big"), int.from_bytes(data[8:16], "big"))


NONE = Stamp(0, 0)


def tick(last: int, now_ms: int) -> int:
    """The next reading of our own clock after `last`, at wall time `now_ms`."""
    return max(last + 1, min(now_ms, LAST_MS) << _COUNTER_BITS)


def receive(last: int, remote: int, now_ms: int) -> int:
    """Our reading after hearing of `remote`: no earlier than either, but never dragged far into the future."""
    limit = min(now_ms + MAX_AHEAD_MS, LAST_MS) << _COUNTER_BITS
    return max(last, min(remote, limit))


def wall_ms(hlc: int) -> int:
    """The milliseconds inside a reading."""
    return hlc >> _COUNTER_BITS
