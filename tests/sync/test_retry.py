"""Waiting grows while nothing moves and starts anew with every byte of progress."""

from migdesk.sync.laptop.retry import LONGEST_S, failures_after, next_wait


def test_waits_grow_to_a_minute_and_are_spread() -> None:
    assert [next_wait(n, lambda: 1.0) for n in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert next_wait(3, lambda: 0.0) == 0
    assert next_wait(10_000, lambda: 0.5) == LONGEST_S / 2


def test_progress_starts_anew() -> None:
    assert failures_after(5, 0) == 6
    assert failures_after(5, 1) == 1
