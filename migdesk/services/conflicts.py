"""Edits that were made without knowing each other: shown with all their values, decided by a person. Store thread."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from migdesk.clock import from_ms
from migdesk.domain.case import Case
from migdesk.domain.changes import DELETED
from migdesk.domain.hlc import wall_ms
from migdesk.domain.merge import Head
from migdesk.domain.person import Person
from migdesk.domain.record import KindSpec, Record
from migdesk.domain.scope import may_write
from migdesk.domain.training import Participant, TrainingEvent
from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.services import access, people
from migdesk.services.access import Names
from migdesk.services.events import ChangeSet
from migdesk.services.session import Session
from migdesk.services.wording import Words, shown, words
from migdesk.store import conflicts, records, writing
from migdesk.store.conflicts import Conflict, ConflictId
from migdesk.store.database import Transaction


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that stand against each other, and who wrote it. A deletion has the value True."""

    value: Any
    author_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenConflict:
    """One question for a person. The first of `choices` is what is shown for now. `title` names the record; of a case
    it is the code."""

    id: ConflictId
    kind: str
    record: UUID
    title: str
    words: Words
    is_deletion: bool
    choices: tuple[Choice, ...]
    may_decide: bool


def list_open(session: Session, record: UUID | None = None) -> tuple[OpenConflict, ...]:
    """All open conflicts that the user may know of, or those of one record."""
    with session.store.read() as tx:
        names = Names(tx)
        found = (_open(session, tx, one, names) for one in conflicts.open_conflicts(tx, record))
        return tuple(one for one in found if one is not None)


def count(session: Session) -> int:
    """How many there are."""
    return len(list_open(session))


def decide(session: Session, id: ConflictId, choice: int) -> None:
    """Let one of the choices stand (its place in `choices`); the decision is an ordinary change that others receive.

    Raises UserError if the conflict is gone (somebody decided it), RefusedError if the role may not write the kind.
    """
    with session.store.begin() as tx:
        one = _found(tx, id)
        spec = session.schema.by_name[one.kind] if one is not None else None
        if one is None or spec is None or _open(session, tx, one, Names(tx)) is None:
            raise UserError(N_("This conflict is settled already."), hint=N_("Look at the record again."))
        access.must_write(session, spec)
        heads = (one.winner, *one.losers)
        if not 0 <= choice < len(heads):
            raise UserError(N_("There is no such choice."))
        writing.decide(tx, session.author, id, heads[choice].value)
    session.events.publish(ChangeSet(frozenset({one.kind}), frozenset({one.record}), "decision"))


def _found(tx: Transaction, id: ConflictId) -> Conflict | None:
    return next((one for one in conflicts.open_conflicts(tx) if one.id == id), None)


def _open(session: Session, tx: Transaction, one: Conflict, names: Names) -> OpenConflict | None:
    spec = session.schema.by_name.get(one.kind)
    stored = records.find(tx, spec.cls, one.record, deleted=True) if spec is not None else None
    if spec is None or stored is None or not access.visible(session, tx, stored):
        return None
    return OpenConflict(
        id=one.id,
        kind=one.kind,
        record=one.record,
        title=_title(session, tx, stored.record),
        words=words(spec, one.register),
        is_deletion=one.register.field == DELETED,
        choices=tuple(_choice(spec, one, head, names) for head in (one.winner, *one.losers)),
        may_decide=may_write(session.user.role, spec) and not session.read_only,
    )


def _choice(spec: KindSpec, one: Conflict, head: Head, names: Names) -> Choice:
    value = shown(spec, one.register, head.value)
    return Choice(value, names(head.author), from_ms(wall_ms(head.stamp.hlc)))


def _title(session: Session, tx: Transaction, record: Record) -> str:
    """What names a record in one line, nothing for a kind that needs words."""
    if isinstance(record, Person):
        return people.display_name(record)
    if isinstance(record, Case):
        return record.case_code or ""
    if isinstance(record, TrainingEvent):
        return record.title or ""
    if isinstance(record, Participant):
        return record.full_name or ""
    person = access.find(session, tx, Person, getattr(record, "person", None))
    return people.display_name(person.record) if person is not None else ""
