"""Redaction: planted values never come through a profile that must not show them; nothing runs as a formula."""

import csv
import datetime as dt
import io
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from migdesk.domain.case import Case, Incident
from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.field_types import Day, Note, PartialDay, Phone, Text
from migdesk.domain.kinds import SCHEMA
from migdesk.domain.person import Person
from migdesk.domain.record import FieldSpec, KindSpec, Record, Tier
from migdesk.domain.training import Participant, TrainingEvent
from migdesk.domain.values import Money, PartialDate
from migdesk.i18n import load
from migdesk.reports.cells import Column, Sheet, csv_bytes, escaped
from migdesk.reports.facts import Facts
from migdesk.reports.htcds import htcds_columns, htcds_rows
from migdesk.reports.incident_recorder import COLUMNS, incident_rows
from migdesk.reports.profiles import RARE, Profile, Redactor, generalised, may_leave
from migdesk.reports.workbook import Values, Workbook
from migdesk.services.reference import read_codebook

TODAY = dt.date(2026, 11, 23)
BOOK = read_codebook()
BORN = PartialDate(1994, 5, 17)
DAY = dt.date(2026, 3, 10)
PLANTED = "Zubaidah-Qorina"


def planted(one: FieldSpec) -> Any:
    """A value of the field that would be recognised in any output."""
    if isinstance(one.type, Phone):
        return "+6281999888777"
    return f"{PLANTED} {one.name}" if isinstance(one.type, Text | Note) else None


def of(spec: KindSpec, **more: Any) -> Record:
    values = {one.name: planted(one) for one in spec.fields} | more
    return spec.cls.of(uuid4(), values)


def world(n: int = 1, **case_values: Any) -> tuple[list[Record], Facts]:
    records: list[Record] = []
    for _ in range(n):
        person = of(
            Person.spec, sex="female", birth_date=BORN, area_code="52.03.09.2004", person_code="P-1", destination="HK"
        )
        session = of(
            CounsellingSession.spec,
            person=person.id,
            date=DAY,
            area_code="52.03.09.2004",
            promised_wage=Money(499123, "HKD"),
        )
        values = {"person": person.id, "opened_on": DAY, "primary_category": "TIP", "consent_statistics": "yes"}
        case = of(Case.spec, **(values | {"area_code": "52.03.09.2004", "case_code": "K-1"} | case_values))
        incident = of(Incident.spec, case=case.id, occurred_on=PartialDate(2026, 3, 1), gbv_type="rape", country="MY")
        records += [person, session, case, incident, of(Participant.spec, sex="female")]
    return records, Facts.of(records)


def texts(rows: Iterable[Any]) -> str:
    return "\n".join(str(value) for row in rows for value in row.values() if value is not None)


@pytest.mark.parametrize("spec", [spec for spec in SCHEMA.kinds if not spec.reference], ids=lambda spec: spec.name)
def test_no_free_text_no_identity_and_no_innermost_field_comes_through(spec: KindSpec) -> None:
    records, facts = world()
    record = of(spec)
    for profile in (Profile.DEID, Profile.PSEUDO):
        redactor = Redactor(profile, facts, TODAY)
        shown = texts(redactor.rows(spec, [record, *(one for one in records if one.spec is spec)]))
        if spec.tier >= Tier.T2 or spec is Participant.spec:
            assert PLANTED not in shown.replace("P-1", "").replace(f"{PLANTED} person_code", "").replace(
                f"{PLANTED} case_code", ""
            )
        assert "+62819" not in shown
    full = Redactor(Profile.FULL, facts, TODAY)
    for one in spec.fields:
        if one.tier >= Tier.T4:
            assert one.name not in {column.name for column in full.columns(spec)}


def test_deid_has_bands_months_and_regencies_and_no_code_or_id() -> None:
    records, facts = world(6)
    redactor = Redactor(Profile.DEID, facts, TODAY)
    for spec in SCHEMA.kinds:
        rows = redactor.rows(spec, [one for one in records if one.spec is spec])
        shown = texts(rows)
        for id in facts.by_kind.get(spec.name, {}):
            assert str(id) not in shown
        for exact in ("1994", "52.03.09", "2026-03-10", "2026-03-01", "499123", "P-1", "K-1"):
            assert exact not in shown, (spec.name, exact)
    person = redactor.rows(Person.spec, [one for one in records if isinstance(one, Person)])[0]
    assert (person["birth_date"], person["area_code"], person["destination"]) == ("25-34", "52.03", "HK")
    case = redactor.rows(Case.spec, [one for one in records if isinstance(one, Case)])[0]
    assert (case["opened_on"], case["person_age_band"], case["person_sex"]) == ("2026-03", "25-34", "female")


def test_every_field_of_a_day_loses_its_day_in_deid() -> None:
    redactor = Redactor(Profile.DEID, Facts(), TODAY)
    for spec in SCHEMA.kinds:
        values: dict[str, Any] = {one.name: DAY for one in spec.fields if isinstance(one.type, Day)}
        values |= {one.name: PartialDate(2026, 3, 10) for one in spec.fields if isinstance(one.type, PartialDay)}
        assert "-10" not in texts(redactor.rows(spec, [spec.cls.of(uuid4(), values)]))


def test_pseudo_has_codes_instead_of_names() -> None:
    records, facts = world()
    redactor = Redactor(Profile.PSEUDO, facts, TODAY)
    (case,) = redactor.rows(Case.spec, [one for one in records if isinstance(one, Case)])
    assert (case["person"], case["case_code"], case["area_code"]) == ("P-1", "K-1", "52.03")
    (person,) = redactor.rows(Person.spec, [one for one in records if isinstance(one, Person)])
    assert person["birth_date"] == "1994"
    assert not {"full_name", "nik", "phone", "address", "safe_hours", "note"} & set(person)


combos = st.fixed_dictionaries(
    {
        "birth_date": st.sampled_from(["0-11", "12-17", "18-24", "25-34", "60+", "incomplete"]),
        "sex": st.sampled_from(["female", "male", None]),
        "area_code": st.sampled_from(["52.03", "52.01", "35.07"]),
        "destination": st.sampled_from(["HK", "MY", "TW", None]),
    }
)


@given(st.lists(combos, max_size=40))
def test_a_rare_combination_says_less(rows: list[dict[str, Any]]) -> None:
    made = generalised(rows, Person.spec)
    names = ("birth_date", "sex", "area_code", "destination")
    for row in made:
        alike = sum(1 for other in made if all(other.get(name) == row.get(name) for name in names))
        assert alike >= RARE or all(row.get(name) is None for name in names)


def test_consent_decides_what_leaves() -> None:
    for values, expected in (
        ({"consent_statistics": "yes"}, {Profile.DEID, Profile.PSEUDO, Profile.FULL}),
        ({"consent_statistics": None}, set()),
        ({"consent_statistics": "no", "consent_server": "yes"}, {Profile.FULL}),
        ({"consent_statistics": "yes", "consent_services": "withdrawn"}, set()),
    ):
        records, facts = world(**values)
        for record in (one for one in records if isinstance(one, Case | Incident)):
            assert {profile for profile in Profile if may_leave(record, facts, profile)} == expected
    lost = of(Incident.spec, case=UUID(int=1))
    assert not may_leave(lost, Facts(), Profile.DEID)


def test_htcds_uses_the_fields_and_codes_of_the_standard() -> None:
    records, facts = world(consent_server="yes", consent_services="yes", status="open")
    cases = [one for one in records if isinstance(one, Case)]
    (row,) = htcds_rows(facts, cases, Profile.FULL, BOOK, TODAY)
    assert set(row) <= set(htcds_columns(Profile.FULL))
    assert row["prs_FirstName"] == f"{PLANTED} full_name"
    assert (row["prs_Gender"], row["prs_Birthdate"]) == ("Feminine", "1994-05-17")
    assert (row["cas_Status"], row["con_Consent"]) == ("Active", "true")
    assert row["vic_TraffickingStatus"] == "PossibleVictimOfTrafficking"
    assert row["hte_Date"] == "2026-03-01"
    other = Case.of(uuid4(), {"primary_category": "FRAUD"})
    assert htcds_rows(facts, [other], Profile.FULL, BOOK, TODAY) == []


def test_htcds_drops_identity_without_consent_and_in_the_other_profiles() -> None:
    records, facts = world(consent_server="no")
    cases = [one for one in records if isinstance(one, Case)]
    for profile in Profile:
        rows = htcds_rows(facts, cases, profile, BOOK, TODAY)
        shown = texts(rows)
        assert PLANTED not in shown
        assert "1994" not in shown
        assert "+62819" not in shown
    assert not {"prs_FirstName", "prs_Birthdate", "prs_MobilePhone", "prs_MailingCity"} & set(
        htcds_columns(Profile.DEID)
    )


def test_the_incident_recorder_has_its_42_columns_and_never_a_name() -> None:
    assert len(COLUMNS) == len(set(COLUMNS)) == 42
    records, facts = world(6)
    incidents = [one for one in records if isinstance(one, Incident)]
    for profile in Profile:
        rows = incident_rows(facts, incidents, profile, BOOK)
        assert len(rows) == 6
        assert set(rows[0]) <= set(COLUMNS)
        assert PLANTED not in texts(rows)
    (row, *_) = incident_rows(facts, incidents, Profile.PSEUDO, BOOK)
    assert (row["sex"], row["survivor_code"], row["gbv_type"]) == ("P", "K-1", "rape")
    assert (row["date_of_incident"], row["date_of_birth"]) == ("2026-03-01", "1994")
    (row, *_) = incident_rows(facts, incidents, Profile.DEID, BOOK)
    assert (row["date_of_incident"], row["date_of_birth"], row["survivor_code"]) == ("2026-03", "18+", "")
    no = Incident.of(uuid4(), {"case": incidents[0].case, "gbv_type": "non_gbv"})
    assert incident_rows(facts, [no], Profile.PSEUDO, BOOK) == []


@pytest.mark.parametrize("text", ["=1+1", "+62", "-1", "@SUM(A1)", "\t=1", "=HYPERLINK(1)"])
def test_nothing_runs_as_a_formula(text: str) -> None:
    assert escaped(text) == "'" + text
    rows = list(csv.reader(io.StringIO(csv_bytes(["a"], [{"a": text}]).decode("utf-8-sig"), newline="")))
    assert rows[1][0].startswith("'")
    out = Workbook(BOOK, load("en"))
    out.add_records(Sheet("x", "x", (Column("a", "A"),), [{"a": text}]))
    (_, (cell,)) = CalamineWorkbook.from_filelike(io.BytesIO(out.finish("x"))).get_sheet_by_index(0).to_python()
    assert cell == "'" + text


@pytest.mark.parametrize(("values", "width"), [(Values.CODES, 4), (Values.LABELS, 4), (Values.BOTH, 5)])
def test_a_workbook_has_real_dates_ids_as_text_and_codes_as_asked(values: Values, width: int) -> None:
    columns = (
        Column("id", "Record id"),
        Column("sex", "Sex", "code", "sex"),
        Column("held", "Date", "date"),
        Column("n", "Number", "number"),
    )
    row = {"id": "0012345678901234", "sex": "female", "held": DAY, "n": 3}
    out = Workbook(BOOK, load("id"), values)
    sheet = Sheet("x", "x", columns, [row])
    out.add_records(sheet)
    out.add_explanation([("a", "b")], [sheet], [load("en")])
    book = CalamineWorkbook.from_filelike(io.BytesIO(out.finish("x")))
    (head, cells) = book.get_sheet_by_index(0).to_python()
    assert len(head) == len(cells) == width
    assert cells[0] == "0012345678901234"
    assert DAY in cells
    assert 3 in cells
    assert ("female" in cells) is (values is not Values.LABELS)
    assert ("Perempuan" in cells) is (values is not Values.CODES)
    assert book.sheet_names[1] == "Keterangan"


def test_titles_of_trainings_stay_readable_in_pseudo() -> None:
    event = of(TrainingEvent.spec, title="Migrasi aman")
    (row,) = Redactor(Profile.PSEUDO, Facts(), TODAY).rows(TrainingEvent.spec, [event])
    assert row["title"] == "Migrasi aman"
