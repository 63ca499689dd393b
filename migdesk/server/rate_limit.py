"""Token buckets against a laptop that runs wild. In memory and per process on purpose: it guards, it decides nothing.

What must hold across processes (tries of enrolment codes) is counted in the database.
"""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` requests at once, then one every `every_s` seconds."""

    burst: int
    every_s: float


class RateLimiter:
    """Buckets by key; the `most` recently used are remembered, so that keys of strangers cannot fill the memory."""

    def __init__(self, rate: Rate, most: int = 20_000) -> None:
        self._rate = rate
        self._most = most
        self._buckets: OrderedDict[object, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def wait(self, key: object, now: float) -> float:
        """0 if `key` may go on at `now` (monotonic seconds), which is counted; else the seconds it must wait."""
        with self._lock:
            level, at = self._buckets.pop(key, (float(self._rate.burst), now))
            level = min(float(self._rate.burst), level + (now - at) / self._rate.every_s)
            wait = 0.0 if level >= 1 else (1 - level) * self._rate.every_s
            self._buckets[key] = (level if wait else level - 1, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
            return wait
