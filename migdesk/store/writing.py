"""Writes what a user does: record, log, search index, clock and audit in one transaction. Store's thread.

Rights and rules are judged above; here only what could not be stored is refused, before anything is written.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from migdesk.clock import new_id
from migdesk.domain.changes import DELETED, Absent, Change, Edit, Register, Value
from migdesk.domain.hlc import Stamp
from migdesk.domain.leaving import AGREED
from migdesk.domain.merge import replaced_by_edit, seen_of
from migdesk.domain.record import FieldSpec, KindSpec, Record, Tier
from migdesk.domain.values import Missing
from migdesk.errors import BugError, UserError
from migdesk.i18n.markers import N_
from migdesk.store import audit, change_log, forks, rows, scoping, search
from migdesk.store.change_log import Entry
from migdesk.store.checking import Checks, is_text
from migdesk.store.conflicts import ConflictId
from migdesk.store.database import Transaction
from migdesk.store.errors import not_found
from migdesk.store.forks import DELETION, Forks, Ranks
from migdesk.store.rows import Row
from migdesk.store.tables import NATIONAL
from migdesk.store.withholding import KEPT_SEQ, WITHHELD, consent, is_withheld, release

R = TypeVar("R", bound=Record)


class Author(NamedTuple):
    """Who writes: the user, and the device whose name the change carries (unsigned 64 bits)."""

    user: UUID
    device: int


@dataclass(frozen=True, slots=True)
class Saved:
    """What was written: nothing, if `changes` is empty because every value was the same before."""

    id: UUID
    changes: tuple[Change, ...]
    created: bool


@dataclass(slots=True)
class _Target:
    """The record to be written, as it is now."""

    spec: KindSpec
    id: UUID
    row: Row | None
    forks: Forks | None

    def replaced(self, register: Register, ranks: Ranks) -> tuple[Stamp, ...]:
        """What an ordinary edit of this register replaces."""
        if self.forks is not None:
            fork = self.forks.get(register)
            return replaced_by_edit(fork.heads, ranks.of(self.spec, register)) if fork else ()
        held = self.row.stamps.get(register) if self.row is not None else None
        return () if held is None else (held,)


def save(tx: Transaction, author: Author, kind: type[R], values: Mapping[str, Any], id: UUID | None = None) -> Saved:
    """Write these fields of a record (None clears one; others stay); without a known `id` a new record.

    A field that holds the same already makes no edit, and without edits there is no change. Raises UserError that
    names the field if a value is none of its type, NotFoundError if the record was deleted; then nothing was written.
    """
    spec = kind.spec
    wanted = {name: plain_of(spec, name, value) for name, value in values.items()}
    if id is None:
        id = _natural_id(spec, values) if spec.natural else new_id(tx.clock)
    target = _target(tx, spec, id)
    if target.row is not None and target.row.deleted:
        raise not_found()
    ranks = Ranks(tx.codes)
    edits = _edits(target, wanted, ranks)
    if not edits:
        return Saved(id, (), False)
    area, circle = _place(tx, target, wanted)
    low = tuple(edit for edit in edits if not _is_innermost(spec, edit.register))
    high = tuple(edit for edit in edits if _is_innermost(spec, edit.register))
    changes = _write(tx, author, target, ranks, [part for part in (low, high) if part], (area, circle), ())
    created = target.row is None
    audit.append(tx, author.user, "create" if created else "edit", spec.name, id)
    return Saved(id, changes, created)


def delete(tx: Transaction, author: Author, kind: type[Record], id: UUID) -> Saved:
    """Remove a record in view of all its present values; its log stays. Raises NotFoundError if it is not here."""
    return _remove(tx, author, kind.spec, id, gone=True)


def restore(tx: Transaction, author: Author, kind: type[Record], id: UUID) -> Saved:
    """Bring a removed record back as it was. Raises NotFoundError if it never was here."""
    return _remove(tx, author, kind.spec, id, gone=False)


def decide(tx: Transaction, author: Author, conflict: ConflictId, value: Value) -> Saved:
    """`decide_all` for one register."""
    return decide_all(tx, author, conflict.record, {conflict.register: value})


def decide_all(tx: Transaction, author: Author, record: UUID, values: Mapping[Register, Value]) -> Saved:
    """Settle conflicts of one record in one act: each plain value replaces all that stand against each other in its
    register; it need not be one of them. An ordinary change.

    For the deletion of a record (register 0) True removes it and False keeps it; a removal goes alone. Raises UserError
    if one of them is settled, or a register cannot hold its value.
    """
    target = _forked(tx, record)
    spec, ranks, known = target.spec, Ranks(tx.codes), target.forks or {}
    if not values or not values.keys() <= {register for register, _, _ in forks.in_conflict(spec, known, ranks)}:
        raise _settled()
    edits = tuple(
        Edit(register, value, tuple(sorted(head.stamp for head in known[register].heads)))
        for register, value in sorted(values.items(), key=_first)
        if values.get(DELETION) is not True or register == DELETION
    )
    seen = seen_of(forks.others(known)) if values.get(DELETION) is True else ()
    area, circle = _where(target.row)
    moved = Register(spec.by_name[spec.area].number) if spec.area else None
    if moved is not None and any(edit.register == moved for edit in edits):
        area = str(values[moved])
    probe = Change(author.device, 1, 1, author.user, spec.number, target.id, area, circle, edits, seen)
    if Checks(tx.schema).why_not(probe):
        raise UserError(N_("This value cannot settle the conflict."), hint=N_("Choose one of the values shown."))
    low = tuple(edit for edit in edits if not _is_innermost(spec, edit.register))
    high = tuple(edit for edit in edits if _is_innermost(spec, edit.register))
    changes = _write(tx, author, target, ranks, [part for part in (low, high) if part], (area, circle), seen)
    audit.append(tx, author.user, "decide", spec.name, record)
    return Saved(record, changes, False)


def _forked(tx: Transaction, id: UUID) -> _Target:
    """A record with open conflicts, and all its registers."""
    for spec in tx.schema.kinds:
        target = _target(tx, spec, id, whole=True)
        if target.row is not None and target.row.conflicts:
            return target
    raise _settled()


def seed(tx: Transaction, kind: type[R], values: Iterable[Mapping[str, Any]]) -> int:
    """Put in records that come with the program: no change, no stamps, so that any real change wins over them.

    Their ids are natural. One that somebody wrote already is left as it is, one that was only seeded is renewed.
    Returns how many were written.
    """
    spec = kind.spec
    fresh: dict[bytes, Row] = {}
    for one in values:
        shown: dict[Register, Value] = {}
        for name, value in one.items():
            for register, plain in _registers(spec.by_name[name], plain_of(spec, name, value)).items():
                if plain is not None:
                    shown[register] = plain
        area = one.get(spec.area) if spec.area else NATIONAL
        row = rows.seeded(spec, spec.natural_id(one), str(area), shown)
        fresh[row.id] = row
    here = rows.load_many(tx, spec, fresh)
    for id, known in here.items():
        row = fresh.pop(id)
        if known.is_seeded and not known.stamps:
            rows.write(tx, row, known.op_area)
            search.put(tx, row)
    rows.write_new(tx, spec, list(fresh.values()))
    search.put_new(tx, spec, fresh.values())
    return len(fresh)


def plain_of(spec: KindSpec, name: str, value: Any) -> Value | frozenset[str]:
    """A field's value in plain form; a set as the set of its elements. Raises UserError that names the field."""
    field = spec.by_name.get(name)
    if field is None:
        raise BugError(N_("{kind} has no field {name}."), kind=spec.name, name=name)
    if value is None:
        return frozenset() if field.is_set else None
    try:
        if isinstance(value, Missing):
            if field.is_set:
                raise ValueError("a set has no missing answer")
            return value.value if field.codes else Absent(value.value)
        normal = field.type.normalise(value)
        if field.is_set:
            return frozenset(normal)
        plain = field.type.to_plain(normal)
    except (ValueError, TypeError) as error:
        raise _refused(field) from error
    if isinstance(plain, str) and not is_text(plain):
        raise _refused(field)
    return None if plain == "" else plain


def _refused(field: FieldSpec) -> UserError:
    return UserError(
        N_("“{field}” cannot be saved like this."), hint=N_("Correct it or leave it blank."), field=field.label
    )


def _natural_id(spec: KindSpec, values: Mapping[str, Any]) -> UUID:
    for name in spec.natural:
        if values.get(name) is None:
            raise UserError(N_("“{field}” is needed."), field=spec.by_name[name].label)
    return spec.natural_id({name: spec.by_name[name].type.normalise(values[name]) for name in spec.natural})


def _target(tx: Transaction, spec: KindSpec, id: UUID, *, whole: bool = False) -> _Target:
    """The record as it is, locked for writing; with all its registers if it is forked, or `whole` is asked for."""
    row = rows.load(tx, spec, id.bytes)
    if not tx.is_file:
        change_log.lock(tx, [row.op_area if row else NATIONAL])
        row = rows.load(tx, spec, id.bytes)
    known = forks.load(tx, row) if row is not None and (row.forked or whole) else None
    return _Target(spec, id, row, known)


def _registers(field: FieldSpec, plain: Value | frozenset[str]) -> dict[Register, Value]:
    if isinstance(plain, frozenset):
        return {Register(field.number, element): True for element in plain}
    return {Register(field.number): plain}


def _edits(target: _Target, wanted: Mapping[str, Value | frozenset[str]], ranks: Ranks) -> tuple[Edit, ...]:
    shown: Mapping[Register, Value] = target.row.values if target.row is not None else {}
    edits = []
    for name, plain in wanted.items():
        field = target.spec.by_name[name]
        fresh = _registers(field, plain)
        if isinstance(plain, frozenset):
            before = [one for one, value in shown.items() if one.field == field.number and value is True]
            fresh |= {one: False for one in before if one not in fresh}
        for register, value in sorted(fresh.items(), key=_first):
            if not _is_same(shown.get(register), value):
                edits.append(Edit(register, value, target.replaced(register, ranks)))
    return tuple(edits)


def _first(item: tuple[Register, Value]) -> Register:
    return item[0]


def _is_same(old: Value, new: Value) -> bool:
    return old == new and isinstance(old, bool) == isinstance(new, bool)


def _is_innermost(spec: KindSpec, register: Register) -> bool:
    field = spec.by_number.get(register.field)
    return field is not None and field.tier >= Tier.T4


def _where(row: Row | None) -> tuple[str, UUID | None]:
    assert row is not None
    return row.area, UUID(bytes=row.circle) if row.circle else None


def _place(tx: Transaction, target: _Target, wanted: Mapping[str, Value | frozenset[str]]) -> tuple[str, UUID | None]:
    """The area code of the record once it is written, and the case whose circle it belongs to."""
    spec, row = target.spec, target.row
    own_case = target.id if spec.in_circle and not spec.parent else None
    if spec.area:
        area = wanted.get(spec.area, row.plain(spec.area) if row is not None else None)
        if not isinstance(area, str):
            raise UserError(N_("“{field}” is needed."), field=spec.by_name[spec.area].label)
        return area, own_case
    if not spec.parent:
        return NATIONAL, own_case
    parent_id = wanted.get(spec.parent, row.plain(spec.parent) if row is not None else None)
    if not isinstance(parent_id, bytes):
        raise UserError(N_("“{field}” is needed."), field=spec.by_name[spec.parent].label)
    above = _parent_spec(tx, spec)
    parent = rows.load(tx, above, parent_id)
    if parent is not None:
        case = (parent.circle or (parent.id if above.in_circle else None)) if spec.in_circle else None
        return parent.area, UUID(bytes=case) if case else None
    if row is None:
        raise UserError(
            N_("What this belongs to is not here: “{field}”."), hint=N_("Sync and try again."),
            field=spec.by_name[spec.parent].label,
        )  # fmt: skip
    return _where(row)


def _parent_spec(tx: Transaction, spec: KindSpec) -> KindSpec:
    return tx.schema.by_name[spec.parent_kind]


def _remove(tx: Transaction, author: Author, spec: KindSpec, id: UUID, *, gone: bool) -> Saved:
    target = _target(tx, spec, id, whole=True)
    if target.row is None or (gone and target.row.deleted):
        raise not_found()
    if not gone and not target.row.deleted:
        return Saved(id, (), False)
    known = target.forks or {}
    standing = known[DELETION].heads if DELETION in known else ()
    edit = Edit(Register(DELETED), gone, tuple(sorted(head.stamp for head in standing)))
    seen = seen_of(forks.others(known)) if gone else ()
    changes = _write(tx, author, target, Ranks(tx.codes), [(edit,)], _where(target.row), seen)
    audit.append(tx, author.user, "delete" if gone else "restore", spec.name, id)
    return Saved(id, changes, False)


def _settled() -> UserError:
    return UserError(N_("This conflict is settled already."), hint=N_("Look at the record again."))


def _write(
    tx: Transaction,
    author: Author,
    target: _Target,
    ranks: Ranks,
    parts: Sequence[tuple[Edit, ...]],
    place: tuple[str, UUID | None],
    seen: tuple[Stamp, ...],
) -> tuple[Change, ...]:
    """Make one change of each part, log them and write the record after them."""
    spec, (area, circle) = target.spec, place
    hlc, counter = change_log.tick(tx, len(parts))
    op_area = rows.op_area_of(spec, area)
    changes = tuple(
        Change(author.device, counter + n, hlc + n, author.user, spec.number, target.id, area, circle, edits, seen)
        for n, edits in enumerate(parts)
    )
    moving = scoping.before(tx, changes)
    answers = consent(tx, spec, target.row, [edit for part in parts for edit in part], circle.bytes if circle else None)
    stays = is_withheld(spec, answers)
    if target.row is not None and not stays and spec.leaves_with and answers[0] != AGREED:
        release(tx, target.id.bytes)
    tiers = [_log_tier(spec, change, withheld=stays) for change in changes]
    entries = [Entry(change, op_area, tier) for change, tier in zip(changes, tiers, strict=True)]
    seqs = change_log.append(tx, entries)
    row, old_area, known = target.row, target.row.op_area if target.row else "", target.forks
    for change, seq, tier in zip(changes, seqs, tiers, strict=True):
        row, known = _joined(tx, target, row, known, change)
        if tier < Tier.T4:
            row.own_area, row.own_seq = op_area, seq
        elif tier == WITHHELD:
            row.own_area, row.own_seq = op_area, KEPT_SEQ
    assert row is not None
    if known is not None:
        known = forks.arrived(known, {change.stamp for change in changes} | set(forks.authors_of(tx, spec, row.id)))
        forks.show(row, known, ranks)
    if target.row is None:
        rows.write_new(tx, spec, [row])
    else:
        rows.write(tx, row, old_area)
    if known is not None:
        forks.keep(tx, row, known, old_area or row.op_area)
    search.put(tx, row)
    scoping.note_moves(tx, moving)
    return changes


def _joined(
    tx: Transaction, target: _Target, row: Row | None, known: Forks | None, change: Change
) -> tuple[Row, Forks | None]:
    """The record after one of this replica's own changes."""
    if row is None:
        started = forks.start(target.spec, change)
        assert started is not None  # a new record's first change replaces nothing
        return started, None
    if known is None:
        if forks.join_quickly(row, change):
            return row, None
        known = forks.load(tx, row)
    return row, forks.join(row, known, change)


def _log_tier(spec: KindSpec, change: Change, *, withheld: bool) -> int:
    tier = int(max(_tier(spec, edit.register) for edit in change.edits))
    return WITHHELD if withheld and tier < Tier.T4 else tier


def _tier(spec: KindSpec, register: Register) -> Tier:
    field = spec.by_number.get(register.field)
    return field.tier if field is not None else spec.tier
