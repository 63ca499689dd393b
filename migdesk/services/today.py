"""What the user has to do now: follow-ups, today's training, drafts, what waits to be sent. Store thread."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.person import Person
from migdesk.domain.scope import may_read
from migdesk.domain.training import TrainingEvent, TrainingSession
from migdesk.services import access, drafts, people, recovery_sheet, safekeeping, syncing
from migdesk.services.drafts import Draft
from migdesk.services.session import Session
from migdesk.services.syncing import SyncStatus
from migdesk.store.database import Transaction

AHEAD = timedelta(days=7)
FORGOTTEN = timedelta(days=180)
LONGEST_EVENT = timedelta(days=60)
MOST = 50


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Somebody to be met again; `days_late` is 0 or less when the day has not passed."""

    session: UUID
    person: UUID
    person_name: str
    due: date
    days_late: int
    next_step: str


@dataclass(frozen=True, slots=True)
class EventToday:
    """An event that goes on today, and those of its sessions that are held today."""

    id: UUID
    title: str
    venue: str
    sessions: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Today:
    """Everything for the first screen."""

    follow_ups: tuple[FollowUp, ...]
    events_today: tuple[EventToday, ...]
    drafts: tuple[Draft, ...]
    waiting: int
    conflicts: int
    last_sync: SyncStatus
    days_without_copy: int = 0
    """For how many days no copy of the work has left the laptop; 0 while that is no matter."""
    sheet_missing: bool = False
    """Whether no recovery sheet was made and tried."""


def summary(session: Session) -> Today:
    """Everything for the first screen, as far as the role may see it."""
    with session.store.read() as tx:
        follow_ups = sorted(_follow_ups(session, tx), key=lambda one: (one.due, one.person_name))[:MOST]
        events = tuple(_events(session, tx))
    status, kept = syncing.status(session), safekeeping.standing(session)
    return Today(
        follow_ups=tuple(follow_ups),
        events_today=events,
        drafts=drafts.open_drafts(session),
        waiting=status.waiting,
        conflicts=status.conflicts,
        last_sync=status,
        days_without_copy=kept.days_without if kept.copy_is_due else 0,
        sheet_missing=recovery_sheet.standing(session).tried is None,
    )


def _follow_ups(session: Session, tx: Transaction) -> Iterator[FollowUp]:
    """Sessions whose next meeting is due or overdue and has not happened: no later session with that person."""
    if not may_read(session.user.role, CounsellingSession.spec):
        return
    today, seen = session.today(), set()
    for held in _latest_first(session, tx, CounsellingSession, "next_date", since=today - FORGOTTEN):
        due, person = held.next_date, held.person
        if not isinstance(due, date) or due > today + AHEAD or person is None or person in seen:
            continue
        met = access.all_of(session, tx, CounsellingSession, where={"person": person})
        if any(other.record.date and held.date and other.record.date > held.date for other in met):
            continue
        seen.add(person)
        found = access.find(session, tx, Person, person)
        name = people.display_name(found.record) if found is not None else ""
        yield FollowUp(held.id, person, name, due, (today - due).days, str(held.next_step or ""))


def _events(session: Session, tx: Transaction) -> Iterator[EventToday]:
    if not may_read(session.user.role, TrainingEvent.spec):
        return
    today = session.today()
    for event in _latest_first(session, tx, TrainingEvent, "starts_on", since=today - LONGEST_EVENT):
        if event.starts_on is None or event.starts_on > today or event.status == "cancelled":
            continue
        there = access.all_of(session, tx, TrainingSession, where={"event": event.id})
        held = [stored.record for stored in there if stored.record.held_on == today]
        last = event.ends_on if isinstance(event.ends_on, date) else event.starts_on
        if held or last >= today:
            numbered = sorted(held, key=lambda one: one.number or 0)
            yield EventToday(event.id, event.title or "", str(event.venue or ""), tuple(one.id for one in numbered))


def _latest_first(
    session: Session, tx: Transaction, kind: type[access.R], field: str, *, since: date
) -> Iterator[access.R]:
    """Records from the latest value of a day field back to `since`; blanks come last and end it."""
    after: bytes | None = None
    while True:
        got = access.page(session, tx, kind, order=field, descending=True, after=after, limit=200)
        for stored in got.rows:
            day = getattr(stored.record, field)
            if day is None or (isinstance(day, date) and day < since):
                return
            yield stored.record
        after = got.next
        if after is None:
            return
