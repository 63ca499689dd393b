"""Puts a store, and what goes with it, in the place of the present one: whole or not at all. Any thread.

All that is new is laid ready in a folder of its own, and a mark is put beside it. Up to the mark nothing has changed;
from the mark on the swap counts as done, and whoever opens the workspace next finishes what was cut short.
"""

import json
import shutil
from pathlib import Path

from migdesk.errors import EnvError
from migdesk.i18n.markers import N_
from migdesk.paths import Paths, ensure_private
from migdesk.services.instance_lock import InstanceLock
from migdesk.vault.atomic_file import sync_folder, write_atomic

FOLDER = "restoring"
KEYS, STORE, SERVER = "keys.json", "store.db", "server.json"
_MARK = "ready.json"
_BESIDE = ("-wal", "-shm", "-journal")


def lay_ready(home: Path) -> Path:
    """An empty folder for what is to come. Raises OSError. The caller holds the lock of the workspace, here and until
    `swap`."""
    work = home / FOLDER
    shutil.rmtree(work, ignore_errors=True)
    return ensure_private(work)


def swap(home: Path, kept: Path | None) -> None:
    """Take what lies ready under the names of the workspace's files; what they replace goes to the folder `kept`, or
    away if there is none. Raises OSError, EnvError: then it is done at the next opening, or was never begun."""
    work = home / FOLDER
    sync_folder(work)
    told = kept.relative_to(home).as_posix() if kept else ""
    write_atomic(work / _MARK, json.dumps({"kept": told}).encode("ascii"))
    _finish(home)


def is_begun(home: Path) -> bool:
    """Whether a swap was decided and not finished."""
    return (home / FOLDER / _MARK).exists()


def finish(home: Path) -> None:
    """Finish a swap that was cut short. Raises UserError if another program is at it, EnvError if the disk refuses."""
    if not is_begun(home):
        return
    lock = InstanceLock.take(Paths(home).lock_file)
    try:
        _finish(home)
    except OSError as error:
        raise EnvError(
            N_("The workspace cannot be put in its place yet."),
            hint=N_("Check the disk and your rights, then try again."),
        ) from error
    finally:
        lock.release()


def forget(home: Path) -> None:
    """Remove what lies ready without a mark: a try that was cut short."""
    if not is_begun(home):
        shutil.rmtree(home / FOLDER, ignore_errors=True)


def _finish(home: Path) -> None:
    work = home / FOLDER
    told = json.loads((work / _MARK).read_bytes())["kept"]
    kept = home / told if told else None
    # What still lies ready was not taken yet, so that the file in its place is the former one.
    for name in (STORE, SERVER, KEYS):
        if (work / name).exists():
            former = [home / name, *(home / f"{name}{ending}" for ending in _BESIDE)]
            for one in reversed(former):
                _set_aside(one, kept)
            (work / name).replace(home / name)
            sync_folder(home)
    (work / _MARK).unlink()
    shutil.rmtree(work, ignore_errors=True)


def _set_aside(one: Path, kept: Path | None) -> None:
    if not one.exists():
        return
    if kept is not None:
        one.replace(kept / one.name)
        sync_folder(kept)
    elif not one.name.endswith((STORE, SERVER, KEYS)):
        one.unlink()  # the log of the former store would be read as the new one's
