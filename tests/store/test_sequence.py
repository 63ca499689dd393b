"""The feed of an area never shows a number before all below it are there, however long another transaction is open."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from migdesk.domain.changes import Change, Edit, Register
from migdesk.domain.person import Person
from migdesk.store import applying, backup, change_log, records
from migdesk.store.database import Store
from tests.support.stores import database_of, open_store

NAME, AREA = (Register(Person.spec.by_name[name].number) for name in ("full_name", "area_code"))
REGENCY, VILLAGE = "52.03", "52.03.09.2004"
ID = UUID(int=77)


def new(device: int, counter: int, record: UUID, area: str = VILLAGE) -> Change:
    edits = (Edit(NAME, f"{device}.{counter}"), Edit(AREA, area))
    return Change(device, counter, counter << 20, UUID(int=device), 1, record, area, None, edits)


def take_in(store: Store, changes: list[Change], started: threading.Event | None = None) -> None:
    with store.begin() as tx:
        if started:
            started.set()
        applying.apply(tx, changes, origin="net")


def seqs(store: Store, area: str = REGENCY) -> list[int]:
    with store.read() as tx:
        return [seq for seq, _ in change_log.after(tx, area, 0)]


def test_a_reader_never_steps_over_an_open_transaction(postgres: str) -> None:
    with open_store(database_of(postgres, "trap")) as store, ThreadPoolExecutor(1) as pool:
        started = threading.Event()
        with store.begin() as tx:
            applying.apply(tx, [new(1, 1, UUID(int=1))], origin="net")
            later = pool.submit(take_in, store, [new(2, 1, UUID(int=2))], started)
            assert started.wait(10)
            # The second writer has begun and cannot be through: its number must not be seen before the first one's.
            assert not later.done()
            assert seqs(store) == []
            # Another area has nothing to wait for.
            with store.begin() as other:
                applying.apply(other, [new(3, 1, UUID(int=3), "35.07.01.2001")], origin="net")
            assert seqs(store, "35.07") == [1]
            assert not later.done()
        later.result(10)
        assert seqs(store) == [1, 2]


def test_a_transaction_that_is_undone_leaves_no_gap(postgres: str) -> None:
    with open_store(database_of(postgres, "undone")) as store:
        try:
            with store.begin() as tx:
                applying.apply(tx, [new(1, 1, UUID(int=1))], origin="net")
                raise RuntimeError
        except RuntimeError:
            pass
        take_in(store, [new(1, 1, UUID(int=1))])
        assert seqs(store) == [1]


def test_writers_of_one_record_at_once_lose_nothing(postgres: str) -> None:
    """Eight devices write the same record at the same time, each without knowing the others."""
    with open_store(database_of(postgres, "race")) as store, ThreadPoolExecutor(8) as pool:
        changes = [[new(device, counter, ID) for counter in range(1, 6)] for device in range(1, 9)]
        for done in [pool.submit(take_in, store, part) for part in changes + changes]:
            done.result(60)
        assert seqs(store) == list(range(1, 41))
        assert backup.verify(store) == []
        with store.read() as tx:
            assert records.get(tx, Person, ID).record.full_name == "8.5"
