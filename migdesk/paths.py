"""Where things are: what ships with the program, and the folders of a workspace. Creates only private folders."""

import os
import sys
from pathlib import Path
from typing import NamedTuple

from platformdirs import user_data_path

APP = "MigDesk"


def resource(name: str) -> Path:
    """The shipped file or folder `resources/<name>`, in a checkout, the frozen program or an installation.

    Raises FileNotFoundError: the program is incomplete.
    """
    places = (Path(__file__).resolve().parents[1], Path(sys.prefix) / "share" / "migdesk")
    for place in places:
        found = place / "resources" / name
        if found.exists():
            return found
    raise FileNotFoundError(f"resources/{name}")


def default_home() -> Path:
    """The workspace folder of this user of the computer; it may not exist yet."""
    return user_data_path(APP, appauthor=False, roaming=False) / "workspace"


class Paths(NamedTuple):
    """The files of a workspace or server folder; only `interface_file` may be read before unlocking."""

    home: Path

    @property
    def keys_file(self) -> Path:
        return self.home / "keys.json"

    @property
    def store_file(self) -> Path:
        return self.home / "store.db"

    @property
    def lock_file(self) -> Path:
        return self.home / "workspace.lock"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def log_file(self) -> Path:
        return self.logs / "migdesk.log"

    @property
    def backups(self) -> Path:
        return self.home / "backups"

    @property
    def interface_file(self) -> Path:
        """Language, theme and text size in clear: the unlock window needs them, and they say nothing about anybody."""
        return self.home / "ui.json"

    @property
    def tries_file(self) -> Path:
        """How many wrong passphrases were tried lately, in clear: it makes the next try wait (`vault.waits`)."""
        return self.home / "tries.json"

    @property
    def recovery_file(self) -> Path:
        """An open request of somebody who forgot the passphrase, with its secret (`services.recovery`)."""
        return self.home / "recovery.json"

    @property
    def recovered_file(self) -> Path:
        """Which request was answered last, and whether the audit knows of it."""
        return self.home / "recovered.json"

    @property
    def removed_file(self) -> Path:
        """What is left when the organisation had the workspace removed: counts and a signed receipt."""
        return self.home / "removed.json"

    @property
    def server_file(self) -> Path:
        return self.home / "server.json"


def ensure_private(folder: Path) -> Path:
    """Create the folder if needed and let nobody but its owner in (0700; Windows inherits the profile's rights).

    Raises OSError as the operating system gives it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix":
        folder.chmod(0o700)
    return folder
