"""What is wrong with the values of a record: pure rules over the declarations (DOMAIN 2.10). Nothing is saved here.

A rule that needs another record (a person's age, an event's dates, a known area) is checked in `services`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from dataclasses import field as declared
from datetime import date
from typing import Any, Literal

from migdesk.domain.codes import MISSING_CODES, CodeBook
from migdesk.domain.field_types import (
    Amount,
    AreaCode,
    Code,
    Codes,
    Day,
    FieldType,
    Note,
    PartialDay,
    Phone,
    Text,
    Whole,
)
from migdesk.domain.record import FieldSpec, KindSpec, Required
from migdesk.domain.values import Missing, PartialDate, age_on
from migdesk.errors import UserError
from migdesk.i18n.markers import N_

Severity = Literal["error", "warning"]

OLDEST = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `message` is a translatable sentence for beside the field, filled by `params`; it never
    holds what was typed. An `error` keeps a record from being saved, a `warning` from being complete or unremarked.
    """

    field: str
    message: str
    params: dict[str, object] = declared(default_factory=dict)
    severity: Severity = "error"
    rule: str = ""

    @property
    def is_error(self) -> bool:
        return self.severity == "error"


class InvalidRecordError(UserError):
    """A record was not saved because of its values; `problems` says where and why."""

    def __init__(self, problems: Collection[Problem]) -> None:
        super().__init__(
            N_("This is not saved yet: some answers need a correction."),
            hint=N_("What you typed is still here. Correct the marked answers and save again."),
        )
        self.problems = tuple(problems)


def is_blank(value: Any) -> bool:
    """Whether nobody answered: None, empty text, or no code chosen. `unknown` and `declined` are answers."""
    return value is None or (not isinstance(value, Missing) and value in ("", frozenset()))


def normalise(spec: KindSpec, values: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """The values in their stored spelling, blanks as None, and a problem for each value that has none.

    A value with a problem is left as it came. Raises KeyError for a name that the kind does not declare.
    """
    good: dict[str, Any] = {}
    problems = []
    for name, value in values.items():
        one = spec.by_name[name]
        good[name] = value
        if is_blank(value):
            good[name] = None
        elif isinstance(value, Missing):
            if not _may_be_missing(one):
                problems.append(Problem(name, N_("This question needs an answer."), rule="answer"))
        else:
            try:
                text = one.type.normalise(value)
            except (ValueError, TypeError):
                problems.append(_wrong_form(one, value))
            else:
                good[name] = None if is_blank(text) else text
    return good, tuple(problems)


def validate(
    spec: KindSpec,
    values: Mapping[str, Any],
    codes: CodeBook,
    today: date,
    *,
    complete: bool = False,
    changed: Collection[str] | None = None,
) -> tuple[Problem, ...]:
    """All problems of a record with these values, in the order of its fields.

    `changed` names the fields being written now (all, if None): only these must hold a code that is still in use, so
    that an old record with a retired code can be kept up (V-20). With `complete`, what is missing for a finished
    record is an error instead of a warning.
    """
    good, problems = normalise(spec, values)
    broken = {problem.field for problem in problems}
    found = list(problems)
    for one in spec.fields:
        if one.name in broken:
            continue
        value = good.get(one.name)
        if value is None:
            found += _blank(one, good, complete=complete)
        elif not isinstance(value, Missing) or isinstance(one.type, Code):
            found += _content(one, value, codes, today, fresh=changed is None or one.name in changed)
    sound = {name: value for name, value in good.items() if name not in broken}
    for rule in _RULES.get(spec.name, ()):
        found += rule(sound, today)
    order = {one.name: place for place, one in enumerate(spec.fields)}
    return tuple(sorted(found, key=lambda problem: order[problem.field]))


def is_complete(spec: KindSpec, values: Mapping[str, Any]) -> bool:
    """Whether every question that a finished record needs has an answer."""
    good, problems = normalise(spec, values)
    return not problems and not any(
        good.get(one.name) is None and one.required is not Required.NO and (one.when is None or one.when.holds(good))
        for one in spec.fields
    )


def _may_be_missing(one: FieldSpec) -> bool:
    """A code list decides by its own entries; a set cannot hold a missing answer (leave it blank)."""
    return isinstance(one.type, Code) or (one.can_decline and not one.is_set)


def _blank(one: FieldSpec, values: Mapping[str, Any], *, complete: bool) -> list[Problem]:
    if one.when is not None and not one.when.holds(values):
        return []
    if one.required is Required.SAVE:
        return [Problem(one.name, N_("Needed to save."), rule="required")]
    if one.required is Required.COMPLETE:
        severity: Severity = "error" if complete else "warning"
        return [Problem(one.name, N_("Still open: needed to finish the record."), severity=severity, rule="complete")]
    return []


def _content(one: FieldSpec, value: Any, codes: CodeBook, today: date, *, fresh: bool) -> list[Problem]:
    if one.codes:
        return _codes(one, value, codes, today) if fresh else []
    if isinstance(one.type, Day | PartialDay) and not one.type.future:
        first = value.earliest if isinstance(value, PartialDate) else value
        if first > today:
            # A date that a colleague wrote stays even if our clock is behind: it must not block later work.
            severity: Severity = "error" if fresh else "warning"
            return [Problem(one.name, N_("This date is still to come."), severity=severity, rule="V-01")]
    return []


def _codes(one: FieldSpec, value: Any, codes: CodeBook, today: date) -> list[Problem]:
    known = codes.lists.get(one.codes)
    if known is None:
        return []
    chosen = value if one.is_set else {str(value)}
    for code in chosen:
        entry = known.by_code.get(code)
        if entry is None and code in MISSING_CODES and one.can_decline:
            continue
        if entry is None:
            return [Problem(one.name, N_("This is not one of the choices."), rule="V-20")]
        if not entry.active_on(today):
            return [Problem(one.name, N_("This choice is no longer in use. Choose another one."), rule="V-20")]
    return []


def _wrong_form(one: FieldSpec, value: Any) -> Problem:
    """What to tell of a value that its type refuses; the more exact, the sooner it is mended."""
    if one.name == "nik":
        return Problem(one.name, N_("A NIK has 16 digits."), rule="V-03")
    if isinstance(one.type, Text | Note) and isinstance(value, str) and len(value) > _limit(one.type):
        params: dict[str, object] = {"limit": _limit(one.type)}
        return Problem(one.name, N_("Too long: at most {limit} characters."), params, rule="V-26")
    if isinstance(one.type, Whole) and isinstance(value, int) and not isinstance(value, bool):
        params = {"low": one.type.low, "high": one.type.high}
        return Problem(one.name, N_("Enter a number from {low} to {high}."), params, rule="type")
    for kind, message, rule in _FORMS:
        if isinstance(one.type, kind):
            return Problem(one.name, message, rule=rule)
    return Problem(one.name, N_("This does not fit here."), rule="type")


def _limit(kind: FieldType) -> int:
    return int(kind.schema().get("maxLength", 0))


_FORMS: tuple[tuple[type[FieldType], str, str], ...] = (
    (Phone, N_("Not a telephone number. Write it like 0812 3456 7890 or +852 1234 5678."), "V-04"),
    (Amount, N_("Enter an amount, not below zero, with its currency."), "V-08"),
    (AreaCode, N_("Choose a place from the list."), "V-19"),
    (Code, N_("This is not one of the choices."), "V-20"),
    (Codes, N_("This is not one of the choices."), "V-20"),
    (Day, N_("Not a date. Write it like 17/05/2026."), "type"),
    (PartialDay, N_("Not a date. A year alone is enough, such as 1994."), "type"),
    (Whole, N_("Enter a whole number."), "type"),
)

Rule = Callable[[Mapping[str, Any], date], list[Problem]]


def _birth(values: Mapping[str, Any], today: date) -> list[Problem]:
    born = values.get("birth_date")
    if isinstance(born, PartialDate) and born.earliest <= today and age_on(born, today) > OLDEST:
        return [Problem("birth_date", N_("That would be more than {limit} years ago."), {"limit": OLDEST}, rule="V-05")]
    return []


def _nik(values: Mapping[str, Any], today: date) -> list[Problem]:
    """The 16 digits: area of issue (6), day (women + 40), month, year of birth (2 each), number (4). Exceptions exist,
    so that a mismatch is only worth a second look.
    """
    nik, born, sex = (values.get(name) for name in ("nik", "birth_date", "sex"))
    if not isinstance(nik, str) or isinstance(nik, Missing):
        return []
    day, month, year = int(nik[6:8]), int(nik[8:10]), int(nik[10:12])
    woman, day = day > 40, day % 40
    problems = []
    if not (1 <= day <= 31 and 1 <= month <= 12):
        problems.append(_nik_warning(N_("The digits for the date of birth in this NIK make no date. Please check.")))
    elif isinstance(born, PartialDate) and (
        year != born.year % 100 or born.month not in (0, month) or born.day not in (0, day)
    ):
        problems.append(_nik_warning(N_("This NIK does not agree with the date of birth. Please check both.")))
    if sex in ("female", "male") and woman is not (sex == "female"):
        problems.append(_nik_warning(N_("This NIK does not agree with the sex. Please check both.")))
    return problems


def _nik_warning(message: str) -> Problem:
    return Problem("nik", message, severity="warning", rule="V-03")


def _next_meeting(values: Mapping[str, Any], today: date) -> list[Problem]:
    held, again = values.get("date"), values.get("next_date")
    if isinstance(held, date) and isinstance(again, date) and again < held:
        return [Problem("next_date", N_("The next meeting cannot be before this one."), rule="V-02")]
    return []


def _incident_dates(values: Mapping[str, Any], today: date) -> list[Problem]:
    happened, told = values.get("occurred_on"), values.get("first_reported_on")
    if isinstance(happened, PartialDate) and isinstance(told, date) and told < happened.earliest:
        return [Problem("first_reported_on", N_("It cannot have been told before it happened."), rule="V-02")]
    return []


def _event_dates(values: Mapping[str, Any], today: date) -> list[Problem]:
    starts, ends = values.get("starts_on"), values.get("ends_on")
    if isinstance(starts, date) and isinstance(ends, date) and ends < starts:
        return [Problem("ends_on", N_("The end cannot be before the start."), rule="V-17")]
    return []


def _not_safe(values: Mapping[str, Any], today: date) -> list[Problem]:
    if values.get("safe_to_record") == "no":
        message = N_("It is not safe to keep this here. Write only what is needed to keep the person safe.")
        return [Problem("safe_to_record", message, severity="warning", rule="R-02")]
    return []


_RULES: Mapping[str, tuple[Rule, ...]] = {
    "person": (_birth, _nik),
    "counselling_session": (_next_meeting,),
    "case": (_not_safe,),
    "incident": (_incident_dates,),
    "training_event": (_event_dates,),
}
