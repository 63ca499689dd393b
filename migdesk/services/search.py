"""One search over everything that the user may see. A case is found by its code and shows nothing else (R-03).
Store thread."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from migdesk.domain.case import Case
from migdesk.domain.case_codes import read_code
from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.office import Area
from migdesk.domain.person import Person
from migdesk.domain.scope import may_read
from migdesk.domain.training import Participant, TrainingEvent
from migdesk.services import access, people
from migdesk.services.session import Session
from migdesk.store import records, search
from migdesk.store.database import Transaction

LIMIT = 40
PER_KIND = 10


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found. `open_kind` and `open_id` say what to open (a participant opens its event)."""

    kind: str
    id: UUID
    title: str
    subtitle: str
    open_kind: str
    open_id: UUID


def find(session: Session, text: str, limit: int = LIMIT) -> tuple[Hit, ...]:
    """The best matches for words or beginnings of words; nothing at all for fewer than two letters."""
    if len(text.strip()) < 2:
        return ()
    kinds = [spec.name for spec in session.schema.kinds if may_read(session.user.role, spec) and not spec.reference]
    found: dict[UUID, Hit] = {}
    with session.store.read() as tx:
        for query in _queries(text):
            for kind in kinds:  # one after the other, so that many of one kind do not hide the rest
                for hit in search.find(tx, query, {kind}, limit=PER_KIND):
                    shown = None if hit.id in found else _hit(session, tx, hit.kind, hit.id)
                    if shown is not None:
                        found[hit.id] = shown
    hits = tuple(found.values())[:limit]
    session.notes.searched(text, Counter(hit.kind for hit in hits))
    return hits


def _queries(text: str) -> tuple[str, ...]:
    """What was typed; a case or person code in its one spelling first."""
    try:
        return (read_code(text), text)
    except ValueError:
        return (text,)


def _hit(session: Session, tx: Transaction, kind: str, id: UUID) -> Hit | None:
    stored: Any = access.find(session, tx, session.schema.by_name[kind].cls, id)
    if stored is None:
        return None
    record = stored.record
    if isinstance(record, Person):
        parts = [record.person_code or "", _area_name(tx, record.area_code)]
        return _same(kind, id, people.display_name(record), " · ".join(part for part in parts if part))
    if isinstance(record, Case):
        return _same(kind, id, record.case_code or "", "")
    if isinstance(record, CounsellingSession):
        person = access.find(session, tx, Person, record.person)
        title = people.display_name(person.record) if person is not None else ""
        return _same(kind, id, title, record.date.isoformat() if record.date else "")
    if isinstance(record, TrainingEvent):
        return _same(kind, id, record.title or "", record.starts_on.isoformat() if record.starts_on else "")
    if isinstance(record, Participant) and record.event is not None:
        event = access.find(session, tx, TrainingEvent, record.event)
        title = (event.record.title or "") if event is not None else ""
        return Hit(kind, id, record.full_name or "", title, TrainingEvent.spec.name, record.event)
    return None


def _same(kind: str, id: UUID, title: str, subtitle: str) -> Hit:
    return Hit(kind, id, title, subtitle, kind, id)


def _area_name(tx: Transaction, code: str | None) -> str:
    found = records.find(tx, Area, Area.spec.natural_id({"code": code})) if code else None
    return (found.record.name or "") if found is not None else ""
