"""Files sealed to named recipients in the age format. The clear content exists in memory only; any thread."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from migdesk.errors import EnvError, RefusedError, UserError
from migdesk.i18n.markers import N_
from migdesk.vault.age import AgeError, is_recipient, seal, unseal
from migdesk.vault.atomic_file import discard, sync_folder

MAX_SEALED_BYTES = 1024 * 1024 * 1024


def seal_file(source: BinaryIO | bytes, target: Path, recipients: Sequence[str]) -> None:
    """Write `source`, sealed to the `age1...` recipients, to `target`: whole or not at all, mode 0600.

    Raises UserError for a malformed recipient or none, EnvError when the disk is full or may not be written.
    """
    if not recipients:
        raise UserError(N_("Name at least one recipient."))
    if not all(is_recipient(text) for text in recipients):
        raise UserError(N_("This is no recipient."), hint=N_("A recipient begins with age1."))
    temporary = target.with_name(target.name + ".tmp")
    try:
        temporary.unlink(missing_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(temporary, flags, 0o600), "r+b") as file:
            seal(source, file, recipients)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        discard(temporary)
        raise EnvError(
            N_("{file} cannot be written."),
            hint=N_("Free some space, or choose another folder, and try again."),
            file=target.name,
        ) from error


def open_sealed(path: Path, *identities: str) -> bytes:
    """The clear content of a sealed file. `identities`: those of `DeviceKeys`, or the present one alone.

    Raises RefusedError if it is sealed to others, UserError if it is damaged or no sealed file, EnvError if unreadable.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > MAX_SEALED_BYTES:
                raise UserError(N_("{file} is too large."), file=path.name)
            sealed = file.read()
    except OSError as error:
        raise EnvError(
            N_("{file} cannot be read."), hint=N_("Check the stick or the disk, and try again."), file=path.name
        ) from error
    try:
        return unseal(sealed, *identities)
    except AgeError as error:
        if error.not_for_us:
            raise RefusedError(
                N_("{file} is not sealed for this workspace."),
                hint=N_("Ask the sender to add you as a recipient."),
                file=path.name,
            ) from error
        raise UserError(
            N_("{file} is damaged or no sealed bundle."),
            hint=N_("Nothing was read from it. Copy it again, or ask the sender for a new one."),
            file=path.name,
        ) from error
