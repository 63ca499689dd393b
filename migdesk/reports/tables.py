"""The shapes of a report: indicators and their tables, after suppression. Pure data; any thread."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from migdesk.domain.codes import CodeBook
from migdesk.i18n import N_, Language
from migdesk.reports.suppression import Line, Published, Shape, determined, publish

WITHHELD = "s"
INCOMPLETE = "incomplete"
"""The key of what nobody asked or wrote; it is counted on its own and never dropped."""

NOTICE = N_(
    "The counts are people who sought help from, or were reached by, the organisations that take part. They do not "
    "tell how common something is, and one person may be counted by several organisations."
)
METHOD = N_(
    "A count of 1 to {below} is shown as s, with as many others as it takes that it cannot be computed; small groups "
    "are put together as Other. Shares are shown for 20 people or more. Cases are counted only with the person's "
    "consent to statistics, and not if another organisation of the same system reported them."
)

_WORDS: Mapping[str, str] = {
    INCOMPLETE: N_("Incomplete"),
    "yes": N_("Yes"),
    "no": N_("No"),
    "official": N_("Official scheme"),
    "not_official": N_("Outside the official schemes"),
    "0-3": N_("0-3 days"),
    "4-5": N_("4-5 days"),
    "6-14": N_("6-14 days"),
    "15-30": N_("15-30 days"),
    "31-90": N_("31-90 days"),
    ">90": N_("more than 90 days"),
}


@dataclass(frozen=True, slots=True)
class Dimension:
    """What a table is split by. `codes` names the code list of its keys; `order` lists keys first to last."""

    name: str
    title: str
    codes: str = ""
    order: tuple[str, ...] = ()

    def sorted(self, keys: Iterable[str], book: CodeBook) -> tuple[str, ...]:
        """The keys that occur, in the order of the list; what nobody asked comes last."""
        order = self.order or (tuple(book.ranks(self.codes)) if self.codes else ())
        rank = {key: place for place, key in enumerate(order)}
        return tuple(sorted(set(keys), key=lambda key: (key == INCOMPLETE, rank.get(key, len(rank)), key)))

    def word(self, key: str, book: CodeBook, lang: Language) -> str:
        if self.codes and key in book.ranks(self.codes):
            return lang.code_label(book, self.codes, key)
        return lang.say(_WORDS[key]) if key in _WORDS else key

    def label(self, line: Line, book: CodeBook, lang: Language) -> str:
        """The words for a line of a table, which may hold several categories."""
        words = [self.word(key, book, lang) for key in line]
        return words[0] if len(words) == 1 else lang.say(N_("Other ({parts})"), parts=", ".join(words))


SEX = Dimension("sex", N_("Sex"), "sex")
AGE = Dimension("age_band", N_("Age band"))
COUNT = Dimension("count", N_("Count"), order=("count",))


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One published table; a one-line table has the single column `COUNT`."""

    rows: Dimension
    columns: Dimension
    table: Published


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator. Counts that would show a small group are None and `withheld` says so.

    `title` and `formula` are translatable; `unit` is `count`, `share` (0 to 1) or `mean`.
    """

    id: str
    title: str
    formula: str
    unit: str
    value: float | None
    numerator: int | None
    denominator: int | None
    k: int
    tables: tuple[Breakdown, ...] = ()
    incomplete: int | None = 0
    withheld: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """From `first` to `last`, both included."""

    first: dt.date
    last: dt.date

    def holds(self, day: object) -> bool:
        return isinstance(day, dt.date) and self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Report:
    """Indicators of a period and an area (an area code, or "" for everything that this workspace holds)."""

    period: Period
    area: str
    indicators: tuple[Indicator, ...]
    made_at: dt.datetime


def cross(
    rows: Dimension,
    columns: Dimension,
    pairs: Iterable[tuple[str, str]],
    book: CodeBook,
    k: int,
    *,
    sensitive: bool = False,
) -> Breakdown:
    """The published table of people, each given by the keys of the row and the column."""
    counted = Counter(pairs)
    row_keys = rows.sorted((row for row, _ in counted), book)
    column_keys = columns.sorted((column for _, column in counted), book)
    counts = [[counted[row, column] for column in column_keys] for row in row_keys]
    return Breakdown(rows, columns, publish(row_keys, column_keys, counts, k, sensitive=sensitive))


def one_line(rows: Dimension, keys: Iterable[str], book: CodeBook, k: int, *, sensitive: bool = False) -> Breakdown:
    """The published table of one line."""
    return cross(rows, COUNT, ((key, "count") for key in keys), book, k, sensitive=sensitive)


def carry(people: Breakdown, pairs: Iterable[tuple[str, str]]) -> Breakdown:
    """A table of things (sessions) that is withheld where the table of the people they belong to is.

    A count of things may be large and still belong to one person.
    """
    counted, table = Counter(pairs), people.table
    counts = tuple(
        tuple(sum(counted[row, column] for row in line for column in group) for group in table.columns)
        for line in table.rows
    )
    carried = replace(table, counts=counts)
    if carried.shape is Shape.CELLS and determined(counts, carried.withheld):
        carried = replace(carried, shape=Shape.TOTALS)
    return replace(people, table=carried)


def seen(value: int | None) -> int | str:
    return WITHHELD if value is None else value


def breakdown_json(part: Breakdown, book: CodeBook, lang: Language) -> dict[str, Any]:
    """The JSON form of a table; "s" stands for what is withheld."""
    table = part.table
    row_range, column_range = range(len(table.rows)), range(len(table.columns))
    return {
        "rows": part.rows.name,
        "columns": part.columns.name,
        "shape": table.shape.value,
        "row_keys": [list(line) for line in table.rows],
        "column_keys": [list(line) for line in table.columns],
        "row_labels": [part.rows.label(line, book, lang) for line in table.rows],
        "column_labels": [part.columns.label(line, book, lang) for line in table.columns],
        "cells": [[seen(table.cell(r, c)) for c in column_range] for r in row_range],
        "row_totals": [seen(table.row_total(r)) for r in row_range],
        "column_totals": [seen(table.column_total(c)) for c in column_range],
        "total": seen(table.total),
    }


def indicator_json(one: Indicator, book: CodeBook, lang: Language) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": lang.say(one.title),
        "formula": lang.say(one.formula),
        "unit": one.unit,
        "value": WITHHELD if one.value is None and one.withheld else one.value,
        "numerator": WITHHELD if one.numerator is None and one.withheld else one.numerator,
        "denominator": WITHHELD if one.denominator is None and one.withheld else one.denominator,
        "incomplete": seen(one.incomplete),
        "k": one.k,
        "withheld": one.withheld,
        "note": lang.say(one.note),
        "tables": [breakdown_json(part, book, lang) for part in one.tables],
    }


def report_json(report: Report, book: CodeBook, lang: Language) -> dict[str, Any]:
    """The JSON form of a report, in the words of `lang`."""
    return {
        "report": "indicators",
        "from": report.period.first.isoformat(),
        "to": report.period.last.isoformat(),
        "area": report.area,
        "made_at": report.made_at.isoformat().replace("+00:00", "Z"),
        "notice": lang.say(NOTICE),
        "method": method_note(report.indicators, lang),
        "indicators": [indicator_json(one, book, lang) for one in report.indicators],
    }


def method_note(indicators: Sequence[Indicator], lang: Language) -> str:
    """How small counts were treated, with the greatest bound that was used."""
    return lang.say(METHOD, below=max((one.k for one in indicators), default=1) - 1)
