"""Tables that people keep: CSV and Excel files as numbered rows of cells. Reads files, knows no records; any thread."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from migdesk.errors import EnvError, UserError
from migdesk.i18n.markers import N_

MAX_BYTES = 50_000_000
_DELIMITERS = ",;\t|"
_EXCEL = (".xlsx", ".xls", ".xlsb", ".ods")
_RISKY = ("=", "+", "-", "@")


def table_rows(file: Path) -> Iterator[tuple[int, list[Any]]]:
    """The rows that hold anything, each with its number in the file (the first is 1).

    Cells are text, and in Excel files also numbers, dates and truth values. Raises UserError, EnvError.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            raise UserError(N_("{file} is too large."), file=file.name)
        if file.suffix.lower() in _EXCEL:
            yield from _sheet_rows(file)
        else:
            yield from _csv_rows(file)
    except OSError as error:
        raise EnvError(N_("{file} cannot be read."), hint=N_("Check that it is there."), file=file.name) from error


def _csv_rows(file: Path) -> Iterator[tuple[int, list[Any]]]:
    data = file.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")  # what an Indonesian Excel writes as plain "CSV"
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UserError(N_("{file} cannot be read from line {line} on."), file=file.name, line=number) from error
        if any(cell.strip() for cell in row):
            yield number, [_unescaped(cell) for cell in row]


def _sheet_rows(file: Path) -> Iterator[tuple[int, list[Any]]]:
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 - only for Excel files

    try:
        rows = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, ValueError) as error:
        raise UserError(N_("{file} is no Excel file, or is damaged."), file=file.name) from error
    for number, row in enumerate(rows, 1):
        if any(cell != "" for cell in row):
            yield number, [_unescaped(cell) if isinstance(cell, str) else cell for cell in row]


def _unescaped(cell: str) -> str:
    """The text without the apostrophe that an export puts before what looks like a formula."""
    text = cell.strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(_RISKY) else text
