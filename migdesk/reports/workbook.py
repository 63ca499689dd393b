"""Excel files from declarations and from reports. Sheets in, bytes out; nothing touches the disk in clear; any thread.

Text is always written as text: ids keep their zeros, and no cell is ever a formula (R-12).
"""

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

import xlsxwriter

from migdesk.domain.codes import CodeBook
from migdesk.domain.values import Missing, Money, PartialDate
from migdesk.i18n import N_, Language, minor_digits
from migdesk.reports.cells import Column, Row, Sheet, escaped

MAX_ROWS = 1_000_000
EXPLANATION = "Keterangan"
_BAD = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


class Values(StrEnum):
    """How codes are written: as codes, in words, or both beside each other."""

    CODES = "codes"
    LABELS = "labels"
    BOTH = "both"


class Workbook:
    """One Excel file in the making. `lang` is the language of its words; dates are written as that language does."""

    def __init__(self, book: CodeBook, lang: Language, values: Values = Values.BOTH) -> None:
        self._out = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._out,
            {
                "in_memory": True,  # otherwise it keeps the rows in clear in temporary files
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self._codes, self._lang, self._values = book, lang, values
        self._used: set[str] = set()
        self._head = self._book.add_format({"bold": True, "bottom": 1, "valign": "top", "text_wrap": True})
        self._bold = self._book.add_format({"bold": True})
        self._wrap = self._book.add_format({"text_wrap": True, "valign": "top"})
        self._day = self._book.add_format({"num_format": "dd/mm/yyyy"})
        self._moment = self._book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        self._amount = self._book.add_format({"num_format": "#,##0.00"})
        self._share = self._book.add_format({"num_format": "0.0%"})

    def add_records(self, sheet: Sheet) -> None:
        """A sheet of rows under a frozen header; more rows than a sheet holds go on in the next one."""
        for start in range(0, max(len(sheet.rows), 1), MAX_ROWS):
            part = sheet.rows[start : start + MAX_ROWS]
            target = self._new_sheet(self._lang.say(sheet.title))
            at = 0
            for column in sheet.columns:
                at += self._write_column(target, at, column, part)
            target.freeze_panes(1, 0)
            if at:
                target.autofilter(0, 0, len(part), at - 1)

    def add_plain(self, title: str, header: Sequence[str], rows: Sequence[Row]) -> None:
        """A sheet whose header is fixed by some standard: the names as they are, text as text."""
        target = self._new_sheet(title)
        for at, name in enumerate(header):
            self._write_cells(target, at, name, (row.get(name) for row in rows))
        target.freeze_panes(1, 0)

    def add_explanation(
        self, facts: Iterable[tuple[str, str]], sheets: Sequence[Sheet], others: Sequence[Language]
    ) -> None:
        """The sheet that says what this file is, and what each column holds; labels also in the `others` languages."""
        target = self._new_sheet(EXPLANATION)
        target.set_column(0, 1, 28, self._wrap)
        target.set_column(2, 7, 24, self._wrap)
        row = 0
        for name, value in facts:
            target.write_string(row, 0, name, self._bold)
            target.write_string(row, 1, escaped(value))
            row += 1
        say = self._lang.say
        head = [say(N_("Sheet")), say(N_("Column")), say(N_("Meaning")), *(one.code for one in others)]
        head += [say(N_("Code list")), say(N_("Tier")), say(N_("Changed to protect people"))]
        row += 1
        for at, text in enumerate(head if sheets else ()):
            target.write_string(row, at, text, self._head)
        for sheet in sheets:
            for column in sheet.columns:
                row += 1
                words = [say(sheet.title), column.name, say(column.title), *(one.say(column.title) for one in others)]
                words += [column.codes, column.tier, say(column.treatment)]
                for at, text in enumerate(words):
                    target.write_string(row, at, text)

    def add_table(self, title: str, lines: Sequence[Sequence[Any]], widths: Sequence[int] = ()) -> None:
        """A sheet of plain lines; one that begins with None is a heading, and a `Share` is a percentage."""
        target = self._new_sheet(title)
        for at, width in enumerate(widths):
            target.set_column(at, at, width, self._wrap)
        for row, line in enumerate(lines):
            heading = bool(line) and line[0] is None
            for at, value in enumerate(line[1:] if heading else line):
                if isinstance(value, Share):
                    target.write_number(row, at, value.value, self._share)
                elif isinstance(value, int | float):
                    target.write_number(row, at, value)
                elif value:
                    target.write_string(row, at, escaped(str(value)), self._head if heading else self._wrap)

    def finish(self, title: str) -> bytes:
        """The bytes of the file; nothing can be added afterwards."""
        self._book.set_properties({"title": title, "comments": self._lang.say(N_("Made by MigDesk"))})
        self._book.close()
        return self._out.getvalue()

    def _new_sheet(self, title: str) -> Any:
        base = " ".join(title.translate(_BAD).split())[:28] or "-"
        name, n = base, 1
        while name.casefold() in self._used:
            n += 1
            name = f"{base[:26]} {n}"
        self._used.add(name.casefold())
        return self._book.add_worksheet(name)

    def _write_column(self, target: Any, at: int, column: Column, rows: Sequence[Row]) -> int:
        """Write one declared column; how many columns of the sheet it took."""
        label = f"{self._lang.say(column.title)} ({column.name})"
        if column.codes and column.kind in ("code", "codes"):
            kinds = {Values.CODES: (False,), Values.LABELS: (True,), Values.BOTH: (False, True)}[self._values]
            for step, in_words in enumerate(kinds):
                head = self._lang.say(column.title) if in_words and len(kinds) > 1 else label
                self._write_cells(target, at + step, head, (self._code(column, row, in_words) for row in rows))
            return len(kinds)
        self._write_cells(target, at, label, (row.get(column.name) for row in rows), column.kind)
        if column.kind != "money":
            return 1
        unit = (value.currency if isinstance(value := row.get(column.name), Money) else None for row in rows)
        self._write_cells(target, at + 1, self._lang.say(N_("Currency")), unit)
        return 2

    def _write_cells(self, target: Any, at: int, head: str, values: Iterable[Any], kind: str = "text") -> None:
        target.write_string(0, at, escaped(head), self._head)
        target.set_column(at, at, min(max(len(head), 10), 40))
        for row, value in enumerate(values, 1):
            self._write(target, row, at, value, kind)

    def _write(self, target: Any, row: int, at: int, value: Any, kind: str) -> None:
        if value is None or value == "":
            return
        if isinstance(value, PartialDate) and value.day and not value.estimated:
            value = value.earliest
        if isinstance(value, dt.datetime):
            target.write_datetime(row, at, value.astimezone(dt.UTC).replace(tzinfo=None), self._moment)
        elif isinstance(value, dt.date) and value.year >= 1900:
            target.write_datetime(row, at, dt.datetime(value.year, value.month, value.day), self._day)
        elif isinstance(value, Money):
            target.write_number(row, at, value.minor / 10 ** minor_digits(value.currency), self._amount)
        elif isinstance(value, bool):
            target.write_string(row, at, self._lang.code_label(self._codes, "yes_no", "yes" if value else "no"))
        elif isinstance(value, int | float) and kind == "number":
            target.write_number(row, at, value)
        else:
            target.write_string(row, at, escaped(self._text(value)))

    def _text(self, value: Any) -> str:
        if isinstance(value, Missing):
            return self._lang.code_label(self._codes, "yes_no", value.value)
        return " ".join(sorted(value)) if isinstance(value, frozenset) else str(value)

    def _code(self, column: Column, row: Row, in_words: bool) -> str | None:
        value = row.get(column.name)
        if value is None:
            return None
        codes = sorted(value) if isinstance(value, frozenset) else [str(value)]
        if not in_words:
            return " ".join(codes)
        return ", ".join(self._lang.code_label(self._codes, column.codes, code) for code in codes)


class Share:
    """A number from 0 to 1 that is shown as a percentage."""

    def __init__(self, value: float) -> None:
        self.value = value


def counts_of(sheets: Iterable[Sheet], lang: Language) -> list[tuple[str, str]]:
    """How many rows each sheet holds, for the explanation and the question before an export (R-12)."""
    return [(lang.say(sheet.title), lang.number(len(sheet.rows))) for sheet in sheets]
