"""The SQLCipher file itself: keyed connection and its settings. The thread that connects owns the connection."""

from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from migdesk.errors import BugError, EnvError
from migdesk.i18n.markers import N_
from migdesk.store import errors

driver: Any = dbapi2
"""The database driver; it has no types of its own."""

KEY_BYTES = 32

_SETTINGS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "fullfsync = ON",
    "checkpoint_fullfsync = ON",
    "foreign_keys = ON",
    "temp_store = MEMORY",
    "secure_delete = ON",
    "mmap_size = 0",
    "cache_size = -16000",
    "wal_autocheckpoint = 4000",
)


def connect(path: Path, key: bytes) -> Any:
    """A keyed connection in autocommit mode; the file is made if it is absent, otherwise it is only read.

    Raises UserError if the key does not fit, EnvError if the file cannot be opened.
    """
    if len(key) != KEY_BYTES:
        raise BugError(N_("A store's key has {count} bytes."), count=KEY_BYTES)
    if not path.parent.is_dir():
        raise EnvError(N_("The folder of the workspace is not there."), hint=N_("Check that the disk is connected."))
    try:
        raw = driver.connect(str(path), isolation_level=None, cached_statements=512, timeout=10)
    except driver.Error as error:
        raise errors.from_driver(error) from error
    try:
        # What does not decrypt is an answer to the user, not a line on his terminal.
        raw.execute("PRAGMA cipher_log_level = NONE")
        raw.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        raw.execute("PRAGMA cipher_page_size = 4096")
        raw.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except driver.Error as error:
        raw.close()
        raise errors.from_driver(error) from error
    return raw


def prepare(raw: Any) -> None:
    """Set what every connection needs: nothing of the file in clear, every commit on the disk."""
    for setting in _SETTINGS:
        raw.execute(f"PRAGMA {setting}").fetchall()
