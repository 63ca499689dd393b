"""Indicators of protection cases: K1, K2, K4 (DOMAIN 3.2). Records in, tables out; any thread.

Always the strict side: k = 10, consent to statistics, no table below a regency.
"""

import datetime as dt
from collections.abc import Sequence

from migdesk.domain.case import Case, Incident
from migdesk.domain.codes import CodeBook
from migdesk.i18n import N_
from migdesk.reports.facts import CASE_BANDS, Facts, age_key, exact_day, sex_key
from migdesk.reports.suppression import K_SENSITIVE, MINIMUM_DENOMINATOR, Shape, publishable, rate
from migdesk.reports.tables import (
    AGE,
    INCOMPLETE,
    SEX,
    Breakdown,
    Dimension,
    Indicator,
    Period,
    cross,
    one_line,
)

CATEGORY = Dimension("primary_category", N_("Main concern"), "case_category")
VIOLENCE = Dimension("gbv_type", N_("Type of violence"), "gbv_type")
_BUCKETS = ((3, "0-3"), (5, "4-5"), (14, "6-14"), (30, "15-30"), (90, "31-90"))
DELAY = Dimension("delay", N_("Reporting delay"), order=(*(name for _, name in _BUCKETS), ">90"))
_NOT_COUNTED = ("draft", "duplicate")
_BELOW = N_("Cases are not counted below a regency or city: too few people live there to stay unknown.")

_K1 = (
    "K1",
    N_("New cases"),
    N_("Number of cases opened in the period, with consent to statistics, not reported by another organisation"),
)
_K2 = (
    "K2",
    N_("New incidents"),
    N_("Number of incidents first reported in the period, of cases that count for K1 whenever they were opened"),
)
_K4 = (
    "K4",
    N_("Reporting delay"),
    N_("Incidents (K2) reported within 3 days of the event ÷ incidents for which both days are known"),
)


def cases(facts: Facts, period: Period, book: CodeBook, *, below_regency: bool) -> tuple[Indicator, ...]:
    """K1, K2 and K4 of a period."""
    if below_regency:
        return tuple(
            Indicator(*names, "count", None, None, None, K_SENSITIVE, (), None, True, _BELOW)
            for names in (_K1, _K2, _K4)
        )
    counted = {one.id: one for one in facts.all(Case).values() if counts(one)}
    opened = [one for one in counted.values() if period.holds(one.opened_on)]
    told = [one for one in facts.all(Incident).values() if one.case in counted and period.holds(one.first_reported_on)]
    return _cases(facts, opened, book), _incidents(facts, told, book), _delay(facts, told, book)


def counts(case: Case) -> bool:
    """Whether a case may appear in a statistic (V-12, R-06; DOMAIN 3)."""
    return (
        case.consent_statistics == "yes"
        and case.reported_elsewhere != "other_gbvims_org"
        and case.status not in _NOT_COUNTED
    )


def _cases(facts: Facts, opened: Sequence[Case], book: CodeBook) -> Indicator:
    pairs = [_age_and_sex(facts, one, one.opened_on) for one in opened]
    category = one_line(CATEGORY, (_code(one.primary_category) for one in opened), book, K_SENSITIVE, sensitive=True)
    return _count(_K1, len(opened), pairs, category, book)


def _incidents(facts: Facts, told: Sequence[Incident], book: CodeBook) -> Indicator:
    pairs = [_incident_keys(facts, one) for one in told]
    kinds = one_line(VIOLENCE, (_code(one.gbv_type) for one in told), book, K_SENSITIVE, sensitive=True)
    return _count(_K2, len(told), pairs, kinds, book)


def _count(
    names: tuple[str, str, str], n: int, pairs: Sequence[tuple[str, str]], split: Breakdown, book: CodeBook
) -> Indicator:
    count = publishable(n, K_SENSITIVE)
    people = cross(AGE, SEX, pairs, book, K_SENSITIVE, sensitive=True)
    incomplete = publishable(sum(1 for pair in pairs if INCOMPLETE in pair), K_SENSITIVE)
    return Indicator(
        *names, "count", count, count, None, K_SENSITIVE, (split, people), incomplete, withheld=count is None
    )


def _delay(facts: Facts, told: Sequence[Incident], book: CodeBook) -> Indicator:
    buckets = [(_incident_keys(facts, one), bucket(one)) for one in told]
    known = [name for _, name in buckets if name != INCOMPLETE]
    soon = sum(1 for name in known if name == "0-3")
    line = one_line(DELAY, (name for _, name in buckets), book, K_SENSITIVE, sensitive=True)
    tables = (
        line,
        *(
            cross(rows, DELAY, ((keys[at], name) for keys, name in buckets), book, K_SENSITIVE, sensitive=True)
            for rows, at in ((SEX, 1), (AGE, 0))
        ),
    )
    sides = (soon, len(known) - soon, len(known), len(told) - len(known))
    shown = not told or (
        line.table.shape is Shape.CELLS
        and not line.table.withheld
        and all(publishable(one, K_SENSITIVE) is not None for one in sides)
    )
    return Indicator(
        *_K4,
        "share",
        rate(soon, len(known), K_SENSITIVE) if shown and len(known) >= MINIMUM_DENOMINATOR else None,
        soon if shown else None,
        len(known) if shown else None,
        K_SENSITIVE,
        tables,
        publishable(len(told) - len(known), K_SENSITIVE) if shown else None,
        not shown,
    )


def bucket(incident: Incident) -> str:
    """How long it took until somebody was told, in days; only exact days count. Each day is in one bucket."""
    happened, told = exact_day(incident.occurred_on), exact_day(incident.first_reported_on)
    if happened is None or told is None or told < happened:
        return INCOMPLETE
    days = (told - happened).days
    return next((name for most, name in _BUCKETS if days <= most), ">90")


def _incident_keys(facts: Facts, incident: Incident) -> tuple[str, str]:
    case = facts.case_of(incident)
    when = exact_day(incident.occurred_on) or exact_day(incident.first_reported_on)
    return _age_and_sex(facts, case, when) if case else (INCOMPLETE, INCOMPLETE)


def _age_and_sex(facts: Facts, case: Case, day: dt.date | None) -> tuple[str, str]:
    person = facts.person_of(case)
    return age_key(person, day, CASE_BANDS), sex_key(person)


def _code(value: object) -> str:
    return str(value) if value else INCOMPLETE
