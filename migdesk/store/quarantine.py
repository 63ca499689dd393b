"""The quarantine as an administrator goes through it: what waits, by whom, and what was decided. Store's thread.

What puts things in is `inbox`. Lists hold no content; the bytes are read for one item only, when it is let in.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, and_, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from migdesk.clock import to_ms
from migdesk.store.database import Transaction
from migdesk.store.tables_sync import as_sql, from_sql

OPEN, RELEASED, DISMISSED = "open", "released", "dismissed"


@dataclass(frozen=True, slots=True)
class ItemKey:
    """One item; `item` is a digest of its bytes."""

    op_area: str
    device: int
    item: bytes


@dataclass(frozen=True, slots=True)
class Item:
    """What is told of an item without looking into it. `form` is `change` or `batch`; `counter` then the change's or
    the batch's number, and `kind` the number of the kind of a change."""

    key: ItemKey
    form: str
    kind: int
    counter: int
    reason: str
    size: int
    at_ms: int
    state: str


def items(tx: Transaction, state: str = OPEN, device: int | None = None, limit: int = 1000) -> tuple[Item, ...]:
    """The oldest items in this state, of one device or of all."""
    table = tx.tables.sync.quarantine
    query = _query(table).where(table.c.state == state)
    if device is not None:
        query = query.where(table.c.device == as_sql(device))
    rows = tx.connection.execute(query.order_by(table.c.at_ms, table.c.counter, table.c.item).limit(limit))
    return tuple(map(_item, rows))


def count(tx: Transaction, state: str = OPEN) -> int:
    """How many items are in this state."""
    table = tx.tables.sync.quarantine
    query = select(func.count()).select_from(table).where(table.c.state == state)
    return int(tx.connection.execute(query).scalar_one())


def find(tx: Transaction, key: ItemKey, *, lock: bool = False) -> Item | None:
    """One item; `lock` keeps others from deciding about it until this transaction ends."""
    table = tx.tables.sync.quarantine
    if lock and not tx.is_file:
        tx.connection.execute(select(table.c.item).where(_of(table, key)).with_for_update())
    row = tx.connection.execute(_query(table).where(_of(table, key))).one_or_none()
    return None if row is None else _item(row)


def read(tx: Transaction, key: ItemKey) -> bytes:
    """The bytes of an item, as they came. Empty if there is none."""
    table = tx.tables.sync.quarantine
    found = tx.connection.execute(select(table.c.body).where(_of(table, key))).scalar_one_or_none()
    return b"" if found is None else bytes(found)


def decide(tx: Transaction, key: ItemKey, verdict: str, user: UUID, reason: str = "") -> None:
    """Note what became of an item. Its bytes stay, as evidence."""
    table, verdicts = tx.tables.sync.quarantine, tx.tables.server.quarantine_verdict
    tx.connection.execute(update(table).where(_of(table, key)).values(state=verdict))
    row = {
        "op_area": key.op_area, "device": as_sql(key.device), "item": key.item, "verdict": verdict,
        "user_id": user.bytes, "reason": reason, "at_ms": to_ms(tx.clock.now()),
    }  # fmt: skip
    tx.connection.execute(verdicts.insert().values(row))


def _query(table: Table) -> Select[Any]:
    columns = [column for column in table.c if column.name != "body"]
    return select(*columns, func.length(table.c.body).label("size"))


def _item(row: Any) -> Item:
    key = ItemKey(row.op_area, from_sql(row.device), bytes(row.item))
    return Item(key, row.form, row.kind, row.counter, row.reason, row.size, row.at_ms, row.state)


def _of(table: Table, key: ItemKey) -> ColumnElement[bool]:
    return and_(table.c.op_area == key.op_area, table.c.device == as_sql(key.device), table.c.item == key.item)
