"""Protection cases and their incidents (DOMAIN 2.6). Whoever is not of a case's circle learns nothing here, and each
look into one is audited. Store thread."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from migdesk.domain.case import Case, Incident
from migdesk.domain.person import Person
from migdesk.services import access, people, saving
from migdesk.services.access import About, Names, Page
from migdesk.services.saving import Saved
from migdesk.services.session import Session
from migdesk.store import audit
from migdesk.store.records import Stored

NAME_HIDDEN = frozenset({"GBV", "TIP"})


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list: its code, never a name."""

    id: UUID
    case_code: str
    primary_category: str
    risk_level: str
    status: str
    opened_on: date | None
    owner: UUID | None
    owner_name: str
    about: About


@dataclass(frozen=True, slots=True)
class CaseView:
    """An opened case. `name_hidden`: show the name only when asked to (R-04)."""

    record: Case
    about: About
    owner_name: str
    person_name: str
    name_hidden: bool


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One incident of an opened case."""

    record: Incident
    about: About


def page(session: Session, *, after: bytes | None = None, limit: int = 100) -> Page[CaseRow]:
    """The cases whose circle the user is in (a supervisor's areas), latest opened first."""
    access.must_read(session, Case.spec)
    with session.store.read() as tx:
        names = Names(tx)
        got = access.page(session, tx, Case, order="opened_on", descending=True, after=after, limit=limit)
        return Page(tuple(_row(session, stored, names) for stored in got.rows), got.next)


def get(session: Session, id: UUID) -> CaseView:
    """Open a case. Raises RefusedError; NotFoundError for one that is absent or not the user's to know of."""
    access.must_read(session, Case.spec)
    with session.store.begin() as tx:
        stored = access.get(session, tx, Case, id)
        audit.append(tx, session.user.id, "view_case", Case.spec.name, id)
        person = access.find(session, tx, Person, stored.record.person)
        return CaseView(
            record=stored.record,
            about=access.about(session, stored, names := Names(tx)),
            owner_name=names(stored.record.owner),
            person_name=people.display_name(person.record) if person is not None else "",
            name_hidden=name_hidden(stored.record),
        )


def for_person(session: Session, person: UUID) -> tuple[CaseRow, ...]:
    """The cases of a person that the user may know of, latest first."""
    access.must_read(session, Case.spec)
    with session.store.read() as tx:
        access.get(session, tx, Person, person)
        names = Names(tx)
        found = access.all_of(session, tx, Case, where={"person": person})
        rows = [_row(session, stored, names) for stored in found]
    return tuple(sorted(rows, key=lambda row: (row.opened_on or date.min, row.case_code), reverse=True))


def save(session: Session, values: Mapping[str, Any], id: UUID | None = None, *, draft: str | None = None) -> Saved:
    """Save a case; a new one gets a code, its owner (the user) and the status open. See `saving.save`."""
    return saving.save(session, Case, values, id, draft=draft)


def incidents(session: Session, case: UUID) -> tuple[IncidentView, ...]:
    """The incidents of a case, in the order in which they were written. Raises RefusedError, NotFoundError."""
    access.must_read(session, Incident.spec)
    with session.store.begin() as tx:
        access.get(session, tx, Case, case)
        names = Names(tx)
        found = list(access.all_of(session, tx, Incident, where={"case": case}))
        if found:
            audit.append(tx, session.user.id, "view_incidents", Case.spec.name, case)
        return tuple(_incident(session, stored, names) for stored in found)


def get_incident(session: Session, id: UUID) -> IncidentView:
    """One incident. Raises RefusedError, NotFoundError."""
    access.must_read(session, Incident.spec)
    with session.store.begin() as tx:
        stored = access.get(session, tx, Incident, id)
        audit.append(tx, session.user.id, "view_incidents", Incident.spec.name, id)
        return _incident(session, stored, Names(tx))


def save_incident(
    session: Session, values: Mapping[str, Any], id: UUID | None = None, *, draft: str | None = None
) -> Saved:
    """Save an incident of a case that the user may know of. See `saving.save`."""
    return saving.save(session, Incident, values, id, draft=draft)


def name_hidden(case: Case) -> bool:
    """Whether the person's name stays covered on screens: violence and trafficking, as main or other concern."""
    others = case.categories if isinstance(case.categories, frozenset) else frozenset()
    return case.primary_category in NAME_HIDDEN or not NAME_HIDDEN.isdisjoint(others)


def _row(session: Session, stored: Stored[Case], names: Names) -> CaseRow:
    case = stored.record
    return CaseRow(
        id=case.id,
        case_code=case.case_code or "",
        primary_category=case.primary_category or "",
        risk_level=case.risk_level or "",
        status=case.status or "",
        opened_on=case.opened_on,
        owner=case.owner,
        owner_name=names(case.owner),
        about=access.about(session, stored, names),
    )


def _incident(session: Session, stored: Stored[Incident], names: Names) -> IncidentView:
    return IncidentView(stored.record, access.about(session, stored, names))
