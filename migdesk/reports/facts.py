"""The records that a report counts, and how they hang together. Pure; any thread."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from migdesk.domain.case import Case, Incident
from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.person import Person
from migdesk.domain.record import Record
from migdesk.domain.training import Attendance, Participant, TrainingEvent, TrainingSession
from migdesk.domain.values import Missing, PartialDate, age_on
from migdesk.reports.tables import INCOMPLETE

R = TypeVar("R", bound=Record)

BANDS = ((0, "0-11"), (12, "12-17"), (18, "18-24"), (25, "25-34"), (35, "35-49"), (50, "50-59"), (60, "60+"))
CASE_BANDS = ((0, "0-11"), (12, "12-17"), (18, "18+"))
"""Of violence and trafficking, as in the Incident Recorder (DOMAIN 3)."""
CHILD_BANDS = ("0-11", "12-17")
REFUSED = ("no", "withdrawn")


@dataclass(frozen=True)
class Facts:
    """Records by kind and id. `by_kind` holds them all, for what asks of every kind."""

    by_kind: Mapping[str, Mapping[UUID, Record]] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[Record]) -> "Facts":
        kinds: dict[str, dict[UUID, Record]] = {}
        for record in records:
            kinds.setdefault(record.spec.name, {})[record.id] = record
        return cls(kinds)

    def all(self, kind: type[R]) -> Mapping[UUID, R]:
        return self.by_kind.get(kind.spec.name, {})  # type: ignore[return-value]

    def person_of(self, record: CounsellingSession | Case) -> Person | None:
        return self.all(Person).get(record.person) if isinstance(record.person, UUID) else None

    def case_of(self, incident: Incident) -> Case | None:
        return self.all(Case).get(incident.case) if incident.case else None

    def within(self, area: str) -> "Facts":
        """Only what belongs to the area and the areas under it, with all the people: they carry sex and age."""
        if not area:
            return self
        kept = dict(self.by_kind)
        for kind in (CounsellingSession, Case, TrainingEvent):
            name = kind.spec.name
            kept[name] = {id: one for id, one in self.by_kind.get(name, {}).items() if is_under(one, area)}
        inner = Facts(kept)
        kept["incident"] = {id: one for id, one in self.all(Incident).items() if inner.case_of(one)}
        events = inner.all(TrainingEvent)
        kept["training_session"] = {i: one for i, one in self.all(TrainingSession).items() if one.event in events}
        kept["participant"] = {i: one for i, one in self.all(Participant).items() if one.event in events}
        sessions = kept["training_session"]
        kept["attendance"] = {i: one for i, one in self.all(Attendance).items() if one.session in sessions}
        return inner


def is_under(record: Record, area: str) -> bool:
    """Whether the record's own area field lies in the subtree of an area code ("" is everything)."""
    own = str(getattr(record, record.spec.area) or "")
    return not area or own == area or own.startswith(area + ".")


def sex_key(record: Person | Participant | None) -> str:
    """The code of the sex, or `incomplete`."""
    return str(record.sex) if record is not None and record.sex else INCOMPLETE


def age_key(person: Person | None, day: object, bands: Iterable[tuple[int, str]] = BANDS) -> str:
    """The age band on a day, or `incomplete` if it cannot be told."""
    return age_band(person.birth_date if person is not None else None, day, bands)


def age_band(born: object, day: object, bands: Iterable[tuple[int, str]] = BANDS) -> str:
    """The age band of a date of birth on a day."""
    if not isinstance(born, PartialDate) or not isinstance(day, dt.date):
        return INCOMPLETE
    age = age_on(born, day)
    return next((name for low, name in reversed(tuple(bands)) if age >= low), INCOMPLETE)


def exact_day(value: object) -> dt.date | None:
    """The day, if all of it is known and it is no estimate."""
    if isinstance(value, PartialDate):
        return value.earliest if value.day and not value.estimated else None
    return value if isinstance(value, dt.date) else None


def known(value: object) -> bool:
    """Whether there is a value, not only the note that there is none."""
    return value is not None and not isinstance(value, Missing) and value not in ("unknown", "declined", "")
