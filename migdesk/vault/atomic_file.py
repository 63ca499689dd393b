"""Writing and destroying small files that must never be half there. Any thread; no content is looked at."""

import os
from contextlib import suppress
from pathlib import Path

from migdesk.errors import EnvError
from migdesk.i18n.markers import N_

_MODE = 0o600
_HEAD = 256 * 1024
"""More than a manifest and the largest key file."""


def write_atomic(path: Path, data: bytes) -> None:
    """Put `data` in place of `path`: after a crash there is the old content or the new, never a mixture.

    Mode 0600. Raises EnvError when the disk is full or may not be written; the old file is then still whole.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), _MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        discard(temporary)
        raise EnvError(
            N_("{file} cannot be written."),
            hint=N_("Free some space, or check your rights, and try again."),
            file=path.name,
        ) from error


def discard(temporary: Path) -> None:
    """Remove what was not finished, as far as a disk that failed a moment ago lets us."""
    with suppress(OSError):
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder durable. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def shred(path: Path) -> None:
    """Overwrite, then remove. A flash disk may keep the old block: only the key's absence elsewhere is certain."""
    try:
        with path.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            file.write(os.urandom(size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        sync_folder(path.parent)
    except FileNotFoundError:
        return
    except OSError as error:
        raise EnvError(N_("{file} cannot be removed."), hint=N_("Check your rights."), file=path.name) from error


def shred_head(path: Path) -> None:
    """Overwrite the beginning, where a backup has its key slots; the file stays. Raises EnvError."""
    try:
        with path.open("r+b") as file:
            file.write(os.urandom(min(_HEAD, path.stat().st_size)))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise EnvError(N_("{file} cannot be removed."), hint=N_("Check your rights."), file=path.name) from error
