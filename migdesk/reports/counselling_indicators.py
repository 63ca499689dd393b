"""Indicators of counselling: C1, C2, C13, C14 (DOMAIN 3.1). Records in, tables out; any thread."""

from collections.abc import Sequence
from uuid import UUID

from migdesk.domain.codes import CodeBook
from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.person import Person
from migdesk.i18n import N_
from migdesk.reports.facts import CHILD_BANDS, REFUSED, Facts, age_key, known, sex_key
from migdesk.reports.suppression import (
    K_ORDINARY,
    K_SENSITIVE,
    MINIMUM_DENOMINATOR,
    Shape,
    publishable,
    rate,
)
from migdesk.reports.tables import (
    AGE,
    INCOMPLETE,
    SEX,
    Breakdown,
    Dimension,
    Indicator,
    Period,
    carry,
    cross,
)

ANSWER = Dimension("answer", N_("Explained"), order=("yes", "no"))
SCHEME = Dimension("scheme", N_("Scheme"), order=("official", "not_official"))
Keys = dict[UUID, tuple[str, str]]


def counselling(facts: Facts, period: Period, book: CodeBook, *, below_regency: bool) -> tuple[Indicator, ...]:
    """C1, C2, C13 and C14 of a period. Sessions that the person did not agree to have recorded are not counted."""
    held = [
        one
        for one in facts.all(CounsellingSession).values()
        if period.holds(one.date) and one.person and one.consent not in REFUSED
    ]
    latest = _latest(held)
    keys: Keys = {
        person: (sex_key(facts.person_of(one)), age_key(facts.person_of(one), one.date))
        for person, one in latest.items()
    }
    child = any(age in CHILD_BANDS for _, age in keys.values())
    k = K_SENSITIVE if below_regency or child else K_ORDINARY
    people = cross(AGE, SEX, ((age, sex) for sex, age in keys.values()), book, k)
    return (
        _people(keys, people, k),
        _sessions(held, keys, people, k),
        _channels(held, keys, book, k),
        _official(facts, held, keys, book, k),
    )


def _latest(held: Sequence[CounsellingSession]) -> dict[UUID, CounsellingSession]:
    """The last session of each person."""
    last: dict[UUID, CounsellingSession] = {}
    for one in sorted(held, key=lambda one: (str(one.date), one.id.bytes)):
        if one.person:
            last[one.person] = one
    return last


def _people(keys: Keys, people: Breakdown, k: int) -> Indicator:
    count = publishable(len(keys), k)
    return Indicator(
        "C1",
        N_("People counselled"),
        N_("Number of different people with a counselling session in the period"),
        "count",
        count,
        count,
        None,
        k,
        (people,),
        publishable(sum(1 for pair in keys.values() if INCOMPLETE in pair), k),
        count is None,
    )


def _sessions(held: Sequence[CounsellingSession], keys: Keys, people: Breakdown, k: int) -> Indicator:
    shown = publishable(len(keys), k) is not None
    pairs = ((keys[one.person][1], keys[one.person][0]) for one in held if one.person)
    return Indicator(
        "C2",
        N_("Counselling sessions; average per person"),
        N_("Number of sessions in the period; sessions ÷ people counselled (C1)"),
        "mean",
        round(len(held) / len(keys), 2) if len(keys) >= MINIMUM_DENOMINATOR else None,
        len(held) if shown else None,
        len(keys) if shown else None,
        k,
        (carry(people, pairs),),
        0,
        not shown,
    )


def _channels(held: Sequence[CounsellingSession], keys: Keys, book: CodeBook, k: int) -> Indicator:
    """Withheld by the people behind the sessions, for one person may have many."""
    answers = [(one.person, _explained(one)) for one in held if one.person]
    told = {person for person, answer in answers if answer == "yes"}
    rest = {person for person, answer in answers if answer != "yes"}
    shown = publishable(len(told), k) is not None and publishable(len(rest), k) is not None
    yes = sum(1 for _, answer in answers if answer == "yes")
    distinct = sorted(set(answers), key=lambda pair: (pair[0].bytes, pair[1]))
    tables = tuple(
        carry(
            cross(rows, ANSWER, ((keys[person][at], answer) for person, answer in distinct), book, k),
            ((keys[person][at], answer) for person, answer in answers),
        )
        for rows, at in ((SEX, 0), (AGE, 1))
    )
    share = rate(yes, len(answers), 1, exempt=True) if shown and len(keys) >= MINIMUM_DENOMINATOR else None
    return Indicator(
        "C13",
        N_("Safe channels explained"),
        N_("Sessions in which the places to get help were a topic ÷ sessions"),
        "share",
        share,
        yes if shown else None,
        len(answers) if publishable(len(keys), k) is not None else None,
        k,
        tables,
        publishable(len({person for person, answer in answers if answer == INCOMPLETE}), k),
        not shown,
    )


def _explained(one: CounsellingSession) -> str:
    if not one.topics or not isinstance(one.topics, frozenset):
        return INCOMPLETE
    return "yes" if "helplines" in one.topics else "no"


def _official(facts: Facts, held: Sequence[CounsellingSession], keys: Keys, book: CodeBook, k: int) -> Indicator:
    people = facts.all(Person)
    schemes: dict[UUID, str] = {}
    for one in sorted(held, key=lambda one: (str(one.date), one.id.bytes)):
        if one.person and known(one.scheme):
            schemes[one.person] = "not_official" if one.scheme == "IRREGULAR" else "official"
    gone = sorted(
        (person for person in keys if person in people and people[person].migration_stage == "departed"),
        key=lambda person: person.bytes,
    )
    kept = [(keys[person], schemes.get(person, INCOMPLETE)) for person in gone]
    tables = tuple(
        cross(rows, SCHEME, ((pair[at], scheme) for pair, scheme in kept), book, k, sensitive=True)
        for rows, at in ((SEX, 0), (AGE, 1))
    )
    official = sum(1 for _, scheme in kept if scheme == "official")
    whole = publishable(len(kept), k)
    # "All of them" and "none of them" would tell of everybody at once (DOMAIN 3.4 step 5), and so would a small rest.
    shown = whole == 0 or (
        tables[0].table.shape in (Shape.CELLS, Shape.TOTALS)
        and publishable(official, k) is not None
        and publishable(len(kept) - official, k) is not None
    )
    return Indicator(
        "C14",
        N_("Left through an official scheme"),
        N_("People counselled who work abroad and left through an official scheme ÷ people counselled who work abroad"),
        "share",
        rate(official, len(kept), k) if shown else None,
        official if shown else None,
        whole,
        k,
        tables,
        publishable(sum(1 for _, scheme in kept if scheme == INCOMPLETE), k),
        not shown,
    )
