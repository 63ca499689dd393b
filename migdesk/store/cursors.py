"""How far this device has taken in what each peer has, area by area. Store's thread; decides nothing.

Peer 0 is the central server, any other the device id of a hub.
"""

from dataclasses import dataclass, replace

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from migdesk.store.database import Transaction
from migdesk.store.tables_sync import as_sql

SERVER = 0


@dataclass(frozen=True, slots=True)
class PullCursor:
    """All of `op_area` up to `seq` of this generation that may be known under `scope` is here. While a new scope is
    entered, `gaining` is its fingerprint and `gained` says how far that is done."""

    op_area: str
    generation: bytes
    seq: int
    scope: bytes = b""
    gaining: bytes = b""
    gained: int = 0

    def entered(self, to: int, *, whole: bool) -> "PullCursor":
        """After the entering came to `to`, or was done."""
        if whole:
            return replace(self, scope=self.gaining, gaining=b"", gained=0)
        return replace(self, gained=max(to, self.gained))


def of_peer(tx: Transaction, peer: int = SERVER) -> dict[str, PullCursor]:
    """The cursors of a peer by area."""
    table = tx.tables.sync.pull_cursor
    rows = tx.connection.execute(select(table).where(table.c.peer == as_sql(peer)).order_by(table.c.op_area))
    return {
        row.op_area: PullCursor(
            row.op_area, bytes(row.generation), row.seq, bytes(row.scope), bytes(row.gaining), row.gained
        )
        for row in rows
    }


def find(tx: Transaction, op_area: str, generation: bytes, peer: int = SERVER) -> PullCursor | None:
    """The cursor of an area if it is of this generation."""
    found = of_peer(tx, peer).get(op_area)
    return found if found is not None and found.generation == generation else None


def put(tx: Transaction, cursor: PullCursor, peer: int = SERVER) -> None:
    """Move a cursor, in the transaction that applied what it passes. Within a generation it never goes back, unless
    nothing of the area is known any more (`scope` and `seq` are empty)."""
    known = find(tx, cursor.op_area, cursor.generation, peer)
    if known is not None and known.seq > cursor.seq and cursor.seq:
        cursor = replace(cursor, seq=known.seq)
    table = tx.tables.sync.pull_cursor
    values = {
        "generation": cursor.generation, "seq": cursor.seq, "scope": cursor.scope, "gaining": cursor.gaining,
        "gained": cursor.gained,
    }  # fmt: skip
    query = insert(table).values(op_area=cursor.op_area, peer=as_sql(peer), **values)
    tx.connection.execute(query.on_conflict_do_update(index_elements=["op_area", "peer"], set_=values))


def forget(tx: Transaction, peer: int) -> None:
    """A peer is not met again: its cursors go."""
    table = tx.tables.sync.pull_cursor
    tx.connection.execute(delete(table).where(table.c.peer == as_sql(peer)))
