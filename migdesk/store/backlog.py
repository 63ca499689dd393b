"""Changes that came before what they belong to: kept aside, not in the log, until it is here. Store's thread.

A change waits for the first change of its own record, or for the record that it hangs on (`spec.parent`).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select

from migdesk.clock import to_ms
from migdesk.domain.changes import Change
from migdesk.store import inbox
from migdesk.store.database import Transaction
from migdesk.store.tables_sync import as_sql

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that waits, where it came from, and since when (ms)."""

    op_area: str
    change: Change
    origin: str
    since_ms: int


def keep(tx: Transaction, op_area: str, change: Change, waits_for: UUID, origin: str) -> None:
    """Keep a change until `waits_for` is here; once, however often it comes."""
    row = {
        "op_area": op_area, "device": as_sql(change.device), "counter": change.counter, "waits_for": waits_for.bytes,
        "origin": origin, "body": inbox.pack_change(change), "since_ms": to_ms(tx.clock.now()),
    }  # fmt: skip
    inbox.insert_new(tx, tx.tables.sync.backlog, row)


def count(tx: Transaction) -> int:
    """How many wait."""
    return int(tx.connection.execute(select(func.count()).select_from(tx.tables.sync.backlog)).scalar_one())


def is_empty(tx: Transaction) -> bool:
    """Nearly always."""
    table = tx.tables.sync.backlog
    return tx.connection.execute(select(table.c.counter).limit(1)).first() is None


def take(tx: Transaction, records: Collection[UUID]) -> list[Waiting]:
    """What waited for these records, in the order of clocks; it is taken out."""
    table, ids = tx.tables.sync.backlog, [one.bytes for one in records]
    found: list[Waiting] = []
    for start in range(0, len(ids), _AT_ONCE):
        here = table.c.waits_for.in_(ids[start : start + _AT_ONCE])
        found += _rows(tx, here)
        tx.connection.execute(delete(table).where(here))
    return sorted(found, key=lambda one: (one.change.hlc, one.change.device, one.change.counter))


def take_old(tx: Transaction, before_ms: int) -> list[Waiting]:
    """What waits since before this moment; it is taken out."""
    table = tx.tables.sync.backlog
    old = table.c.since_ms < before_ms
    found = list(_rows(tx, old))
    if found:
        tx.connection.execute(delete(table).where(old))
    return found


def _rows(tx: Transaction, where: ColumnElement[bool]) -> Iterator[Waiting]:
    for row in tx.connection.execute(select(tx.tables.sync.backlog).where(where)).all():
        yield Waiting(row.op_area, inbox.read_change(bytes(row.body)), row.origin, row.since_ms)
