"""People: list, look up, save, and what happened with one of them (DOMAIN 2.3). Store thread."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from migdesk.domain.case import Case
from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.person import Person
from migdesk.domain.scope import may_read
from migdesk.domain.values import Missing
from migdesk.services import access, matching, saving
from migdesk.services.access import About, Names, Page
from migdesk.services.matching import Likeness
from migdesk.services.saving import Saved
from migdesk.services.session import Session
from migdesk.store import records
from migdesk.store.database import Transaction
from migdesk.store.records import Stored


@dataclass(frozen=True, slots=True)
class PersonView:
    """One person for a profile."""

    record: Person
    about: About
    name: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person in a list. `state` and `conflicts` as in `About`."""

    record: Person
    state: str
    conflicts: int

    @property
    def id(self) -> UUID:
        return self.record.id


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened. `title_parts` are values as stored (codes, dates, text), for the screen to word; of a
    case there is its code alone."""

    at: date
    kind: str
    id: UUID
    title_parts: tuple[Any, ...]
    who: str


def display_name(person: Person) -> str:
    """The name, or the code of a person whose name is not known."""
    name = person.full_name
    known = isinstance(name, str) and not isinstance(name, Missing)
    return str(name) if known and name else person.person_code or ""


def page(session: Session, *, after: bytes | None = None, limit: int = 100) -> Page[Person]:
    """People by name. Raises RefusedError for roles that have no business with people."""
    access.must_read(session, Person.spec)
    with session.store.read() as tx:
        got = access.page(session, tx, Person, order="full_name", after=after, limit=limit)
        return Page(tuple(stored.record for stored in got.rows), got.next)


def listed(session: Session, *, after: bytes | None = None, limit: int = 100) -> Page[PersonRow]:
    """`page`, with how each record stands."""
    access.must_read(session, Person.spec)
    with session.store.read() as tx:
        got = access.page(session, tx, Person, order="full_name", after=after, limit=limit)
        return Page(tuple(map(_row, got.rows)), got.next)


def found(session: Session, ids: Iterable[UUID]) -> tuple[PersonRow, ...]:
    """These people in this order, as `listed` gives them; who is gone or out of scope is left out."""
    access.must_read(session, Person.spec)
    with session.store.read() as tx:
        rows = (access.find(session, tx, Person, id) for id in ids)
        return tuple(_row(stored) for stored in rows if stored is not None)


def count(session: Session) -> int:
    """How many people this laptop holds."""
    access.must_read(session, Person.spec)
    with session.store.read() as tx:
        return records.count(tx, Person)


def get(session: Session, id: UUID) -> PersonView:
    """One person. Raises RefusedError, NotFoundError."""
    access.must_read(session, Person.spec)
    with session.store.read() as tx:
        stored = access.get(session, tx, Person, id)
        view = PersonView(stored.record, access.about(session, stored, Names(tx)), display_name(stored.record))
    session.notes.looked("view_person", Person.spec.name, id)
    return view


def similar(
    session: Session, name: str, values: Mapping[str, Any] | None = None, but: UUID | None = None
) -> tuple[Likeness, ...]:
    """People who may be the one about to be written; ask before a new one is made. With more `values` (sex, birth
    date, village) the most alike come first; a name alone is enough to be shown."""
    access.must_read(session, Person.spec)
    with session.store.read() as tx:
        return matching.similar(session, tx, {**(values or {}), "full_name": name}, but, enough=1)


def save(session: Session, values: Mapping[str, Any], id: UUID | None = None, *, draft: str | None = None) -> Saved:
    """Save a person; a new one gets a code. See `saving.save`."""
    return saving.save(session, Person, values, id, draft=draft)


def timeline(session: Session, id: UUID) -> tuple[TimelineEntry, ...]:
    """What happened with this person, latest first. Cases stand here only for those who may know of them."""
    access.must_read(session, Person.spec)
    with session.store.read() as tx:
        access.get(session, tx, Person, id)
        names = Names(tx)
        entries = [*_counselling(session, tx, id, names), *_cases(session, tx, id, names)]
    return tuple(sorted(entries, key=lambda entry: (entry.at, str(entry.id)), reverse=True))


def _row(stored: Stored[Person]) -> PersonRow:
    return PersonRow(stored.record, str(stored.meta.state), stored.meta.conflicts)


def _counselling(session: Session, tx: Transaction, person: UUID, names: Names) -> Iterator[TimelineEntry]:
    if not may_read(session.user.role, CounsellingSession.spec):
        return
    for stored in access.all_of(session, tx, CounsellingSession, where={"person": person}):
        held = stored.record
        if held.date is not None:
            parts = (held.mode, held.destination, held.next_step, held.next_date)
            who = names(held.counsellor or stored.meta.created_by)
            yield TimelineEntry(held.date, CounsellingSession.spec.name, held.id, parts, who)


def _cases(session: Session, tx: Transaction, person: UUID, names: Names) -> Iterator[TimelineEntry]:
    if not may_read(session.user.role, Case.spec):
        return
    for stored in access.all_of(session, tx, Case, where={"person": person}):
        case = stored.record
        if case.opened_on is not None:
            yield TimelineEntry(case.opened_on, Case.spec.name, case.id, (case.case_code,), names(case.owner))
