"""What arrives: streams of each sender, spooled pieces, quarantine. Store's thread.

Used by whoever receives: server, hub, and a laptop that imports a bundle. Nothing here decides or decodes.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, Update, and_, bindparam, delete, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.sql.elements import ColumnElement

from migdesk.clock import to_ms
from migdesk.domain.changes import Change
from migdesk.store.database import Row, Transaction
from migdesk.store.packing import pack, pack_body, unpack, unpack_body
from migdesk.store.tables_sync import SyncTables, as_sql, from_sql

_KEY = ("op_area", "device", "lane")
SPOOL_MOST = 64 << 20
"""Bytes of unapplied pieces that one sender may leave here."""


@dataclass(frozen=True, slots=True)
class StreamState:
    """A sender's stream as it stands here. `offset` bytes of batch `next_n` are spooled."""

    applied_n: int = 0
    applied_sha: bytes = b""
    durable_n: int = 0
    forked: bool = False
    offset: int = 0

    @property
    def next_n(self) -> int:
        return self.applied_n + 1


@dataclass(frozen=True, slots=True)
class StreamKey:
    """Which stream: the sender's device, the operational area, the lane."""

    op_area: str
    device: int
    lane: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A batch that is whole but ahead of its turn, or of which pieces are missing (`have` < `total`)."""

    key: StreamKey
    n: int
    have: int
    total: int


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Something received and not applied. `form` is `change` or `batch`; `body` its bytes."""

    op_area: str
    device: int
    form: str
    kind: int
    counter: int
    reason: str
    body: bytes
    at_ms: int


def stream_state(tx: Transaction, key: StreamKey, *, lock: bool = False) -> StreamState:
    """Where a stream stands; `lock` keeps others from moving it until this transaction ends."""
    found = _stream(tx, key, lock=lock)
    if found is None and lock:
        insert_new(tx, _tables(tx).in_stream, {**_row(key), "applied_sha": b"", "changed_ms": _now(tx)})
        found = _stream(tx, key, lock=True)
    if found is None:
        return StreamState(offset=spooled_size(tx, key, 1))
    applied_n, applied_sha, durable_n, forked, offset = found
    return StreamState(applied_n, bytes(applied_sha), durable_n, bool(forked), int(offset or 0))


def _stream(tx: Transaction, key: StreamKey, *, lock: bool) -> Row | None:
    """The row of a stream, with how much of its next batch is here."""
    table, spool = _tables(tx).in_stream, _tables(tx).spool

    def build() -> Select[Any]:
        size = select(func.max(spool.c.piece + func.length(spool.c.data)))
        next_n = table.c.applied_n + literal_column("1")
        mine = and_(*(spool.c[name] == table.c[name] for name in _KEY), spool.c.n == next_n)
        query = select(
            table.c.applied_n, table.c.applied_sha, table.c.durable_n, table.c.forked,
            size.where(mine).correlate(table).scalar_subquery(),
        ).where(and_(*(table.c[name] == bindparam(name) for name in _KEY)))  # fmt: skip
        return query.with_for_update(of=table) if lock else query

    return tx.one(tx.sql.once(f"stream {lock}", build), _row(key))


def streams_of(tx: Transaction, device: int) -> tuple[StreamKey, ...]:
    """Every stream of a sender that is known here."""
    table = _tables(tx).in_stream
    rows = tx.connection.execute(select(table.c.op_area, table.c.lane).where(table.c.device == as_sql(device)))
    return tuple(StreamKey(row.op_area, device, row.lane) for row in rows)


def spooled_size(tx: Transaction, key: StreamKey, n: int) -> int:
    """How many bytes of batch `n` are here, from its beginning without a gap."""
    table = _tables(tx).spool
    query = select(func.max(table.c.piece + func.length(table.c.data))).where(_of(table, key), table.c.n == n)
    return int(tx.connection.execute(query).scalar_one() or 0)


def spool(tx: Transaction, key: StreamKey, n: int, offset: int, total: int, data: bytes) -> int:
    """Keep bytes of batch `n` from `offset` on; what is here already is skipped. Returns how many are here now.

    Bytes beyond a gap are not kept, nor bytes beyond `SPOOL_MOST` of this sender: the sender learns the offset.
    """
    table = _tables(tx).spool
    here = spooled_size(tx, key, n)
    if here and _total(tx, key, n) != total:
        drop_spooled(tx, key, n)
        here = 0
    fresh = data[max(0, here - offset) :]
    if offset > here or not fresh or here + len(fresh) > total:
        return here
    used = select(func.sum(func.length(table.c.data))).where(table.c.device == as_sql(key.device))
    if int(tx.connection.execute(used).scalar_one() or 0) + len(fresh) > SPOOL_MOST:
        return here
    insert_new(tx, table, {**_row(key), "n": n, "piece": here, "total": total, "data": fresh})
    return here + len(fresh)


def spooled(tx: Transaction, key: StreamKey, n: int) -> bytes | None:
    """Batch `n` if it is here whole, else None."""
    table = _tables(tx).spool
    query = select(table.c.data, table.c.total).where(_of(table, key), table.c.n == n).order_by(table.c.piece)
    rows = tx.connection.execute(query).all()
    data = b"".join(bytes(row.data) for row in rows)
    return data if rows and len(data) == rows[0].total else None


def drop_spooled(tx: Transaction, key: StreamKey, n: int) -> None:
    """Forget the pieces of batch `n`."""
    table = _tables(tx).spool
    tx.connection.execute(delete(table).where(_of(table, key), table.c.n == n))


def waiting(tx: Transaction, device: int | None = None) -> tuple[Waiting, ...]:
    """Every batch that is spooled and not applied, of one sender or of all; not pieces brought for others."""
    table = _tables(tx).spool
    columns = (table.c.op_area, table.c.device, table.c.lane, table.c.n)
    query = select(*columns, func.sum(func.length(table.c.data)).label("have"), func.max(table.c.total).label("total"))
    if device is not None:
        query = query.where(table.c.device == as_sql(device))
    rows = tx.connection.execute(query.where(table.c.lane < 256).group_by(*columns).order_by(*columns))
    return tuple(
        Waiting(StreamKey(row.op_area, from_sql(row.device), row.lane), row.n, int(row.have), row.total) for row in rows
    )


def accept(
    tx: Transaction, key: StreamKey, n: int, sha256: bytes, size: int, via: str, *,
    late: bool = False, spooled: bool = True,
) -> None:  # fmt: skip
    """Note that batch `n`, the next of its stream (locked by `stream_state`), is applied or kept in quarantine. `late`:
    it is an earlier one, and the stream stays where it is. `spooled`: pieces of it may be here and are forgotten."""
    tables, now, stream = _tables(tx), _now(tx), _tables(tx).in_stream
    row = {**_row(key), "n": n, "sha256": sha256, "size": size, "via": via, "received_ms": now}
    tx.run(tx.sql.once("in_batch", tables.in_batch.insert), row)

    def move() -> Update:
        here = and_(*(stream.c[name] == bindparam(f"at_{name}") for name in _KEY))
        fresh: dict[str, Any] = {name: bindparam(name) for name in ("applied_n", "applied_sha", "changed_ms")}
        return update(stream).where(here).values(**fresh)

    at = {f"at_{name}": value for name, value in _row(key).items()}
    if not late:
        tx.run(tx.sql.once("move stream", move), {**at, "applied_n": n, "applied_sha": sha256, "changed_ms": now})
    if spooled:
        drop_spooled(tx, key, n)


def known_batch(tx: Transaction, key: StreamKey, n: int) -> bytes | None:
    """The SHA-256 of batch `n` if it was accepted here."""
    table = _tables(tx).in_batch
    query = select(table.c.sha256).where(_of(table, key), table.c.n == n)
    found = tx.connection.execute(query).scalar_one_or_none()
    return None if found is None else bytes(found)


def mark_forked(tx: Transaction, key: StreamKey) -> None:
    """Two batches with one number came: from now on nothing of this stream is applied."""
    table = _tables(tx).in_stream
    tx.connection.execute(update(table).where(_of(table, key)).values(forked=1, changed_ms=_now(tx)))


def applied_heads(tx: Transaction) -> tuple[tuple[StreamKey, int], ...]:
    """What a backup of this moment holds of each stream; once it is verified, give it to `set_durable`."""
    table = _tables(tx).in_stream
    rows = tx.connection.execute(select(table.c.op_area, table.c.device, table.c.lane, table.c.applied_n))
    return tuple((StreamKey(row.op_area, from_sql(row.device), row.lane), row.applied_n) for row in rows)


def set_durable(tx: Transaction, heads: Iterable[tuple[StreamKey, int]]) -> None:
    """Note that these streams are in a verified backup up to these numbers; laptops may then let their copies go."""
    table = _tables(tx).in_stream
    for key, n in heads:
        tx.connection.execute(update(table).where(_of(table, key), table.c.durable_n < n).values(durable_n=n))


def quarantine(
    tx: Transaction, op_area: str, device: int, body: bytes, reason: str, *, form: str, kind: int = 0, counter: int = 0
) -> None:
    """Keep what was received and may not be applied, with an English reason; the same bytes are kept once."""
    row = {
        "op_area": op_area, "device": as_sql(device), "item": hashlib.sha256(body).digest()[:16], "form": form,
        "kind": kind, "counter": counter, "reason": reason, "body": body, "at_ms": _now(tx),
    }  # fmt: skip
    insert_new(tx, _tables(tx).quarantine, row)


def quarantine_change(tx: Transaction, op_area: str, change: Change, reason: str) -> None:
    """Keep one readable change that may not be applied; `read_change` gives it back."""
    body = pack_change(change)
    quarantine(tx, op_area, change.device, body, reason, form="change", kind=change.kind, counter=change.counter)


def pack_change(change: Change) -> bytes:
    """One change as it is kept outside the log."""
    circle = change.circle.bytes if change.circle else None
    head = [change.device, change.counter, change.hlc, change.author.bytes, change.kind, change.record.bytes]
    return pack([*head, change.area, circle, pack_body(change.edits, change.seen)])


def read_change(body: bytes) -> Change:
    """The change of `pack_change`, such as of a quarantine row of form `change`. Raises ValueError if it is none."""
    device, counter, hlc, author, kind, record, area, circle, rest = unpack(body)
    edits, seen = unpack_body(rest)
    in_circle = UUID(bytes=circle) if circle else None
    return Change(device, counter, hlc, UUID(bytes=author), kind, UUID(bytes=record), area, in_circle, edits, seen)


def quarantined(tx: Transaction, *, state: str = "open") -> tuple[Quarantined, ...]:
    """What waits in quarantine, oldest first."""
    table = _tables(tx).quarantine
    rows = tx.connection.execute(select(table).where(table.c.state == state).order_by(table.c.at_ms, table.c.item))
    return tuple(
        Quarantined(
            row.op_area, from_sql(row.device), row.form, row.kind, row.counter, row.reason, bytes(row.body), row.at_ms
        )
        for row in rows
    )


def _tables(tx: Transaction) -> SyncTables:
    return tx.tables.sync


def _now(tx: Transaction) -> int:
    return to_ms(tx.clock.now())


def _row(key: StreamKey) -> dict[str, Any]:
    return {"op_area": key.op_area, "device": as_sql(key.device), "lane": key.lane}


def _of(table: Table, key: StreamKey) -> ColumnElement[bool]:
    return and_(table.c.op_area == key.op_area, table.c.device == as_sql(key.device), table.c.lane == key.lane)


def _total(tx: Transaction, key: StreamKey, n: int) -> int:
    table = _tables(tx).spool
    query = select(func.max(table.c.total)).where(_of(table, key), table.c.n == n)
    return int(tx.connection.execute(query).scalar_one() or 0)


def insert_new(tx: Transaction, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless one with its key is there."""
    make = postgres_insert if tx.connection.dialect.name == "postgresql" else sqlite_insert
    return tx.connection.execute(make(table).values(dict(row)).on_conflict_do_nothing()).rowcount == 1
