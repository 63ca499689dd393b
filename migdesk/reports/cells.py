"""What stands in the cells of an export: columns, rows, and text that no spreadsheet takes for a formula. Pure."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `kind` is how it is written: text, code, codes, date, moment, number, yes_no, money.

    `title` is translatable; `treatment` says, translatable, what redaction did to it.
    """

    name: str
    title: str
    kind: str = "text"
    codes: str = ""
    tier: str = ""
    treatment: str = ""
    exports: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows under columns. `title` is translatable and names the sheet."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]


def escaped(text: str) -> str:
    """The text with an apostrophe before it if a spreadsheet could run it (R-12)."""
    return "'" + text if text.startswith(_DANGEROUS) else text


def csv_bytes(header: Sequence[str], rows: Iterable[Row], text: Callable[[Any], str] = str) -> bytes:
    """A CSV file in UTF-8 with a byte order mark, which Excel needs to believe it; every cell escaped."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([escaped(name) for name in header])
    for row in rows:
        writer.writerow([escaped(text(row[name])) if row.get(name) is not None else "" for name in header])
    return out.getvalue().encode("utf-8-sig")
