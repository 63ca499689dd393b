"""The rules of DOMAIN 2.10 as far as one record can show them, by their numbers."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migdesk.domain.codes import CodeBook
from migdesk.domain.field_types import Day, PartialDay
from migdesk.domain.kinds import SCHEMA
from migdesk.domain.record import Required
from migdesk.domain.validation import Problem, is_complete, normalise, validate
from migdesk.domain.values import Missing, Money, PartialDate
from migdesk.services.reference import read_codebook

TODAY = date(2026, 3, 10)
CODES = read_codebook()
PERSON: dict[str, Any] = {"full_name": "Nurhayati", "area_code": "52.03.09.2004"}
SESSION: dict[str, Any] = {"person": uuid4(), "date": TODAY, "area_code": "52.03.09.2004"}
INCIDENT: dict[str, Any] = {"case": uuid4()}


def check(kind: str, values: Mapping[str, Any], codes: CodeBook = CODES, **more: Any) -> tuple[Problem, ...]:
    return validate(SCHEMA.by_name[kind], values, codes, TODAY, **more)


def rules(kind: str, values: Mapping[str, Any], *, severity: str = "error", **more: Any) -> set[tuple[str, str]]:
    return {(one.field, one.rule) for one in check(kind, values, **more) if one.severity == severity}


@pytest.mark.parametrize("spec", SCHEMA.kinds, ids=lambda spec: spec.name)
def test_an_empty_record_lacks_exactly_what_is_declared(spec: Any) -> None:
    found = validate(spec, {}, CODES, TODAY)
    needed = {one.name for one in spec.fields if one.required is Required.SAVE}
    open_ = {one.name for one in spec.fields if one.required is Required.COMPLETE and one.when is None}
    assert {one.field for one in found if one.is_error} == needed
    assert {one.field for one in found if not one.is_error} == open_
    finished = validate(spec, {}, CODES, TODAY, complete=True)
    assert {one.field for one in finished if one.is_error} == needed | open_
    assert is_complete(spec, {}) is (not needed | open_)


def test_unknown_and_declined_are_answers_and_blank_text_is_none() -> None:
    assert rules("person", PERSON | {"full_name": Missing.DECLINED}) == set()
    assert rules("person", PERSON | {"full_name": "   "}) == {("full_name", "required")}
    assert rules("person", PERSON | {"area_code": Missing.UNKNOWN}) == {("area_code", "answer")}
    assert rules("person", PERSON | {"sex": Missing.UNKNOWN}) == set()
    assert rules("training_event", {"title": Missing.UNKNOWN}) >= {("title", "answer")}
    assert ("topics", "answer") in rules("counselling_session", SESSION | {"topics": Missing.DECLINED})


def test_what_is_not_relevant_is_not_needed() -> None:
    assert ("next_step", "complete") in rules("counselling_session", SESSION, severity="warning")
    undecided = check("counselling_session", SESSION | {"intention": "undecided"})
    assert not {"destination", "occupation"} & {one.field for one in undecided}


@pytest.mark.parametrize("spec", SCHEMA.kinds, ids=lambda spec: spec.name)
def test_v01_no_date_of_the_past_lies_in_the_future(spec: Any) -> None:
    soon = TODAY + timedelta(days=1)
    for one in spec.fields:
        if not isinstance(one.type, Day | PartialDay):
            continue
        later: Any = soon if isinstance(one.type, Day) else PartialDate(soon.year, soon.month, soon.day)
        now: Any = TODAY if isinstance(one.type, Day) else PartialDate(TODAY.year)
        expected = set() if one.type.future else {(one.name, "V-01")}
        assert {pair for pair in rules(spec.name, {one.name: later}) if pair[1] == "V-01"} == expected
        assert ("V-01") not in {rule for _, rule in rules(spec.name, {one.name: now})}


def test_v01_a_date_that_was_there_before_does_not_block_later_work() -> None:
    values = SESSION | {"date": TODAY + timedelta(days=400)}
    assert ("date", "V-01") in rules("counselling_session", values)
    assert rules("counselling_session", values, changed={"advice"}) == set()
    assert ("date", "V-01") in rules("counselling_session", values, severity="warning", changed={"advice"})


@given(st.dates(date(1990, 1, 1), TODAY), st.dates(date(1990, 1, 1), TODAY), st.sampled_from(["day", "month", "year"]))
def test_v02_told_not_before_it_happened(happened: date, told: date, known: str) -> None:
    month = happened.month if known != "year" else 0
    when = PartialDate(happened.year, month, happened.day if known == "day" else 0)
    found = rules("incident", INCIDENT | {"occurred_on": when, "first_reported_on": told})
    assert (("first_reported_on", "V-02") in found) is (told < when.earliest)


def test_v02_the_next_meeting_is_not_before_this_one() -> None:
    values = SESSION | {"next_date": TODAY - timedelta(days=1)}
    assert rules("counselling_session", values) == {("next_date", "V-02")}
    assert rules("counselling_session", SESSION | {"next_date": TODAY}) == set()


@pytest.mark.parametrize(
    ("nik", "born", "sex", "warned"),
    [
        ("5203094512940003", PartialDate(1994, 12, 5), "female", 0),
        ("5203090512940003", PartialDate(1994, 12, 5), "male", 0),
        ("5203090512940003", PartialDate(1994, 12, 5), "female", 1),
        ("5203094512940003", PartialDate(1994, 12, 6), "female", 1),
        ("5203094512940003", PartialDate(1994), "female", 0),
        ("5203094512940003", PartialDate(1995), "male", 2),
        ("5203090013940003", PartialDate(1994), "male", 1),
        ("5203094512940003", None, None, 0),
        ("5203094512940003", Missing.DECLINED, "unknown", 0),
    ],
)
def test_v03_a_nik_that_disagrees_is_only_worth_a_second_look(
    nik: str, born: Any, sex: str | None, warned: int
) -> None:
    found = check("person", PERSON | {"nik": nik, "birth_date": born, "sex": sex})
    assert len([one for one in found if one.rule == "V-03"]) == warned
    assert not any(one.is_error for one in found)


@pytest.mark.parametrize("nik", ["520309451294000", "52030945129400031", "5203-0945-1294", "abcdefghijklmnop"])
def test_v03_a_nik_has_16_digits(nik: str) -> None:
    assert rules("person", PERSON | {"nik": nik}) == {("nik", "V-03")}


def test_v04_telephone_numbers() -> None:
    spec = SCHEMA.by_name["person"]
    good, problems = normalise(spec, {"phone": "0819-1744 3322"})
    assert (good, problems) == ({"phone": "+6281917443322"}, ())
    assert rules("person", PERSON | {"phone": "12"}) == {("phone", "V-04")}


@pytest.mark.parametrize(("year", "wrong"), [(1925, True), (1926, False), (2026, False)])
def test_v05_nobody_is_more_than_a_hundred(year: int, wrong: bool) -> None:
    found = rules("person", PERSON | {"birth_date": PartialDate(year, 1, 1)})
    assert (("birth_date", "V-05") in found) is wrong


def test_v08_money_is_never_negative() -> None:
    assert rules("counselling_session", SESSION | {"debt": Money(-1, "IDR")}) == {("debt", "V-08")}
    assert rules("counselling_session", SESSION | {"debt": Money(0, "IDR")}) == set()
    assert rules("counselling_session", SESSION | {"debt": 5}) == {("debt", "V-08")}


def test_v17_an_event_ends_after_it_starts() -> None:
    event = {"title": "Migrasi aman", "area_code": "52.03", "starts_on": TODAY}
    assert rules("training_event", event | {"ends_on": TODAY - timedelta(days=1)}) == {("ends_on", "V-17")}
    assert rules("training_event", event | {"ends_on": TODAY}) == set()


def test_v19_the_form_of_area_codes() -> None:
    for code in ("52", "5203", "Sembalun", "52.03.9"):
        assert rules("person", PERSON | {"area_code": code}) == {("area_code", "V-19")}


def test_v20_only_active_codes_on_new_data_and_retired_ones_stay() -> None:
    entries = [{"code": "old", "en": "Old", "valid_to": TODAY - timedelta(days=1)}, {"code": "new", "en": "New"}]
    codes = CodeBook.parse([{"education": {"codes": entries}}])
    assert rules("person", PERSON | {"education": "new"}, codes=codes) == set()
    assert rules("person", PERSON | {"education": "old"}, codes=codes) == {("education", "V-20")}
    assert rules("person", PERSON | {"education": "old"}, codes=codes, changed={"note"}) == set()
    assert rules("person", PERSON | {"education": "none of these"}) == {("education", "V-20")}
    assert rules("person", PERSON | {"education": "phd"}) == {("education", "V-20")}
    documents = SESSION | {"documents": frozenset({"KTP", "PIGEON"})}
    assert rules("counselling_session", documents) == {("documents", "V-20")}


def test_v26_text_is_composed_and_limited() -> None:
    spec = SCHEMA.by_name["person"]
    good, _ = normalise(spec, {"full_name": "  Ne\u0301ng   Sari ", "note": "baris 1\r\nbaris 2 "})
    assert good == {"full_name": "N\u00e9ng Sari", "note": "baris 1\nbaris 2"}
    (problem,) = [one for one in check("person", PERSON | {"note": "x" * 20_001}) if one.is_error]
    assert (problem.rule, problem.params) == ("V-26", {"limit": 20_000})
    assert rules("person", PERSON | {"note": "x" * 20_000}) == set()


def test_r02_a_case_that_is_not_safe_here_is_warned_of() -> None:
    case = {"opened_on": TODAY, "primary_category": "GBV", "area_code": "52.03", "safe_to_record": "no"}
    assert ("safe_to_record", "R-02") in rules("case", case, severity="warning")


words = st.one_of(st.none(), st.text(max_size=12), st.integers(), st.booleans(), st.binary(max_size=3), st.floats())
more = st.one_of(words, st.frozensets(st.text(max_size=3)), st.sampled_from(list(Missing)), st.dates(), st.lists(words))


@pytest.mark.parametrize("spec", SCHEMA.kinds, ids=lambda spec: spec.name)
@given(data=st.data())
def test_whatever_is_typed_gets_problems_and_never_a_crash(spec: Any, data: st.DataObject) -> None:
    names = st.sampled_from([one.name for one in spec.fields])
    values = data.draw(st.dictionaries(names, more, max_size=8))
    for one in validate(spec, values, CODES, TODAY):
        assert one.field in spec.by_name
        assert one.message.format_map(one.params)
    good, problems = normalise(spec, values)
    sound = {name: value for name, value in good.items() if name not in {one.field for one in problems}}
    assert normalise(spec, sound) == (sound, ())
