"""Export in the Human Trafficking Case Data Standard 2.0 (DOMAIN 2.7). Records in, rows out; pure, any thread.

One row for each event of a case (`hte_`), the fields of the case and the person repeated. Field names are exactly those
of the standard, from the `exports` of the declarations; what it has no field for stands in columns of our own
(`migdesk_...`).
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from migdesk.domain.case import Case, Incident
from migdesk.domain.codes import CodeBook
from migdesk.domain.person import Person
from migdesk.domain.record import FieldSpec, Tier
from migdesk.domain.values import Missing, PartialDate
from migdesk.reports.facts import Facts, age_band
from migdesk.reports.profiles import RARE, Profile, is_birth, may_identify, month, regency

NAME = "htcds"
_POSSIBLE = "PossibleVictimOfTrafficking"
"""The only status written: somebody with the power to decide has to say "actual" (R-22)."""
_EVENTS = {"pre": "Recruitment", "transit": "Transit", "return": "Transit", "destination": "Exploitation"}
_OWN = ("migdesk_Case", "migdesk_AgeBand", "migdesk_Regency", "migdesk_PrimaryCategory")
_FIXED = ("vic_TraffickingStatus", "cas_Status", "con_Consent", "hte_Type", "hte_Date", "hte_Country")


def htcds_columns(profile: Profile) -> tuple[str, ...]:
    """The header of the export: own columns, then those of the standard."""
    person = [one.exports[NAME] for one in Person.spec.fields if NAME in one.exports and _shown(one, profile)]
    return (*_OWN, *person, *_FIXED)


def htcds_rows(
    facts: Facts, cases: Iterable[Case], profile: Profile, book: CodeBook, today: dt.date
) -> list[dict[str, str]]:
    """The rows of all cases that concern trafficking; the others are no business of this standard."""
    events: dict[Any, list[Incident]] = {}
    for one in facts.all(Incident).values():
        events.setdefault(one.case, []).append(one)
    rows: list[dict[str, str]] = []
    chosen = sorted((case for case in cases if concerns_trafficking(case)), key=lambda case: case.id.bytes)
    for number, case in enumerate(chosen, 1):
        name = f"{number}" if profile is Profile.DEID else case.case_code or str(case.id)
        base = {"migdesk_Case": name, **_case(case, facts, profile, book, today)}
        happened = sorted(events.get(case.id, ()), key=lambda one: (str(one.occurred_on), one.id.bytes))
        rows += [base | _event(one, profile) for one in happened] or [base]
    return _less_rare(rows) if profile is Profile.DEID else rows


def concerns_trafficking(case: Case) -> bool:
    """Whether trafficking is the main or another concern of the case."""
    other = case.categories if isinstance(case.categories, frozenset) else frozenset()
    return case.primary_category == "TIP" or "TIP" in other


def _shown(one: FieldSpec, profile: Profile) -> bool:
    if one.tier >= Tier.T4:
        return False
    # A person's place is in a column of our own: the standard's prs_Mailing... is an address to write to.
    return profile is Profile.FULL or (one.tier <= Tier.T2 and not is_birth(one) and one.name != "area_code")


def _case(case: Case, facts: Facts, profile: Profile, book: CodeBook, today: dt.date) -> dict[str, str]:
    person = facts.person_of(case)
    row = {
        "migdesk_PrimaryCategory": str(case.primary_category or ""),
        "vic_TraffickingStatus": _POSSIBLE,
        "cas_Status": _status(case, book),
        "con_Consent": "true" if case.consent_services == "yes" else "false",
    }
    if person is None:
        return row
    named = profile is Profile.FULL and may_identify(case)
    for one in Person.spec.fields:
        if NAME in one.exports and _shown(one, profile if named else Profile.PSEUDO):
            row[one.exports[NAME]] = _text(one, getattr(person, one.name), book)
    row["migdesk_AgeBand"] = age_band(person.birth_date, case.opened_on or today)
    row["migdesk_Regency"] = regency(person.area_code or "")
    return row


def _status(case: Case, book: CodeBook) -> str:
    """`ClosedReferred` and `FollowUp` need referrals and follow-ups, which are not recorded yet."""
    if case.status in ("transferred", "duplicate"):
        return "ClosedReferred" if case.status == "transferred" else "Closed"
    return _export("case_status", case.status or "open", book) or "Active"


def _event(one: Incident, profile: Profile) -> dict[str, str]:
    row = {"hte_Type": _EVENTS.get(str(one.migration_phase), ""), "hte_Country": _known(one.country)}
    day = one.occurred_on
    if isinstance(day, PartialDate):
        row["hte_Date"] = day.earliest.isoformat() if profile is not Profile.DEID and day.day else month(day)
    return row


def _text(one: FieldSpec, value: Any, book: CodeBook) -> str:
    if value is None or isinstance(value, Missing):
        return ""
    if one.codes:
        return _export(one.codes, str(value), book)
    if isinstance(value, PartialDate):
        return str(value).rstrip("~")
    return str(one.type.to_json(value))


def _export(codes: str, code: str, book: CodeBook) -> str:
    """The standard's own word for a code, or nothing: a picklist takes no other."""
    entry = book[codes].by_code.get(code) if codes in book.lists else None
    return entry.exports.get(NAME, "") if entry else ""


def _known(value: object) -> str:
    return "" if value in (None, "unknown", "declined") else str(value)


def _less_rare(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Make rare combinations coarser (R-13): first the country, then the regency, the age, the sex."""
    steps = ("hte_Country", "migdesk_Regency", "migdesk_AgeBand", "prs_Gender")
    cases: dict[tuple[str, ...], set[str]] = {}
    for step in steps:
        cases.clear()
        for row in rows:
            cases.setdefault(_signs(row), set()).add(row["migdesk_Case"])
        rare = [row for row in rows if len(cases[_signs(row)]) < RARE]
        for row in rare:
            row[step] = ""
    return rows


def _signs(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row.get(name, "") for name in ("migdesk_AgeBand", "prs_Gender", "migdesk_Regency", "hte_Country"))
