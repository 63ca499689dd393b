"""Backups: one file with the sealed store and the wrapped key, made, brought back and proved. Store's thread.

A backup opens with the passphrase that held when it was made. Nothing in it is in clear, and nothing on the way is.
"""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from migdesk.clock import Clock, to_ms
from migdesk.errors import EnvError, UserError
from migdesk.i18n.markers import N_
from migdesk.paths import Paths, ensure_private
from migdesk.services.instance_lock import InstanceLock
from migdesk.services.session import Session
from migdesk.store import audit, inbox
from migdesk.store import backup as store_backup
from migdesk.store.backup import Finding
from migdesk.store.database import Store
from migdesk.vault.atomic_file import sync_folder, write_atomic
from migdesk.vault.keyfile import KeyFile

SUFFIX = ".mdbackup"
FORMAT = 1
_MANIFEST, _KEYS, _STORE, _SERVER = "manifest.json", "keys.json", "store.db", "server.json"
_CHUNK = 1 << 20


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


def backup(session: Session, target: Path | None = None) -> Made:
    """Back the workspace up, into its folder `backups` unless a file is named. Raises EnvError, DamagedError."""
    with session.store.begin() as tx:
        audit.append(tx, session.user.id, "backup")
    return pack(session.store, session.home, target, session.clock)


def pack(
    store: Store, home: Path, target: Path | None, clock: Clock, inspect: Callable[[Path], None] | None = None
) -> Made:
    """Write store and key file of a folder, a workspace's or a server's, into one file, whole or not at all.

    What was received until then counts as durable afterwards; but with `inspect`, which is given the copy and raises
    if it is no good, that is left to the caller. Raises EnvError, DamagedError, and what `inspect` raises.
    """
    paths, now = Paths(home), to_ms(clock.now())
    file = target or ensure_private(paths.backups) / f"migdesk-{clock.now():%Y%m%d-%H%M%S}{SUFFIX}"
    copy, part = _beside(file, ".store"), _beside(file, ".part")
    with store.read() as tx:
        heads = inbox.applied_heads(tx)
    try:
        store_backup.backup(store, copy)
        if inspect is not None:
            inspect(copy)
        with zipfile.ZipFile(_private(part), "w", zipfile.ZIP_STORED) as out:
            parts = [(_KEYS, paths.keys_file), (_STORE, copy), (_SERVER, paths.server_file)]
            held = [(name, source) for name, source in parts if source.exists()]
            sums = {name: _digest(source.open("rb")) for name, source in held}
            out.writestr(_MANIFEST, json.dumps({"format": FORMAT, "made_ms": now, "sha256": sums}, sort_keys=True))
            for name, source in held:
                out.write(source, name)
        _checked(part)
        part.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise EnvError(
            N_("The backup could not be written."), hint=N_("Check that the disk is there and has room.")
        ) from error
    finally:
        for left in (copy, part):
            left.unlink(missing_ok=True)
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
    occupied = paths.store_file.exists() or paths.keys_file.exists()
    if occupied and not replace:
        raise UserError(
            N_("There is a workspace in this folder already."),
            hint=N_("Choose another folder, or replace it: the present one is kept beside."),
        )
    ensure_private(home)
    lock = InstanceLock.take(paths.lock_file)
    work = home / "restoring"
    try:
        shutil.rmtree(work, ignore_errors=True)
        ensure_private(work)
        made_ms = _unpack(file, work)
        is_server = (work / _SERVER).exists()
        key = unlock(KeyFile.load(work / _KEYS), is_server)
        store_backup.restore(work / _STORE, work / "checked.db", key)
        kept = _set_aside(paths, to_ms(clock.now())) if occupied else None
        (work / "checked.db").replace(paths.store_file)
        if is_server:
            write_atomic(paths.server_file, (work / _SERVER).read_bytes())
        write_atomic(paths.keys_file, (work / _KEYS).read_bytes())
    except OSError as error:
        raise EnvError(
            N_("The backup could not be brought back."), hint=N_("Check that the disk is there and has room.")
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
        lock.release()
    return Restored(home, made_ms, kept, is_server)


def verify(session: Session) -> list[Finding]:
    """Everything that is wrong with the store, its log, its index and the audit chain; empty when it is whole."""
    return store_backup.verify(session.store)


def _unpack(file: Path, work: Path) -> int:
    """Read the backup into `work`; every byte is compared with the manifest. Returns when it was made (ms)."""
    made_ms = _checked(file)
    with zipfile.ZipFile(file) as source:
        for name in (_KEYS, _STORE, _SERVER):
            if name in source.namelist():
                with source.open(name) as held, (work / name).open("xb") as out:
                    shutil.copyfileobj(held, out, _CHUNK)
    return made_ms


def _checked(file: Path) -> int:
    """When the backup was made (ms). Raises UserError unless it is one, whole, and not of a newer version."""
    try:
        with zipfile.ZipFile(file) as source:
            manifest = json.loads(source.read(_MANIFEST))
            version, sums = int(manifest["format"]), dict(manifest["sha256"])
            whole = {_KEYS, _STORE} <= set(sums) and all(
                _digest(source.open(name)) == digest for name, digest in sums.items()
            )
            made_ms = int(manifest["made_ms"])
    except FileNotFoundError as error:
        raise UserError(N_("{file} is not there."), file=file.name) from error
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, NotImplementedError, RuntimeError) as error:
        raise _damaged(file) from error
    if version > FORMAT:
        raise UserError(
            N_("{file} was made by a newer version."), hint=N_("Update MigDesk and try again."), file=file.name
        )
    if not whole:
        raise _damaged(file)
    return made_ms


def _damaged(file: Path) -> UserError:
    return UserError(
        N_("{file} is no backup, or is damaged."), hint=N_("Nothing was changed. Try another copy."), file=file.name
    )


def _set_aside(paths: Paths, now: int) -> Path:
    kept = ensure_private(ensure_private(paths.backups) / f"replaced-{now}")
    for old in (paths.keys_file, *sorted(paths.home.glob("store.db*"))):
        if old.exists():
            old.replace(kept / old.name)
    return kept


def _digest(source: IO[bytes]) -> str:
    with source:
        return hashlib.file_digest(source, "sha256").hexdigest()  # type: ignore[arg-type]


def _beside(file: Path, ending: str) -> Path:
    return file.with_name(file.name + ending)


def _private(file: Path) -> Path:
    """An empty file for nobody else's eyes; what is written into it keeps its mode."""
    file.unlink(missing_ok=True)
    file.touch(0o600)
    return file
