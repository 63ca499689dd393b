"""Indicators of training: T1, T2 (DOMAIN 3.3). Records in, tables out; any thread.

Headcounts of trainings are exempt from suppression (DOMAIN 3.4); nothing here knows an age or a disability.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from migdesk.domain.codes import CodeBook
from migdesk.domain.training import Attendance, Participant, TrainingEvent, TrainingSession
from migdesk.i18n import N_
from migdesk.reports.facts import Facts, sex_key
from migdesk.reports.suppression import rate
from migdesk.reports.tables import INCOMPLETE, SEX, Dimension, Indicator, Period, cross

ENOUGH = 0.8
"""The share of an event's time that makes somebody trained; open point 6 of DOMAIN 7."""
INSTITUTION = Dimension("institution_type", N_("Type of institution"), "institution_type")
_PRESENT = ("present", "late")
_LEARNERS = (None, "participant", "unknown", "declined")


def training(facts: Facts, period: Period, book: CodeBook, *, threshold: float = ENOUGH) -> tuple[Indicator, ...]:
    """T1 and T2 of the events that start in the period."""
    trained = unique(facts, period, threshold)
    pairs = [(_institution(one), sex_key(one)) for one in trained]
    table = cross(INSTITUTION, SEX, pairs, book, 1)
    women = sum(1 for _, sex in pairs if sex == "female")
    no_sex = sum(1 for _, sex in pairs if sex not in ("female", "male"))
    return (
        Indicator(
            "T1",
            N_("People trained"),
            N_("Different participants who attended at least 80 % of the time of an event that started in the period"),
            "count",
            len(pairs),
            len(pairs),
            None,
            1,
            (table,),
            sum(1 for pair in pairs if INCOMPLETE in pair),
        ),
        Indicator(
            "T2",
            N_("Women among the people trained"),
            N_("Women ÷ all people trained (T1); sex not known is in the table on its own"),
            "share",
            rate(women, len(pairs), 1, exempt=True),
            women,
            len(pairs),
            1,
            (table,),
            no_sex,
        ),
    )


def unique(facts: Facts, period: Period, threshold: float) -> list[Participant]:
    """One participant for each trained person; the same name and institution at two events is one person."""
    events = {
        one.id for one in facts.all(TrainingEvent).values() if period.holds(one.starts_on) and one.status != "cancelled"
    }
    share = attendance_shares(facts)
    found: dict[tuple[str, str], Participant] = {}
    for one in sorted(facts.all(Participant).values(), key=lambda one: one.id.bytes):
        enough = share.get(one.id, 0.0) >= threshold - 1e-9
        if one.event in events and enough and one.role in _LEARNERS:
            found.setdefault((_folded(one.full_name), _folded(one.institution)), one)
    return list(found.values())


def attendance_shares(facts: Facts) -> Mapping[UUID, float]:
    """Per participant, the share of the event's time attended."""
    sessions = facts.all(TrainingSession)
    of_event: dict[UUID | None, list[TrainingSession]] = defaultdict(list)
    for session in sessions.values():
        of_event[session.event].append(session)
    part: dict[UUID, float] = {}
    for group in of_event.values():
        part |= _parts(group)
    attended: dict[UUID, float] = defaultdict(float)
    for mark in facts.all(Attendance).values():
        if mark.session in part and mark.participant and mark.status in _PRESENT:
            attended[mark.participant] += part[mark.session]
    return attended


def _parts(group: list[TrainingSession]) -> dict[UUID, float]:
    """The part of the event that each session is; if one has no length, all weigh the same."""
    timed = all(isinstance(one.minutes, int) for one in group)
    weights = {one.id: float(one.minutes) if timed and isinstance(one.minutes, int) else 1.0 for one in group}
    whole = sum(weights.values())
    return {id: weight / whole for id, weight in weights.items()}


def _institution(one: Participant) -> str:
    return str(one.institution_type) if one.institution_type else INCOMPLETE


def _folded(text: object) -> str:
    plain = unicodedata.normalize("NFKD", str(text or "")).casefold()
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())
