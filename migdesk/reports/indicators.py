"""The indicator report: which indicators exist and how one report is put together. Records in, tables out."""

import datetime as dt

from migdesk.domain.codes import CodeBook
from migdesk.reports.case_indicators import cases
from migdesk.reports.counselling_indicators import counselling
from migdesk.reports.facts import Facts
from migdesk.reports.quality_indicators import quality
from migdesk.reports.tables import Indicator, Period, Report
from migdesk.reports.training_indicators import training

ALL = ("C1", "C2", "C13", "C14", "K1", "K2", "K4", "T1", "T2", "Q2")
TRAINING = ("T1", "T2")


def make_report(
    facts: Facts,
    period: Period,
    book: CodeBook,
    *,
    area: str,
    place: str,
    made_at: dt.datetime,
    which: tuple[str, ...] = ALL,
) -> Report:
    """The report of a period.

    `area` narrows it to the subtree of an area code. `place` is the area that a reader knows the figures to be of (the
    chosen one, or that of the workspace): below a regency the strict rules of DOMAIN 3.4 hold.
    """
    inside = facts.within(area)
    below = len(place) > len("52.03")
    found: list[Indicator] = []
    if any(name.startswith("C") for name in which):
        found += counselling(inside, period, book, below_regency=below)
    if any(name.startswith("K") for name in which):
        found += cases(inside, period, book, below_regency=below)
    if any(name.startswith("T") for name in which):
        found += training(inside, period, book)
    if "Q2" in which:
        found.append(quality(inside, area, below_regency=below))
    return Report(period, area, tuple(one for one in found if one.id in which), made_at)
