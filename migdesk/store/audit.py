"""Who did what, append-only, each row chained to the one before by SHA-256. Store's thread.

`detail` is words and counts; never what a person typed.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from migdesk.clock import from_ms, to_ms
from migdesk.store.database import LastAct, Transaction
from migdesk.store.packing import pack
from migdesk.store.tables import NATIONAL

CLOCK_CHANGED = "clock_changed"
CLOCK_MATTERS_MS = 2 * 60 * 1000
"""Corrections by a time service are smaller than that."""

_CHUNK = 1000
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
    expected, before, wrong = 1, _BEGINNING, []
    for row in _all(tx):
        if row["n"] != expected:
            wrong.append(f"audit rows {expected} to {row['n'] - 1} are missing")
        elif _link(before, row) != row["sha256"]:
            wrong.append(f"audit row {row['n']} was changed")
        expected, before = row["n"] + 1, row["sha256"]
    if head(tx) != Head(expected - 1, before):
        wrong.append("the end of the audit is missing")
    return wrong


def entries(
    tx: Transaction, limit: int = 100, *, before: int = 0, action: str = "", user: UUID | None = None
) -> list[Audited]:
    """The latest acts, latest first; older than number `before`, of this sort, by this user, as far as given."""
    table = tx.tables.audit
    query = select(table).where(table.c.op_area == NATIONAL)
    if before:
        query = query.where(table.c.n < before)
    if action:
        query = query.where(table.c.action == action)
    if user is not None:
        query = query.where(table.c.user == user.bytes)
    rows = tx.connection.execute(query.order_by(table.c.n.desc()).limit(limit))
    return [
        Audited(
            row.n, from_ms(row.at_ms), UUID(bytes=bytes(row.user)), row.action, row.kind,
            UUID(bytes=bytes(row.record)) if row.record else None, row.detail,
        )
        for row in rows
    ]  # fmt: skip


def actions(tx: Transaction) -> list[str]:
    """Every sort of act that was noted."""
    table = tx.tables.audit
    query = select(table.c.action).where(table.c.op_area == NATIONAL).distinct().order_by(table.c.action)
    return list(tx.connection.execute(query).scalars())


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
