"""What all documents are made of: an A4 page of words and tables that goes on where it is full. QtGui alone, no screen.

Any thread that has a QGuiApplication in its process.
"""

import os
import sys
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QBuffer, QMarginsF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPageLayout, QPageSize, QPainter, QPdfWriter, QPen

from migdesk.i18n import N_, Language
from migdesk.reports.tables import WITHHELD

DPI = 150
MM = DPI / 25.4
INK, MUTED, LINE, SHADE = QColor("#1f2a2a"), QColor("#5c6b6b"), QColor("#c9d3d1"), QColor("#eef3f2")
WRAP = int(Qt.TextFlag.TextWordWrap)


def application() -> QGuiApplication | None:
    """An offscreen application, if there is none yet; to be kept until the document is done."""
    if QGuiApplication.instance() is not None:
        return None
    if sys.platform not in ("win32", "darwin"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return QGuiApplication(["migdesk"])


class Page:
    """A cursor that moves down A4 pages and begins a new one where a line does not fit."""

    def __init__(self, buffer: QBuffer, lang: Language, title: str) -> None:
        self._writer = QPdfWriter(buffer)
        self._writer.setResolution(DPI)
        self._writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        self._writer.setPageMargins(QMarginsF(18, 16, 18, 16), QPageLayout.Unit.Millimeter)
        self._writer.setTitle(title)
        self._writer.setCreator("MigDesk")
        self._painter = QPainter(self._writer)
        self._lang = lang
        self._width, self._height = float(self._writer.width()), float(self._writer.height()) - 8 * MM
        self._y, self._number = 0.0, 1

    def space(self, mm: float) -> None:
        self._y += mm * MM

    def keep(self, mm: float) -> None:
        """Begin a new page unless this much is left."""
        if self._y + mm * MM > self._height:
            self._turn()

    def text(self, words: str, size: float, *, bold: bool = False, colour: QColor = INK) -> None:
        self._font(size, bold=bold)
        height = self._measure(words, self._width)
        if self._y + height > self._height:
            self._turn()
            self._font(size, bold=bold)
        self._painter.setPen(colour)
        self._painter.drawText(QRectF(0, self._y, self._width, height), WRAP, words)
        self._y += height + 0.8 * MM

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

    def boxes(self, words: Sequence[str], size: float, height_mm: float) -> None:
        """Large signs in a row of frames, to be read and copied one frame after the other."""
        gap = 2.5 * MM
        width, height = (self._width - gap * (len(words) - 1)) / len(words), height_mm * MM
        font = QFont("Noto Sans Mono")
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setPointSizeF(size)
        font.setBold(True)
        for at, word in enumerate(words):
            box = QRectF(at * (width + gap), self._y, width, height)
            self._painter.fillRect(box, SHADE)
            self._painter.setPen(QPen(MUTED, 2))
            self._painter.drawRect(box)
            self._painter.setFont(font)
            self._painter.setPen(INK)
            self._painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), word)
        self._y += height

    def finish(self) -> None:
        self._foot()
        self._painter.end()

    def _row(self, cells: Sequence[str], shares: Sequence[float], height: float, *, bold: bool) -> None:
        self._font(9, bold=bold)
        if bold:
            self._painter.fillRect(QRectF(0, self._y, self._width, height), SHADE)
        left, gap = 0.0, 1.2 * MM
        self._painter.setPen(INK)
        for at, (cell, share) in enumerate(zip(cells, shares, strict=False)):
            width = share * self._width
            box = QRectF(left + gap, self._y + 0.8 * MM, width - 2 * gap, height)
            number = at > 0 and (bold or not any(letter.isalpha() for letter in cell) or cell == WITHHELD)
            side = Qt.AlignmentFlag.AlignRight if number and not self._words(cells, at) else Qt.AlignmentFlag.AlignLeft
            self._painter.drawText(box, WRAP | int(side), cell)
            left += width
        self._y += height
        self._painter.setPen(QPen(LINE, 1))
        self._painter.drawLine(0, int(self._y), int(self._width), int(self._y))

    @staticmethod
    def _words(cells: Sequence[str], at: int) -> bool:
        """Whether a column holds words: the second one of the overview, whose rows have five cells."""
        return at == 1 and len(cells) == 5 and any(letter.isalpha() for letter in cells[0])

    def _row_height(self, cells: Sequence[str], shares: Sequence[float], *, bold: bool) -> float:
        self._font(9, bold=bold)
        gap = 2.4 * MM
        measured = (self._measure(cell, share * self._width - gap) for cell, share in zip(cells, shares, strict=False))
        return max(measured, default=0.0) + 1.6 * MM

    def _measure(self, words: str, width: float) -> float:
        box = self._painter.boundingRect(QRectF(0, 0, width, 100_000), WRAP, words or " ")
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
        self._painter.setPen(MUTED)
        words = self._lang.say(N_("Page {n}"), n=self._number)
        box = QRectF(0, self._height + 2 * MM, self._width, 6 * MM)
        self._painter.drawText(box, int(Qt.AlignmentFlag.AlignRight), words)
