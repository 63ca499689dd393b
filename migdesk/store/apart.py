"""Changes of one record that were written without knowing each other, found in the log that is here. Reads only.
Store's thread.

A change does not say what its author knew, but the order of arrival does: one that was written earlier and came later
was unknown to the author of the other, and knew nothing of it; and nobody knew a change that had not left this laptop.
What can only be guessed is left out, so that nobody is told of two people who knew each other's work.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from migdesk.clock import to_ms
from migdesk.domain.hlc import wall_ms
from migdesk.domain.record import KindSpec, Tier
from migdesk.store import change_log
from migdesk.store.change_log import LoggedChange
from migdesk.store.database import Transaction

_DAY_MS = 86_400_000
_LATEST = 300
"""Records of a kind that are looked at, the last changed first: a list that somebody reads."""


@dataclass(frozen=True, slots=True)
class Apart:
    """The changes of a record that stand apart from each other, in the order of their clocks."""

    kind: str
    record: UUID
    changes: tuple[LoggedChange, ...]


def written_apart(tx: Transaction, days: int) -> Iterator[Apart]:
    """Records that were edited apart in the last `days`, kind by kind, the last changed first."""
    now = to_ms(tx.clock.now())
    since, ahead = (now - days * _DAY_MS) << 16, (now + _DAY_MS) << 16
    for spec in tx.schema.kinds:
        if spec.reference:
            continue
        for record in _shared(tx, spec, since):
            # Whoever changed a record knew how it began.
            known = [
                one
                for one in change_log.history(tx, record, spec.name)[1:]
                # A clock that is far ahead says nothing about what came first.
                if since <= one.change.hlc < ahead and one.tier < Tier.T4 and one.change.edits
            ]
            found = {n for pair in _pairs(tx, known) for n in pair}
            if found:
                yield Apart(spec.name, record, tuple(one for n, one in enumerate(known) if n in found))


def _shared(tx: Transaction, spec: KindSpec, since: int) -> list[UUID]:
    """The records that several devices wrote to of late."""
    main, log = tx.tables.kinds[spec.name].main, tx.tables.log
    query = select(main.c.id).where(main.c.updated_hlc >= since).order_by(main.c.updated_hlc.desc()).limit(_LATEST)
    latest = [bytes(id) for id in tx.connection.execute(query).scalars()]
    if not latest:
        return []
    several = (
        select(log.c.record)
        .where(log.c.record.in_(latest), log.c.hlc >= since)
        .group_by(log.c.record)
        .having(func.count(log.c.device.distinct()) > 1)
    )
    shared = {bytes(id) for id in tx.connection.execute(several).scalars()}
    return [UUID(bytes=id) for id in latest if id in shared]


def _pairs(tx: Transaction, known: list[LoggedChange]) -> Iterator[tuple[int, int]]:
    """Places of changes that stand apart and changed different things. `known` is in the order of the clocks."""
    for later in range(len(known)):
        for earlier in range(later):
            one, other = known[earlier], known[later]
            same = {edit.register for edit in one.change.edits} & {edit.register for edit in other.change.edits}
            if one.change.device != other.change.device and not same and _is_apart(tx, one, other):
                yield earlier, later


def _is_apart(tx: Transaction, earlier: LoggedChange, later: LoggedChange) -> bool:
    if earlier.op_area != later.op_area or _knew(later, earlier):
        return False
    if earlier.seq > later.seq:
        return True
    return not earlier.origin and bool(later.origin) and _left_ms(tx, earlier) > wall_ms(later.change.hlc)


def _knew(later: LoggedChange, earlier: LoggedChange) -> bool:
    """Whether a change replaced something that its device wrote then or afterwards: streams come in order."""
    device, hlc = earlier.change.device, earlier.change.hlc
    return any(stamp.device == device and stamp.hlc >= hlc for edit in later.change.edits for stamp in edit.replaces)


def _left_ms(tx: Transaction, own: LoggedChange) -> float:
    """When a change of this laptop could leave it at the earliest; never, if it is in no batch yet."""
    table: Any = tx.tables.sync.out_batch
    spec = tx.schema.by_number[own.change.kind]
    query = select(table.c.frozen_ms).where(
        table.c.op_area == own.op_area, table.c.lane == int(spec.lane),
        table.c.first_seq <= own.seq, table.c.last_seq >= own.seq,
    )  # fmt: skip
    found = tx.connection.execute(query.limit(1)).scalar_one_or_none()
    return float("inf") if found is None else float(found)
