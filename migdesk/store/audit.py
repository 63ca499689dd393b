"""Who did what, append-only, each row chained to the one before by SHA-256. Store's thread.

`detail` is words and counts; never what a person typed.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from migdesk.clock import from_ms, to_ms
from migdesk.store.database import Transaction
from migdesk.store.packing import pack
from migdesk.store.tables import NATIONAL

_CHUNK = 1000
_BEGINNING = bytes(32)


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
    """Note an act in the transaction that does it."""
    last = tx.one(tx.sql.audit_head, {"op_area": NATIONAL})
    n, before = (last[0] + 1, last[1]) if last else (1, _BEGINNING)
    row = {
        "op_area": NATIONAL, "n": n, "at_ms": to_ms(tx.clock.now()), "user": user.bytes, "action": action,
        "kind": kind, "record": record.bytes if record else None, "detail": detail,
    }  # fmt: skip
    row["sha256"] = _link(before, row)
    tx.run(tx.sql.audit, row)
    tx.run(tx.sql.put_audit_head, {"op_area": NATIONAL, "n": n, "sha256": row["sha256"]})


def verify(tx: Transaction) -> list[str]:
    """What is wrong with the chain, in English; empty when every row follows from the one before."""
    expected, before, wrong = 1, _BEGINNING, []
    for row in _all(tx):
        if row["n"] != expected:
            wrong.append(f"audit rows {expected} to {row['n'] - 1} are missing")
        elif _link(before, row) != row["sha256"]:
            wrong.append(f"audit row {row['n']} was changed")
        expected, before = row["n"] + 1, row["sha256"]
    table = tx.tables.audit_head
    head = tx.connection.execute(select(table.c.n, table.c.sha256).where(table.c.op_area == NATIONAL)).one_or_none()
    if (head.n, bytes(head.sha256)) != (expected - 1, before) if head else expected > 1:
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
    names = ("n", "at_ms", "user", "action", "kind", "record", "detail")
    return hashlib.sha256(before + pack([row[name] for name in names])).digest()
