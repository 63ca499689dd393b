"""How long to wait before the next try: grows while nothing moves, starts again once bytes moved. Pure."""

from collections.abc import Callable

FIRST_S = 1.0
LONGEST_S = 60.0


def next_wait(failures: int, random: Callable[[], float], *, first: float = FIRST_S, most: float = LONGEST_S) -> float:
    """Seconds before the next try after `failures` (1, 2, ...) in a row without a byte of progress.

    Full jitter: anywhere between nothing and the doubling limit, so that laptops of one office do not come back at
    the same moment. `random` gives 0 <= x < 1.
    """
    limit = min(most, first * float(1 << min(failures - 1, 30)))
    return limit * random()


def failures_after(failures: int, progress_bytes: int) -> int:
    """The count of failures in a row after one more that moved so many bytes forward."""
    return 1 if progress_bytes > 0 else failures + 1
