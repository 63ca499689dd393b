"""What must hold after any fault: the same changes on both sides, each exactly once, and cursors that never go back."""

from typing import Any
from uuid import UUID

from migdesk.domain.person import Person
from migdesk.store import change_log, cursors, outbox, records
from migdesk.store.database import Store
from migdesk.sync.runner import Runner

AREA = "52.03"
_MOST = 100_000


def log_of(db: Runner, area: str = AREA) -> list[tuple[int, int]]:
    """Every change of an area by its id, sorted; none may be there twice."""

    def read(store: Store) -> list[tuple[int, int]]:
        with store.read() as tx:
            return sorted((change.device, change.counter) for _, change in change_log.after(tx, area, 0, _MOST))

    found = db(read)
    assert len(found) == len(set(found)), "a change is there twice"
    return found


def people_of(db: Runner) -> dict[UUID, dict[str, Any]]:
    """All people, field by field."""

    def read(store: Store) -> dict[UUID, dict[str, Any]]:
        with store.read() as tx:
            return {one.record.id: one.record.values() for one in records.each(tx, Person, None)}

    return db(read)


def cursors_of(db: Runner) -> dict[str, int]:
    """How far a laptop has each area."""

    def read(store: Store) -> dict[str, int]:
        with store.read() as tx:
            return {area: one.seq for area, one in cursors.of_peer(tx).items()}

    return db(read)


def waiting_of(db: Runner) -> int:
    """Batches that the server has not acknowledged."""

    def read(store: Store) -> int:
        with store.read() as tx:
            return len(outbox.pending(tx))

    return db(read)


def not_back(before: dict[str, int], after: dict[str, int]) -> None:
    assert all(after.get(area, 0) >= seq for area, seq in before.items()), (before, after)


def agree(*nodes: Runner) -> None:
    """All of them have the same changes and the same people, and at least one."""
    first, *others = nodes
    log, people = log_of(first), people_of(first)
    assert log
    assert people
    for one in others:
        assert log_of(one) == log
        assert people_of(one) == people
