"""Cells as people type them: dates, codes in any language, numbers that Excel made of codes."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from migdesk.domain.person import Person
from migdesk.domain.training import Participant
from migdesk.domain.values import Missing, PartialDate
from migdesk.errors import EnvError, UserError
from migdesk.i18n import load
from migdesk.services.import_cells import CellReader
from migdesk.services.reference import read_codebook
from migdesk.services.table_files import table_rows

READER = CellReader(Person.spec, read_codebook(), (load("id"), load("en")))


@pytest.mark.parametrize(
    ("name", "cell", "value"),
    [
        ("sex", "Perempuan", "female"),
        ("sex", " female ", "female"),
        ("sex", "MALE", "male"),
        ("birth_date", "17/05/1994", PartialDate(1994, 5, 17)),
        ("birth_date", "5/1994", PartialDate(1994, 5)),
        ("birth_date", 1994.0, PartialDate(1994)),
        ("birth_date", "1994~", PartialDate(1994, estimated=True)),
        ("birth_date", dt.date(1994, 5, 17), PartialDate(1994, 5, 17)),
        ("phone", 81234567890.0, "+6281234567890"),
        ("phone", "0812-3456-7890", "+6281234567890"),
        ("nik", "5203094512940003", "5203094512940003"),
        ("nik", "Tidak diketahui", Missing.UNKNOWN),
        ("dependants", 3.0, 3),
        ("dependants", "3", 3),
        ("disability", "ya", True),
        ("disability", "0", False),
        ("full_name", "  Siti   Aminah ", "Siti Aminah"),
        ("destination", "Hong Kong", "HK"),
    ],
)
def test_what_people_type_is_understood(name: str, cell: Any, value: Any) -> None:
    assert READER.value(name, cell) == value


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("sex", "perempuann"),
        ("birth_date", "31/02/1994"),
        ("birth_date", "yesterday"),
        ("nik", 5203094512940003.0),
        ("nik", "123"),
        ("dependants", "three"),
        ("dependants", 2.5),
        ("phone", "call me"),
        ("area_code", "Lombok"),
    ],
)
def test_what_is_none_is_refused_and_never_guessed(name: str, cell: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        READER.value(name, cell)


def test_columns_are_found_by_name_label_and_export_heading() -> None:
    for title in ("full_name", "Full name", "FULL  NAME", load("id").say("Full name"), "Full name (full_name)"):
        assert READER.field_of(title) == "full_name"
    assert READER.field_of("shoe size") == ""
    assert CellReader(Participant.spec, read_codebook(), ()).field_of("Institution") == "institution"


@pytest.mark.parametrize("text", ["a,b\n\n1,2\n", "a;b\n\n1;2\n", "a\tb\r\n\r\n1\t2\r\n", "\ufeffa,b\n\n1,2"])
def test_csv_lines_keep_their_numbers_whatever_separates_the_cells(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(text.encode())
    assert list(table_rows(file)) == [(1, ["a", "b"]), (3, ["1", "2"])]


def test_a_cell_of_several_lines_and_an_escaped_one(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text('a,b\n"one\ntwo",\'+62812\nc,d\n')
    assert list(table_rows(file)) == [(1, ["a", "b"]), (2, ["one\ntwo", "+62812"]), (4, ["c", "d"])]


def test_an_excel_file_gives_dates_and_numbers(tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    sheet.write_row(1, 0, ["a", "b"])
    sheet.write_datetime(3, 0, dt.datetime(2026, 3, 10), book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write(3, 1, 7)
    book.close()
    assert list(table_rows(file)) == [(2, ["a", "b"]), (4, [dt.date(2026, 3, 10), 7.0])]


def test_a_broken_or_absent_file_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "x.xlsx"
    broken.write_bytes(b"PK not really")
    with pytest.raises(UserError):
        list(table_rows(broken))
    with pytest.raises(EnvError):
        list(table_rows(tmp_path / "absent.csv"))
