"""Opens a long batch on a thread of its own while the one before it is being applied. Knows nothing of batches.

Whoever adds work also finishes it, on its own thread: only `open` runs elsewhere, and touches no store.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")

WORTH_BYTES = 64 << 10
"""A shorter batch is opened sooner than a thread would begin."""


class Ahead:
    """One piece of work that is being opened or waits to be finished. Close it."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._opening: Future[Any] | None = None
        self._rest: Callable[[], None] = _nothing

    def add(self, open: Callable[[], T], finish: Callable[[Callable[[], T]], None]) -> None:
        """Begin to open this, then finish what was added before. `finish` is given what returns the result of `open`,
        or raises what that raised. Raises what the earlier `finish` raises."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="opening")
        opening = self._pool.submit(open)
        try:
            self.finish()
        finally:
            self._opening, self._rest = opening, partial(finish, opening.result)

    def finish(self) -> None:
        """Finish what was added last, if that is not done."""
        opening, rest = self._opening, self._rest
        self._opening, self._rest = None, _nothing
        if opening is not None:
            wait([opening])  # here and not in `finish`, in whose transaction others would wait for it too
            rest()

    def finish_opened(self) -> None:
        """Finish what was added last if it is open: on a slow link nothing waits for what comes next."""
        if self._opening is not None and self._opening.done():
            self.finish()

    def close(self) -> None:
        """End the thread. May be called again, and work be added afterwards."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None


def _nothing() -> None:
    """There is nothing to finish."""
