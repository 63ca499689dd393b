"""Values that a field can hold beyond Python's own: missing answers, partial dates, money."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias, TypeVar

T = TypeVar("T")


class Missing(StrEnum):
    """An answer that was asked for and not got. It is data: a blank (None) means that nobody asked."""

    UNKNOWN = "unknown"
    DECLINED = "declined"


Answer: TypeAlias = T | Missing | None
"""What a field holds: a value, an answer that was asked for and not got, or a blank."""

_EDTF = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(~?)")


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A date of which the day or the month may be unknown, or the whole an estimate.

    Text form is EDTF (ISO 8601-2:2019 level 1): `1994`, `1994-05`, `1994-05-17`, and `~` behind an estimate.
    """

    year: int
    month: int = 0
    day: int = 0
    estimated: bool = False

    def __post_init__(self) -> None:
        if self.day and not self.month:
            raise ValueError("a day needs its month")
        date(self.year, self.month or 1, self.day or 1)

    @classmethod
    def parse(cls, text: str) -> "PartialDate":
        """Read the EDTF form. Raises ValueError for anything else."""
        match = _EDTF.fullmatch(text)
        if not match:
            raise ValueError(f"not a date: {len(text)} characters")
        year, month, day, about = match.groups()
        return cls(int(year), int(month or 0), int(day or 0), bool(about))

    def __str__(self) -> str:
        parts = [f"{self.year:04d}"]
        if self.month:
            parts.append(f"{self.month:02d}")
        if self.day:
            parts.append(f"{self.day:02d}")
        return "-".join(parts) + ("~" if self.estimated else "")

    @property
    def earliest(self) -> date:
        """The first day that this date can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        """The last day that this date can mean."""
        month = self.month or 12
        return date(self.year, month, self.day or monthrange(self.year, month)[1])


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of an ISO 4217 currency. `HKD 499000` is 4,990.00 Hong Kong dollars."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Z]{3}", self.currency):
            raise ValueError("a currency is three capital letters")

    @classmethod
    def parse(cls, text: str) -> "Money":
        """Read `CUR minor`. Raises ValueError for anything else."""
        currency, _, minor = text.partition(" ")
        return cls(int(minor), currency)

    def __str__(self) -> str:
        return f"{self.currency} {self.minor}"


def age_on(born: PartialDate, day: date) -> int:
    """Full years on `day`, taking the latest birthday the date allows (nobody is made an adult by a blank)."""
    birth = born.latest
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
