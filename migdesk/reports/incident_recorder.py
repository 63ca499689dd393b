"""Export for the GBV Incident Recorder (DOMAIN 2.6.3): 42 columns in its order. Records in, rows out; pure, any thread.

Only incidents of gender-based violence; never a name, whatever the profile. Columns for which nothing is recorded yet
stay empty, so that the file can be pasted whole.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from migdesk.domain.case import Case, Incident
from migdesk.domain.codes import CodeBook
from migdesk.domain.person import Person
from migdesk.domain.record import Record
from migdesk.domain.values import Missing, PartialDate
from migdesk.reports.facts import CASE_BANDS, Facts, age_band
from migdesk.reports.profiles import RARE, Profile, month, regency

NAME = "gbvir"
COLUMNS = (
    "incident_id", "survivor_code", "case_manager_code", "date_of_interview", "date_of_incident", "date_of_birth",
    "sex", "ethnicity", "country_of_origin", "marital_status", "displacement_status", "disability_type",
    "unaccompanied_separated_status", "stage_of_displacement", "time_of_day", "location", "county", "district",
    "camp_town", "gbv_type", "harmful_traditional_practice", "goods_money_exchanged", "abduction_type",
    "previously_reported", "gbv_previous_incidents", "number_primary_perpetrators", "perpetrator.sex",
    "perpetrator.former", "perpetrator.age_group", "perpetrator.relationship", "perpetrator.occupation",
    "service.referred_from", "service.safehouse", "service.medical", "service.psycho", "wants_legal_action",
    "service.legal", "service.police", "service.livelihoods", "service.protection", "consent", "agency_code",
)  # fmt: skip
_DATES = ("date_of_interview", "date_of_incident")
_ELSEWHERE = {"none": "no", "other_gbvims_org": "yes_gbvims", "other_org": "yes_non_gbvims", "unknown": "unknown"}


def incident_rows(
    facts: Facts, incidents: Iterable[Incident], profile: Profile, book: CodeBook
) -> list[dict[str, str]]:
    """A row for each incident of gender-based violence, in the order of their ids."""
    rows = [
        _row(one, case, facts, profile, book)
        for one in sorted(incidents, key=lambda one: one.id.bytes)
        if is_gbv(one) and (case := facts.case_of(one)) is not None
    ]
    if profile is Profile.DEID:
        rows = _less_rare(sorted(rows, key=lambda row: [row.get(name, "") for name in COLUMNS]))
        for number, row in enumerate(rows, 1):
            row["incident_id"] = str(number)
    return rows


def is_gbv(incident: Incident) -> bool:
    """Whether the type of violence was decided, and it is gender-based."""
    return incident.gbv_type not in (None, "non_gbv", "unknown", "declined")


def _row(one: Incident, case: Case, facts: Facts, profile: Profile, book: CodeBook) -> dict[str, str]:
    person = facts.person_of(case)
    row = _declared(one, book)
    if person is not None:
        row |= _declared(person, book)
        row["county"], row["district"] = (person.area_code or "")[:2], regency(person.area_code or "")
        row["date_of_birth"] = _birth(person, one, profile)
    row |= {
        "incident_id": str(one.id),
        "survivor_code": case.case_code or str(case.id),
        "case_manager_code": str(case.owner or ""),
        "previously_reported": _ELSEWHERE.get(str(case.reported_elsewhere), ""),
        "wants_legal_action": _known(case.wants_legal_action),
        "consent": _known(case.consent_statistics),
        "date_of_interview": _date(one.first_reported_on, profile),
        "date_of_incident": _date(one.occurred_on, profile),
    }
    if profile is Profile.DEID:
        row |= {"survivor_code": "", "case_manager_code": ""}
    return row


def _declared(record: Record, book: CodeBook) -> dict[str, str]:
    """The columns that a declaration names, in the recorder's own words where the code list has them."""
    row = {}
    for one in record.spec.fields:
        name, value = one.exports.get(NAME), getattr(record, one.name)
        if name in COLUMNS and name not in (*_DATES, "date_of_birth"):
            row[name] = _word(one.codes, value, book)
    police = getattr(record, "reported_to_police", None)
    if isinstance(police, bool):
        row["service.police"] = "provided" if police else ""
    return row


def _word(codes: str, value: Any, book: CodeBook) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    entry = book[codes].by_code.get(str(value)) if codes in book.lists else None
    return entry.exports.get(NAME, entry.code) if entry and _known(value) else _known(value)


def _birth(person: Person, incident: Incident, profile: Profile) -> str:
    """The band of the age when it happened; with codes the year; the day only in the full profile."""
    born = person.birth_date
    if not isinstance(born, PartialDate):
        return ""
    if profile is Profile.DEID:
        day = incident.occurred_on if isinstance(incident.occurred_on, PartialDate) else None
        when = day.earliest if day else incident.first_reported_on
        return age_band(born, when, CASE_BANDS)
    return f"{born.year:04d}" if profile is Profile.PSEUDO else str(born).rstrip("~")


def _date(value: object, profile: Profile) -> str:
    if isinstance(value, PartialDate):
        return month(value) if profile is Profile.DEID or not value.day else value.earliest.isoformat()
    if isinstance(value, dt.date):
        return month(value) if profile is Profile.DEID else value.isoformat()
    return ""


def _known(value: object) -> str:
    return "" if value is None or isinstance(value, Missing) or value == "declined" else str(value)


def _less_rare(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Make rare combinations coarser (R-13): first the country and the regency, then the age, the sex, the province."""
    signs = ("date_of_birth", "sex", "county", "district", "country_of_origin")
    for step in ("country_of_origin", "district", "date_of_birth", "sex", "county"):
        held: dict[tuple[str, ...], int] = {}
        for row in rows:
            key = tuple(row.get(name, "") for name in signs)
            held[key] = held.get(key, 0) + 1
        for row in [row for row in rows if held[tuple(row.get(name, "") for name in signs)] < RARE]:
            row[step] = ""
    return rows
