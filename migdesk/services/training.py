"""Training events, their sessions, participants and attendance (DOMAIN 2.8). Nothing here points at a case.
Store thread."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from migdesk.domain.record import Record
from migdesk.domain.training import Attendance, Participant, TrainingEvent, TrainingSession
from migdesk.services import access, saving
from migdesk.services.access import About, Names, Page
from migdesk.services.events import ChangeSet
from migdesk.services.saving import Saved
from migdesk.services.session import Session
from migdesk.store import records
from migdesk.store.database import Transaction


@dataclass(frozen=True, slots=True)
class EventView:
    """One event with what a list or its page needs."""

    record: TrainingEvent
    about: About
    sessions: int
    participants: int

    @property
    def id(self) -> UUID:
        return self.record.id


def events(session: Session, *, after: bytes | None = None, limit: int = 100) -> Page[EventView]:
    """Events, latest start first."""
    access.must_read(session, TrainingEvent.spec)
    with session.store.read() as tx:
        names = Names(tx)
        got = access.page(session, tx, TrainingEvent, order="starts_on", descending=True, after=after, limit=limit)
        return Page(tuple(_event(session, tx, stored, names) for stored in got.rows), got.next)


def get_event(session: Session, id: UUID) -> EventView:
    """One event. Raises RefusedError, NotFoundError."""
    access.must_read(session, TrainingEvent.spec)
    with session.store.read() as tx:
        return _event(session, tx, access.get(session, tx, TrainingEvent, id), Names(tx))


def save_event(
    session: Session, values: Mapping[str, Any], id: UUID | None = None, *, draft: str | None = None
) -> Saved:
    """Save an event; a new one is planned. See `saving.save`."""
    return saving.save(session, TrainingEvent, values, id, draft=draft)


def sessions(session: Session, event: UUID) -> tuple[TrainingSession, ...]:
    """The sessions of an event by number."""
    found = _of_event(session, TrainingSession, event)
    return tuple(sorted(found, key=lambda held: (held.number or 0, str(held.id))))


def save_session(
    session: Session, values: Mapping[str, Any], id: UUID | None = None, *, draft: str | None = None
) -> Saved:
    """Save a training session; a new one gets the next number of its event. See `saving.save`."""
    return saving.save(session, TrainingSession, values, id, draft=draft)


def participants(session: Session, event: UUID) -> tuple[Participant, ...]:
    """The participants of an event by name."""
    found = _of_event(session, Participant, event)
    return tuple(sorted(found, key=lambda who: ((who.full_name or "").casefold(), str(who.id))))


def save_participant(
    session: Session, values: Mapping[str, Any], id: UUID | None = None, *, draft: str | None = None
) -> Saved:
    """Save a participant of an event. See `saving.save`."""
    return saving.save(session, Participant, values, id, draft=draft)


def attendance(session: Session, training_session: UUID) -> dict[UUID, str]:
    """Status by participant; who is not in it is not marked yet."""
    access.must_read(session, Attendance.spec)
    with session.store.read() as tx:
        access.get(session, tx, TrainingSession, training_session)
        found = access.all_of(session, tx, Attendance, where={"session": training_session})
        marks = ((stored.record.participant, stored.record.status) for stored in found)
        return {who: status for who, status in marks if who is not None and status is not None}


def mark(session: Session, training_session: UUID, participant: UUID, status: str | None) -> Saved | None:
    """Set one participant's attendance; None takes a mark back. Marking again changes the one record."""
    values = {"session": training_session, "participant": participant}
    if status is not None:
        return saving.save(session, Attendance, values | {"status": status})
    id = Attendance.spec.natural_id(values)
    access.must_write(session, Attendance.spec)
    with session.store.read() as tx:
        marked = access.find(session, tx, Attendance, id) is not None
    if marked:
        saving.delete(session, Attendance, id)
    return None


def mark_all(session: Session, training_session: UUID, status: str, only: Iterable[UUID] | None = None) -> int:
    """Set the status of everybody who is not marked yet, or exactly of `only`, in one transaction; how many changed."""
    access.must_write(session, Attendance.spec)
    with session.store.begin() as tx:
        held = access.get(session, tx, TrainingSession, training_session).record
        if only is None:
            found = access.all_of(session, tx, Attendance, where={"session": training_session})
            marked = {stored.record.participant for stored in found}
            there = access.all_of(session, tx, Participant, where={"event": held.event})
            only = [stored.record.id for stored in there if stored.record.id not in marked]
        values = {"session": training_session, "status": status}
        saved = [saving.save_in(session, tx, Attendance, values | {"participant": who}) for who in only]
    ids = frozenset(one.id for one in saved if one.changed)
    if ids:
        session.events.publish(ChangeSet(frozenset({Attendance.spec.name}), ids))
    return len(ids)


def _of_event(session: Session, kind: type[access.R], event: UUID) -> list[access.R]:
    access.must_read(session, kind.spec)
    with session.store.read() as tx:
        access.get(session, tx, TrainingEvent, event)
        return [stored.record for stored in access.all_of(session, tx, kind, where={"event": event})]


def _event(session: Session, tx: Transaction, stored: records.Stored[TrainingEvent], names: Names) -> EventView:
    def number(kind: type[Record]) -> int:
        return records.count(tx, kind, where={"event": stored.record.id})

    about = access.about(session, stored, names)
    return EventView(stored.record, about, number(TrainingSession), number(Participant))
