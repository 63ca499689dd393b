"""Which backups to keep: the one rule, for laptops and for servers. Pure.

It goes by the order in which they were made, never by what a clock says of "now": a clock that jumps may put backups
into odd hours, but it cannot make the rule take the newest for an old one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Tiers:
    """So many of the latest hours, of the days before them, and of the weeks before those, that have a backup."""

    hours: int
    days: int
    weeks: int


def kept(made: Sequence[datetime], tiers: Tiers) -> set[int]:
    """Places in `made` (in the order of making) that stay: of each hour, day or week the latest made. The last one
    always stays."""
    left = list(range(len(made) - 1, -1, -1))
    stay = set(left[:1])
    for most, span in ((tiers.hours, _hour), (tiers.days, _day), (tiers.weeks, _week)):
        latest: dict[object, int] = {}
        for place in left:
            latest.setdefault(span(made[place]), place)
        chosen = dict(list(latest.items())[:most])
        stay.update(chosen.values())
        oldest = min(chosen.values(), default=len(made))
        left = [place for place in left if place < oldest and span(made[place]) not in chosen]
    return stay


Span = Callable[[datetime], object]


def _hour(moment: datetime) -> object:
    return moment.date(), moment.hour


def _day(moment: datetime) -> object:
    return moment.date()


def _week(moment: datetime) -> object:
    return moment.isocalendar()[:2]
