"""The indicator report as a PDF (A4) by QPdfWriter; runs without a screen. A report in, bytes out.

Any thread that has a QGuiApplication in its process; `print_report` makes an offscreen one if there is none.
"""

from typing import Any

from PySide6.QtCore import QBuffer, QIODevice

from migdesk.domain.codes import CodeBook
from migdesk.i18n import N_, Language
from migdesk.prints.page import MUTED, Page, application
from migdesk.reports.report_workbook import CHANGED, table_lines
from migdesk.reports.tables import NOTICE, WITHHELD, Indicator, Report, method_note, seen


def print_report(report: Report, book: CodeBook, lang: Language, *, made_by: str, changed: bool = False) -> bytes:
    """The report as PDF bytes: head, a table of all indicators, their tables, the notice and the method on its end."""
    screenless = application()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    page = Page(buffer, lang, lang.say(N_("Indicators of migration governance")))
    say = lang.say
    page.text(say(N_("Indicators of migration governance")), 18, bold=True)
    page.text(f"{lang.date(report.period.first, 'long')} - {lang.date(report.period.last, 'long')}", 11)
    page.text(report.area or say(N_("Everything in this workspace")), 10, colour=MUTED)
    page.space(3)
    page.text(say(NOTICE), 8.5, colour=MUTED)
    if changed:
        page.text(say(CHANGED), 9, bold=True)
    page.space(4)
    page.table(_overview(report, lang), (0.09, 0.43, 0.14, 0.17, 0.17))
    for one in report.indicators:
        _indicator(page, one, book, lang)
    page.space(4)
    page.text(say(N_("Method")), 11, bold=True)
    page.text(method_note(report.indicators, lang), 8.5, colour=MUTED)
    page.text(f"{lang.moment(report.made_at)}, {made_by}", 8.5, colour=MUTED)
    page.finish()
    del screenless
    return bytes(buffer.data().data())


def _overview(report: Report, lang: Language) -> list[list[Any]]:
    say = lang.say
    head = [None, say(N_("No.")), say(N_("Indicator")), say(N_("Value")), say(N_("Numerator")), say(N_("Denominator"))]
    return [head, *([one.id, say(one.title), *_numbers(one, lang)] for one in report.indicators)]


def _numbers(one: Indicator, lang: Language) -> list[str]:
    value = one.value
    if value is None:
        shown = WITHHELD if one.withheld else "-"
    else:
        shown = f"{lang.number(round(value * 100, 1))} %" if one.unit == "share" else lang.number(value)
    return [shown, *(_count(part, one, lang) for part in (one.numerator, one.denominator))]


def _count(part: int | None, one: Indicator, lang: Language) -> str:
    if part is None:
        return WITHHELD if one.withheld else "-"
    return lang.number(part)


def _indicator(page: "Page", one: Indicator, book: CodeBook, lang: Language) -> None:
    page.keep(36)
    page.space(5)
    page.text(f"{one.id}  {lang.say(one.title)}", 11, bold=True)
    page.text(lang.say(one.formula), 8.5, colour=MUTED)
    if one.note:
        page.text(lang.say(one.note), 8.5, colour=MUTED)
    if one.incomplete != 0:
        page.text(lang.say(N_("Incomplete: {n}"), n=seen(one.incomplete)), 8.5, colour=MUTED)
    for part in one.tables:
        if not part.table.counts:
            continue
        lines = table_lines(part, book, lang)
        columns = max(len(line) - (line[0] is None) for line in lines)
        page.space(1.5)
        page.table(lines, (0.34, *(0.66 / (columns - 1) for _ in range(columns - 1))))
