"""The growing wait after wrong tries, kept in a small file beside the key file so that a restart does not shorten it.

It slows down who guesses at the keyboard. Who can copy the key file can guess elsewhere: against them there is only the
costly derivation. Nothing is ever deleted by wrong tries. Any thread; loads neither database nor Qt.
"""

import json
import logging
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeVar

from migdesk.clock import Clock, to_ms
from migdesk.errors import EnvError, UserError
from migdesk.i18n.markers import N_
from migdesk.vault.atomic_file import write_atomic
from migdesk.vault.keyfile import WrongPassphraseError

FREE = 2
"""Wrong tries after which nobody waits."""
LONGEST_S = 60

T = TypeVar("T")
_MOST = 1 << 31
_LATEST_MS = 1 << 47
"""The year 6429: a later moment was never written by us, and no calendar takes it."""
_log = logging.getLogger(__name__)


class TooSoonError(UserError):
    """A try during the wait; nothing was tried. `wait_s`: the seconds that are left."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(
            N_("There were several wrong tries. The next one has to wait."),
            hint=N_("Seconds to wait: {n}. Nothing is ever deleted by wrong tries."),
            n=wait_s,
        )
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class _Tries:
    """`wrong` in a row, the last of them at `at_ms`; `untold` ones, made from `first_ms` to `last_ms`, stand in no
    audit yet."""

    wrong: int = 0
    at_ms: int = 0
    untold: int = 0
    first_ms: int = 0
    last_ms: int = 0

    def one_more(self, now_ms: int) -> "_Tries":
        return _Tries(self.wrong + 1, now_ms, self.untold + 1, self.first_ms or now_ms, now_ms)


@dataclass(frozen=True, slots=True)
class Untold:
    """Wrong tries that no audit knows of, and when the first and the last of them were made."""

    count: int
    first_ms: int
    last_ms: int


def seconds_to_wait(wrong: int) -> int:
    """How long to wait after so many wrong tries: nothing at first, then 2, 4, 8 ... at most 60 seconds."""
    return 0 if wrong <= FREE else min(LONGEST_S, 2 ** min(wrong - FREE, 10))


class Waits:
    """The tries at one key file. What cannot be read or written counts as no tries: the owner must always get in."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock

    def left(self) -> int:
        """Seconds until the next try. A clock that was turned back makes it begin again, never longer than that."""
        tries = self._read()
        wait = seconds_to_wait(tries.wrong)
        passed = to_ms(self._clock.now()) - tries.at_ms
        if wait and passed < 0:
            self._keep(replace(tries, at_ms=to_ms(self._clock.now())))
            return wait
        return max(0, math.ceil(wait - passed / 1000))

    def attempt(self, unlock: Callable[[], T]) -> T:
        """Do `unlock`, which raises WrongPassphraseError for a wrong secret; that is counted, and told in `wait_s`.

        Raises TooSoonError without trying while there is a wait.
        """
        left = self.left()
        if left:
            raise TooSoonError(left)
        before = self._read()
        # Counted before it is known to be wrong, so that to end the program in the middle saves no try.
        tried = before.one_more(to_ms(self._clock.now()))
        self._keep(tried)
        try:
            opened = unlock()
        except WrongPassphraseError as error:
            error.wait_s = seconds_to_wait(tried.wrong)
            raise
        except BaseException:
            self._keep(before)
            raise
        self._keep(replace(before, wrong=0, at_ms=0))
        return opened

    def forget(self) -> None:
        """The owner is known again by another way: no wait any more. The audit still hears of the tries."""
        self._keep(replace(self._read(), wrong=0, at_ms=0))

    def untold(self) -> Untold:
        """The wrong tries that no audit knows of yet."""
        tries = self._read()
        return Untold(tries.untold, tries.first_ms, tries.last_ms)

    def told(self) -> None:
        """They stand in the audit now."""
        self._keep(replace(self._read(), untold=0, first_ms=0, last_ms=0))

    def _read(self) -> _Tries:
        try:
            found = json.loads(self._path.read_bytes())
            numbers = [found[name] for name in ("wrong", "at_ms", "untold")]
            numbers += [found.get(name, 0) for name in ("first_ms", "last_ms")]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return _Tries()
        if not all(type(one) is int and 0 <= one < 1 << 62 for one in numbers):
            return _Tries()
        if max(numbers[1], *numbers[3:]) > _LATEST_MS:
            return _Tries()
        return _Tries(min(numbers[0], _MOST), numbers[1], min(numbers[2], _MOST), *numbers[3:])

    def _keep(self, tries: _Tries) -> None:
        try:
            if tries == replace(_Tries(), at_ms=tries.at_ms):
                self._path.unlink(missing_ok=True)
            else:
                write_atomic(self._path, json.dumps(asdict(tries), sort_keys=True).encode("ascii"))
        except (EnvError, OSError):
            _log.warning("a try at the passphrase could not be counted")
