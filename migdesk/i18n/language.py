"""One language: say things in it. Immutable; made by `catalogue.load` and handed to whoever shows something."""

import datetime as dt
from collections.abc import Mapping
from gettext import NullTranslations
from typing import Any, Protocol

from migdesk.errors import MigDeskError
from migdesk.i18n.formats import AnyDate, AnyMoney, Formats, Style
from migdesk.i18n.markers import N_
from migdesk.i18n.placeholders import fill, names, placeholders

LESS_THAN_A_MINUTE = 60.0


class _Labelled(Protocol):
    def label(self, code: str, language: str, /) -> str: ...


class _Book(Protocol):
    """What `domain.codes.CodeBook` offers; i18n stands below the domain and cannot name it."""

    def __getitem__(self, name: str, /) -> _Labelled: ...


class Language:
    """Words from the catalogue, dates and numbers from Babel.

    A translation whose placeholders are not those of the English message is ignored: it would show nonsense or
    raise in front of a person. A placeholder filled with a date or a moment is written in this language.
    """

    def __init__(self, code: str, words: NullTranslations, formats: Formats) -> None:
        self.code = code
        self._words = words
        self._formats = formats

    def say(self, msg: str, /, **params: object) -> str:
        """The message in this language. An empty message stays empty."""
        if not msg:
            return ""
        return self._filled(_same(self._words.gettext(msg), msg), params)

    def context(self, context: str, msg: str, /, **params: object) -> str:
        """A message that English spells the same in several meanings; `context` tells them apart."""
        return self._filled(_same(self._words.pgettext(context, msg), msg), params)

    def many(self, one: str, other: str, n: int, /, **params: object) -> str:
        """The singular or plural for `n`; the placeholder `{n}` is filled with the number."""
        english = one if n == 1 else other
        said = self._words.ngettext(one, other, n)
        allowed, needed = names(other) | names(one) | {"n"}, names(other) - {"n"}
        fits = placeholders(said) is not None and needed <= names(said) <= allowed
        return self._filled(said if fits or said == english else english, {"n": self.number(n), **params})

    def error(self, error: MigDeskError, /) -> tuple[str, str]:
        """What happened, and what is safe and what to do (may be empty)."""
        return self.say(error.message, **error.params), self.say(error.hint, **error.params)

    def code_label(self, book: _Book, list_name: str, code: str, /) -> str:
        """The words for a code of a list, or the code itself if the list or the code is not known here."""
        try:
            return book[list_name].label(code, self.code.partition("_")[0])
        except KeyError:
            return code

    def date(self, day: AnyDate, style: Style = "medium") -> str:
        """A day (`17 Mei 2026`), or as much of it as is known (`Mei 1994`, `sekitar 1994`)."""
        text = self._formats.date(day, style)
        return self.say(N_("about {date}"), date=text) if getattr(day, "estimated", False) else text

    def time(self, moment: dt.datetime) -> str:
        """Hours and minutes where the laptop is."""
        return self._formats.time(moment)

    def moment(self, moment: dt.datetime) -> str:
        """Day, hours and minutes where the laptop is."""
        return self._formats.moment(moment)

    def number(self, value: float) -> str:
        return self._formats.number(value)

    def money(self, amount: AnyMoney) -> str:
        return self._formats.money(amount)

    def duration(self, seconds: float) -> str:
        """A span of time in one or two units: `0,4 detik`, `12 detik`, `3 menit 5 detik`."""
        if seconds < 10:
            return self.say(N_("{seconds} s"), seconds=self.number(round(seconds, 1)))
        minutes, rest = divmod(round(seconds), 60)
        if not minutes:
            return self.say(N_("{seconds} s"), seconds=self.number(rest))
        return self.say(N_("{minutes} min {seconds} s"), minutes=self.number(minutes), seconds=self.number(rest))

    def ago(self, then: dt.datetime, now: dt.datetime) -> str:
        """How long ago: `baru saja`, `5 menit yang lalu`; a moment to come is written in full."""
        seconds = (now - then).total_seconds()
        if seconds < -LESS_THAN_A_MINUTE:
            return self.moment(then)
        return self._formats.ago(seconds) if seconds >= LESS_THAN_A_MINUTE else self.say(N_("just now"))

    def _filled(self, text: str, params: Mapping[str, Any]) -> str:
        return fill(text, {name: self._shown(value) for name, value in params.items()}) if params else fill(text, {})

    def _shown(self, value: Any) -> Any:
        if isinstance(value, dt.datetime):
            return self.moment(value)
        return self.date(value) if isinstance(value, dt.date) else value


def _same(translated: str, msg: str) -> str:
    """The translation if it can be filled as the message can, else the message."""
    return translated if placeholders(translated) == placeholders(msg) is not None else msg
