"""The indicator report as a PDF (A4) by QPdfWriter; runs without a screen. A report in, bytes out.

Any thread that has a QGuiApplication in its process; `print_report` makes an offscreen one if there is none.
"""

import os
import sys
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPageLayout, QPageSize, QPainter, QPdfWriter, QPen

from migdesk.domain.codes import CodeBook
from migdesk.i18n import N_, Language
from migdesk.reports.report_workbook import CHANGED, table_lines
from migdesk.reports.tables import NOTICE, WITHHELD, Indicator, Report, method_note, seen

DPI = 150
_MM = DPI / 25.4
_INK, _MUTED, _LINE, _SHADE = QColor("#1f2a2a"), QColor("#5c6b6b"), QColor("#c9d3d1"), QColor("#eef3f2")
_WRAP = int(Qt.TextFlag.TextWordWrap)


def print_report(report: Report, book: CodeBook, lang: Language, *, made_by: str, changed: bool = False) -> bytes:
    """The report as PDF bytes: head, a table of all indicators, their tables, the notice and the method on its end."""
    screenless = _application()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    page = _Page(buffer, lang)
    say = lang.say
    page.text(say(N_("Indicators of migration governance")), 18, bold=True)
    page.text(f"{lang.date(report.period.first, 'long')} - {lang.date(report.period.last, 'long')}", 11)
    page.text(report.area or say(N_("Everything in this workspace")), 10, colour=_MUTED)
    page.space(3)
    page.text(say(NOTICE), 8.5, colour=_MUTED)
    if changed:
        page.text(say(CHANGED), 9, bold=True)
    page.space(4)
    page.table(_overview(report, lang), (0.09, 0.43, 0.14, 0.17, 0.17))
    for one in report.indicators:
        _indicator(page, one, book, lang)
    page.space(4)
    page.text(say(N_("Method")), 11, bold=True)
    page.text(method_note(report.indicators, lang), 8.5, colour=_MUTED)
    page.text(f"{lang.moment(report.made_at)}, {made_by}", 8.5, colour=_MUTED)
    page.finish()
    del screenless
    return bytes(buffer.data().data())


def _application() -> QGuiApplication | None:
    if QGuiApplication.instance() is not None:
        return None
    if sys.platform not in ("win32", "darwin"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return QGuiApplication(["migdesk"])


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


def _indicator(page: "_Page", one: Indicator, book: CodeBook, lang: Language) -> None:
    page.keep(36)
    page.space(5)
    page.text(f"{one.id}  {lang.say(one.title)}", 11, bold=True)
    page.text(lang.say(one.formula), 8.5, colour=_MUTED)
    if one.note:
        page.text(lang.say(one.note), 8.5, colour=_MUTED)
    if one.incomplete != 0:
        page.text(lang.say(N_("Incomplete: {n}"), n=seen(one.incomplete)), 8.5, colour=_MUTED)
    for part in one.tables:
        if not part.table.counts:
            continue
        lines = table_lines(part, book, lang)
        columns = max(len(line) - (line[0] is None) for line in lines)
        page.space(1.5)
        page.table(lines, (0.34, *(0.66 / (columns - 1) for _ in range(columns - 1))))


class _Page:
    """A cursor that moves down A4 pages and begins a new one where a line does not fit."""

    def __init__(self, buffer: QBuffer, lang: Language) -> None:
        self._writer = QPdfWriter(buffer)
        self._writer.setResolution(DPI)
        self._writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        self._writer.setPageMargins(QMarginsF(18, 16, 18, 16), QPageLayout.Unit.Millimeter)
        self._writer.setTitle(lang.say(N_("Indicators of migration governance")))
        self._writer.setCreator("MigDesk")
        self._painter = QPainter(self._writer)
        self._lang = lang
        self._width, self._height = float(self._writer.width()), float(self._writer.height()) - 8 * _MM
        self._y, self._number = 0.0, 1

    def space(self, mm: float) -> None:
        self._y += mm * _MM

    def keep(self, mm: float) -> None:
        """Begin a new page unless this much is left."""
        if self._y + mm * _MM > self._height:
            self._turn()

    def text(self, words: str, size: float, *, bold: bool = False, colour: QColor = _INK) -> None:
        self._font(size, bold=bold)
        height = self._measure(words, self._width)
        if self._y + height > self._height:
            self._turn()
            self._font(size, bold=bold)
        self._painter.setPen(colour)
        self._painter.drawText(QRectF(0, self._y, self._width, height), _WRAP, words)
        self._y += height + 0.8 * _MM

    def table(self, lines: Sequence[Sequence[Any]], shares: Sequence[float]) -> None:
        """Lines of cells; one that begins with None is a heading. Numbers stand at the right, words at the left."""
        heading: Sequence[Any] = ()
        for line in lines:
            is_heading = line[0] is None
            cells = [str(cell) for cell in (line[1:] if is_heading else line)]
            height = self._row_height(cells, shares, bold=is_heading)
            if self._y + height > self._height:
                self._turn()
                if heading and not is_heading:
                    self._row(heading, shares, self._row_height(heading, shares, bold=True), bold=True)
            if is_heading:
                heading = cells
            self._row(cells, shares, height, bold=is_heading)

    def finish(self) -> None:
        self._foot()
        self._painter.end()

    def _row(self, cells: Sequence[str], shares: Sequence[float], height: float, *, bold: bool) -> None:
        self._font(9, bold=bold)
        if bold:
            self._painter.fillRect(QRectF(0, self._y, self._width, height), _SHADE)
        left, gap = 0.0, 1.2 * _MM
        self._painter.setPen(_INK)
        for at, (cell, share) in enumerate(zip(cells, shares, strict=False)):
            width = share * self._width
            box = QRectF(left + gap, self._y + 0.8 * _MM, width - 2 * gap, height)
            number = at > 0 and (bold or not any(letter.isalpha() for letter in cell) or cell == WITHHELD)
            side = Qt.AlignmentFlag.AlignRight if number and not self._words(cells, at) else Qt.AlignmentFlag.AlignLeft
            self._painter.drawText(box, _WRAP | int(side), cell)
            left += width
        self._y += height
        self._painter.setPen(QPen(_LINE, 1))
        self._painter.drawLine(0, int(self._y), int(self._width), int(self._y))

    @staticmethod
    def _words(cells: Sequence[str], at: int) -> bool:
        """Whether a column holds words: the second one of the overview, whose rows have five cells."""
        return at == 1 and len(cells) == 5 and any(letter.isalpha() for letter in cells[0])

    def _row_height(self, cells: Sequence[str], shares: Sequence[float], *, bold: bool) -> float:
        self._font(9, bold=bold)
        gap = 2.4 * _MM
        measured = (self._measure(cell, share * self._width - gap) for cell, share in zip(cells, shares, strict=False))
        return max(measured, default=0.0) + 1.6 * _MM

    def _measure(self, words: str, width: float) -> float:
        box = self._painter.boundingRect(QRectF(0, 0, width, 100_000), _WRAP, words or " ")
        return float(box.height())

    def _font(self, size: float, *, bold: bool = False) -> None:
        font = QFont("Noto Sans")
        font.setPointSizeF(size)
        font.setBold(bold)
        self._painter.setFont(font)

    def _turn(self) -> None:
        self._foot()
        self._writer.newPage()
        self._y = 0.0
        self._number += 1

    def _foot(self) -> None:
        self._font(8)
        self._painter.setPen(_MUTED)
        words = self._lang.say(N_("Page {n}"), n=self._number)
        box = QRectF(0, self._height + 2 * _MM, self._width, 6 * _MM)
        self._painter.drawText(box, int(Qt.AlignmentFlag.AlignRight), words)
