"""The commit-order trap (DESIGN 4): numbers become visible in order, whoever commits last; no reader steps over one."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from uuid import UUID

import pytest
from msgspec.structs import replace

from migdesk.clock import SystemClock, new_id, to_ms
from migdesk.domain.changes import Change, Edit, Register
from migdesk.domain.person import Person
from migdesk.errors import EnvError
from migdesk.store import applying, change_log, postgres
from migdesk.store.database import Store, Transaction
from tests.conftest import LONG
from tests.support.fake_clock import FakeClock
from tests.support.stores import SITI, VILLAGE, open_store

AREA = VILLAGE[:5]
SECONDS = 60.0 if LONG else 4.0
WRITERS = READERS = 8


def change(device: int, counter: int) -> Change:
    name = Register(Person.spec.by_name["full_name"].number)
    return Change(
        device, counter, to_ms(FakeClock().now()) << 16, SITI.user, Person.spec.number, new_id(SystemClock()),
        VILLAGE, None, (Edit(name, f"Orang {counter}"),),
    )  # fmt: skip


def write(tx: Transaction, device: int, counter: int) -> None:
    (result,) = applying.apply(tx, [change(device, counter)], origin="net")
    assert result.outcome == "applied"


def seen(store: Store, seq: int) -> list[tuple[int, tuple[int, int]]]:
    with store.read() as tx:
        return [(at, (one.device, one.counter)) for at, one in change_log.after(tx, AREA, seq, 5_000)]


def test_a_pull_waits_behind_a_transaction_that_is_open(database: Callable[..., str]) -> None:
    """One writer holds the area and does not commit; a second one comes after it; a reader sees neither or both in
    order, and never the second without the first."""
    with open_store(database()) as store, ThreadPoolExecutor(1) as pool:
        with store.begin() as tx:
            write(tx, 1, 1)
        with store.begin() as held:
            write(held, 2, 1)
            late = pool.submit(lambda: _write_alone(store, 3, 1))
            assert seen(store, 0) == [(1, (1, 1))]
            done = threading.Event().wait(0.3) or late.done()
            assert not done
            assert seen(store, 1) == []
        late.result(20)
        assert seen(store, 1) == [(2, (2, 1)), (3, (3, 1))]


def test_a_writer_that_is_undone_leaves_no_gap_that_matters(database: Callable[..., str]) -> None:
    with open_store(database()) as store:
        with pytest.raises(KeyError):
            _undone(store)
        _write_alone(store, 2, 1)
        assert [id for _, id in seen(store, 0)] == [(2, 1)]


def test_who_waits_too_long_for_an_area_is_told_to_come_again(
    database: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "LOCK_MS", 200)
    with open_store(database()) as store, store.begin() as held:
        write(held, 1, 1)
        began = monotonic()
        with pytest.raises(EnvError, match="busy"):
            _write_alone(store, 2, 1)
        assert monotonic() - began < 5


def _undone(store: Store) -> None:
    with store.begin() as tx:
        write(tx, 1, 1)
        raise KeyError


def _write_alone(store: Store, device: int, counter: int) -> None:
    with store.begin() as tx:
        write(tx, device, counter)


def test_many_writers_and_readers_and_everybody_ends_with_everything(database: Callable[..., str]) -> None:
    """Two programs on one database. Writers take several areas' turns and sometimes undo; readers follow by cursor."""
    url = database()
    with open_store(url, FakeClock()) as one, open_store(url, FakeClock()) as two:
        stop = threading.Event()
        written: list[set[tuple[int, int]]] = [set() for _ in range(WRITERS)]

        def writer(number: int) -> None:
            store, counter = (one, two)[number % 2], 0
            while not stop.is_set():
                counter += 1
                try:
                    with store.begin() as tx:
                        write(tx, number + 1, counter)
                        if counter % 7 == 0:
                            raise KeyError
                except KeyError:
                    continue
                written[number].add((number + 1, counter))

        def reader(number: int) -> set[tuple[int, int]]:
            store, seq, got = (one, two)[number % 2], 0, list[tuple[int, int]]()
            while True:
                ending = stop.is_set() and all(one.done() for one in writing)
                rows = seen(store, seq)
                assert [at for at, _ in rows] == list(range(seq + 1, seq + 1 + len(rows)))
                got += [id for _, id in rows]
                seq += len(rows)
                if ending and not rows:
                    assert len(got) == len(set(got))
                    return set(got)

        with ThreadPoolExecutor(WRITERS + READERS) as pool:
            writing = [pool.submit(writer, number) for number in range(WRITERS)]
            reading = [pool.submit(reader, number) for number in range(READERS)]
            stop.wait(SECONDS)
            stop.set()
            for done in writing:
                done.result()
            everything = set().union(*written)
            assert all(done.result() == everything for done in reading)
        assert len(everything) > WRITERS


def test_the_area_of_a_change_is_the_only_one_that_waits(database: Callable[..., str]) -> None:
    """Two regencies do not wait for each other."""
    with open_store(database()) as store, store.begin() as held:
        write(held, 1, 1)
        moved = replace(change(2, 1), record=UUID(int=7), area="53.01.01.2001")
        with store.begin() as tx:
            applying.apply(tx, [moved], origin="net")
        with store.read() as tx:
            assert change_log.head(tx, "53.01") == 1


def test_the_pool_is_bounded(database: Callable[..., str], tmp_path: Path) -> None:
    with open_store(database()) as store:
        assert store.engine.pool.size() == postgres.POOL  # type: ignore[attr-defined]
        with store.begin(), store.begin():
            assert store.connections()["busy"] == 2
        assert store.connections()["busy"] == 0
