"""Keeps a second program out of a workspace: an operating-system lock on a file, gone by itself after a crash."""

import sys
from pathlib import Path
from typing import BinaryIO

from migdesk.errors import EnvError, UserError
from migdesk.i18n.markers import N_

if sys.platform == "win32":
    import msvcrt

    def _grab(file: BinaryIO) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _grab(file: BinaryIO) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


class InstanceLock:
    """A held lock. Release it last, after the store is closed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    @classmethod
    def take(cls, path: Path) -> "InstanceLock":
        """Lock the file, which is made if absent. Raises UserError if another program (or window) holds it, EnvError if
        the folder may not be written to."""
        try:
            file = path.open("ab")
        except OSError as error:
            raise EnvError(
                N_("The workspace may not be written to."), hint=N_("Check the disk and your rights, then try again.")
            ) from error
        try:
            _grab(file)
        except OSError as error:
            file.close()
            raise UserError(
                N_("MigDesk is already open on this workspace."),
                hint=N_("Go to the other window, or close it first."),
            ) from error
        return cls(file)

    def release(self) -> None:
        """Let others in. May be called again."""
        self._file.close()


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock right now."""
    if not path.exists():
        return False
    try:
        InstanceLock.take(path).release()
    except UserError:
        return True
    except EnvError:
        return False  # who may not write here cannot hold it either
    return False
