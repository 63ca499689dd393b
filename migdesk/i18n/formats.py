"""Dates, numbers and money as a region writes them. Babel and decimals load on first use: the unlock window needs
none."""

import datetime as dt
from typing import Any, Literal, Protocol, TypeAlias

Style: TypeAlias = Literal["short", "medium", "long", "full"]

_NO_MINOR = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"}
    | {"UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"}
)
_THOUSANDTHS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
_SHOWN_WHOLE = frozenset({"IDR"})
_SIGN = {"IDR": "Rp"}


def minor_digits(currency: str) -> int:
    """How many decimal places the minor unit of a currency is (ISO 4217): HKD 2, JPY 0, KWD 3, IDR 2.

    Fixed here, not asked of Babel, because stored amounts depend on it and Babel's data changes.
    """
    if currency in _NO_MINOR:
        return 0
    return 3 if currency in _THOUSANDTHS else 2


class AnyMoney(Protocol):
    """What `domain.values.Money` offers."""

    @property
    def minor(self) -> int: ...

    @property
    def currency(self) -> str: ...


class PartDate(Protocol):
    """What `domain.values.PartialDate` offers; month and day are 0 when unknown."""

    @property
    def year(self) -> int: ...

    @property
    def month(self) -> int: ...

    @property
    def day(self) -> int: ...


AnyDate: TypeAlias = dt.date | PartDate


class Formats:
    """The writing habits of one region (`id_ID`, `en_GB`). `zone` None is the laptop's own."""

    def __init__(self, region: str, zone: dt.tzinfo | None = None) -> None:
        self._region = region
        self._zone = zone

    def date(self, day: AnyDate, style: Style) -> str:
        from babel import dates  # noqa: PLC0415

        if isinstance(day, dt.datetime):
            day = self._local(day)
        if not day.month:
            return str(day.year)
        if not day.day:
            return dates.format_skeleton("yMMMM", dt.datetime(day.year, day.month, 1), locale=self._region)
        return dates.format_date(dt.date(day.year, day.month, day.day), style, locale=self._region)

    def time(self, moment: dt.datetime) -> str:
        from babel import dates  # noqa: PLC0415

        return dates.format_time(self._local(moment).time(), "short", locale=self._region)

    def moment(self, moment: dt.datetime) -> str:
        local = self._local(moment)
        return f"{self.date(local.date(), 'medium')} {self.time(moment)}"

    def ago(self, seconds: float) -> str:
        from babel import dates  # noqa: PLC0415

        return dates.format_timedelta(
            -dt.timedelta(seconds=seconds), threshold=0.9, add_direction=True, locale=self._region
        )

    def number(self, value: float) -> str:
        from babel import numbers  # noqa: PLC0415

        return numbers.format_decimal(value, locale=self._region)

    def money(self, amount: AnyMoney) -> str:
        """With the sign that the region uses; rupiah without decimals (DOMAIN 2.0)."""
        from decimal import Decimal  # noqa: PLC0415

        from babel import numbers  # noqa: PLC0415

        digits = minor_digits(amount.currency)
        value = Decimal(amount.minor).scaleb(-digits)
        shown = 0 if amount.currency in _SHOWN_WHOLE else digits
        text = numbers.format_decimal(value, "#,##0" + ("." + "0" * shown if shown else ""), locale=self._region)
        return f"{self._sign(amount.currency)} {text}"

    def _sign(self, currency: str) -> str:
        from babel import numbers  # noqa: PLC0415

        return _SIGN.get(currency) or numbers.get_currency_symbol(currency, locale=self._region)

    def _local(self, moment: dt.datetime) -> Any:
        return moment.astimezone(self._zone)
