"""Records that come to belong to another area or to other people: noted among the changes of their areas, so that each
reader hears of what it loses and gets whole what it gains. Also what the fingerprints of scopes mean. Store's thread.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from migdesk.domain.changes import Change, Edits
from migdesk.domain.record import KindSpec
from migdesk.store import change_log, rows
from migdesk.store.database import Transaction

_MEMBER = 16
_AT_ONCE = 500
_CASE = "case"
_OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Belonging:
    """Whom a record belongs to: its area, its author, the case of its circle, and, of a case, who is in the circle."""

    area: str
    author: UUID
    circle: UUID | None
    members: frozenset[UUID]


NOWHERE = Belonging("", UUID(int=0), None, frozenset())
"""Where nobody may know a record: as if it came from outside."""


@dataclass(frozen=True, slots=True)
class ScopeEvent:
    """A record belongs elsewhere since number `seq` of this area; `before` is where it belonged."""

    seq: int
    kind: int
    record: UUID
    before: Belonging


Before = Mapping[tuple[int, UUID], tuple[str, Belonging]]
"""Operational area and belonging of records, by number of kind and id, before changes were applied."""


def before(tx: Transaction, changes: Iterable[Change]) -> Before:
    """What to remember before these changes are applied or written: only of records that any of them may move."""
    ids: dict[int, set[UUID]] = {}
    areas: set[str] = set()
    for change in changes:
        spec = tx.schema.by_number.get(change.kind)
        if spec is not None and _may_move(spec, change):
            ids.setdefault(change.kind, set()).add(change.record)
            areas.add(rows.op_area_of(spec, change.area))
    # Nobody else may move them between this look and the change.
    change_log.lock(tx, areas)
    return {
        (number, id): place
        for number, wanted in ids.items()
        for id, place in places(tx, tx.schema.by_number[number], wanted).items()
    }


def _may_move(spec: KindSpec, change: Change) -> bool:
    if spec.in_circle:
        return True  # a first owner replaces nobody, and the change that made a case may come after later ones
    edits = Edits.of(change.edits)
    return edits.replaces is not None and any(one.replaces and _decides(spec, one.register.field) for one in edits)


def note_moves(tx: Transaction, remembered: Before) -> int:
    """Note the records of `before` that belong elsewhere now, in the area they left and in the one they are in."""
    noted = 0
    by_kind: dict[int, set[UUID]] = {}
    for number, id in remembered:
        by_kind.setdefault(number, set()).add(id)
    for number, ids in by_kind.items():
        now = places(tx, tx.schema.by_number[number], ids)
        for id, (op_area, belonging) in now.items():
            old_area, old = remembered[number, id]
            if old != belonging:
                for area in sorted({old_area, op_area}):
                    _note(tx, area, number, id, old)
                noted += 1
    return noted


def note_late(tx: Transaction, op_area: str, changes: Iterable[Change]) -> None:
    """Changes of an area may come for records that stand in another one by now, where nobody reads the log of this
    one: note there that all who know the record are to have it whole."""
    ids: dict[int, set[bytes]] = {}
    for change in changes:
        ids.setdefault(change.kind, set()).add(change.record.bytes)
    for number, wanted in ids.items():
        spec = tx.schema.by_number.get(number)
        if spec is None or spec.reference:
            continue
        main, every = tx.tables.kinds[spec.name].main, sorted(wanted)
        for start in range(0, len(every), _AT_ONCE):
            part = every[start : start + _AT_ONCE]
            query = select(main.c.id, main.c.op_area).where(main.c.id.in_(part), main.c.op_area != op_area)
            for row in tx.connection.execute(query).all():
                _note(tx, row.op_area, number, UUID(bytes=bytes(row.id)), NOWHERE)


def events(tx: Transaction, op_area: str, after: int, upto: int) -> tuple[ScopeEvent, ...]:
    """The events of an area behind `after`, in order."""
    table = tx.tables.scope.scope_event
    where = (table.c.op_area == op_area, table.c.seq > after, table.c.seq <= upto)
    return tuple(
        ScopeEvent(
            row.seq, row.kind, UUID(bytes=bytes(row.record)),
            Belonging(
                row.area, UUID(bytes=bytes(row.author)), UUID(bytes=bytes(row.circle)) if row.circle else None,
                _members(bytes(row.members)),
            ),
        )
        for row in tx.connection.execute(select(table).where(*where).order_by(table.c.seq))
    )  # fmt: skip


def in_circle_of(tx: Transaction, case: UUID) -> dict[int, list[UUID]]:
    """The records of a case's circle, itself among them, by number of kind."""
    found: dict[int, list[UUID]] = {}
    for spec in tx.schema.kinds:
        if spec.in_circle:
            main = tx.tables.kinds[spec.name].main
            query = select(main.c.id).where((main.c.circle == case.bytes) | (main.c.id == case.bytes))
            ids = [UUID(bytes=bytes(raw)) for raw in tx.connection.execute(query).scalars()]
            if ids:
                found[spec.number] = ids
    return found


def remember_scope(tx: Transaction, op_area: str, fingerprint: bytes, scope: str) -> None:
    """Keep what a fingerprint stands for. Many may say the same at once."""
    table = tx.tables.scope.scope_seen
    make = postgres_insert if tx.connection.dialect.name == "postgresql" else sqlite_insert
    row = {"op_area": op_area, "fingerprint": fingerprint, "scope": scope}
    tx.connection.execute(make(table).values(row).on_conflict_do_nothing())


def scope_of(tx: Transaction, op_area: str, fingerprint: bytes) -> str:
    """What a fingerprint stands for; empty if this replica never gave it out."""
    table = tx.tables.scope.scope_seen
    query = select(table.c.scope).where(table.c.op_area == op_area, table.c.fingerprint == fingerprint)
    return tx.connection.execute(query).scalar_one_or_none() or ""


def _decides(spec: KindSpec, field: int) -> bool:
    """Whether an edit of this field may move a record. One without an area of its own is where its parent was when it
    was written last, so that any edit may."""
    if spec.parent:
        return True
    known = spec.by_number.get(field)
    return known is not None and (known.name == spec.area or (spec.name == _CASE and known.name == _OWNER))


def places(tx: Transaction, spec: KindSpec, ids: Iterable[UUID]) -> dict[UUID, tuple[str, Belonging]]:
    """Operational area and belonging of those records of a kind that are here."""
    if spec.reference:
        return {}
    found = {}
    for raw, row in rows.load_many(tx, spec, [id.bytes for id in ids]).items():
        author = UUID(bytes=row.created_by)
        circle = UUID(bytes=row.circle) if row.circle else None
        members = {author}
        if spec.name == _CASE:
            owner = row.plain(_OWNER)
            members |= {UUID(bytes=owner)} if isinstance(owner, bytes) else set()
        found[UUID(bytes=raw)] = (row.op_area, Belonging(row.area, author, circle, frozenset(members)))
    return found


def _note(tx: Transaction, op_area: str, kind: int, record: UUID, old: Belonging) -> None:
    row = {
        "op_area": op_area, "seq": change_log.take(tx, op_area), "kind": kind, "record": record.bytes,
        "area": old.area, "author": old.author.bytes, "circle": old.circle.bytes if old.circle else None,
        "members": b"".join(sorted(one.bytes for one in old.members)),
    }  # fmt: skip
    tx.connection.execute(tx.tables.scope.scope_event.insert().values(row))


def _members(packed: bytes) -> frozenset[UUID]:
    return frozenset(UUID(bytes=packed[at : at + _MEMBER]) for at in range(0, len(packed), _MEMBER))
