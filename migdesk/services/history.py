"""The history of one record: who wrote what, when. Reads of cases are audited. Store thread."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from migdesk.clock import from_ms
from migdesk.domain.changes import Change, Edit, Register, Value
from migdesk.domain.hlc import Stamp, wall_ms
from migdesk.domain.record import KindSpec
from migdesk.services import access
from migdesk.services.access import Names
from migdesk.services.session import Session
from migdesk.services.wording import Words, shown, words
from migdesk.store import audit, change_log, records
from migdesk.store.database import Transaction
from migdesk.store.errors import not_found


@dataclass(frozen=True, slots=True)
class HistoryEdit:
    """One field of one act: what it is called and its new value (None: cleared). `decided`: it settled a conflict."""

    words: Words
    value: Any
    decided: bool = False


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One act on the record. `at` is the writer's clock, which may have been wrong."""

    at: datetime
    author: UUID
    author_name: str
    device: int
    counter: int
    edits: tuple[HistoryEdit, ...]


def of(session: Session, id: UUID, kind: str = "") -> tuple[HistoryEntry, ...]:
    """All acts on a record that the user may know of, latest first. Without `kind` the record is looked for.

    Raises RefusedError (only if the kind is given), NotFoundError.
    """
    with session.store.begin() as tx:
        spec = session.schema.by_name[kind] if kind else _kind_of(session, tx, id)
        if kind:
            access.must_read(session, spec)
        stored = records.find(tx, spec.cls, id, deleted=True)
        if stored is None or not access.visible(session, tx, stored):
            raise not_found()
        if spec.in_circle:
            audit.append(tx, session.user.id, "view_history", spec.name, id)
        names = Names(tx)
        # Of a change that came as part of a record's present state, only what still stands was sent.
        changes = [one.change for one in change_log.history(tx, id) if one.change.edits]
        written = {(change.stamp, edit.register): edit.value for change in changes for edit in change.edits}
        entries = [_entry(spec, change, names, written) for change in changes]
    return tuple(sorted(entries, key=lambda one: (one.at, one.device, one.counter), reverse=True))


def _kind_of(session: Session, tx: Transaction, id: UUID) -> KindSpec:
    for spec in session.schema.kinds:
        if records.find(tx, spec.cls, id, deleted=True) is not None:
            return spec
    raise not_found()


def _entry(
    spec: KindSpec, change: Change, names: Names, written: Mapping[tuple[Stamp, Register], Value]
) -> HistoryEntry:
    edits = tuple(
        HistoryEdit(words(spec, edit.register), shown(spec, edit.register, edit.value), _settled(edit, written))
        for edit in change.edits
    )
    at = from_ms(wall_ms(change.hlc))
    return HistoryEntry(at, change.author, names(change.author), change.device, change.counter, edits)


def _settled(edit: Edit, written: Mapping[tuple[Stamp, Register], Value]) -> bool:
    """Whether an edit took the place of several values that stood against each other: only a decision does."""
    replaced = [written[stamp, edit.register] for stamp in edit.replaces if (stamp, edit.register) in written]
    return any(value != replaced[0] for value in replaced)
