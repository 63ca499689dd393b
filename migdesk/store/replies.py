"""Replies on both ends: frozen where they are made, in pieces where they arrive. Store's thread; decides nothing."""

from dataclasses import dataclass

from sqlalchemy import and_, delete, false, func, or_, select

from migdesk.clock import to_ms
from migdesk.store.database import Transaction
from migdesk.store.inbox import insert_new
from migdesk.store.tables_sync import SyncTables, as_sql


@dataclass(frozen=True, slots=True)
class FrozenReply:
    """A batch made for one reader: all that it may see of an area after `from_seq`, up to `to_seq`; or that much of
    the `entering` of a scope (its fingerprint)."""

    op_area: str
    reply_id: bytes
    from_seq: int
    to_seq: int
    more: bool
    size: int
    entering: bytes = b""


@dataclass(frozen=True, slots=True)
class PartialReply:
    """A reply of which the first `have` of `total` bytes are here."""

    op_area: str
    reply_id: bytes
    have: int
    total: int


def put_reply(tx: Transaction, device: int, reply: FrozenReply, body: bytes) -> None:
    """Keep a reply for a reader until it is acknowledged."""
    row = {
        "op_area": reply.op_area, "device": as_sql(device), "reply_id": reply.reply_id,
        "entering": reply.entering, "from_seq": reply.from_seq, "to_seq": reply.to_seq, "more": int(reply.more),
        "size": reply.size, "body": body, "made_ms": to_ms(tx.clock.now()),
    }  # fmt: skip
    insert_new(tx, _tables(tx).frozen_reply, row)


def reply_after(tx: Transaction, device: int, op_area: str, from_seq: int, entering: bytes = b"") -> FrozenReply | None:
    """The reply that was made for this reader from this place on."""
    table = _tables(tx).frozen_reply
    where = and_(
        table.c.op_area == op_area, table.c.device == as_sql(device), table.c.from_seq == from_seq,
        table.c.entering == entering,
    )  # fmt: skip
    columns = [column for column in table.c if column.name not in {"body", "device", "made_ms"}]
    row = tx.connection.execute(select(*columns).where(where).order_by(table.c.to_seq.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    return FrozenReply(row.op_area, bytes(row.reply_id), row.from_seq, row.to_seq, bool(row.more), row.size, entering)


def read_reply(tx: Transaction, device: int, op_area: str, reply_id: bytes) -> bytes:
    """The bytes of a kept reply; empty if it is gone."""
    table = _tables(tx).frozen_reply
    where = and_(table.c.op_area == op_area, table.c.device == as_sql(device), table.c.reply_id == reply_id)
    found = tx.connection.execute(select(table.c.body).where(where)).scalar_one_or_none()
    return b"" if found is None else bytes(found)


def areas_with_replies(tx: Transaction, device: int) -> set[str]:
    """The areas of which a reply is kept for this reader."""
    table = _tables(tx).frozen_reply
    return set(tx.connection.execute(select(table.c.op_area).where(table.c.device == as_sql(device))).scalars())


def drop_replies(
    tx: Transaction, device: int, op_area: str, seq: int | None = None, gaining: bytes = b"", gained: int = 0
) -> None:
    """Forget what the reader has: its replies of this area up to `seq` and of the entering of `gaining` up to
    `gained`, and those of any other entering; without `seq` all of them."""
    table = _tables(tx).frozen_reply
    gone = and_(table.c.op_area == op_area, table.c.device == as_sql(device))
    if seq is not None:
        new = and_(table.c.entering == b"", table.c.to_seq <= seq)
        entered = and_(table.c.entering == gaining, table.c.to_seq <= gained) if gaining else false()
        gone = and_(gone, or_(new, and_(table.c.entering != b"", table.c.entering != gaining), entered))
    tx.connection.execute(delete(table).where(gone))


def put_part(tx: Transaction, part: PartialReply, data: bytes, peer: int = 0) -> int:
    """Keep the next bytes of a reply on the way (`part.have` is their offset). Returns how many are here now.

    Another reply of the same area takes the place of an unfinished one.
    """
    table = _tables(tx).reply_part
    others = and_(table.c.op_area == part.op_area, table.c.reply_id != part.reply_id, table.c.peer == as_sql(peer))
    tx.connection.execute(delete(table).where(others))
    row = {
        "op_area": part.op_area, "peer": as_sql(peer), "reply_id": part.reply_id, "piece": part.have,
        "total": part.total, "data": data,
    }  # fmt: skip
    insert_new(tx, table, row)
    return part.have + len(data)


def partial_replies(tx: Transaction, peer: int = 0) -> tuple[PartialReply, ...]:
    """The replies of a peer (0: the server) of which a beginning is here."""
    table = _tables(tx).reply_part
    query = select(
        table.c.op_area, table.c.reply_id,
        func.sum(func.length(table.c.data)).label("have"), func.max(table.c.total).label("total"),
    ).group_by(table.c.op_area, table.c.reply_id)  # fmt: skip
    rows = tx.connection.execute(query.where(table.c.peer == as_sql(peer)).order_by(table.c.op_area))
    return tuple(PartialReply(row.op_area, bytes(row.reply_id), int(row.have), row.total) for row in rows)


def partial_bytes(tx: Transaction, op_area: str, reply_id: bytes, peer: int = 0) -> bytes:
    """The beginning of a reply that is here."""
    table = _tables(tx).reply_part
    where = and_(table.c.op_area == op_area, table.c.reply_id == reply_id, table.c.peer == as_sql(peer))
    rows = tx.connection.execute(select(table.c.data).where(where).order_by(table.c.piece))
    return b"".join(bytes(row.data) for row in rows)


def drop_parts(tx: Transaction, op_area: str | None = None, peer: int = 0) -> None:
    """Forget unfinished replies of a peer, of one area or all."""
    table = _tables(tx).reply_part
    query = delete(table).where(table.c.peer == as_sql(peer))
    tx.connection.execute(query if op_area is None else query.where(table.c.op_area == op_area))


def _tables(tx: Transaction) -> SyncTables:
    return tx.tables.sync
