"""Reads and writes dates as people type them (17051994, 170594, 17/5/94, 05/1994, 1994, ~1994, 32 th). Pure."""

import re
from datetime import date

from migdesk.domain.values import PartialDate

_SEPARATED = re.compile(r"[\s./\-]+")
_AGE = re.compile(r"~?(\d{1,3}) ?(?:th|thn|tahun|y|yr|yrs|years?)\.?", re.IGNORECASE)
_UNKNOWN = {"", "?", "??", "0", "00", "x", "xx"}


def read_partial(text: str, today: date, *, future: bool = False) -> PartialDate | None:
    """What was typed, or None for nothing. Raises ValueError for what is no date.

    A two-digit year is of the last hundred years, or of the ones around `today` when `future` dates make sense.
    """
    words = text.strip()
    if not words:
        return None
    if age := _AGE.fullmatch(words):
        return PartialDate(today.year - int(age.group(1)), estimated=True)
    estimated = words.startswith("~") or words.endswith("~")
    day, month, year = _parts(words.strip("~ "))
    return PartialDate(_year(year, today, future), month, day, estimated)


def read_day(text: str, today: date, *, future: bool = False) -> date | None:
    """A whole day; the year may be left out (`17/5`). Raises ValueError."""
    words = text.strip()
    pieces = [piece for piece in _SEPARATED.split(words) if piece]
    if len(pieces) == 2 and all(piece.isdigit() and len(piece) <= 2 for piece in pieces):
        return date(today.year, int(pieces[1]), int(pieces[0]))
    found = read_partial(words, today, future=future)
    if found is None:
        return None
    if not found.day or found.estimated:
        raise ValueError("not a whole day")
    return date(found.year, found.month, found.day)


def write_date(value: date | PartialDate | None) -> str:
    """`17/05/1994`, `05/1994`, `1994`, `~1994`."""
    if value is None:
        return ""
    parts = [f"{part:02d}" for part in (value.day, value.month) if part] + [f"{value.year:04d}"]
    return ("~" if getattr(value, "estimated", False) else "") + "/".join(parts)


def _parts(words: str) -> tuple[int, int, str]:
    """Day, month (0 when not known) and year as typed."""
    if words.isdigit():
        if len(words) in {6, 8}:
            return int(words[:2]), int(words[2:4]), words[4:]
        if len(words) == 4:
            return 0, 0, words
        raise ValueError("not a date")
    pieces = _SEPARATED.split(words)
    known = [0 if piece.lower() in _UNKNOWN else piece for piece in pieces]
    if len(known) == 3 and len(str(known[0])) == 4:
        known.reverse()
    if len(known) not in {2, 3} or not str(known[-1]).isdigit() or not all(str(part).isdigit() for part in known):
        raise ValueError("not a date")
    day, month = (int(known[0]), int(known[1])) if len(known) == 3 else (0, int(known[0]))
    if day and not month:
        raise ValueError("a day needs its month")
    return day, month, str(known[-1])


def _year(typed: str, today: date, future: bool) -> int:
    if len(typed) == 4:
        return int(typed)
    if len(typed) != 2:
        raise ValueError("not a year")
    year = today.year - today.year % 100 + int(typed)
    latest = today.year + (20 if future else 0)
    return year if year <= latest else year - 100
