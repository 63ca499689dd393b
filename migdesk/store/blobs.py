"""Encrypted bytes of attachments: kept in pieces, appended at an offset, complete only when the hash is right.

Knows nothing of keys or clear bytes. Store's thread.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, and_, delete, exists, func, select, update

from migdesk.clock import to_ms
from migdesk.domain.attachment import KINDS
from migdesk.domain.record import KindSpec
from migdesk.store.database import Transaction
from migdesk.store.tables_sync import as_sql, from_sql

OWN = 0
"""The `device` of what this replica has itself."""
PIECE = 64 << 10
_AREA_LETTERS = 5


class OffsetError(Exception):
    """Bytes were to be added elsewhere than at the end of what is here. `held` is where the end is."""

    def __init__(self, held: int) -> None:
        super().__init__(held)
        self.held = held


@dataclass(frozen=True, slots=True)
class BlobKey:
    """Which bytes: the operational area of their record, the SHA-256 of all of them, and whose copy (`OWN` or the
    device that is sending it)."""

    op_area: str
    sha256: bytes
    device: int = OWN


@dataclass(frozen=True, slots=True)
class Held:
    """How much of a blob is here. `size` is that of the whole; see `tables_blobs` for the rest."""

    key: BlobKey
    size: int
    held: int
    complete: bool
    sent: int = 0
    settled: bytes = b""
    wanted: bool = False
    changed_ms: int = 0


@dataclass(frozen=True, slots=True)
class Naming:
    """A record that names a blob, and what decides who may have it. `size` is that of the clear bytes."""

    spec: KindSpec
    op_area: str
    record: UUID
    area: str
    circle: UUID | None
    author: UUID
    size: int
    sha256: bytes


def op_area_of(area: str) -> str:
    """The operational area under which the bytes of a record in this area are kept."""
    return area[:_AREA_LETTERS]


def put(tx: Transaction, key: BlobKey, pieces: Iterable[bytes]) -> None:
    """Keep a whole blob that was made here; its name must be its hash."""
    start, digest = 0, hashlib.sha256()
    for data in pieces:
        _add(tx, key, start, data)
        digest.update(data)
        start += len(data)
    if digest.digest() != key.sha256:
        raise ValueError("the name of a blob is its hash")
    _begin(tx, key, start)
    _set(tx, key, held=start, complete=1)


def find(tx: Transaction, sha256: bytes, op_area: str, device: int = OWN) -> Held | None:
    """What is here of a blob: the whole from whoever it came, else what this device sent of it. A record may have
    moved to another area since its bytes came, so they count wherever they are."""
    table = tx.tables.blobs.blob
    query = select(table).where(table.c.sha256 == sha256, table.c.device.in_((OWN, as_sql(device))) | (_whole(table)))
    found = [_held(row) for row in tx.connection.execute(query)]
    if device != OWN:
        found = [one for one in found if one.complete or one.key.device == device]
    found.sort(key=lambda one: (not one.complete, one.key.op_area != op_area))
    return found[0] if found else None


def append(tx: Transaction, key: BlobKey, size: int, offset: int, data: bytes) -> int:
    """Add bytes at the end of what is here; how many are here then. Raises OffsetError if they belong elsewhere,
    ValueError if they reach beyond `size`."""
    _begin(tx, key, size)
    table = tx.tables.blobs.blob
    row = tx.connection.execute(select(table).where(_at(table, key)).with_for_update()).one()
    if row.complete or row.held != offset:
        raise OffsetError(int(row.held))
    if offset + len(data) > size:
        raise ValueError("more bytes than the whole has")
    for start in range(0, len(data), PIECE):
        _add(tx, key, offset + start, data[start : start + PIECE])
    _set(tx, key, held=offset + len(data))
    return offset + len(data)


def finish(tx: Transaction, key: BlobKey) -> bool:
    """All bytes are here: whether they are the right ones. Wrong ones are left for the caller to drop or to mend.
    Once complete, what other devices sent of the same is let go."""
    if not is_sound(tx, key):
        return False
    _set(tx, key, complete=1)
    both = (tx.tables.blobs.blob_piece, tx.tables.blobs.blob)
    for table in both:
        others = and_(table.c.op_area == key.op_area, table.c.sha256 == key.sha256)
        tx.connection.execute(delete(table).where(others, table.c.device != as_sql(key.device)))
    return True


def is_sound(tx: Transaction, key: BlobKey) -> bool:
    """Whether the bytes that are here have the hash that is their name."""
    digest = hashlib.sha256()
    for data in each_piece(tx, key):
        digest.update(data)
    return digest.digest() == key.sha256


def cut_back(tx: Transaction, key: BlobKey, to: int) -> None:
    """Keep only the first `to` bytes."""
    pieces = tx.tables.blobs.blob_piece
    tx.connection.execute(delete(pieces).where(_at(pieces, key), pieces.c.start >= to))
    last = tx.connection.execute(
        select(pieces).where(_at(pieces, key)).order_by(pieces.c.start.desc()).limit(1)
    ).one_or_none()
    if last is not None and last.start + len(last.data) > to:
        rest = update(pieces).where(_at(pieces, key), pieces.c.start == last.start)
        tx.connection.execute(rest.values(data=bytes(last.data)[: to - last.start]))
    _set(tx, key, held=to, complete=0)


def read(tx: Transaction, key: BlobKey, start: int, most: int) -> bytes:
    """Up to `most` bytes from `start` on."""
    pieces, got, size = tx.tables.blobs.blob_piece, [], 0
    before = select(func.max(pieces.c.start)).where(_at(pieces, key), pieces.c.start <= start).scalar_subquery()
    query = select(pieces.c.start, pieces.c.data).where(_at(pieces, key), pieces.c.start >= before)
    for row in tx.connection.execute(query.where(pieces.c.start < start + most).order_by(pieces.c.start)):
        data = bytes(row.data)[max(0, start - row.start) :]
        got.append(data)
        size += len(data)
    return b"".join(got)[:most]


def each_piece(tx: Transaction, key: BlobKey) -> Iterator[bytes]:
    """All bytes in order, some at a time."""
    pieces, start = tx.tables.blobs.blob_piece, -1
    while True:
        query = select(pieces.c.start, pieces.c.data).where(_at(pieces, key), pieces.c.start > start)
        rows = tx.connection.execute(query.order_by(pieces.c.start).limit(16)).all()
        for row in rows:
            yield bytes(row.data)
            start = row.start
        if not rows:
            return


def whole(tx: Transaction, key: BlobKey) -> bytes:
    """All bytes at once; at most a little more than 20 MB."""
    return b"".join(each_piece(tx, key))


def want(tx: Transaction, key: BlobKey, size: int) -> None:
    """A person asked for it: it comes with the next sync."""
    _begin(tx, key, size)
    _set(tx, key, wanted=1)


def tried(tx: Transaction, key: BlobKey, size: int) -> None:
    """It was asked for and not there yet."""
    _begin(tx, key, size)
    _set(tx, key)


def note(tx: Transaction, key: BlobKey, *, sent: int, settled: bytes | None = None) -> None:
    """How much of it a receiver has; `settled` once that is the central server and it has all."""
    _set(tx, key, sent=sent, **({} if settled is None else {"settled": settled}))


def drop(tx: Transaction, key: BlobKey) -> None:
    """Let go of all that is here of it."""
    for table in (tx.tables.blobs.blob_piece, tx.tables.blobs.blob):
        tx.connection.execute(delete(table).where(_at(table, key)))


def spooled(tx: Transaction, device: int) -> list[Held]:
    """Unfinished uploads of a device, the one longest untouched first."""
    table = tx.tables.blobs.blob
    query = select(table).where(table.c.device == as_sql(device), table.c.complete == 0)
    return [_held(row) for row in tx.connection.execute(query.order_by(table.c.changed_ms))]


def each(tx: Transaction) -> list[Held]:
    """Everything that is here."""
    return [_held(row) for row in tx.connection.execute(select(tx.tables.blobs.blob))]


def drop_orphans(tx: Transaction) -> int:
    """Let go of bytes that no record names any more (it left the scope of this laptop); how many blobs they were."""
    table = tx.tables.blobs.blob
    named = [exists().where(main.c.sha256 == table.c.sha256) for main in _mains(tx)]
    alone = select(table)
    for one in named:
        alone = alone.where(~one)
    found = [_held(row).key for row in tx.connection.execute(alone)]
    for key in found:
        drop(tx, key)
    return len(found)


def named(tx: Transaction, sha256: bytes) -> list[Naming]:
    """The standing records that name this blob."""
    return [one for spec, main in _kinds(tx) for one in _namings(tx, spec, main, main.c.sha256 == sha256)]


def all_named(tx: Transaction) -> Iterator[Naming]:
    """Every standing record with an attachment."""
    for spec, main in _kinds(tx):
        yield from _namings(tx, spec, main, main.c.sha256.is_not(None))


def damaged(tx: Transaction) -> list[bytes]:
    """The names of complete blobs whose bytes are no longer what they were."""
    return [one.key.sha256 for one in each(tx) if one.complete and not is_sound(tx, one.key)]


def _kinds(tx: Transaction) -> list[tuple[KindSpec, Table]]:
    known = [kind.spec for kind in KINDS if kind.spec.name in tx.tables.kinds]
    return [(spec, tx.tables.kinds[spec.name].main) for spec in known]


def _mains(tx: Transaction) -> list[Table]:
    return [main for _, main in _kinds(tx)]


def _namings(tx: Transaction, spec: KindSpec, main: Table, where: ColumnElement[bool]) -> Iterator[Naming]:
    columns = (
        main.c.op_area, main.c.id, main.c.area, main.c.circle, main.c.created_by, main.c.size, main.c.sha256
    )  # fmt: skip
    query: Select[Any] = select(*columns).where(where, main.c.deleted == 0)
    for row in tx.connection.execute(query).all():
        circle = UUID(bytes=bytes(row.circle)) if row.circle else None
        author = UUID(bytes=bytes(row.created_by))
        record = UUID(bytes=bytes(row.id))
        yield Naming(spec, row.op_area, record, row.area, circle, author, int(row.size or 0), bytes(row.sha256))


def _at(table: Table, key: BlobKey) -> ColumnElement[bool]:
    return and_(
        table.c.op_area == key.op_area, table.c.sha256 == key.sha256, table.c.device == as_sql(key.device)
    )  # fmt: skip


def _whole(table: Table) -> ColumnElement[bool]:
    return table.c.complete == 1


def _begin(tx: Transaction, key: BlobKey, size: int) -> None:
    table = tx.tables.blobs.blob
    query = tx.sql.insert(table).values(
        op_area=key.op_area, sha256=key.sha256, device=as_sql(key.device), size=size, held=0, complete=0, sent=0,
        settled=b"", wanted=0, changed_ms=to_ms(tx.clock.now()),
    )  # fmt: skip
    tx.connection.execute(query.on_conflict_do_nothing())


def _set(tx: Transaction, key: BlobKey, **values: object) -> None:
    table = tx.tables.blobs.blob
    now = to_ms(tx.clock.now())
    tx.connection.execute(update(table).where(_at(table, key)).values(changed_ms=now, **values))


def _add(tx: Transaction, key: BlobKey, start: int, data: bytes) -> None:
    values = {
        "op_area": key.op_area, "sha256": key.sha256, "device": as_sql(key.device), "start": start, "data": data
    }  # fmt: skip
    tx.connection.execute(tx.tables.blobs.blob_piece.insert().values(**values))


def _held(row: Any) -> Held:
    key = BlobKey(row.op_area, bytes(row.sha256), from_sql(row.device))
    return Held(
        key, row.size, row.held, bool(row.complete), row.sent, bytes(row.settled), bool(row.wanted), row.changed_ms
    )
