"""What a cell of a table means for a declared field: names and codes in any language, dates as people write them."""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from migdesk.domain.codes import CodeBook
from migdesk.domain.field_types import (
    Amount,
    Code,
    Codes,
    Day,
    FieldType,
    Moment,
    PartialDay,
    Phone,
    Ref,
    Whole,
    YesNo,
)
from migdesk.domain.record import FieldSpec, KindSpec
from migdesk.domain.values import Missing, Money, PartialDate
from migdesk.i18n.language import Language

EXACT_DIGITS = 15
"""Excel keeps no more digits of a number: a NIK must stand in its cell as text."""
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_MONTH = re.compile(r"(\d{1,2})[/.-](\d{4})")
_TRUE = ("true", "1", "yes", "ya", "y")
_FALSE = ("false", "0", "no", "tidak", "t", "n")


class CellReader:
    """Reads the cells of one kind. Made once for a file; names and labels of every language are known to it."""

    def __init__(self, spec: KindSpec, codes: CodeBook, languages: Sequence[Language]) -> None:
        self.spec = spec
        self._names: dict[str, str] = {}
        for one in spec.fields:
            for label in (one.name, one.label, *(lang.say(one.label) for lang in languages)):
                self._names.setdefault(folded(label), one.name)
                self._names.setdefault(folded(f"{label} ({one.name})"), one.name)
        self._codes = {
            one.name: _spellings(one, codes, languages)
            for one in spec.fields
            if one.codes in codes.lists and isinstance(one.type, Code | Codes)
        }
        self._missing = _missing_words(codes, languages)

    def field_of(self, title: str) -> str:
        """The name of the field that a heading means, or an empty string."""
        return self._names.get(folded(title), "")

    def value(self, name: str, cell: Any) -> Any:
        """The value of a cell that is not blank. Raises ValueError if it cannot be one of this field."""
        one = self.spec.by_name[name]
        if isinstance(one.type, Code):
            return self._code(one, str(cell))
        if isinstance(one.type, Codes):
            return self._set(one, str(cell))
        if isinstance(cell, str) and folded(cell) in self._missing and one.can_decline:
            return self._missing[folded(cell)]
        for kind, read in _READERS:
            if isinstance(one.type, kind):
                return one.type.normalise(read(cell))
        return one.type.normalise(_text(cell))

    def _code(self, one: FieldSpec, text: str) -> str:
        known = self._codes.get(one.name)
        if known is None:
            return str(one.type.normalise(text))
        if folded(text) not in known:
            raise ValueError("not one of the choices")
        return known[folded(text)]

    def _set(self, one: FieldSpec, text: str) -> frozenset[str]:
        parts = [part for part in re.split(r"[,;]", text) if part.strip()]
        try:
            return frozenset(self._code(one, part) for part in parts)
        except ValueError:
            return frozenset(self._code(one, part) for part in text.split())


def folded(text: str) -> str:
    """The text without what people write in different ways: case, white space, underscores."""
    return " ".join(text.replace("_", " ").casefold().split())


def _spellings(one: FieldSpec, codes: CodeBook, languages: Sequence[Language]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for entry in codes[one.codes].entries:
        for label in (entry.code, *entry.labels.values(), *(entry.label(lang.code) for lang in languages)):
            found.setdefault(folded(label), entry.code)
    return found


def _missing_words(codes: CodeBook, languages: Sequence[Language]) -> Mapping[str, Missing]:
    found = {one.value: one for one in Missing}
    for one in Missing:
        for lang in languages:
            found.setdefault(folded(lang.code_label(codes, "yes_no", one.value)), one)
    return found


def _text(cell: Any) -> str:
    """Text, also of a number that Excel made of a code; one too long for a number was damaged there."""
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return str(cell)
    if cell != int(cell) or abs(cell) >= 10**EXACT_DIGITS:
        raise ValueError("not text")
    return str(int(cell))


def _phone(cell: Any) -> str:
    text = _text(cell)
    return "0" + text if text.startswith("8") else text  # the zero that Excel takes from the front of a number


def _day(cell: Any) -> dt.date:
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    match = _DATE.fullmatch(str(cell).strip())
    if match:
        day, month, year = map(int, match.groups())
        return dt.date(year, month, day)
    return dt.date.fromisoformat(str(cell).strip())


def _partial(cell: Any) -> PartialDate:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return PartialDate(int(cell))
    text = str(cell).strip()
    match = _MONTH.fullmatch(text)
    if match:
        return PartialDate(int(match[2]), int(match[1]))
    try:
        day = _day(cell)
    except ValueError:
        return PartialDate.parse(text)
    return PartialDate(day.year, day.month, day.day)


def _whole(cell: Any) -> int:
    number = float(cell)
    if number != int(number):
        raise ValueError("not a whole number")
    return int(number)


def _yes_no(cell: Any) -> bool:
    text = folded(str(int(cell) if isinstance(cell, float) else cell))
    if text not in _TRUE + _FALSE:
        raise ValueError("not yes or no")
    return text in _TRUE


def _moment(cell: Any) -> dt.datetime:
    moment = cell if isinstance(cell, dt.datetime) else dt.datetime.fromisoformat(str(cell).replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


_READERS: tuple[tuple[type[FieldType], Callable[[Any], Any]], ...] = (
    (Day, _day),
    (PartialDay, _partial),
    (Moment, _moment),
    (Whole, _whole),
    (YesNo, _yes_no),
    (Phone, _phone),
    (Ref, lambda cell: UUID(str(cell).strip())),
    (Amount, lambda cell: Money.parse(str(cell).strip())),
)
