"""What a backup would bring back, before it does: its date, its records, and the difference to what is here. Any thread
but the GUI's; opens connections of its own and changes nothing."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from migdesk.clock import Clock, from_ms
from migdesk.domain.codes import CodeBook
from migdesk.domain.kinds import SCHEMA
from migdesk.errors import EnvError, MigDeskError, UserError
from migdesk.i18n.markers import N_
from migdesk.paths import Paths, ensure_private
from migdesk.services import backup_file, backups, swapping
from migdesk.services import session as sessions
from migdesk.services.backups import Restored
from migdesk.services.instance_lock import InstanceLock
from migdesk.services.session import Session
from migdesk.store import comparing, outbox
from migdesk.store.comparing import Difference
from migdesk.store.database import Store
from migdesk.vault.keyfile import KeyFile

TWO_HISTORIES = N_(
    "If this laptop synced after that time, ask for a new workspace: two histories of one device do not mix."
)
_REFERENCE = frozenset({"area", "user", "device"})


@dataclass(frozen=True, slots=True)
class Preview:
    """`compared` is False where there is no workspace to compare with, or it cannot be read. `synced_since`: the laptop
    synced after the backup was made, so that what it then sent would have two histories."""

    file: Path
    made: datetime
    kinds: tuple[Difference, ...]
    compared: bool
    synced_since: bool

    @property
    def lost(self) -> int:
        """How many records would be gone or read as before."""
        return sum(one.only_here + one.changed for one in self.kinds)


def preview_open(session: Session, file: Path) -> Preview:
    """Compare a backup of this workspace with the open one. Raises UserError if it is none of this workspace."""
    with (
        _unpacked(file) as (work, made_ms),
        closing(session.store.open_again(work / swapping.STORE)) as there,
        closing(session.store.open_again()) as here,
    ):
        return _compared(file, made_ms, there, here)


def preview_folder(
    home: Path, file: Path, unlock: Callable[[KeyFile], bytes], clock: Clock, codes: CodeBook
) -> Preview:
    """Compare a backup with the workspace in a folder, if there is one and it opens. Raises what `unlock` raises."""
    with _unpacked(file) as (work, made_ms):
        key = unlock(KeyFile.load(work / swapping.KEYS))

        def opened(path: Path) -> Store:
            return Store.open_file(path, key, schema=SCHEMA, codes=codes, clock=clock)

        with closing(opened(work / swapping.STORE)) as there:
            if not Paths(home).store_file.exists():
                return _compared(file, made_ms, there, None)
            lock = InstanceLock.take(Paths(home).lock_file)
            try:
                here = _readable(lambda: opened(Paths(home).store_file))
                if here is None:
                    return _compared(file, made_ms, there, None)
                with closing(here):
                    return _compared(file, made_ms, there, here)
            finally:
                lock.release()


def told(found: Preview) -> list[Difference]:
    """What to tell a person of: all kinds but reference records that are the same on both sides."""
    return [
        one
        for one in found.kinds
        if one.kind not in _REFERENCE or (found.compared and one.only_here + one.only_there + one.changed)
    ]


def restore_open(session: Session, file: Path) -> Restored:
    """Close the open workspace and put a backup of it in its place; it is opened with the passphrase of then. The
    store's thread. Raises what `backups.restore` raises; the workspace is closed then, and unchanged."""
    key, free = session.store.key, session.backup_lock.acquire(blocking=False)
    sessions.close(session)
    if not free:
        # Whoever makes it waits for this thread, and holds the file that is to be replaced.
        raise UserError(N_("A backup is just being made."), hint=N_("Nothing was changed. Try again in a moment."))
    try:
        return backups.restore(session.home, file, lambda _keys, _server: key, session.clock, replace=True)
    finally:
        session.backup_lock.release()


def _readable(open: Callable[[], Store]) -> Store | None:
    try:
        return open()
    except MigDeskError:
        return None  # damaged, or of another key: that is why somebody wants the backup


@contextmanager
def _unpacked(file: Path) -> Iterator[tuple[Path, int]]:
    """The parts of a backup, sealed as they are, in a private folder that is gone afterwards."""
    work = None
    try:
        work = ensure_private(Path(tempfile.mkdtemp(prefix="migdesk-preview-")))
        made_ms = backup_file.unpack(file, work)
        if (work / swapping.SERVER).exists():
            raise UserError(N_("This is the backup of a server, not of a workspace."))
        yield work, made_ms
    except OSError as error:
        raise EnvError(
            N_("The backup could not be read."), hint=N_("Check that the disk is there and has room.")
        ) from error
    finally:
        if work is not None:
            shutil.rmtree(work, ignore_errors=True)


def _compared(file: Path, made_ms: int, there: Store, here: Store | None) -> Preview:
    with there.read() as then:
        if here is None:
            return Preview(file, from_ms(made_ms), tuple(comparing.counts(then)), compared=False, synced_since=False)
        with here.read() as now:
            since = any(note["at_ms"] > made_ms and not note.get("error") for note in outbox.sync_history(now))
            kinds = tuple(comparing.compare(now, then))
    return Preview(file, from_ms(made_ms), kinds, compared=True, synced_since=since)
