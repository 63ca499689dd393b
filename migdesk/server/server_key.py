"""Where the secret that opens a server comes from: the environment, a file, or one made at the first start.

A generated `server.key` lies beside the database, so it protects a stolen database file or backup only if the key is
moved elsewhere (another disk, a secrets service, `MIGDESK_SERVER_KEY`).
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from migdesk.errors import EnvError, UserError
from migdesk.i18n.markers import N_
from migdesk.vault.atomic_file import write_atomic

ENVIRONMENT_NAME = "MIGDESK_SERVER_KEY"
FILE_NAME = "server.key"
MIN_LENGTH = 20


def server_key(folder: Path, environment: Mapping[str, str], passphrase_file: Path | None = None) -> str:
    """The server's secret as text: of `MIGDESK_SERVER_KEY`, else of `passphrase_file`, else of `folder`/server.key.

    The last is made (256 random bits, mode 0600) when it is absent. Raises UserError if the secret is too short,
    EnvError if a file cannot be read or written.
    """
    if environment.get(ENVIRONMENT_NAME):
        return _long_enough(environment[ENVIRONMENT_NAME])
    if passphrase_file is not None:
        return _long_enough(_read(passphrase_file))
    own = folder / FILE_NAME
    if not own.exists():
        write_atomic(own, secrets.token_hex(32).encode("ascii") + b"\n")
    return _long_enough(_read(own))


def loose_rights(folder: Path) -> bool:
    """Whether others on this machine may read the generated key: worth a warning in the log."""
    own = folder / FILE_NAME
    return os.name == "posix" and own.exists() and bool(own.stat().st_mode & 0o077)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise EnvError(
            N_("{file} cannot be read."), hint=N_("Check the file and your rights."), file=path.name
        ) from error


def _long_enough(secret: str) -> str:
    if len(secret) < MIN_LENGTH:
        raise UserError(N_("The server key has at least {count} characters."), count=MIN_LENGTH)
    return secret
