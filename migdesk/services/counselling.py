"""Pre-departure counselling: the sessions of a person, and saving one (DOMAIN 2.4). Store thread."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.person import Person
from migdesk.services import access, people, saving
from migdesk.services.access import About, Names
from migdesk.services.saving import Saved
from migdesk.services.session import Session
from migdesk.store.database import Transaction
from migdesk.store.records import Stored


@dataclass(frozen=True, slots=True)
class CounsellingView:
    """One session for its form or a list; `person_name` is empty when the person is not here."""

    record: CounsellingSession
    about: About
    person_name: str
    counsellor_name: str

    @property
    def id(self) -> UUID:
        return self.record.id

    @property
    def date(self) -> dt.date | None:
        return self.record.date


def for_person(session: Session, person: UUID) -> tuple[CounsellingView, ...]:
    """The sessions with one person, latest first. Raises RefusedError, NotFoundError."""
    access.must_read(session, CounsellingSession.spec)
    with session.store.read() as tx:
        access.get(session, tx, Person, person)
        names = Names(tx)
        found = access.all_of(session, tx, CounsellingSession, where={"person": person})
        views = [_view(session, tx, stored, names) for stored in found]
    return tuple(sorted(views, key=lambda view: (view.date or dt.date.min, str(view.id)), reverse=True))


def recent(session: Session, limit: int = 50) -> tuple[CounsellingView, ...]:
    """The latest sessions with anyone, latest first."""
    access.must_read(session, CounsellingSession.spec)
    with session.store.read() as tx:
        names = Names(tx)
        got = access.page(session, tx, CounsellingSession, order="date", descending=True, limit=limit)
        return tuple(_view(session, tx, stored, names) for stored in got.rows[:limit])


def get(session: Session, id: UUID) -> CounsellingView:
    """One session. Raises RefusedError, NotFoundError."""
    access.must_read(session, CounsellingSession.spec)
    with session.store.read() as tx:
        view = _view(session, tx, access.get(session, tx, CounsellingSession, id), Names(tx))
    session.notes.looked("view_counselling", CounsellingSession.spec.name, id)
    return view


def save(session: Session, values: Mapping[str, Any], id: UUID | None = None, *, draft: str | None = None) -> Saved:
    """Save a session; a new one is by the own user unless `counsellor` says otherwise. See `saving.save`."""
    return saving.save(session, CounsellingSession, values, id, draft=draft)


def _view(session: Session, tx: Transaction, stored: Stored[CounsellingSession], names: Names) -> CounsellingView:
    held = stored.record
    person = access.find(session, tx, Person, held.person)
    return CounsellingView(
        record=held,
        about=access.about(session, stored, names),
        person_name=people.display_name(person.record) if person is not None else "",
        counsellor_name=names(held.counsellor),
    )
