"""What a laptop holds for others on its way to the central server, and what each peer has of a stream. Store's thread.

A hub keeps the very bytes that their author signed; they go once the central server has them. Nothing here decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from sqlalchemy import ColumnElement, Table, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from migdesk.clock import to_ms
from migdesk.store.cursors import SERVER
from migdesk.store.database import Transaction
from migdesk.store.inbox import StreamKey
from migdesk.store.tables_sync import as_sql, from_sql


class RelayState(IntEnum):
    """A batch waits for the central server, or is set aside: the server knows another one with its number."""

    WAITS = 0
    ASIDE = 1


@dataclass(frozen=True, slots=True)
class RelayBatch:
    """A kept batch of somebody else, without its bytes."""

    key: StreamKey
    n: int
    sha256: bytes
    size: int
    changes: int


def keep(tx: Transaction, batch: RelayBatch, body: bytes) -> bool:
    """Keep a batch of somebody else, unless it is here or the central server has it; whether it was kept."""
    if had(tx, SERVER).get(batch.key, 0) >= batch.n:
        return False
    row = {
        "op_area": batch.key.op_area, "device": as_sql(batch.key.device), "lane": batch.key.lane, "n": batch.n,
        "sha256": batch.sha256, "size": batch.size, "changes": batch.changes, "body": body,
        "state": int(RelayState.WAITS), "kept_ms": to_ms(tx.clock.now()),
    }  # fmt: skip
    query = insert(tx.tables.sync.relay_batch).values(row).on_conflict_do_nothing()
    return tx.connection.execute(query).rowcount == 1


def waiting(tx: Transaction) -> list[RelayBatch]:
    """What is kept for the central server, in the order of sending: urgent lanes first."""
    table = tx.tables.sync.relay_batch
    columns = (table.c.op_area, table.c.device, table.c.lane, table.c.n, table.c.sha256, table.c.size, table.c.changes)
    query = select(*columns).where(table.c.state == int(RelayState.WAITS))
    rows = tx.connection.execute(query.order_by(table.c.lane, table.c.op_area, table.c.device, table.c.n))
    return [
        RelayBatch(
            StreamKey(row.op_area, from_sql(row.device), row.lane), row.n, bytes(row.sha256), row.size, row.changes
        )
        for row in rows
    ]


def read(tx: Transaction, key: StreamKey, n: int, offset: int = 0) -> bytes:
    """The bytes of a kept batch from `offset` on; empty if it is gone."""
    table = tx.tables.sync.relay_batch
    found = tx.connection.execute(select(table.c.body).where(*_of(table, key), table.c.n == n)).scalar_one_or_none()
    return b"" if found is None else bytes(found)[offset:]


def settle(tx: Transaction, key: StreamKey, n: int, sha256: bytes) -> int:
    """The central server has a stream up to `n`, which is the batch with this hash: what is kept up to there goes.
    If another batch with that number is here, it and what follows is set aside. Returns how many changes went."""
    table = tx.tables.sync.relay_batch
    has = (table.c.n < n) | ((table.c.n == n) & (table.c.sha256 == sha256))
    done = int(tx.connection.execute(select(func.sum(table.c.changes)).where(*_of(table, key), has)).scalar() or 0)
    tx.connection.execute(delete(table).where(*_of(table, key), has))
    note(tx, SERVER, key, n)
    if read(tx, key, n):
        set_aside(tx, key)
    return done


def drop(tx: Transaction, key: StreamKey, n: int) -> None:
    """The central server keeps this one in quarantine, and goes on with the next."""
    table = tx.tables.sync.relay_batch
    tx.connection.execute(delete(table).where(*_of(table, key), table.c.n == n))
    note(tx, SERVER, key, n)


def set_aside(tx: Transaction, key: StreamKey) -> None:
    """The central server takes nothing more of this stream: what is kept of it is sent no more, and stays."""
    table = tx.tables.sync.relay_batch
    tx.connection.execute(update(table).where(*_of(table, key)).values(state=int(RelayState.ASIDE)))


def had(tx: Transaction, peer: int) -> Mapping[StreamKey, int]:
    """Up to which batch a peer has each stream that it was sent, as far as is known here."""
    table = tx.tables.sync.peer_stream
    rows = tx.connection.execute(select(table).where(table.c.peer == as_sql(peer)))
    return {StreamKey(row.op_area, from_sql(row.device), row.lane): row.applied_n for row in rows}


def note(tx: Transaction, peer: int, key: StreamKey, n: int, *, less: bool = False) -> None:
    """A peer has a stream up to `n`; with `less` also if it had more before: it lost that."""
    table = tx.tables.sync.peer_stream
    row = {"op_area": key.op_area, "peer": as_sql(peer), "device": as_sql(key.device), "lane": key.lane}
    query = insert(table).values(**row, applied_n=n)
    grown = None if less else table.c.applied_n < n
    query = query.on_conflict_do_update(index_elements=list(row), set_={"applied_n": n}, where=grown)
    tx.connection.execute(query)


def forget(tx: Transaction, peer: int) -> None:
    """A peer came back with other data: what was known of its streams is void."""
    table = tx.tables.sync.peer_stream
    tx.connection.execute(delete(table).where(table.c.peer == as_sql(peer)))


def at_hubs(tx: Transaction, device: int) -> Mapping[tuple[str, int], int]:
    """Up to which batch any hub has each stream of this device (area, lane): it may have brought that to the server."""
    table = tx.tables.sync.peer_stream
    query = select(table.c.op_area, table.c.lane, func.max(table.c.applied_n).label("n"))
    own = query.where(table.c.peer != SERVER, table.c.device == as_sql(device))
    return {
        (row.op_area, row.lane): row.n for row in tx.connection.execute(own.group_by(table.c.op_area, table.c.lane))
    }


def forget_guests(tx: Transaction) -> None:
    """Let every reply go that was made for a reader: whoever comes again is told anew."""
    tx.connection.execute(delete(tx.tables.sync.frozen_reply))


def _of(table: Table, key: StreamKey) -> tuple[ColumnElement[bool], ...]:
    return (table.c.op_area == key.op_area, table.c.device == as_sql(key.device), table.c.lane == key.lane)
