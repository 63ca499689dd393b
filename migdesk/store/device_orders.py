"""Signed orders of a server to its devices, and the receipts. Store's thread. Nothing here is signed or verified."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from migdesk.store.database import Transaction
from migdesk.store.tables_server import ServerTables
from migdesk.store.tables_sync import as_sql

_AREA = "00"


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """An order as it was signed. `done_ms` is 0 until a receipt came."""

    order_id: bytes
    statement: bytes
    signature: bytes
    given_ms: int
    done_ms: int


def put(tx: Transaction, device: int, order: KeptOrder) -> None:
    """Keep a new order."""
    row = {
        "op_area": _AREA, "device": as_sql(device), "order_id": order.order_id, "statement": order.statement,
        "signature": order.signature, "given_ms": order.given_ms, "done_ms": 0, "receipt": None,
    }  # fmt: skip
    tx.connection.execute(_tables(tx).device_order.insert().values(row))


def latest(tx: Transaction, device: int) -> KeptOrder | None:
    """The last order to a device that it has not confirmed."""
    table = _tables(tx).device_order
    here = (table.c.op_area == _AREA, table.c.device == as_sql(device), table.c.done_ms == 0)
    query = select(table).where(*here).order_by(table.c.given_ms.desc(), table.c.order_id).limit(1)
    return _kept(tx.connection.execute(query).one_or_none())


def find(tx: Transaction, device: int, order_id: bytes) -> KeptOrder | None:
    """One order, confirmed or not."""
    table = _tables(tx).device_order
    here = (table.c.op_area == _AREA, table.c.device == as_sql(device), table.c.order_id == order_id)
    return _kept(tx.connection.execute(select(table).where(*here)).one_or_none())


def confirm(tx: Transaction, device: int, order_id: bytes, receipt: bytes, now_ms: int) -> bool:
    """Keep the receipt; False if one came before."""
    table = _tables(tx).device_order
    here = (table.c.op_area == _AREA, table.c.device == as_sql(device), table.c.order_id == order_id)
    done = update(table).where(*here, table.c.done_ms == 0).values(done_ms=now_ms, receipt=receipt)
    return tx.connection.execute(done).rowcount == 1


def _kept(row: Any) -> KeptOrder | None:
    if row is None:
        return None
    return KeptOrder(bytes(row.order_id), bytes(row.statement), bytes(row.signature), row.given_ms, row.done_ms)


def _tables(tx: Transaction) -> ServerTables:
    return tx.tables.server
