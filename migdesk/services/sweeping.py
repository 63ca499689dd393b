"""Removes what a run that was killed left half-written in a workspace's folder. Called at its opening, under its lock;
nothing that is whole, and no file that this program did not make, goes.
"""

import logging
from pathlib import Path

from migdesk.paths import Paths
from migdesk.services import swapping
from migdesk.services.backup_file import SUFFIX

_log = logging.getLogger(__name__)
_UNFINISHED = (f"*{SUFFIX}.store", f"*{SUFFIX}.part", f"*{SUFFIX}.store.part", f"*{SUFFIX}.store*-journal")


def sweep(home: Path) -> None:
    """A disk that refuses is no reason not to open: it is logged."""
    paths = Paths(home)
    try:
        swapping.forget(home)
        for whole in (
            paths.keys_file, paths.tries_file, paths.interface_file, paths.server_file, paths.recovery_file,
            paths.recovered_file,
        ):  # fmt: skip
            whole.with_name(f"{whole.name}.tmp").unlink(missing_ok=True)
        for pattern in _UNFINISHED:
            for left in paths.backups.glob(pattern):
                left.unlink(missing_ok=True)
    except OSError:
        _log.exception("what an earlier run left could not be removed")
