"""Indicators: what is counted, what is withheld, and the forms a report takes."""

import datetime as dt
import io
import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

import pytest
from python_calamine import CalamineWorkbook

from migdesk.domain.case import Case, Incident
from migdesk.domain.codes import CodeBook
from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.person import Person
from migdesk.domain.record import Record
from migdesk.domain.training import Attendance, Participant, TrainingEvent, TrainingSession
from migdesk.domain.values import Missing, PartialDate
from migdesk.i18n import load
from migdesk.reports.case_indicators import bucket
from migdesk.reports.facts import Facts
from migdesk.reports.indicators import ALL, make_report
from migdesk.reports.report_workbook import report_workbook
from migdesk.reports.suppression import Shape
from migdesk.reports.tables import Indicator, Period, Report, report_json
from migdesk.services.reference import read_codebook

DAY = dt.date(2026, 3, 10)
PERIOD = Period(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
AREA = "52.03.09.2004"
NOW = dt.datetime(2026, 11, 23, 5, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def book() -> CodeBook:
    return read_codebook()


def person(**more: Any) -> Person:
    values = {"sex": "female", "birth_date": PartialDate(1994, 5), "area_code": AREA} | more
    return Person.of(uuid4(), values)


def session(who: UUID, **more: Any) -> CounsellingSession:
    values = {"person": who, "date": DAY, "area_code": AREA, "consent": "yes", "topics": frozenset({"rights"})} | more
    return CounsellingSession.of(uuid4(), values)


def case(**more: Any) -> Case:
    values = {"opened_on": DAY, "primary_category": "GBV", "consent_statistics": "yes", "area_code": AREA} | more
    return Case.of(uuid4(), values)


def report(book: CodeBook, records: Iterable[Record], area: str = "", place: str = "52.03") -> Report:
    return make_report(Facts.of(records), PERIOD, book, area=area, place=place, made_at=NOW)


def one(made: Report, id: str) -> Indicator:
    return next(indicator for indicator in made.indicators if indicator.id == id)


def test_c1_counts_people_and_not_sessions_nor_refusals(book: CodeBook) -> None:
    people = [person() for _ in range(30)]
    sessions = [session(who.id) for who in people for _ in range(2)]
    outside = [session(person().id, date=dt.date(2025, 12, 31)), session(person().id, consent="withdrawn")]
    made = report(book, [*people, *sessions, *outside])
    assert one(made, "C1").numerator == 30
    c2 = one(made, "C2")
    assert (c2.numerator, c2.denominator, c2.value) == (60, 30, 2.0)


def test_few_people_are_withheld_and_never_blank_or_zero(book: CodeBook) -> None:
    people = [person() for _ in range(4)]
    made = report(book, [*people, *(session(who.id) for who in people)])
    c1 = one(made, "C1")
    assert (c1.numerator, c1.withheld) == (None, True)
    data = report_json(made, book, load("en"))
    shown = next(part for part in data["indicators"] if part["id"] == "C1")
    assert shown["numerator"] == "s"
    assert shown["tables"][0]["total"] == "s"


def test_children_and_villages_are_counted_by_ten(book: CodeBook) -> None:
    grown = [person() for _ in range(7)]
    records = [*grown, *(session(who.id) for who in grown)]
    assert one(report(book, records), "C1").numerator == 7
    assert one(report(book, records, AREA, AREA), "C1").numerator is None
    child = person(birth_date=PartialDate(2012))
    assert one(report(book, [*records, child, session(child.id)]), "C1").numerator is None


def test_sessions_are_withheld_by_the_people_behind_them(book: CodeBook) -> None:
    many = [person() for _ in range(20)]
    few = [person(sex="male", birth_date=PartialDate(1980)) for _ in range(1)]
    records = [*many, *few, *(session(who.id) for who in many), *(session(few[0].id) for _ in range(40))]
    table = one(report(book, records), "C2").tables[0].table
    cells = [table.cell(r, c) for r in range(len(table.rows)) for c in range(len(table.columns))]
    assert 40 not in cells


def test_c13_and_c14_are_shares_of_sessions_and_of_people_abroad(book: CodeBook) -> None:
    stay = [person() for _ in range(20)]
    gone = [person(migration_stage="departed") for _ in range(25)]
    records: list[Record] = [*stay, *gone]
    records += [session(who.id, topics=frozenset({"helplines", "rights"})) for who in stay]
    records += [session(who.id, scheme="P2P" if n < 15 else "IRREGULAR") for n, who in enumerate(gone)]
    made = report(book, records)
    c13, c14 = one(made, "C13"), one(made, "C14")
    assert (c13.numerator, c13.denominator) == (20, 45)
    assert (c14.numerator, c14.denominator, c14.value) == (15, 25, 0.6)
    everybody = report(book, [*gone, *(session(who.id, scheme="P2P") for who in gone)])
    assert one(everybody, "C14").numerator is None, "all of them alike would tell of each"


def test_cases_need_consent_to_statistics_and_no_other_organisation(book: CodeBook) -> None:
    counted = [case(primary_category=name) for name in ("GBV", "TIP") for _ in range(12)]
    left_out = [
        case(consent_statistics="no"),
        case(consent_statistics=None),
        case(consent_statistics="withdrawn"),
        case(reported_elsewhere="other_gbvims_org"),
        case(status="duplicate"),
    ]
    made = report(book, [*counted, *left_out])
    assert one(made, "K1").numerator == 24
    table = one(made, "K1").tables[0].table
    assert {line[0]: table.cell(r, 0) for r, line in enumerate(table.rows)} == {"GBV": 12, "TIP": 12}
    assert one(report(book, counted[:9]), "K1").numerator is None
    assert one(report(book, counted[:12]), "K1").tables[0].table.shape is Shape.TOTAL, "all of one category"


def test_no_table_of_cases_below_a_regency(book: CodeBook) -> None:
    made = report(book, [case() for _ in range(50)], AREA, AREA)
    for id in ("K1", "K2", "K4"):
        assert one(made, id).withheld
        assert one(made, id).numerator is None
        assert one(made, id).tables == ()


@pytest.mark.parametrize(
    ("happened", "told", "name"),
    [
        (PartialDate(2026, 3, 1), dt.date(2026, 3, 4), "0-3"),
        (PartialDate(2026, 3, 1), dt.date(2026, 3, 5), "4-5"),
        (PartialDate(2026, 3, 1), dt.date(2026, 3, 6), "4-5"),
        (PartialDate(2026, 3, 1), dt.date(2026, 3, 7), "6-14"),
        (PartialDate(2026, 3, 1), dt.date(2026, 3, 16), "15-30"),
        (PartialDate(2026, 3, 1), dt.date(2026, 4, 1), "31-90"),
        (PartialDate(2026, 3, 1), dt.date(2026, 7, 1), ">90"),
        (PartialDate(2026, 3), dt.date(2026, 7, 1), "incomplete"),
        (PartialDate(2026, 3, 1, estimated=True), dt.date(2026, 7, 1), "incomplete"),
        (Missing.UNKNOWN, dt.date(2026, 7, 1), "incomplete"),
    ],
)
def test_reporting_delay_buckets_do_not_overlap(happened: Any, told: dt.date, name: str) -> None:
    assert bucket(Incident.of(uuid4(), {"occurred_on": happened, "first_reported_on": told})) == name


def test_k2_and_k4_count_incidents_of_counted_cases(book: CodeBook) -> None:
    owner = case(opened_on=dt.date(2025, 1, 1))
    refused = case(consent_statistics="no")

    def incident(of: Case, days: int, kind: str) -> Incident:
        happened = DAY - dt.timedelta(days=days)
        values = {
            "case": of.id, "first_reported_on": DAY, "gbv_type": kind,
            "occurred_on": PartialDate(happened.year, happened.month, happened.day),
        }  # fmt: skip
        return Incident.of(uuid4(), values)

    told = [incident(owner, 1, "rape") for _ in range(12)] + [incident(owner, 20, "denial") for _ in range(18)]
    made = report(book, [owner, refused, *told, *(incident(refused, 1, "rape") for _ in range(9))])
    assert one(made, "K2").numerator == 30
    k4 = one(made, "K4")
    assert (k4.numerator, k4.denominator, k4.value) == (12, 30, 0.4)


def training(people: list[tuple[str, str, int]]) -> list[Record]:
    """An event of two sessions (60 and 240 minutes); people are (name, sex, sessions attended from the last)."""
    event = TrainingEvent.of(uuid4(), {"title": "x", "starts_on": DAY, "area_code": AREA})
    held = [
        TrainingSession.of(uuid4(), {"event": event.id, "number": n, "minutes": minutes})
        for n, minutes in enumerate((60, 240), 1)
    ]
    records: list[Record] = [event, *held]
    for name, sex, sessions in people:
        who = Participant.of(uuid4(), {"event": event.id, "full_name": name, "sex": sex, "institution": "Dinas"})
        records.append(who)
        for one_session in held[2 - sessions :]:
            mark = {"session": one_session.id, "participant": who.id, "status": "late" if sessions == 1 else "present"}
            records.append(Attendance.of(uuid4(), mark))
    return records


def test_t1_counts_a_person_once_and_by_the_time_attended(book: CodeBook) -> None:
    first = training([("Siti", "female", 2), ("Ali", "male", 1), ("Budi", "male", 0)])
    second = training([("  SITI ", "female", 2)])
    made = report(book, [*first, *second])
    t1, t2 = one(made, "T1"), one(made, "T2")
    assert t1.numerator == 2, "Siti once, Ali with 240 of 300 minutes, Budi not"
    assert (t2.numerator, t2.denominator, t2.value) == (1, 2, None)


def test_q2_takes_unknown_for_an_answer_and_hides_few_cases(book: CodeBook) -> None:
    people = [person(migration_stage="unknown") for _ in range(6)]
    q2 = one(report(book, [*people, case()]), "Q2")
    assert (q2.numerator, q2.denominator) == (18, 18)
    assert [line[0] for line in q2.tables[0].table.rows] == ["person"]
    assert q2.note


def test_the_report_has_all_indicators_with_formula_notice_and_both_languages(book: CodeBook) -> None:
    made = report(book, [])
    assert tuple(indicator.id for indicator in made.indicators) == ALL
    for code in ("id", "en"):
        data = report_json(made, book, load(code))
        assert data["notice"]
        assert all(part["formula"] and part["title"] for part in data["indicators"])
        json.dumps(data)


def test_the_excel_form_has_a_sheet_for_each_indicator_and_the_notice(book: CodeBook) -> None:
    people = [person() for _ in range(25)]
    made = report(book, [*people, *(session(who.id) for who in people)])
    data = report_workbook(made, book, load("en"), changed=True, made_by="=cmd()")
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert {"Indicators", "C1", "K1", "T1", "Keterangan"} <= set(sheets.sheet_names)
    text = str(sheets.get_sheet_by_name("Keterangan").to_python())
    assert "how common" in text
    assert "given out before" in text


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_pdf_form_is_a_pdf(book: CodeBook, language: str, qapp: object) -> None:
    from migdesk.prints.indicator_report import print_report

    people = [person(sex=sex) for sex in ("female", "male") for _ in range(25)]
    made = report(book, [*people, *(session(who.id) for who in people), *(case() for _ in range(30))])
    data = print_report(made, book, load(language), made_by="Sri", changed=True)
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
