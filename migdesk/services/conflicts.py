"""Edits that were made without knowing each other: shown with all their values, decided by a person. Store thread."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from migdesk.clock import from_ms
from migdesk.domain.case import Case
from migdesk.domain.changes import DELETED, Value
from migdesk.domain.hlc import wall_ms
from migdesk.domain.merge import Head
from migdesk.domain.person import Person
from migdesk.domain.record import KindSpec, Merge, Record
from migdesk.domain.scope import may_write
from migdesk.domain.training import Participant, TrainingEvent
from migdesk.domain.validation import InvalidRecordError, normalise
from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.services import access, people, saving
from migdesk.services.access import Names
from migdesk.services.events import ChangeSet
from migdesk.services.session import Session
from migdesk.services.wording import Words, shown, words
from migdesk.store import conflicts, records, writing
from migdesk.store.conflicts import Conflict, ConflictId
from migdesk.store.database import Transaction
from migdesk.store.records import Stored
from migdesk.sync.trust import known_devices


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that stand against each other, who wrote it, when by the writer's clock, and on which laptop:
    its label, empty where it is not known, `own` for this one. A deletion has the value True."""

    value: Any
    author_name: str
    at: datetime
    laptop: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class OpenConflict:
    """One question for a person. The first of `choices` is what is shown for now. `title` names the record; of a case
    it is the code. `before` is the value that all of them took the place of (None: a blank), if `before_known`. `rule`
    says why the first is shown: `protective`, `higher`, or empty for the latest."""

    id: ConflictId
    kind: str
    record: UUID
    title: str
    words: Words
    is_deletion: bool
    choices: tuple[Choice, ...]
    may_decide: bool
    before: Any = None
    before_known: bool = False
    rule: str = ""


@dataclass(frozen=True, slots=True)
class RecordConflicts:
    """All questions about one record; they may be answered in one act."""

    kind: str
    record: UUID
    title: str
    questions: tuple[OpenConflict, ...]
    may_decide: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person decided: the place of a choice, or None and a `value` of the field's own form (None clears it; of
    an element of a set, whether it is chosen)."""

    id: ConflictId
    choice: int | None
    value: Any = None


def list_open(session: Session, record: UUID | None = None) -> tuple[OpenConflict, ...]:
    """All open conflicts that the user may know of, or those of one record."""
    with session.store.read() as tx:
        names, laptops, known = Names(tx), Laptops(session, tx), list(_visible(session, tx, record))
        found = tuple(_open(session, tx, one, stored, names, laptops) for one, stored in known)
    for _, stored in known:
        if stored.record.spec.in_circle:
            session.notes.looked("view_conflict", stored.record.spec.name, stored.record.id)
    return found


def by_record(session: Session, record: UUID | None = None) -> tuple[RecordConflicts, ...]:
    """The same, record by record: a removal first, because it settles everything else."""
    found: dict[UUID, list[OpenConflict]] = {}
    for one in list_open(session, record):
        found.setdefault(one.record, []).append(one)
    return tuple(
        RecordConflicts(some[0].kind, id, some[0].title, tuple(sorted(some, key=_removal_first)), some[0].may_decide)
        for id, some in found.items()
    )


def count(session: Session) -> int:
    """How many there are."""
    with session.store.read() as tx:
        return sum(1 for _ in _visible(session, tx, None))


def decide(session: Session, id: ConflictId, choice: int) -> None:
    """Let one of the choices stand (its place in `choices`). See `decide_all`."""
    decide_all(session, id.record, (Answer(id, choice),))


def decide_all(session: Session, record: UUID, answers: Sequence[Answer]) -> None:
    """Settle questions about one record in one act; the decision is an ordinary change that others receive.

    Where a removal is decided for, the rest is settled with it. Raises UserError if one of the conflicts is gone
    (somebody decided it), RefusedError if the role may not write the kind, InvalidRecordError for a new value that the
    field may not have. Then nothing was written.
    """
    with session.store.begin() as tx:
        open_ = {one.id: (one, stored) for one, stored in _visible(session, tx, record)}
        if not answers or any(answer.id not in open_ for answer in answers):
            raise UserError(N_("This conflict is settled already."), hint=N_("Look at the record again."))
        spec = session.schema.by_name[open_[answers[0].id][0].kind]
        access.must_write(session, spec)
        _check_new(session, tx, spec, open_[answers[0].id][1], answers)
        values = {answer.id.register: _plain(spec, open_[answer.id][0], answer) for answer in answers}
        writing.decide_all(tx, session.author, record, values)
    session.events.publish(ChangeSet(frozenset({spec.name}), frozenset({record}), "decision"))


class Laptops:
    """Labels of laptops, read when the first is asked for. Lives for one service call."""

    def __init__(self, session: Session, tx: Transaction) -> None:
        self._own, self._tx = session.author.device, tx
        self._labels: dict[int, str] | None = None

    def __call__(self, device: int) -> str:
        """The label, empty for one that is not known here."""
        if self._labels is None:
            self._labels = {one.row.device: one.label for one in known_devices.each(self._tx)}
        return self._labels.get(device, "")

    def is_own(self, device: int) -> bool:
        """Whether it is this one."""
        return device == self._own


def _visible(session: Session, tx: Transaction, record: UUID | None) -> Iterator[tuple[Conflict, Stored[Any]]]:
    """Open conflicts of records that the user may know of."""
    seen: dict[UUID, Stored[Any] | None] = {}
    if session.locked:
        return
    for one in conflicts.open_conflicts(tx, record):
        if one.record not in seen:
            spec = session.schema.by_name.get(one.kind)
            stored = records.find(tx, spec.cls, one.record, deleted=True) if spec is not None else None
            seen[one.record] = stored if stored is not None and access.visible(session, tx, stored) else None
        found = seen[one.record]
        if found is not None:
            yield one, found


def _open(
    session: Session, tx: Transaction, one: Conflict, stored: Stored[Any], names: Names, laptops: Laptops
) -> OpenConflict:
    spec = session.schema.by_name[one.kind]
    before = conflicts.before(tx, one)
    field = spec.by_number.get(one.register.field)
    return OpenConflict(
        id=one.id,
        kind=one.kind,
        record=one.record,
        title=title_of(session, tx, stored.record),
        words=words(spec, one.register),
        is_deletion=one.register.field == DELETED,
        choices=tuple(_choice(spec, one, head, names, laptops) for head in (one.winner, *one.losers)),
        may_decide=may_write(session.user.role, spec) and not session.read_only,
        before=shown(spec, one.register, before.head.value) if before.head is not None else None,
        before_known=before.known and one.register.field != DELETED,
        rule=_RULES.get(field.merge, "") if field is not None else "",
    )


_RULES = {Merge.PROTECTIVE: "protective", Merge.HIGHER: "higher"}


def _choice(spec: KindSpec, one: Conflict, head: Head, names: Names, laptops: Laptops) -> Choice:
    value = shown(spec, one.register, head.value)
    device = head.stamp.device
    return Choice(value, names(head.author), from_ms(wall_ms(head.stamp.hlc)), laptops(device), laptops.is_own(device))


def _removal_first(one: OpenConflict) -> bool:
    return not one.is_deletion


def _check_new(
    session: Session, tx: Transaction, spec: KindSpec, stored: Stored[Any], answers: Sequence[Answer]
) -> None:
    """A value that nobody had written before is judged like one that is typed into a form."""
    typed = [answer for answer in answers if answer.choice is None and not answer.id.register.element]
    fields = {answer.id.register.field: answer.value for answer in typed if answer.id.register.field != DELETED}
    unknown = [number for number in fields if number not in spec.by_number]
    if unknown:
        raise UserError(N_("This value cannot settle the conflict."), hint=N_("Choose one of the values shown."))
    given = {spec.by_number[number].name: value for number, value in fields.items()}
    good, _ = normalise(spec, given)
    problems = saving.check(session, tx, spec, stored.record.values(), good, stored)
    if any(problem.is_error and problem.field in given for problem in problems):
        raise InvalidRecordError(tuple(problem for problem in problems if problem.field in given))


def _plain(spec: KindSpec, one: Conflict, answer: Answer) -> Value:
    """The stored form of an answer."""
    heads = (one.winner, *one.losers)
    if answer.choice is not None:
        if not 0 <= answer.choice < len(heads):
            raise UserError(N_("There is no such choice."))
        return heads[answer.choice].value
    if one.register.element or one.register.field == DELETED:
        return bool(answer.value)
    plain = writing.plain_of(spec, spec.by_number[one.register.field].name, answer.value)
    assert not isinstance(plain, frozenset)  # a set is decided element by element
    return plain


def title_of(session: Session, tx: Transaction, record: Record) -> str:
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
