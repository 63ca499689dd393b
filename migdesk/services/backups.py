"""Backups: one file with the sealed store and the wrapped key, made, brought back and proved. Store's thread.

A backup opens with the passphrase that held when it was made. Nothing in it is in clear, and nothing on the way is.
"""

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from migdesk.clock import Clock, from_ms, to_ms
from migdesk.domain.codes import CodeBook
from migdesk.domain.kinds import SCHEMA
from migdesk.errors import EnvError, MigDeskError, UserError
from migdesk.i18n.markers import N_
from migdesk.paths import Paths, ensure_private
from migdesk.services import backup_file, swapping
from migdesk.services.backup_file import SUFFIX
from migdesk.services.instance_lock import InstanceLock
from migdesk.services.session import SETTING_USER, Session
from migdesk.services.swapping import KEYS, SERVER, STORE
from migdesk.store import audit, inbox, settings
from migdesk.store import backup as store_backup
from migdesk.store.database import Store
from migdesk.store.findings import Finding
from migdesk.vault.atomic_file import discard
from migdesk.vault.keyfile import KeyFile

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup."""

    file: Path
    size: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did; `kept` is the folder where the replaced workspace is now, if there was one."""

    home: Path
    made_ms: int
    kept: Path | None
    is_server: bool


def pack(
    store: Store, home: Path, target: Path | None, clock: Clock, inspect: Callable[[Path], None] | None = None
) -> Made:
    """Write store and key file of a folder, a workspace's or a server's, into one file, whole or not at all.

    What was received until then counts as durable afterwards; but with `inspect`, which is given the copy and raises
    if it is no good, that is left to the caller. Raises EnvError, DamagedError, and what `inspect` raises.
    """
    paths, now = Paths(home), to_ms(clock.now())
    with store.read() as tx:
        heads = inbox.applied_heads(tx)
    copy = None
    try:
        file = target or ensure_private(paths.backups) / f"migdesk-{clock.now():%Y%m%d-%H%M%S}{SUFFIX}"
        copy = backup_file.beside(file, ".store")
        store_backup.backup(store, copy)
        if inspect is not None:
            inspect(copy)
        backup_file.write(file, copy, paths, now)
    except OSError as error:
        raise EnvError(
            N_("The backup could not be written."), hint=N_("Check that the disk is there and has room.")
        ) from error
    finally:
        if copy is not None:
            discard(copy)
    if heads and inspect is None:
        with store.begin() as tx:
            inbox.set_durable(tx, heads)
    return Made(file, file.stat().st_size)


def restore(
    home: Path, file: Path, unlock: Callable[[KeyFile, bool], bytes], clock: Clock, *, replace: bool = False
) -> Restored:
    """Bring a backup back into a folder. `unlock(keys, is_server)` gets the key out of the key file of then.

    With `replace` the workspace that is there is kept beside. Raises UserError if there is one and it is not to be
    replaced, if the backup is none, damaged or newer, or what `unlock` raises; then nothing was changed.
    """
    paths = Paths(home)
    swapping.finish(home)
    occupied = paths.store_file.exists() or paths.keys_file.exists()
    if occupied and not replace:
        raise UserError(
            N_("There is a workspace in this folder already."),
            hint=N_("Choose another folder, or replace it: the present one is kept beside."),
        )
    ensure_private(home)
    lock = InstanceLock.take(paths.lock_file)
    try:
        work = swapping.lay_ready(home)
        made_ms = backup_file.unpack(file, work)
        is_server = (work / SERVER).exists()
        key = unlock(KeyFile.load(work / KEYS), is_server)
        store_backup.restore(work / STORE, work / STORE, key)
        now = to_ms(clock.now())
        _note(work / STORE, key, clock, made_ms)
        kept = ensure_private(ensure_private(paths.backups) / f"replaced-{now}") if occupied else None
        swapping.swap(home, kept)
    except OSError as error:
        raise EnvError(
            N_("The backup could not be brought back."), hint=N_("Check that the disk is there and has room.")
        ) from error
    finally:
        swapping.forget(home)
        lock.release()
    return Restored(home, made_ms, kept, is_server)


def _note(path: Path, key: bytes, clock: Clock, made_ms: int) -> None:
    """What comes back says of itself that it was brought back. Trouble with that keeps nobody from the own records."""
    try:
        store = Store.open_file(path, key, schema=SCHEMA, codes=CodeBook(()), clock=clock, keep=lambda *_: None)
        with closing(store), store.begin() as tx:
            user = UUID(settings.get(tx, SETTING_USER, str(UUID(int=0))))
            audit.append(tx, user, "backup_restored", detail=f"made={from_ms(made_ms).isoformat(timespec='seconds')}")
    except MigDeskError:
        _log.exception("that a backup was brought back could not be noted")


def verify(session: Session) -> list[Finding]:
    """Everything that is wrong with the workspace: key file, store, log, index, attachments and the audit chain; empty
    when it is whole."""
    return [*_key_findings(session), *store_backup.verify(session.store)]


def _key_findings(session: Session) -> list[Finding]:
    """The key file reads, and is the one that belongs to this store; what was noticed on opening counts too."""
    found = [Finding("keys", one.message, dict(one.params)) for one in session.warnings]
    try:
        if not KeyFile.load(Paths(session.home).keys_file).belongs_to(session.store.key):
            found.append(Finding("keys", N_("The key file is not the one of this workspace, or somebody altered it.")))
    except MigDeskError as error:
        found.append(Finding("keys", error.message, dict(error.params)))
    return found
