"""What this device sends: its own changes frozen into batches, and how far each is. Store's thread.

A batch is bytes that were built once and never change; every try, hub and stick carries the same. It stays here until
the server calls it durable. Changes of tier 4 are never taken.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import and_, case, func, select, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.sql.elements import ColumnElement

from migdesk.clock import to_ms
from migdesk.domain.changes import Change
from migdesk.domain.record import Lane
from migdesk.store import change_log
from migdesk.store.database import Transaction
from migdesk.store.tables_sync import SyncTables

_SCAN = 5_000
_NOTES_KEPT = 500


class BatchState(IntEnum):
    """How far a frozen batch is: not acknowledged, applied at the server, in a verified backup there, refused."""

    WAITS = 0
    APPLIED = 1
    DURABLE = 2
    REFUSED = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """What the next batch is to hold; `prev_sha16` links it to the one before in its stream."""

    op_area: str
    lane: int
    n: int
    prev_sha16: bytes
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class FrozenBatch:
    """A frozen batch without its bytes."""

    op_area: str
    lane: int
    n: int
    sha256: bytes
    size: int
    changes: int
    state: BatchState


Build = Callable[[Plan], bytes]
"""Makes the signed bytes of a plan. Raises ValueError if its changes are too much for one batch."""


def freeze(
    tx: Transaction, device: int, build: Build, limit_changes: int = 1000, scan: int = _SCAN
) -> list[FrozenBatch]:
    """Put this device's changes that are in no batch yet into batches; one of at most `limit_changes` changes each.

    Takes at most `scan` changes of each area at once, so that a transaction stays short: call it again until it
    returns nothing.
    """
    made: list[FrozenBatch] = []
    for op_area in change_log.op_areas(tx):
        start = _frozen_seq(tx, op_area)
        rows, last = change_log.own_after(tx, op_area, device, start, scan)
        if last == start:
            continue
        by_lane: dict[int, list[tuple[int, Change]]] = {}
        for seq, change in rows:
            by_lane.setdefault(lane_of(tx, change), []).append((seq, change))
        for lane, part in sorted(by_lane.items()):
            for at in range(0, len(part), limit_changes):
                made += _freeze_part(tx, op_area, lane, part[at : at + limit_changes], build)
        _set_frozen_seq(tx, op_area, last)
    return made


def waits_in_one_lane(tx: Transaction) -> bool:
    """Whether all that is in no batch yet travels in one lane: then none of it is more urgent than what comes first."""
    lanes: set[int] = set()
    for op_area in change_log.op_areas(tx):
        lanes |= change_log.own_lanes(tx, op_area, _frozen_seq(tx, op_area))
    return len(lanes) <= 1


def lane_of(tx: Transaction, change: Change) -> int:
    """The lane that a change's kind travels in; kinds that this version does not know go with the bulk."""
    spec = tx.schema.by_number.get(change.kind)
    return int(spec.lane if spec else Lane.BULK)


def _freeze_part(
    tx: Transaction, op_area: str, lane: int, part: Sequence[tuple[int, Change]], build: Build
) -> Iterator[FrozenBatch]:
    last_n, last_sha = _last(tx, op_area, lane)
    plan = Plan(op_area, lane, last_n + 1, last_sha[:16] or bytes(16), [change for _, change in part])
    try:
        body = build(plan)
    except ValueError:
        if len(part) == 1:
            raise
        half = len(part) // 2
        yield from _freeze_part(tx, op_area, lane, part[:half], build)
        yield from _freeze_part(tx, op_area, lane, part[half:], build)
        return
    sha256 = hashlib.sha256(body).digest()
    row = {
        "op_area": op_area, "lane": lane, "n": plan.n, "sha256": sha256, "size": len(body), "changes": len(part),
        "first_seq": part[0][0], "last_seq": part[-1][0], "body": body, "state": int(BatchState.WAITS),
        "frozen_ms": to_ms(tx.clock.now()), "bundled_ms": 0,
    }  # fmt: skip
    tx.connection.execute(_tables(tx).out_batch.insert().values(row))
    _upsert(tx, _tables(tx).out_stream, {"op_area": op_area, "lane": lane}, {"last_n": plan.n, "last_sha": sha256})
    yield FrozenBatch(op_area, lane, plan.n, sha256, len(body), len(part), BatchState.WAITS)


def pending(tx: Transaction) -> list[FrozenBatch]:
    """The batches that the server has not acknowledged, in the order of sending: urgent lanes first."""
    return _batches(tx, _tables(tx).out_batch.c.state == int(BatchState.WAITS))


def undurable(tx: Transaction) -> list[FrozenBatch]:
    """The batches that are kept here: not acknowledged, or not yet in a verified backup of the server."""
    return _batches(tx, _tables(tx).out_batch.c.state <= int(BatchState.APPLIED))


def read_batch(tx: Transaction, op_area: str, lane: int, n: int, offset: int = 0) -> bytes:
    """The bytes of a kept batch from `offset` on; empty if it is gone."""
    table = _tables(tx).out_batch
    where = and_(table.c.op_area == op_area, table.c.lane == lane, table.c.n == n)
    found = tx.connection.execute(select(table.c.body).where(where)).scalar_one_or_none()
    return b"" if found is None else bytes(found)[offset:]


def find_batch(tx: Transaction, op_area: str, lane: int, n: int) -> FrozenBatch | None:
    """A kept batch."""
    table = _tables(tx).out_batch
    found = _batches(tx, and_(table.c.op_area == op_area, table.c.lane == lane, table.c.n == n))
    return found[0] if found else None


def mark_applied(tx: Transaction, op_area: str, lane: int, n: int) -> int:
    """The server applied this stream up to `n`. Returns how many changes that were waiting are settled by it."""
    table = _tables(tx).out_batch
    where = and_(
        table.c.op_area == op_area, table.c.lane == lane, table.c.n <= n, table.c.state == int(BatchState.WAITS)
    )
    settled = int(tx.connection.execute(select(func.sum(table.c.changes)).where(where)).scalar_one() or 0)
    _mark(tx, op_area, lane, n, BatchState.APPLIED)
    return settled


def mark_durable(tx: Transaction, op_area: str, lane: int, n: int) -> None:
    """The server has this stream up to `n` in a verified backup: the bytes are let go."""
    _mark(tx, op_area, lane, n, BatchState.DURABLE)
    table = _tables(tx).out_batch
    done = and_(table.c.op_area == op_area, table.c.lane == lane, table.c.state == int(BatchState.DURABLE))
    tx.connection.execute(update(table).where(done, table.c.size > 0).values(body=b"", size=0))


def mark_refused(tx: Transaction, op_area: str, lane: int, n: int) -> None:
    """The server keeps this one batch in quarantine; the stream goes on."""
    table = _tables(tx).out_batch
    where = and_(table.c.op_area == op_area, table.c.lane == lane, table.c.n == n)
    tx.connection.execute(update(table).where(where).values(state=int(BatchState.REFUSED)))


def mark_sent_by_bundle(tx: Transaction, batches: Sequence[FrozenBatch]) -> None:
    """These batches went onto a stick. They still wait: a stick may be lost."""
    table, now = _tables(tx).out_batch, to_ms(tx.clock.now())
    for one in batches:
        where = and_(table.c.op_area == one.op_area, table.c.lane == one.lane, table.c.n == one.n)
        tx.connection.execute(update(table).where(where).values(bundled_ms=now))


def resend(tx: Transaction) -> None:
    """The server is another generation (restored from a backup): whatever is not durable waits again."""
    table = _tables(tx).out_batch
    again = table.c.state.in_((int(BatchState.APPLIED), int(BatchState.REFUSED)))
    tx.connection.execute(update(table).where(again).values(state=int(BatchState.WAITS)))


def wait_again(tx: Transaction, op_area: str, lane: int, n: int) -> None:
    """The server lost this stream from `n` on: what it acknowledged there waits again."""
    table = _tables(tx).out_batch
    where = and_(
        table.c.op_area == op_area, table.c.lane == lane, table.c.n >= n, table.c.state == int(BatchState.APPLIED)
    )
    tx.connection.execute(update(table).where(where).values(state=int(BatchState.WAITS)))


def heads(tx: Transaction) -> list[tuple[str, int, int, int]]:
    """(area, lane, applied up to, durable up to) of each stream with a batch that is not durable."""
    table = _tables(tx).out_batch
    waits = case((table.c.state == int(BatchState.WAITS), table.c.n))
    query = select(
        table.c.op_area, table.c.lane, func.min(waits).label("first"), func.max(table.c.n).label("last"),
        func.min(case((table.c.state <= int(BatchState.APPLIED), table.c.n))).label("kept"),
    ).group_by(table.c.op_area, table.c.lane)  # fmt: skip
    rows = tx.connection.execute(query.order_by(table.c.op_area, table.c.lane)).all()
    return [
        (row.op_area, row.lane, row.last if row.first is None else row.first - 1, row.kept - 1)
        for row in rows
        if row.kept is not None
    ]


def bytes_a_change(tx: Transaction) -> float:
    """What a change takes in the batches that are kept here; 0 if there are none."""
    table = _tables(tx).out_batch
    row = tx.connection.execute(select(func.sum(table.c.size), func.sum(table.c.changes)).where(table.c.size > 0)).one()
    return float(row[0] / row[1]) if row[1] else 0.0


def sync_note(tx: Transaction, note: Mapping[str, Any]) -> None:
    """Keep one line of sync history (counts and a message id, never personal data); the oldest go."""
    table = _tables(tx).sync_note
    now = max(to_ms(tx.clock.now()), int(tx.connection.execute(select(func.max(table.c.at_ms))).scalar_one() or 0) + 1)
    tx.connection.execute(table.insert().values(at_ms=now, note=json.dumps(dict(note), sort_keys=True)))
    keep = select(table.c.at_ms).order_by(table.c.at_ms.desc()).limit(_NOTES_KEPT)
    tx.connection.execute(table.delete().where(table.c.at_ms.not_in(keep)))


def sync_history(tx: Transaction, limit: int = 50) -> list[dict[str, Any]]:
    """The latest lines, newest first; `at_ms` is when."""
    table = _tables(tx).sync_note
    rows = tx.connection.execute(select(table).order_by(table.c.at_ms.desc()).limit(limit))
    return [{"at_ms": row.at_ms, **json.loads(row.note)} for row in rows]


def _tables(tx: Transaction) -> SyncTables:
    return tx.tables.sync


def _batches(tx: Transaction, where: ColumnElement[bool]) -> list[FrozenBatch]:
    table = _tables(tx).out_batch
    columns = (table.c.op_area, table.c.lane, table.c.n, table.c.sha256, table.c.size, table.c.changes, table.c.state)
    rows = tx.connection.execute(select(*columns).where(where).order_by(table.c.lane, table.c.op_area, table.c.n))
    return [
        FrozenBatch(row.op_area, row.lane, row.n, bytes(row.sha256), row.size, row.changes, BatchState(row.state))
        for row in rows
    ]


def _mark(tx: Transaction, op_area: str, lane: int, n: int, state: BatchState) -> None:
    table = _tables(tx).out_batch
    where = and_(table.c.op_area == op_area, table.c.lane == lane, table.c.n <= n, table.c.state < int(state))
    tx.connection.execute(update(table).where(where).values(state=int(state)))


def _last(tx: Transaction, op_area: str, lane: int) -> tuple[int, bytes]:
    table = _tables(tx).out_stream
    query = select(table.c.last_n, table.c.last_sha).where(table.c.op_area == op_area, table.c.lane == lane)
    row = tx.connection.execute(query).one_or_none()
    return (0, b"") if row is None else (row.last_n, bytes(row.last_sha))


def _frozen_seq(tx: Transaction, op_area: str) -> int:
    """All lanes of an area are frozen together, so that one number holds for it."""
    table = _tables(tx).out_stream
    query = select(func.max(table.c.frozen_seq)).where(table.c.op_area == op_area)
    return int(tx.connection.execute(query).scalar_one() or 0)


def _set_frozen_seq(tx: Transaction, op_area: str, seq: int) -> None:
    _upsert(tx, _tables(tx).out_stream, {"op_area": op_area, "lane": int(Lane.CONTROL)}, {"frozen_seq": seq})


def _upsert(tx: Transaction, table: Any, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """An out-stream row: made when it is absent. Laptops only, so SQLite only."""
    blank = {"last_n": 0, "last_sha": b"", "frozen_seq": 0} if table.name == "out_stream" else {}
    query = sqlite_insert(table).values({**blank, **key, **values})
    tx.connection.execute(query.on_conflict_do_update(index_elements=list(key), set_=dict(values)))
