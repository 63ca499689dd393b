"""`report`, `export`, `import`: figures, files and tables, in this process on real workspaces."""

import csv
import io
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from python_calamine import CalamineWorkbook

from tests.support.records import SECRETS, attendance_day, case_intake, counselling

VILLAGE = "52.03.09.2004"
YEAR = ("--from", "2026-01-01", "--to", "2026-12-31")


def fill(call: Any, home: Path, file: Path, *records: dict[str, Any]) -> None:
    file.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
    ran = call("records", "put", file, "--json", home=home)
    assert ran.code == 0, ran.out


def people(n: int) -> list[dict[str, Any]]:
    made = []
    for number in range(n):
        person, session = counselling(VILLAGE)
        made += [person | {"nik": None, "phone": None, "full_name": f"Orang {number}", "dependants": 2}, session]
    return made


def agreed_case() -> list[dict[str, Any]]:
    case, incident = case_intake(VILLAGE)
    told = {"first_reported_on": "2026-11-21", "gbv_type": "physical_assault"}
    return [case | {"consent_statistics": "yes", "primary_category": "TIP"}, incident | told]


@pytest.fixture
def filled(call: Any, home: Path, tmp_path: Path) -> Path:
    person, session = counselling(VILLAGE)
    case, incident = agreed_case()
    day = [person, session, case | {"person": person["id"]}, incident, *attendance_day(VILLAGE, 3)]
    fill(call, home, tmp_path / "day.jsonl", *day)
    return home


def test_the_indicator_report_in_its_three_forms(call: Any, home: Path, tmp_path: Path, qapp: object) -> None:
    fill(call, home, tmp_path / "x.jsonl", *people(12), *attendance_day(VILLAGE, 30))
    ran = call("report", "indicators", *YEAR, "--format", "json", home=home)
    (document,) = ran.objects()
    by_id = {one["id"]: one for one in document["indicators"]}
    assert by_id["C1"]["numerator"] == 12
    assert by_id["T1"]["numerator"] == 30
    assert document["publication"]["changed"] is False
    for form, start in (("xlsx", b"PK"), ("pdf", b"%PDF-")):
        out = tmp_path / f"report.{form}"
        assert call("report", "indicators", *YEAR, "--format", form, "--out", out, home=home).code == 0
        assert out.read_bytes().startswith(start)
    fill(call, home, tmp_path / "y.jsonl", *people(8))
    again = call("report", "indicators", *YEAR, home=home)
    assert again.objects()[0]["publication"]["changed"] is True
    assert "given out before" in again.err


def test_small_counts_leave_as_s(call: Any, filled: Path) -> None:
    ran = call("report", "indicators", *YEAR, home=filled)
    by_id = {one["id"]: one for one in ran.objects()[0]["indicators"]}
    assert (by_id["C1"]["numerator"], by_id["K1"]["numerator"]) == ("s", "s")


def test_a_report_outside_ones_area_or_backwards_is_not_made(call: Any, home: Path) -> None:
    assert call("report", "indicators", *YEAR, "--area", "35.07", home=home).code == 3
    assert call("report", "indicators", *YEAR, "--area", "Lombok", home=home).code == 2
    assert call("report", "indicators", "--from", "2026-02-01", "--to", "2026-01-01", home=home).code == 2
    assert call("report", "indicators", "--from", "soon", "--to", "2026-01-01", home=home).code == 2


def test_roles_get_their_own_figures(call: Any, home_of: Any) -> None:
    trainer = call("report", "indicators", *YEAR, home=home_of("TRAINER")).objects()[0]
    assert {one["id"] for one in trainer["indicators"]} == {"T1", "T2", "Q2"}
    assert len(call("report", "indicators", *YEAR, home=home_of("PLANNER")).objects()[0]["indicators"]) == 10
    assert call("report", "indicators", *YEAR, home=home_of("ADMIN")).code == 3


def planted_in(text: str) -> list[str]:
    return [name for name, secret in SECRETS.items() if secret in text]


def test_an_excel_export_without_names_holds_none(call: Any, filled: Path, tmp_path: Path) -> None:
    for profile in ("deid", "pseudo"):
        out = tmp_path / f"{profile}.xlsx"
        ran = call("export", "excel", "--profile", profile, "--out", out, "--json", home=filled)
        assert ran.code == 0, ran.err
        assert ran.objects()[-1]["rows"]["person"] == 1
        book = CalamineWorkbook.from_path(str(out))
        text = str([book.get_sheet_by_name(name).to_python() for name in book.sheet_names])
        assert planted_in(text) == []
        assert "Peserta Nomor" not in text
        assert "Keterangan" in book.sheet_names


def test_names_leave_only_for_supervisors_and_only_sealed(
    call: Any, filled: Path, home_of: Any, tmp_path: Path
) -> None:
    from migdesk.vault.device_keys import DeviceKeys
    from migdesk.vault.sealing import open_sealed

    out, keys = tmp_path / "full.xlsx", DeviceKeys.generate()
    ran = call("export", "excel", "--profile", "full", "--out", out, home=filled)
    assert ran.code == 3
    assert not out.exists()
    to = ("--to", keys.recipient)
    assert call("export", "excel", "--profile", "full", "--out", out, *to, home=filled).code == 0
    data = open_sealed(out, keys.identity)
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    text = str([book.get_sheet_by_name(name).to_python() for name in book.sheet_names])
    assert set(planted_in(text)) == {"full_name", "nik", "address", "advice", "phone"}
    for role in ("OUTREACH", "PLANNER", "ADMIN", "TRAINER"):
        refused = call("export", "excel", "--profile", "full", "--out", out, *to, home=home_of(role))
        assert refused.code == 3, role


def test_htcds_and_the_incident_recorder_as_csv(call: Any, filled: Path, tmp_path: Path) -> None:
    for verb, width in (("htcds", None), ("incident-recorder", 42)):
        out = tmp_path / f"{verb}.csv"
        ran = call("export", verb, "--profile", "pseudo", "--out", out, "--json", home=filled)
        assert ran.code == 0, ran.err
        text = out.read_text("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text)))
        assert len(rows) == 2
        assert width is None or len(rows[0]) == width
        assert planted_in(text) == []
        assert call("export", verb, "--out", tmp_path / f"{verb}.xlsx", home=filled).code == 0


def test_a_case_without_consent_to_statistics_stays(call: Any, home: Path, tmp_path: Path) -> None:
    case, incident = agreed_case()
    fill(call, home, tmp_path / "x.jsonl", case | {"consent_statistics": "no"}, incident)
    ran = call("export", "excel", "--out", tmp_path / "x.xlsx", "--json", home=home)
    answer = ran.objects()[-1]
    assert (answer["rows"]["case"], answer["rows"]["incident"], answer["left_out"]) == (0, 0, 2)


PEOPLE = """Nama lengkap,Sex,Date of birth,area_code,NIK,shoe size
Siti Aminah,Perempuan,17/05/1994,52.03.09.2004,5203095705940001,38
,male,1990,52.03.09.2004,,
Ali,laki,1990,52.03.09.2004,,
Budi,male,1990,52.03.09.2004,123,
Dewi,female,1990,35.07.01.2001,,
"""


def test_people_are_imported_line_by_line(call: Any, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE.replace("Nama lengkap", "Full name"), encoding="utf-8")
    dry = call("import", "people", file, "--dry-run", "--json", home=home)
    assert dry.objects()[-1] == {"saved": 1, "rejected": 4, "dry_run": True, "unknown_columns": ["shoe size"]}
    assert call("records", "list", home=home).objects() == []
    ran = call("import", "people", file, "--json", home=home)
    assert ran.code == 1
    answers = {one["line"]: one["status"] for one in ran.objects()[:-1]}
    assert answers == {2: "saved", 3: "rejected", 4: "rejected", 5: "rejected", 6: "rejected"}
    (siti,) = call("records", "list", home=home).objects()
    assert (siti["full_name"], siti["sex"], siti["birth_date"]) == ("Siti Aminah", "female", "1994-05-17")
    again = call("import", "people", file, home=home)
    assert "Line 2 rejected" in again.out, "the same NIK is the same person"
    assert "Siti" not in again.out + again.err


def test_participants_are_imported_into_an_event(call: Any, home_of: Any, tmp_path: Path) -> None:
    home = home_of("TRAINER")
    event = attendance_day(VILLAGE, 0)[0]
    fill(call, home, tmp_path / "e.jsonl", event)
    file = tmp_path / "list.csv"
    file.write_text("Full name;Sex;Institution\nSiti;female;Dinas\nAli;male;Dinas\n", encoding="utf-8")
    assert call("import", "participants", file, "--event", event["id"], home=home).code == 0
    assert len(call("records", "list", "--kind", "participant", home=home).objects()) == 2
    assert call("import", "participants", file, "--event", str(uuid4()), home=home).code == 1
    assert call("import", "participants", file, "--event", "x", home=home).code == 2


def test_areas_are_the_administrators_and_agencies_have_no_place(
    call: Any, home: Path, home_of: Any, tmp_path: Path
) -> None:
    file = tmp_path / "areas.csv"
    file.write_text("code,name\n52.03.99,Kecamatan Baru\n52.x,Salah\n", encoding="utf-8")
    assert call("import", "areas", file, home=home).code == 3
    admin = home_of("ADMIN")
    ran = call("import", "areas", file, "--json", home=admin)
    assert [one["status"] for one in ran.objects()[:-1]] == ["saved", "rejected"]
    areas = call("records", "list", "--kind", "area", home=admin).objects()
    assert any(one["code"] == "52.03.99" and one["level"] == 3 for one in areas)
    ran = call("import", "agencies", file, home=home)
    assert ran.code == 1
    assert "agencies" in ran.err
