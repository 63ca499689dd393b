"""The form of a backup: one file with the sealed store, the wrapped key and a manifest that proves both. Any thread.

A ZIP archive whose comment is the SHA-256 of everything before it, so that not one byte can change unnoticed. That is
against accidents; against an attacker stand the key file, whose slots are authenticated, and the pages of the store.
"""

import hashlib
import json
import os
import shutil
import struct
import zipfile
from pathlib import Path
from typing import IO, Any

from migdesk.errors import EnvError, UserError
from migdesk.i18n.markers import N_
from migdesk.paths import Paths, ensure_private
from migdesk.services.swapping import KEYS, SERVER, STORE
from migdesk.store import backup as store_backup
from migdesk.store import migrate
from migdesk.vault.atomic_file import discard, sync_folder

SUFFIX = ".mdbackup"
FORMAT = 1
MANIFEST = "manifest.json"
BEFORE = "migdesk-before-version-"
_CHUNK = 1 << 20
_SEAL = 64
"""Length of the comment: a SHA-256 in hexadecimal."""


def write(file: Path, copy: Path, paths: Paths, made_ms: int) -> None:
    """Write a copy of the store and the key file of its folder into one file, read it back, and only then give it its
    name. Raises OSError, and UserError if what was written does not read as it was."""
    part = beside(file, ".part")
    try:
        with zipfile.ZipFile(_private(part), "w", zipfile.ZIP_STORED) as out:
            parts = [(KEYS, paths.keys_file), (STORE, copy), (SERVER, paths.server_file)]
            held = [(name, source) for name, source in parts if source.exists()]
            sums = {name: _digest(source.open("rb")) for name, source in held}
            out.writestr(MANIFEST, json.dumps({"format": FORMAT, "made_ms": made_ms, "sha256": sums}, sort_keys=True))
            for name, source in held:
                out.write(source, name)
            out.comment = bytes(_SEAL)
        seal(part)
        checked(part)
        part.replace(file)
        sync_folder(file.parent)
    finally:
        discard(part)


def seal(file: Path) -> None:
    """Write the digest of all that stands before into the last bytes, and all of it to the disk. Raises OSError."""
    with file.open("r+b") as whole:
        digest = _before_seal(whole)
        whole.seek(-_SEAL, os.SEEK_END)
        whole.write(digest)
        whole.flush()
        os.fsync(whole.fileno())


def before_migration(raw: Any, path: Path, now_ms: int) -> None:
    """Keep a workspace as it was before its tables change, in a backup like any other (`Store.open_file`'s `keep`).

    Those of earlier migrations go when this one is there. Raises EnvError, DamagedError; then nothing is migrated.
    """
    paths = Paths(path.parent)
    try:
        folder = ensure_private(paths.backups)
        older = sorted(folder.glob(f"{BEFORE}*{SUFFIX}"))
        file = folder / f"{BEFORE}{migrate.REVISION}-{now_ms}{SUFFIX}"
        copy = beside(file, ".store")
        try:
            store_backup.copy_file(raw, copy)
            write(file, copy, paths, now_ms)
        finally:
            discard(copy)
        for old in older:
            if old != file:
                old.unlink()
    except OSError as error:
        raise EnvError(
            N_("The workspace was not brought up to date: the backup before it could not be written."),
            hint=N_("Nothing was changed. Make room on the disk, then open it again."),
        ) from error


def unpack(file: Path, work: Path) -> int:
    """Read the backup into `work`; every byte is compared with the manifest. Returns when it was made (ms)."""
    made_ms = checked(file)
    with zipfile.ZipFile(file) as source:
        for name in (KEYS, STORE, SERVER):
            if name in source.namelist():
                with source.open(name) as held, (work / name).open("xb") as out:
                    shutil.copyfileobj(held, out, _CHUNK)
    return made_ms


def checked(file: Path) -> int:
    """When the backup was made (ms). Raises UserError unless it is one, whole, and not of a newer version."""
    try:
        _must_be_sealed(file)
        with zipfile.ZipFile(file) as source:
            if any(one.compress_type != zipfile.ZIP_STORED for one in source.infolist()):
                raise _damaged(file)
            manifest = json.loads(source.read(MANIFEST))
            version, sums = int(manifest["format"]), dict(manifest["sha256"])
            whole = {KEYS, STORE} <= set(sums) and all(
                _digest(source.open(name)) == digest for name, digest in sums.items()
            )
            made_ms = int(manifest["made_ms"])
    except FileNotFoundError as error:
        raise UserError(N_("{file} is not there."), file=file.name) from error
    except IsADirectoryError as error:
        raise _damaged(file) from error
    except _MALFORMED as error:
        raise _damaged(file) from error
    if version > FORMAT:
        raise UserError(
            N_("{file} was made by a newer version."), hint=N_("Update MigDesk and try again."), file=file.name
        )
    if not whole:
        raise _damaged(file)
    return made_ms


_MALFORMED = (
    zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, EOFError, NotImplementedError, RuntimeError,
    OverflowError, RecursionError, struct.error,
)  # fmt: skip
"""What the libraries raise for what is no archive, or no manifest."""


def _must_be_sealed(file: Path) -> None:
    with file.open("rb") as whole:
        if whole.seek(0, os.SEEK_END) < _SEAL:
            raise _damaged(file)
        digest = _before_seal(whole)
        if whole.read(_SEAL) != digest:
            raise _damaged(file)


def _before_seal(whole: IO[bytes]) -> bytes:
    """The digest of everything before the comment, in hexadecimal; the reader stands at the comment then."""
    left, digest = whole.seek(0, os.SEEK_END) - _SEAL, hashlib.sha256()
    whole.seek(0)
    while left:
        part = whole.read(min(left, _CHUNK))
        digest.update(part)
        left -= len(part)
    return digest.hexdigest().encode("ascii")


def _damaged(file: Path) -> UserError:
    return UserError(
        N_("{file} is no backup, or is damaged."), hint=N_("Nothing was changed. Try another copy."), file=file.name
    )


def _digest(source: IO[bytes]) -> str:
    with source:
        return hashlib.file_digest(source, "sha256").hexdigest()  # type: ignore[arg-type]


def beside(file: Path, ending: str) -> Path:
    return file.with_name(file.name + ending)


def _private(file: Path) -> Path:
    """An empty file for nobody else's eyes; what is written into it keeps its mode."""
    file.unlink(missing_ok=True)
    file.touch(0o600)
    return file
