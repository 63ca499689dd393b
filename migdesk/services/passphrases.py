"""How well a passphrase withstands guessing, and what to do about it. Any thread, never the GUI's: the estimator
(zxcvbn) loads its lists on the first call, some tenths of a second on a slow laptop.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.paths import resource
from migdesk.vault.keyfile import MIN_PASSPHRASE

GOOD = 3
"""The least level that is taken: some 100 million guesses, each of which costs as much as an unlock."""
STRONG = 4
_LOOKED_AT = 72
"""More of it makes it no weaker, and the estimator slow."""

_SHORT = N_("Too short: it needs at least eight characters.")
_LONGER = N_("Add one or two more words that do not belong together.")
_COMMON = N_("This is what guessers try first.")
_NAME = N_("Names, of people or of places, are easy to guess.")
_OWN = N_("Leave out your own name and your village.")
_WORD = N_("A single word is easy to guess, also with digits behind it.")
_KEYS = N_("Keys that lie beside each other are easy to guess.")
_REPEAT = N_("Repeating something makes it hardly stronger.")
_ROW = N_("Rows like abc or 6543 are easy to guess.")
_DATE = N_("Dates and years are easy to guess.")


@dataclass(frozen=True, slots=True)
class Quality:
    """`level` 0 to 4. `advice` are messages to be translated, the most useful first; none for a strong one."""

    level: int
    advice: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        return self.level >= GOOD


def judge(passphrase: str, own: Iterable[str] = ()) -> Quality:
    """The quality of a passphrase. `own`: what whoever knows the person would try, such as names and the village."""
    import zxcvbn  # noqa: PLC0415 - see above

    estimator: Any = zxcvbn  # the library says nothing of its types

    if len(passphrase) < MIN_PASSPHRASE:
        return Quality(0, (_SHORT, _LONGER))
    mine = [word for text in own for word in text.lower().split() if len(word) > 2]
    found: Mapping[str, Any] = estimator.zxcvbn(passphrase[:_LOOKED_AT], user_inputs=[*mine, *_common()])
    level = int(found["score"])
    return Quality(level, _advice(found["sequence"], mine) if level < STRONG else ())


def must_be_good(passphrase: str, own: Iterable[str] = ()) -> None:
    """Raises UserError for a passphrase that is too easy to guess; what to do is its hint."""
    quality = judge(passphrase, own)
    if not quality.is_good:
        raise UserError(N_("This passphrase is too easy to guess."), hint=quality.advice[0])


def _advice(sequence: Sequence[Mapping[str, Any]], mine: Sequence[str]) -> tuple[str, ...]:
    """By the longest part that the estimator knew; that more words help is always true."""
    known = [part for part in sequence if part["pattern"] != "bruteforce"]
    if not known:
        return (_LONGER,)
    longest = max(known, key=lambda part: len(part["token"]))
    return (_fault(longest, mine, alone=len(sequence) == 1), _LONGER)


def _fault(part: Mapping[str, Any], mine: Sequence[str], *, alone: bool) -> str:
    pattern = part["pattern"]
    if pattern == "dictionary":
        name = part["dictionary_name"]
        if name == "user_inputs":
            return _OWN if part["matched_word"] in mine else _COMMON
        if name in ("surnames", "male_names", "female_names"):
            return _NAME
        return _COMMON if name == "passwords" and alone else _WORD
    return {"spatial": _KEYS, "repeat": _REPEAT, "sequence": _ROW, "date": _DATE, "regex": _DATE}.get(pattern, _LONGER)


def _common() -> tuple[str, ...]:
    lines = resource("words/common_id.txt").read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))
