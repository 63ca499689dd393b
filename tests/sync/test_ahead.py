"""A batch is opened while the one before it is applied; what is applied keeps its order and its thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from migdesk.sync.inbound.ahead import Ahead


@pytest.fixture
def ahead() -> Iterator[Ahead]:
    with closing(Ahead()) as made:
        yield made
        made.finish()


def test_all_is_finished_in_order_on_the_thread_of_who_added_it(ahead: Ahead) -> None:
    done: list[tuple[int, int]] = []
    opened_on: set[int] = set()

    def open(n: int) -> int:
        opened_on.add(threading.get_ident())
        return n

    def finish(opened: Callable[[], int]) -> None:
        done.append((opened(), threading.get_ident()))

    for n in range(5):
        ahead.add(lambda n=n: open(n), finish)  # type: ignore[misc]
        assert [one for one, _ in done] == list(range(n))
    ahead.finish()
    ahead.finish()
    assert done == [(n, threading.get_ident()) for n in range(5)]
    assert threading.get_ident() not in opened_on


def test_one_that_is_open_need_not_wait_for_the_next(ahead: Ahead) -> None:
    may_open, done = threading.Event(), list[bool]()
    ahead.add(may_open.wait, lambda opened: done.append(opened()))
    ahead.finish_opened()
    assert not done
    may_open.set()
    while not done:
        ahead.finish_opened()
    assert done == [True]


def test_what_cannot_be_opened_is_heard_of_when_it_is_its_turn(ahead: Ahead) -> None:
    done: list[int] = []

    def broken() -> int:
        raise ValueError("no batch")

    ahead.add(lambda: 1, lambda opened: done.append(opened()))
    ahead.add(broken, lambda opened: done.append(opened()))
    assert done == [1]
    with pytest.raises(ValueError, match="no batch"):
        ahead.add(lambda: 3, lambda opened: done.append(opened()))
    ahead.finish()
    assert done == [1, 3]


def test_it_may_be_used_again_after_its_end(ahead: Ahead) -> None:
    done: list[int] = []
    for n in range(2):
        ahead.add(lambda n=n: n, lambda opened: done.append(opened()))  # type: ignore[misc]
        ahead.finish()
        ahead.close()
        ahead.close()
    assert done == [0, 1]
