"""The indicator report as an Excel file. A report in, bytes out; any thread."""

from typing import Any

from migdesk.domain.codes import CodeBook
from migdesk.i18n import N_, Language
from migdesk.reports.suppression import Shape
from migdesk.reports.tables import COUNT, NOTICE, WITHHELD, Breakdown, Indicator, Report, method_note, seen
from migdesk.reports.workbook import Share, Workbook

CHANGED = N_(
    "Other figures of this period were given out before. Do not publish both: together they may show small groups."
)


def report_workbook(report: Report, book: CodeBook, lang: Language, *, changed: bool, made_by: str) -> bytes:
    """One sheet with all indicators, one for the tables of each, and the explanation."""
    out = Workbook(book, lang)
    say = lang.say
    head = [say(N_("No.")), say(N_("Indicator")), say(N_("Value")), say(N_("Numerator")), say(N_("Denominator"))]
    lines: list[list[Any]] = [[None, *head, say(N_("Incomplete")), say(N_("How it is computed"))]]
    lines += [_line(one, lang) for one in report.indicators]
    out.add_table(say(N_("Indicators")), lines, (8, 36, 12, 12, 12, 12, 60))
    for one in report.indicators:
        if one.tables:
            parts = [line for part in one.tables for line in [*table_lines(part, book, lang), []]]
            heading: list[list[Any]] = [[None, f"{one.id} {say(one.title)}"], [say(one.formula)], []]
            out.add_table(one.id, heading + parts, (36, *(14 for _ in range(12))))
    facts = [
        (say(N_("Report")), say(N_("Indicators of migration governance"))),
        (say(N_("Period")), f"{lang.date(report.period.first)} - {lang.date(report.period.last)}"),
        (say(N_("Area")), report.area or say(N_("Everything in this workspace"))),
        (say(N_("Made")), f"{lang.moment(report.made_at)}, {made_by}"),
        (say(N_("Please note")), say(NOTICE)),
        (say(N_("Method")), method_note(report.indicators, lang)),
        *([(say(N_("Published before")), say(CHANGED))] if changed else []),
    ]
    out.add_explanation(facts, (), ())
    return out.finish(say(N_("Indicators of migration governance")))


def _line(one: Indicator, lang: Language) -> list[Any]:
    value: Any = one.value
    if value is None:
        value = WITHHELD if one.withheld else "-"
    elif one.unit == "share":
        value = Share(value)
    numbers = [WITHHELD if x is None and one.withheld else x for x in (one.numerator, one.denominator)]
    note = " ".join(filter(None, (lang.say(one.formula), lang.say(one.note))))
    return [one.id, lang.say(one.title), value, *numbers, seen(one.incomplete), note]


def table_lines(part: Breakdown, book: CodeBook, lang: Language) -> list[list[Any]]:
    """The lines of a published table: a heading (begins with None), the rows, the totals."""
    table, total = part.table, lang.say(N_("Total"))
    title = lang.say(part.rows.title)
    if table.shape in (Shape.TOTAL, Shape.NOTHING) or not table.counts:
        return [[None, title, total], [total, seen(table.total)]]
    if part.columns is COUNT:
        lines = [[part.rows.label(line, book, lang), seen(table.cell(r, 0))] for r, line in enumerate(table.rows)]
        return [[None, title, total], *lines, [total, seen(table.total)]]
    heads = [part.columns.label(line, book, lang) for line in table.columns]
    lines = [
        [
            part.rows.label(line, book, lang),
            *(seen(table.cell(r, c)) for c in range(len(heads))),
            seen(table.row_total(r)),
        ]
        for r, line in enumerate(table.rows)
    ]
    totals = [seen(table.column_total(c)) for c in range(len(heads))]
    return [[None, title, *heads, total], *lines, [total, *totals, seen(table.total)]]
