"""Who did what, append-only, each row chained to the one before by SHA-256. Store's thread.

`detail` is words and counts; never what a person typed.
"""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from migdesk.clock import from_ms, to_ms
from migdesk.i18n.markers import N_
from migdesk.store.database import LastAct, Transaction
from migdesk.store.findings import Finding
from migdesk.store.packing import pack
from migdesk.store.tables import NATIONAL

CLOCK_CHANGED = "clock_changed"
CLOCK_MATTERS_MS = 2 * 60 * 1000
"""Corrections by a time service are smaller than that."""

_CHUNK = 1000
_MOST, _FEW = 20, 5_000
_BEGINNING = bytes(32)
_SAID = ("at_ms", "user", "action", "kind", "record", "detail")


class Head(NamedTuple):
    """The end of a chain: how many rows, and the hash of the last."""

    n: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Audited:
    """One row of the audit."""

    n: int
    at: datetime
    user: UUID
    action: str
    kind: str
    record: UUID | None
    detail: str


def append(
    tx: Transaction, user: UUID, action: str, kind: str = "", record: UUID | None = None, detail: str = ""
) -> None:
    """Note an act in the transaction that does it; before it, if the clock was changed since the last one, that."""
    found = tx.one(tx.sql.audit_head, {"op_area": NATIONAL})
    last = Head(found[0], bytes(found[1])) if found else Head(0, _BEGINNING)
    at_ms = to_ms(tx.clock.now())
    jumped = _jumped(tx, last, at_ms)
    if jumped:
        last = _link_on(tx, last, (at_ms, user.bytes, CLOCK_CHANGED, "", None, f"seconds={round(jumped / 1000)}"))
    last = _link_on(tx, last, (at_ms, user.bytes, action, kind, record.bytes if record else None, detail))
    tx.run(tx.sql.put_audit_head, {"op_area": NATIONAL, "n": last.n, "sha256": last.sha256})
    tx.store.last_act = LastAct(last.n, at_ms, tx.clock.monotonic())


def head(tx: Transaction) -> Head:
    """Where the chain ends."""
    table = tx.tables.audit_head
    found = tx.connection.execute(select(table.c.n, table.c.sha256).where(table.c.op_area == NATIONAL)).one_or_none()
    return Head(found.n, bytes(found.sha256)) if found else Head(0, _BEGINNING)


def hash_of(tx: Transaction, n: int) -> bytes | None:
    """The hash of a row, if there is one of this number."""
    table = tx.tables.audit
    query = select(table.c.sha256).where(table.c.op_area == NATIONAL, table.c.n == n)
    found = tx.connection.execute(query).scalar_one_or_none()
    return None if found is None else bytes(found)


def _link_on(tx: Transaction, last: Head, values: tuple[Any, ...]) -> Head:
    row = {"op_area": NATIONAL, "n": last.n + 1, **dict(zip(_SAID, values, strict=True))}
    row["sha256"] = _link(last.sha256, row)
    tx.run(tx.sql.audit, row)
    return Head(row["n"], row["sha256"])


def _jumped(tx: Transaction, last: Head, now_ms: int) -> int:
    """By how many ms the wall clock was set since the last act, 0 if it was not. While the program runs the other clock
    tells, which nobody sets. While it was closed only a step back can be seen: it is earlier than the last row."""
    known = tx.store.last_act
    if known is not None and known.n <= last.n:
        jumped = now_ms - known.at_ms - round((tx.clock.monotonic() - known.monotonic_s) * 1000)
    else:
        table = tx.tables.audit
        query = select(table.c.at_ms).where(table.c.op_area == NATIONAL, table.c.n == last.n)
        jumped = min(0, now_ms - (tx.connection.execute(query).scalar_one_or_none() or now_ms))
    return jumped if abs(jumped) >= CLOCK_MATTERS_MS else 0


def verify(tx: Transaction) -> list[str]:
    """What is wrong with the chain, in English; empty when every row follows from the one before."""
    return [str(one) for one in findings(tx)]


def findings(tx: Transaction, until: Callable[[], bool] = lambda: False) -> list[Finding]:
    """What is wrong with the chain, at most some lines of it. `until` ends the search early."""
    expected, before, wrong = 1, _BEGINNING, list[Finding]()
    for row in _all(tx):
        if row["n"] != expected:
            gap = {"first": expected, "last": row["n"] - 1}
            wrong.append(Finding("audit", N_("The audit rows {first} to {last} are missing."), gap))
        elif _link(before, row) != row["sha256"]:
            wrong.append(Finding("audit", N_("The audit row {n} was changed."), {"n": row["n"]}))
        if len(wrong) >= _MOST or until():
            return wrong
        expected, before = row["n"] + 1, row["sha256"]
    if head(tx) != Head(expected - 1, before):
        wrong.append(Finding("audit", N_("The end of the audit is missing.")))
    return wrong


def entries(
    tx: Transaction,
    limit: int = 100,
    *,
    before: int = 0,
    action: str = "",
    user: UUID | None = None,
    record: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Audited]:
    """The latest acts, latest first: older than number `before`, of this sort, by this user, about this record, from
    `since` to before `until`, as far as given. Quick among millions.

    The order is that of the chain: so things happened, whatever the clock said.
    """
    table = tx.tables.audit
    query = select(table).where(table.c.op_area == NATIONAL)
    if before:
        query = query.where(table.c.n < before)
    if action:
        query = query.where(table.c.action == action)
    if user is not None:
        known: ColumnElement[Any] = table.c.user
        if action and _is_rare(tx, action):
            known = func.coalesce(known, None)  # nothing for an index: that of the act finds the few rows
        query = query.where(known == user.bytes)
    if record is not None:
        query = query.where(table.c.record == record.bytes)
    if since is not None or until is not None:
        query = query.where(_within(tx, since, until))
    rows = tx.connection.execute(query.order_by(table.c.n.desc()).limit(limit))
    return [
        Audited(
            row.n, from_ms(row.at_ms), UUID(bytes=bytes(row.user)), row.action, row.kind,
            UUID(bytes=bytes(row.record)) if row.record else None, row.detail,
        )
        for row in rows
    ]  # fmt: skip


def _is_rare(tx: Transaction, action: str) -> bool:
    """Whether all rows of an act may be looked at one by one."""
    table = tx.tables.audit
    query = select(table.c.n).where(table.c.op_area == NATIONAL, table.c.action == action).order_by(table.c.n)
    return tx.connection.execute(query.offset(_FEW).limit(1)).first() is None


def actions(tx: Transaction) -> list[str]:
    """Every sort of act that was noted."""
    table = tx.tables.audit
    query = select(table.c.action).where(table.c.op_area == NATIONAL).distinct().order_by(table.c.action)
    return list(tx.connection.execute(query).scalars())


def users(tx: Transaction) -> list[UUID]:
    """Everybody who stands in the trail. Goes from one to the next by the index, however many rows each has."""
    table, found = tx.tables.audit, list[UUID]()
    query = select(table.c.user).where(table.c.op_area == NATIONAL).order_by(table.c.user).limit(1)
    last = tx.connection.execute(query).scalar_one_or_none()
    while last is not None:
        found.append(UUID(bytes=bytes(last)))
        last = tx.connection.execute(query.where(table.c.user > bytes(last))).scalar_one_or_none()
    return found


def _all(tx: Transaction) -> Iterator[dict[str, Any]]:
    table, last = tx.tables.audit, 0
    while True:
        query = select(table).where(table.c.op_area == NATIONAL, table.c.n > last).order_by(table.c.n).limit(_CHUNK)
        rows = tx.connection.execute(query).mappings().all()
        for row in rows:
            yield {name: bytes(one) if isinstance(one, memoryview) else one for name, one in row.items()}
        if len(rows) < _CHUNK:
            return
        last = rows[-1]["n"]


def _link(before: bytes, row: dict[str, Any]) -> bytes:
    return hashlib.sha256(before + pack([row[name] for name in ("n", *_SAID)])).digest()


def _within(tx: Transaction, since: datetime | None, until: datetime | None) -> ColumnElement[bool]:
    """The period as ranges of numbers, which the key of the table finds at once. Between two changes of the clock the
    times of the rows ascend, so each such part is halved until its beginning and end are found."""
    table = tx.tables.audit
    first, last = (to_ms(one) if one is not None else None for one in (since, until))
    changes = select(table.c.n).where(table.c.op_area == NATIONAL, table.c.action == CLOCK_CHANGED).order_by(table.c.n)
    bounds = [1, *tx.connection.execute(changes).scalars(), head(tx).n + 1]
    ranges: list[ColumnElement[bool]] = []
    for start, end in pairwise(bounds):
        times = _Times(tx, start, end)
        # A correction too small to be noted may have disturbed the order: a little more is looked at than is wanted.
        begin = start + (bisect_left(times, first - CLOCK_MATTERS_MS) if first is not None else 0)
        finish = start + (bisect_right(times, last + CLOCK_MATTERS_MS) if last is not None else end - start)
        if begin < finish:
            ranges.append(table.c.n.between(begin, finish - 1))
    found: ColumnElement[bool] = or_(*ranges) if ranges else table.c.n < 0
    if first is not None:
        found = found & (table.c.at_ms >= first)
    return found & (table.c.at_ms < last) if last is not None else found


class _Times(Sequence[int]):
    """The times of the rows from one number on, each read when it is asked for."""

    def __init__(self, tx: Transaction, start: int, end: int) -> None:
        self._tx, self._start, self._end = tx, start, end

    def __len__(self) -> int:
        return max(0, self._end - self._start)

    def __getitem__(self, place: int) -> int:  # type: ignore[override]
        table = self._tx.tables.audit
        # A row that somebody removed is stepped over: the trail can still be read, and `verify` names the gap.
        query = select(table.c.at_ms).where(table.c.op_area == NATIONAL, table.c.n >= self._start + place)
        return self._tx.connection.execute(query.order_by(table.c.n).limit(1)).scalar_one_or_none() or 0
