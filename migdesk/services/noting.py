"""What the audit hears of reading, searching, locking and the key file. Store thread.

Writing is noted by the transaction that writes. A look is noted after it, and one at the same record within some
minutes is the same look: a screen reads again whenever something changes.
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from migdesk.clock import Clock, from_ms
from migdesk.errors import EnvError
from migdesk.paths import Paths
from migdesk.services import keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migdesk.store.database import Store

LOOK_S = 600.0
"""So long a look lasts."""
SEARCH_S = 60.0
"""So long somebody goes on typing one search."""
_REMEMBERED = 2_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Note:
    action: str
    kind: str = ""
    record: UUID | None = None
    detail: str = ""


class Notes:
    """The notes of one open workspace. What the disk does not take is kept until it does: a full disk must not hide a
    telephone number from who needs it. (A case is another matter: no look into one that cannot be noted.)"""

    def __init__(self, store: "Store", home: Path, clock: Clock, user: UUID) -> None:
        self._store, self._home, self._clock, self._user = store, home, clock, user
        self._looks: dict[tuple[str, UUID], float] = {}
        self._searched, self._searched_at = "", 0.0
        self._late: list[_Note] = []

    def looked(self, action: str, kind: str, record: UUID) -> None:
        """A record was read, whole."""
        now, known = self._clock.monotonic(), self._looks.get((action, record))
        if known is not None and now - known < LOOK_S:
            return
        if len(self._looks) >= _REMEMBERED:
            self._looks.clear()
        self._looks[action, record] = now
        self._write(_Note(action, kind, record))

    def searched(self, words: str, found: "Mapping[str, int]") -> None:
        """Somebody searched. Kept is how long the words were and how many records of which kinds came of it.

        Not the words: they are mostly names, and the audit outlives an erased person by years. No fingerprint of them
        either: names are few enough to try them all. Which record was opened then, the next row says.
        """
        words, now = " ".join(words.casefold().split()), self._clock.monotonic()
        before, goes_on = self._searched, now - self._searched_at < SEARCH_S
        self._searched, self._searched_at = words, now
        if before and goes_on and (words.startswith(before) or before.startswith(words)):
            return
        counts = " ".join(f"{kind}={count}" for kind, count in sorted(found.items()))
        self._write(_Note("search", detail=f"letters={len(words)} {counts or 'found=0'}"))

    def listed(self, kinds: str) -> None:
        """Records leave as data on the command line."""
        self._write(_Note("list_records", detail=kinds))

    def audit_read(self, how: str) -> None:
        """The audit trail itself was read."""
        self._write(_Note("view_audit", detail=how))

    def unlocked(self) -> None:
        """The cover was taken away, after so many wrong tries."""
        self._write(_Note("unlock"))
        self.wrong_tries()

    def locked(self) -> None:
        """The cover is on. What was typed into the search is forgotten with it."""
        self._looks.clear()
        self._searched = ""
        self._write(_Note("lock"))

    def wrong_tries(self) -> None:
        """Write the wrong tries at the passphrase since the last time; they may have been made while it was closed."""
        from migdesk.vault.waits import Waits  # noqa: PLC0415 - the unlock window loads this module

        waits = Waits(Paths(self._home).tries_file, self._clock)
        tries = waits.untold()
        if not tries.count:
            return
        detail = f"tries={tries.count} first={_iso(tries.first_ms)} last={_iso(tries.last_ms)}"
        self._append(_Note("wrong_passphrase", detail=detail))
        waits.told()

    def key_file(self) -> None:
        """Tell the store of the key file as it is now, after it was written."""
        with self._store.begin() as tx:
            keys.file_warnings(tx, self._home, self._user)

    def finish(self) -> None:
        """Write what the disk did not take before, as far as it does now."""
        if self._late:
            self._append()

    def _write(self, note: _Note) -> None:
        try:
            self._append(note)
        except EnvError:
            _log.warning("%d notes wait until the disk takes them", len(self._late) + 1)
            self._late = [*self._late, note][-_REMEMBERED:]

    def _append(self, *notes: _Note) -> None:
        from migdesk.store import audit  # noqa: PLC0415 - see above

        with self._store.begin() as tx:
            for one in (*self._late, *notes):
                audit.append(tx, self._user, one.action, one.kind, one.record, one.detail)
        self._late = []


def _iso(ms: int) -> str:
    return from_ms(ms).isoformat(timespec="seconds").replace("+00:00", "Z")
