"""Redaction profiles of exports (R-12, R-13): what of a record each of them shows. Pure; any thread.

Everything follows from the declaration of a field: its type and its tier. So a field that is added tomorrow is redacted
from its first day; free text and identity are hidden unless a profile names them.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from migdesk.domain.case import Case, Incident
from migdesk.domain.field_types import (
    Amount,
    AreaCode,
    Blob,
    Code,
    Codes,
    Day,
    FieldType,
    Moment,
    Note,
    PartialDay,
    Phone,
    Ref,
    Text,
    Whole,
    YesNo,
)
from migdesk.domain.person import Person
from migdesk.domain.record import FieldSpec, KindSpec, Record, Tier
from migdesk.domain.training import Participant
from migdesk.domain.values import Missing, Money, PartialDate
from migdesk.i18n import N_
from migdesk.reports.cells import Column
from migdesk.reports.facts import Facts, age_band, age_key, exact_day, sex_key

RARE = 5
_REGENCY = len("52.03")
_PROVINCE = len("52")


class Profile(StrEnum):
    """`deid`: rows nobody can be found in. `pseudo`: codes instead of names. `full`: everything below T4."""

    DEID = "deid"
    PSEUDO = "pseudo"
    FULL = "full"


_KINDS: tuple[tuple[type[FieldType], str], ...] = (
    (Code, "code"),
    (Codes, "codes"),
    (Day, "date"),
    (PartialDay, "date"),
    (Moment, "moment"),
    (Whole, "number"),
    (YesNo, "yes_no"),
    (Amount, "money"),
)
_SEX = Column("person_sex", N_("Sex"), "code", "sex")
_AGE = Column("person_age_band", N_("Age band"), treatment=N_("age band"))

_COUNTRY = "country"

_GROUPS: Mapping[str, tuple[str, ...]] = {
    "domestic": ("HOUSEKEEPER", "BABYSITTER", "ELDERCARE", "COOK", "DRIVER", "GARDENER", "CHILDCARE", "CLEANER"),
    "agriculture": ("FARM",),
    "sea": ("FISHER", "SEAFARER"),
    "industry": ("FACTORY", "MANUFACTURE", "CONSTRUCTION"),
    "services": ("NURSE", "HOSPITALITY"),
}


class Redactor:
    """Turns records of one kind into rows of a profile. `facts` resolves references; `today` dates an age."""

    def __init__(self, profile: Profile, facts: Facts, today: dt.date) -> None:
        self.profile = profile
        self._facts = facts
        self._today = today

    def columns(self, spec: KindSpec) -> tuple[Column, ...]:
        """The columns of a kind, in the order of its declaration."""
        found = [] if self.profile is Profile.DEID else [Column("id", N_("Record id"), tier="T0")]
        found += [self._column(one) for one in spec.fields if self._shown(spec, one)]
        if self.profile is not Profile.FULL and ("person" in spec.by_name or spec.name == "incident"):
            found += [_SEX, _AGE]
        return tuple(found)

    def rows(self, spec: KindSpec, records: Iterable[Record]) -> list[dict[str, Any]]:
        """One row for each record, in an order that says nothing; rare combinations are made coarser in `deid`."""
        rows = [self._row(spec, record) for record in records]
        if self.profile is not Profile.DEID:
            return rows
        rows = generalised(rows, spec)
        return sorted(rows, key=lambda row: [str(row.get(name)) for name in sorted(row)])

    def _row(self, spec: KindSpec, record: Record) -> dict[str, Any]:
        row: dict[str, Any] = {} if self.profile is Profile.DEID else {"id": str(record.id)}
        for one in spec.fields:
            if self._shown(spec, one):
                row[one.name] = self._value(one, getattr(record, one.name, None), record)
        if any(column is _SEX for column in self.columns(spec)):
            person, day = self._person(record)
            row["person_sex"], row["person_age_band"] = sex_key(person), age_key(person, day)
        return row

    def _person(self, record: Record) -> tuple[Person | None, dt.date | None]:
        """The person that a record is about, and the day at which the age counts."""
        case = case_behind(record, self._facts)
        id = getattr(case, "person", None)
        person = self._facts.all(Person).get(id) if isinstance(id, UUID) else None
        for name in ("occurred_on", "date", "opened_on"):
            day = exact_day(getattr(record, name, None))
            if day is not None:
                return person, day
        return person, self._today

    def _shown(self, spec: KindSpec, one: FieldSpec) -> bool:
        if one.tier >= Tier.T4 or isinstance(one.type, Blob):
            return False
        if self.profile is Profile.FULL:
            return True
        if one.tier > spec.tier:
            return False
        if is_record_code(one):
            return self.profile is Profile.PSEUDO
        if isinstance(one.type, Ref):
            return self.profile is Profile.PSEUDO
        return not (isinstance(one.type, Text | Note | Phone) and about_people(spec))

    def _column(self, one: FieldSpec) -> Column:
        kind = next((kind for type, kind in _KINDS if isinstance(one.type, type)), "text")
        treatment = self._treatment(one)
        if treatment and kind != "money":
            kind = "text"
        return Column(one.name, one.label, kind, one.codes, one.tier.name, treatment, one.exports)

    def _treatment(self, one: FieldSpec) -> str:
        if self.profile is Profile.FULL:
            return ""
        if is_birth(one):
            return N_("age band") if self.profile is Profile.DEID else N_("year only")
        if isinstance(one.type, AreaCode):
            return N_("regency only")
        if isinstance(one.type, Ref):
            return N_("code instead of the record")
        if self.profile is Profile.PSEUDO:
            return ""
        if isinstance(one.type, Day | PartialDay | Moment):
            return N_("month only")
        if one.codes == "occupation":
            return N_("group only")
        return N_("two digits only") if isinstance(one.type, Amount) else ""

    def _value(self, one: FieldSpec, value: Any, record: Record) -> Any:
        if value is None or isinstance(value, Missing):
            return value
        if self.profile is Profile.FULL:
            return self._full(one, value, record)
        for kind, reduce in self._reductions():
            if isinstance(one.type, kind) and not (kind is PartialDay and is_birth(one)):
                return reduce(value)
        if is_birth(one):
            return self._birth(value)
        if one.codes == "occupation" and self.profile is Profile.DEID:
            return next((name for name, codes in _GROUPS.items() if value in codes), str(value).lower())
        return value

    def _reductions(self) -> list[tuple[type[FieldType], Callable[[Any], Any]]]:
        always: list[tuple[type[FieldType], Callable[[Any], Any]]] = [(AreaCode, regency), (Ref, self._code_of)]
        if self.profile is Profile.PSEUDO:
            return always
        return [*always, (Day, month), (PartialDay, month), (Moment, month), (Amount, rounded)]

    def _birth(self, value: Any) -> str:
        if self.profile is Profile.PSEUDO:
            return f"{value.year:04d}"
        return age_band(value, self._today)

    def _full(self, one: FieldSpec, value: Any, record: Record) -> Any:
        if record.spec.name == Case.spec.name and one.name == "person" and not may_identify(record):
            return None
        return str(value) if isinstance(value, UUID) else value

    def _code_of(self, id: UUID) -> str:
        """The pseudonym of a record: its own code, else its id, which says nothing without this store."""
        person, case = self._facts.all(Person).get(id), self._facts.all(Case).get(id)
        code = person.person_code if person else case.case_code if case else None
        return code or str(id)


def is_birth(one: FieldSpec) -> bool:
    """Whether a date tells how old somebody is."""
    return one.exports.get("htcds") == "prs_Birthdate"


def is_record_code(one: FieldSpec) -> bool:
    """Whether a text is the program's own code for a person or a case (V-22), not what somebody typed."""
    return one.name in ("person_code", "case_code")


def about_people(spec: KindSpec) -> bool:
    """Whether what is typed in such a record may be about somebody; the title of a training is not."""
    return spec.tier >= Tier.T2 or spec.name == Participant.spec.name or "participant" in spec.by_name


def may_leave(record: Record, facts: Facts, profile: Profile) -> bool:
    """Whether consent lets a record into an export (V-12, V-13, R-06).

    Records of a case need the person's consent to statistics, or, with names, to the server; nothing whose consent was
    refused or withdrawn leaves.
    """
    case = case_behind(record, facts)
    if case is None:
        return False
    if case.spec.name == Case.spec.name:
        if case.consent_services in ("no", "withdrawn"):
            return False
        return case.consent_statistics == "yes" or (profile is Profile.FULL and may_identify(case))
    return getattr(record, "consent", None) not in ("no", "withdrawn")


def may_identify(case: Record) -> bool:
    """Whether a case may leave with a name on it (V-13)."""
    return getattr(case, "consent_server", None) == "yes"


def case_behind(record: Record, facts: Facts) -> Any:
    """The case of an incident (None if it is not here); any other record itself."""
    if record.spec.name != Incident.spec.name:
        return record
    return facts.all(Case).get(getattr(record, "case", None))  # type: ignore[arg-type]


def regency(code: str) -> str:
    return code[:_REGENCY]


def month(value: dt.date | dt.datetime | PartialDate) -> str:
    return f"{value.year:04d}-{value.month:02d}" if value.month else f"{value.year:04d}"


def rounded(amount: Money) -> Money:
    """To two digits: enough for a statistic, too coarse to recognise a contract."""
    digits = max(len(str(amount.minor)) - 2, 0)
    return Money(round(amount.minor, -digits), amount.currency)


def generalised(rows: Sequence[Mapping[str, Any]], spec: KindSpec) -> list[dict[str, Any]]:
    """The rows with what is rare made coarser, step by step, until five rows are alike or say nothing (R-13)."""
    areas = [one.name for one in spec.fields if isinstance(one.type, AreaCode)]
    countries = [one.name for one in spec.fields if one.codes == _COUNTRY]
    ages = ["person_age_band", *(one.name for one in spec.fields if is_birth(one))]
    sexes = ["person_sex", *(one.name for one in spec.fields if one.codes == "sex")]
    steps: tuple[tuple[list[str], Callable[[Any], Any]], ...] = (
        (countries, lambda value: None),
        (areas, lambda value: str(value)[:_PROVINCE]),
        (ages, lambda value: "0-17" if value in ("0-11", "12-17") else "18+" if str(value)[:1].isdigit() else value),
        (sexes, lambda value: None),
        (areas, lambda value: None),
        (ages, lambda value: None),
    )
    kept = [dict(row) for row in rows]
    quasi = [name for name in (*ages, *sexes, *areas, *countries) if any(name in row for row in kept)]
    for names, coarser in steps:
        held = Counter(tuple(row.get(name) for name in quasi) for row in kept)
        rare = [row for row in kept if held[tuple(row.get(name) for name in quasi)] < RARE]
        for row in rare:
            row.update({name: coarser(row[name]) for name in names if row.get(name) is not None})
    return kept
