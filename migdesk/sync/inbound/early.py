"""Changes that come before what they belong to: told apart, kept, and let go when it is here. Store's thread.

A stick or a hub may bring an edit before the record, an incident before its case. Applied at once it would make a
record of nobody knows whom; so it waits, and is judged when its record is known. What waits for long goes to
quarantine, where a person decides.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from migdesk.clock import to_ms
from migdesk.domain.changes import DELETED, Change, Edits
from migdesk.domain.record import KindSpec
from migdesk.store import applying, backlog, inbox, rows, scoping
from migdesk.store.database import Transaction
from migdesk.sync.trust.judging import judge

PATIENCE = timedelta(days=14)
WHY = "what it belongs to has not come"


def told_apart(tx: Transaction, changes: Sequence[Change]) -> tuple[list[Change], list[tuple[Change, UUID]]]:
    """The changes that can be applied now, and those that must wait, each with the record that it waits for."""
    wanted = _wanted(tx, changes)
    if not wanted:
        return list(changes), []
    here = _here(tx, changes, wanted)
    now: list[Change] = []
    early: list[tuple[Change, UUID]] = []
    for change in changes:
        needs = [one for one in wanted.get((change.device, change.counter), ()) if one not in here]
        if needs:
            early.append((change, needs[0]))
        else:
            now.append(change)
            here.add(change.record)
    return now, early


def keep(tx: Transaction, op_area: str, early: Iterable[tuple[Change, UUID]], origin: str) -> None:
    """Keep what must wait."""
    for change, waits_for in early:
        backlog.keep(tx, op_area, change, waits_for, origin)


def let_go(tx: Transaction, arrived: Iterable[Change]) -> int:
    """Apply what waited for the records of these changes, and what waited for that; how many changes."""
    if backlog.is_empty(tx):
        return 0
    done, records = 0, {change.record for change in arrived}
    while records and (found := backlog.take(tx, records)):
        records = set()
        for one in found:
            allowed, refused = judge(tx, one.op_area, [one.change])
            for change, reason in refused:
                inbox.quarantine_change(tx, one.op_area, change, reason)
            now, early = told_apart(tx, allowed)
            keep(tx, one.op_area, early, one.origin)
            moving = scoping.before(tx, now)
            applying.apply(tx, now, origin=one.origin)
            scoping.note_moves(tx, moving)
            records |= {change.record for change in now}
            done += len(now)
    for one in backlog.take_old(tx, to_ms(tx.clock.now() - PATIENCE)):
        inbox.quarantine_change(tx, one.op_area, one.change, WHY)
    return done


def take_held(tx: Transaction, op_area: str, changes: Sequence[Change], origin: str) -> None:
    """What a server could only keep while it did not know the kind, as if it came now (`upgrading.TakeHeld`). The
    changes of one record may stand in two areas: it may have moved meanwhile."""
    allowed, refused = judge(tx, op_area, changes)
    for change, reason in refused:
        inbox.quarantine_change(tx, op_area, change, reason)
    now, early = told_apart(tx, allowed)
    keep(tx, op_area, early, origin)
    moving = scoping.before(tx, now)
    applying.apply(tx, now, origin=origin)
    scoping.note_moves(tx, moving)
    scoping.note_late(tx, op_area, now)
    let_go(tx, now)


def _wanted(tx: Transaction, changes: Iterable[Change]) -> dict[tuple[int, int], list[UUID]]:
    """What must be here before each change that needs anything, by its identity."""
    wanted = {}
    for change in changes:
        spec = tx.schema.by_number.get(change.kind)
        if spec is None or spec.reference:
            continue
        needs = [] if _begins(spec, change) else [change.record]
        needs += _parent(spec, change)
        if needs:
            wanted[change.device, change.counter] = needs
    return wanted


def _begins(spec: KindSpec, change: Change) -> bool:
    """Whether a record can begin with this change: it replaces nothing and says where the record belongs, which every
    first change does."""
    edits = Edits.of(change.edits)
    if edits.replaces is not None:
        return False
    place = spec.area or spec.parent
    number = spec.by_name[place].number if place else None
    fields = {register.field for register in edits.registers}
    return DELETED not in fields and (number is None or number in fields)


def _parent(spec: KindSpec, change: Change) -> list[UUID]:
    if not spec.parent:
        return []
    number = spec.by_name[spec.parent].number
    edits = Edits.of(change.edits)
    for register, value in zip(edits.registers, edits.values, strict=True):
        if register.field == number and isinstance(value, bytes):
            return [UUID(bytes=value)]
    return []


def _here(tx: Transaction, changes: Iterable[Change], wanted: dict[tuple[int, int], list[UUID]]) -> set[UUID]:
    """Which of the wanted records are stored, of whatever kind they can be."""
    by_kind: dict[str, set[UUID]] = {}
    for change in changes:
        for id in wanted.get((change.device, change.counter), ()):
            spec = tx.schema.by_number[change.kind]
            name = spec.name if id == change.record else spec.parent_kind
            by_kind.setdefault(name, set()).add(id)
    found: set[UUID] = set()
    for name, ids in by_kind.items():
        stored = rows.here(tx, tx.schema.by_name[name], [id.bytes for id in ids])
        found |= {UUID(bytes=id) for id in stored}
    return found
