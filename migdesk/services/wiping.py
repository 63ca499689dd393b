"""Destroys the files of a workspace, and goes on with it after a power cut. Any thread; the store must be closed.

A mark comes first (`removed.json`). By order of the organisation it says whom to tell and holds the signed receipt:
counts and ids, nothing about anybody. By the owner's own word it holds nothing, goes with the rest, and nobody is told.
While its state is `wiping`, the folder is no workspace, whatever still lies in it.
"""

import json
import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from migdesk.errors import EnvError, RefusedError
from migdesk.i18n.markers import N_
from migdesk.paths import Paths
from migdesk.services.instance_lock import InstanceLock
from migdesk.vault.atomic_file import shred, shred_head, sync_folder, write_atomic

WIPING, WIPED, SENT = "wiping", "wiped", "sent"
WORD = N_("WIPE")
"""What an owner types, in the own language, before the own workspace is destroyed."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What is left of a workspace that was removed by order. Counts of changes: `reviewed` went to the server for
    review, `lost` were nowhere else. `statement` and `signature` are the receipt, in hexadecimal."""

    state: str
    url: str
    statement: str
    signature: str
    reviewed: int
    lost: int


_OWN_WORD = Removal(WIPING, "", "", "", 0, 0)
_RESTORING = "restoring"
_log = logging.getLogger(__name__)


def begin(home: Path, removal: Removal) -> None:
    """Mark the folder: from here on there is no way back. Raises EnvError if the mark cannot be written."""
    _write(home, replace(removal, state=WIPING))


def find(home: Path) -> Removal | None:
    """The mark of a folder."""
    try:
        return Removal(**json.loads(Paths(home).removed_file.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise EnvError(N_("{file} cannot be read."), file=Paths(home).removed_file.name) from error


def finish(home: Path) -> Removal | None:
    """Destroy what is left if a wipe was begun here. Raises UserError if another program is at it, EnvError."""
    removal = find(home)
    if removal is None or removal.state != WIPING:
        return removal
    erase(home)
    if removal == _OWN_WORD:
        _unmark(home)
        return None
    done = replace(removal, state=WIPED)
    _write(home, done)
    return done


def sent(home: Path) -> None:
    """The server has the receipt."""
    removal = find(home)
    if removal is not None and removal.state == WIPED:
        _write(home, replace(removal, state=SENT))


def must_stand(home: Path) -> None:
    """Raises RefusedError if this workspace was removed by order and no other was made in its place since. A wipe that
    was cut short is finished first."""
    removal = finish(home)
    if removal is not None and not Paths(home).keys_file.exists():
        raise RefusedError(
            N_("This workspace was removed by order of your organisation."),
            hint=N_("Changes not yet sent: {n} went to the server for review."),
            n=removal.reviewed,
        )


def is_word(typed: str, word: str) -> bool:
    """Whether this is the word, in capitals or not."""
    return typed.strip().upper() == word.upper()


def by_own_word(home: Path) -> int:
    """Destroy the workspace because its owner says so; how many files there were. There is no way back.

    A full disk that takes no mark stops nobody who has to be quick. Raises UserError if another program has the
    workspace open; then nothing was destroyed. EnvError if a file cannot be removed; the next start tries again.
    """
    lock = InstanceLock.take(Paths(home).lock_file)
    try:
        _write(home, _OWN_WORD)
    except EnvError:
        _log.warning("the wipe goes on without a mark")
    finally:
        lock.release()
    files = erase(home)
    _unmark(home)
    return files


def erase(home: Path) -> int:
    """Destroy the key slots, without which the rest is noise, then the files; how many there were. Again does no harm.

    The slots in backups go first and the workspace's own last: at every moment either that one opens still, or nothing.

    Raises UserError if another program has the workspace open, EnvError if a file cannot be removed.
    """
    paths = Paths(home)
    lock = InstanceLock.take(paths.lock_file)
    try:
        files = int(paths.keys_file.exists())
        for copy in (*paths.backups.rglob("*"), *(home / _RESTORING).rglob("*")):
            if copy.is_file():
                shred_head(copy)
        for own in (paths.recovery_file, *home.glob(f"{paths.keys_file.name}.*"), paths.keys_file):
            shred(own)
        rest = (
            paths.store_file,
            paths.backups,
            paths.logs,
            home / _RESTORING,
            paths.interface_file,
            paths.tries_file,
            paths.recovered_file,
        )
        files += sum(_remove(place) for place in rest)
        files += sum(_remove(place) for place in sorted(home.glob("store*")))
    except OSError as error:
        raise EnvError(N_("Not every file could be removed."), hint=N_("Check your rights.")) from error
    finally:
        lock.release()
    return files + _remove(paths.lock_file)


def _remove(place: Path) -> int:
    """Remove a file or a folder of files; how many files went."""
    if place.is_dir():
        count = sum(_remove(inside) for inside in place.iterdir())
        place.rmdir()
        return count
    existed = place.exists()
    place.unlink(missing_ok=True)
    return int(existed)


def _unmark(home: Path) -> None:
    try:
        Paths(home).removed_file.unlink(missing_ok=True)
        sync_folder(home)
    except OSError as error:
        raise EnvError(N_("Not every file could be removed."), hint=N_("Check your rights.")) from error


def _write(home: Path, removal: Removal) -> None:
    write_atomic(Paths(home).removed_file, json.dumps(asdict(removal), sort_keys=True).encode("ascii"))
