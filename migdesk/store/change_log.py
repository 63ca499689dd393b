"""The append-only log of changes: history of each record, feed of each area, and this replica's clock. Store's thread.

Sequence numbers come from the locked head row of an area, in the transaction that writes the change: whoever reads up
to a number has seen everything below it.
"""

import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from migdesk.clock import to_ms
from migdesk.domain.changes import Change
from migdesk.domain.hlc import LAST_MS, receive
from migdesk.domain.record import Lane, Tier
from migdesk.store.database import Transaction
from migdesk.store.packing import Bodies, unpack_body
from migdesk.store.tables import NATIONAL
from migdesk.store.tables_sync import as_sql, from_sql

_COUNTER_BITS = 16
_LEAP = 1 << 24
"""As a clock reading not half a second."""


@dataclass(frozen=True, slots=True)
class LoggedChange:
    """A change where it stands in the log. `origin` is empty for this replica's own; `tier` 4 never leaves it."""

    op_area: str
    seq: int
    change: Change
    tier: int
    origin: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A change to be logged: its operational area and tier; `held` if its kind is not known here."""

    change: Change
    op_area: str
    tier: int = 0
    held: bool = False


def tick(tx: Transaction, count: int) -> tuple[int, int]:
    """The first of `count` new readings of this replica's clock, and the first of as many change numbers. Stored
    before use: they are in this transaction."""
    now = min(to_ms(tx.clock.now()), LAST_MS) << _COUNTER_BITS
    found = tx.one(tx.sql.tick, {"op_area": NATIONAL, "now": now, "count": count})
    assert found is not None
    return found[0] - count + 1, found[1] - count + 1


def leap(tx: Transaction) -> None:
    """After a restore: leave out numbers and readings that were given since the backup. Others may still hold those
    changes, and would take another one with the same number for a forgery."""
    tick(tx, _LEAP + secrets.randbelow(_LEAP))


def hear(tx: Transaction, remote: int) -> None:
    """Move the clock behind the greatest reading heard of, but not far into the future."""
    now_ms = to_ms(tx.clock.now())
    if not tx.is_file and remote <= now_ms << _COUNTER_BITS:
        return  # The next reading is above it anyway; the row would be a queue for all who push at once.
    tx.run(tx.sql.hear, {"op_area": NATIONAL, "hlc": receive(0, remote, now_ms)})


def reading(tx: Transaction) -> int:
    """The last reading of this replica's clock."""
    found = tx.one(tx.sql.clock)
    return int(found[0]) if found else 0


def lock(tx: Transaction, op_areas: Iterable[str]) -> None:
    """Keep other writers out of these areas until the transaction ends. To be done before their records are read:
    on PostgreSQL two writers would else read the same and the later would write over the earlier. A file has one
    writer anyway."""
    if not tx.is_file:
        for op_area in sorted(set(op_areas)):
            tx.run(tx.sql.next_seq, {"op_area": op_area, "count": 0})


def take(tx: Transaction, op_area: str, count: int = 1) -> int:
    """Take the next sequence numbers of an area, whose head row stays locked from here on: the last of them."""
    found = tx.one(tx.sql.next_seq, {"op_area": op_area, "count": count})
    assert found is not None
    return int(found[0])


def append(
    tx: Transaction, entries: Sequence[Entry], origin: str = "", packed: Sequence[bytes] | None = None
) -> list[int]:
    """Log changes in this order; their sequence numbers. The areas' head rows are locked from here on. `packed`: their
    bodies, if somebody packed them already."""
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry.op_area] = counts.get(entry.op_area, 0) + 1
    next_seq = {}
    for op_area in sorted(counts):
        next_seq[op_area] = take(tx, op_area, counts[op_area]) - counts[op_area] + 1
    rows, seqs = [], []
    if packed is None:
        pack = Bodies().pack
        packed = [pack(entry.change.edits, entry.change.seen) for entry in entries]
    for entry, body in zip(entries, packed, strict=True):
        seq = next_seq[entry.op_area]
        next_seq[entry.op_area] = seq + 1
        seqs.append(seq)
        rows.append(_columns(tx, entry, seq, origin, body))
    if len(rows) == 1:
        tx.run(tx.sql.log, dict(zip(tx.tables.log.c.keys(), rows[0], strict=True)))
    else:
        tx.add_rows(tx.tables.log, rows)
    return seqs


def _columns(tx: Transaction, entry: Entry, seq: int, origin: str, body: bytes) -> tuple[Any, ...]:
    """A row of the log, in the order of its columns."""
    change = entry.change
    spec = tx.schema.by_number.get(change.kind)
    return (
        entry.op_area, seq, as_sql(change.device), change.counter, change.hlc, change.author.bytes, change.kind,
        change.record.bytes, change.area, change.circle.bytes if change.circle else None,
        int(spec.lane if spec else Lane.BULK), entry.tier, origin, int(entry.held), body,
    )  # fmt: skip


def history(tx: Transaction, id: UUID, kind: str = "") -> tuple[LoggedChange, ...]:
    """All changes of a record that are here, by their clocks."""
    table = tx.tables.log
    query = select(table).where(table.c.record == id.bytes)
    if kind:
        query = query.where(table.c.kind == tx.schema.by_name[kind].number)
    query = query.order_by(table.c.hlc, table.c.device, table.c.counter)
    return tuple(_logged(row) for row in tx.connection.execute(query))


def after(
    tx: Transaction, op_area: str, seq: int, limit: int = 1000, *, with_t4: bool = False, but_of: int | None = None
) -> list[tuple[int, Change]]:
    """The next changes of an area behind `seq`, in order, but those of one device. Those of tier 4 never leave and are
    left out."""
    but = None if but_of is None else as_sql(but_of)
    where = {"op_area": op_area, "seq": seq, "below": int(Tier.T4) + with_t4, "but": but, "most": limit}
    rows = tx.rows(tx.sql.log_after, where)
    return list(zip((row[0] for row in rows), _changes(row[1:] for row in rows), strict=True))


def of_records(tx: Transaction, records: Collection[UUID]) -> Iterator[Change]:
    """All changes of these records that may leave, those of one record by their clocks."""
    found = tx.rows_among(tx.sql.log_of_records, [id.bytes for id in records])
    return _changes(row[1:] for row in found)


def entering(
    tx: Transaction, op_area: str, after: int, upto: int, limit: int, *, urgent: bool, but_of: int | None = None
) -> tuple[list[tuple[UUID, int, int]], int]:
    """(record, kind, number) of the next records whose first change in this area is behind `after` and not behind
    `upto`, of the urgent lanes or of the others, in order; and the last number looked at. The changes of the device
    `but_of` do not count."""
    table = tx.tables.log
    but = None if but_of is None else as_sql(but_of)
    lane = table.c.lane <= int(Lane.URGENT) if urgent else table.c.lane > int(Lane.URGENT)
    others = table.c.device.is_distinct_from(but)
    where = (table.c.op_area == op_area, table.c.seq > after, table.c.seq <= upto, lane, others)
    page = select(table.c.record, table.c.kind, table.c.seq).where(*where, table.c.tier < int(Tier.T4))
    rows = tx.connection.execute(page.order_by(table.c.seq).limit(limit)).all()
    if not rows:
        return [], upto
    ids = list({bytes(row.record) for row in rows})
    where_before = {"op_area": op_area, "seq": after, "but": but}
    again = {bytes(raw) for (raw,) in tx.rows_among(tx.sql.records_before, ids, where_before)} if after else set()
    first: dict[bytes, tuple[UUID, int, int]] = {}
    for row in rows:
        raw = bytes(row.record)
        if raw not in again:
            first.setdefault(raw, (UUID(bytes=raw), row.kind, row.seq))
    return list(first.values()), rows[-1].seq if len(rows) == limit else upto


def own_after(tx: Transaction, op_area: str, device: int, seq: int, limit: int) -> tuple[list[tuple[int, Change]], int]:
    """What this device wrote in an area behind `seq`, tier 4 left out, and the last number looked at."""
    rows = tx.rows(tx.sql.log_own, {"op_area": op_area, "seq": seq, "most": limit})
    last = rows[-1][0] if len(rows) == limit else max(seq, head(tx, op_area))
    changes = zip((row[0] for row in rows), _changes(row[1:] for row in rows), strict=True)
    return [(seq, change) for seq, change in changes if change.device == device], last


def own_lanes(tx: Transaction, op_area: str, seq: int) -> set[int]:
    """The lanes of what was written here in an area behind `seq` and may leave."""
    table = tx.tables.log
    own = (table.c.origin == "", table.c.tier < 4)
    query = select(table.c.lane).where(table.c.op_area == op_area, table.c.seq > seq, *own).distinct()
    return set(tx.connection.execute(query).scalars())


def head(tx: Transaction, op_area: str) -> int:
    """The last sequence number of an area; 0 if it has none."""
    table = tx.tables.area_head
    return tx.connection.execute(select(table.c.seq).where(table.c.op_area == op_area)).scalar_one_or_none() or 0


def heads(tx: Transaction) -> dict[str, int]:
    """The last sequence number of each area that has changes here."""
    table = tx.tables.area_head
    rows = tx.connection.execute(select(table.c.op_area, table.c.seq).where(table.c.seq > 0))
    return {row.op_area: row.seq for row in rows}


def op_areas(tx: Transaction) -> list[str]:
    """The operational areas that have changes here."""
    table = tx.tables.area_head
    query = select(table.c.op_area).where(table.c.seq > 0).order_by(table.c.op_area)
    return list(tx.connection.execute(query).scalars())


def unsent_count(tx: Transaction) -> int:
    """How many of this replica's own changes the server has not acknowledged. Tier 4 stays here and does not count."""
    table = tx.tables.log
    total = 0
    for op_area in op_areas(tx):
        for lane in Lane:
            own = (table.c.op_area == op_area, table.c.lane == int(lane), table.c.origin == "", table.c.tier < 4)
            query = select(func.count()).select_from(table).where(*own, table.c.seq > acknowledged(tx, op_area, lane))
            total += int(tx.connection.execute(query).scalar_one())
    return total


def acknowledged(tx: Transaction, op_area: str, lane: int) -> int:
    """Up to which sequence number this replica's own changes of a lane are applied at the server.

    Whatever is frozen is in a batch; the first batch that still waits tells how far the ones before it reach.
    """
    first = tx.one(tx.sql.first_waiting, {"op_area": op_area, "lane": int(lane)})
    if first is not None and first[0] is not None:
        return int(first[0]) - 1
    frozen = tx.one(tx.sql.frozen_up_to, {"op_area": op_area})
    return int(frozen[0] or 0) if frozen is not None else 0


def known(tx: Transaction, changes: Iterable[Change]) -> dict[tuple[int, int], tuple[int, bytes]]:
    """Clock and record of those changes whose numbers (device, counter) are in the log."""
    numbers: dict[int, list[int]] = {}
    for change in changes:
        if 0 <= change.device < 1 << 64 and 0 < change.counter < 1 << 63:
            numbers.setdefault(change.device, []).append(change.counter)
    found = {}
    for device, counters in numbers.items():
        for low, high in _spans(sorted(set(counters))):
            span = {"device": as_sql(device), "low": low, "high": high}
            for counter, hlc, record in tx.rows(tx.sql.known_changes, span):
                found[device, counter] = (hlc, bytes(record))
    return found


def _spans(numbers: list[int]) -> Iterable[tuple[int, int]]:
    """Ascending numbers as spans without great gaps."""
    start = last = numbers[0]
    for number in numbers[1:]:
        if number - last > 64:
            yield start, last
            start = number
        last = number
    yield start, last


def _changes(rows: Iterable[Sequence[Any]]) -> Iterator[Change]:
    """The changes of rows with the columns of `statements.OF_CHANGE`."""
    open_body, users, devices = Bodies().unpack, _Users(), _Devices()
    for device, counter, hlc, author, kind, record, area, circle, body in rows:
        edits, seen = open_body(body)
        yield Change(
            devices[device], counter, hlc, users[author], kind, UUID(bytes=record), area,
            UUID(bytes=circle) if circle else None, edits, seen,
        )  # fmt: skip


class _Users(dict[bytes, UUID]):
    def __missing__(self, raw: bytes) -> UUID:
        self[raw] = made = UUID(bytes=raw)
        return made


class _Devices(dict[int, int]):
    def __missing__(self, stored: int) -> int:
        self[stored] = made = from_sql(stored)
        return made


def change_of(row: Any) -> Change:
    """The change of a row of the log."""
    edits, seen = unpack_body(bytes(row.body))
    circle = UUID(bytes=bytes(row.circle)) if row.circle else None
    return Change(
        from_sql(row.device), row.counter, row.hlc, UUID(bytes=bytes(row.author)), row.kind,
        UUID(bytes=bytes(row.record)), row.area, circle, edits, seen,
    )  # fmt: skip


def all_of_kind(tx: Transaction, kind: int) -> Iterator[LoggedChange]:
    """Every change of a kind, record by record."""
    table = tx.tables.log
    query = select(table).where(table.c.kind == kind).order_by(table.c.record, table.c.hlc, table.c.device)
    yield from map(_logged, tx.connection.execute(query))


def held(tx: Transaction, kinds: Collection[int]) -> tuple[LoggedChange, ...]:
    """The changes of these kinds that were kept while no version here knew them, in the order of their areas' logs."""
    table = tx.tables.log
    query = select(table).where(table.c.held == 1, table.c.kind.in_(kinds)).order_by(table.c.op_area, table.c.seq)
    return tuple(map(_logged, tx.connection.execute(query)))


def _logged(row: Any) -> LoggedChange:
    return LoggedChange(row.op_area, row.seq, change_of(row), row.tier, row.origin)
