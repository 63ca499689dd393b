"""Trouble of the store told apart at its source: driver errors become words for a person. No state; any thread."""

from typing import Any

from migdesk.errors import BugError, EnvError, MigDeskError, UserError
from migdesk.i18n.markers import N_


class NotFoundError(UserError):
    """The record is not here."""


class DamagedError(UserError):
    """The store's file does not read as it was written."""


_FULL, _IOERR, _READONLY, _CANTOPEN, _BUSY, _LOCKED = 13, 10, 8, 14, 5, 6
_CORRUPT, _NOTADB, _NOMEM, _PERM, _AUTH = 11, 26, 7, 3, 23

_AWAY = ("OperationalError", "InterfaceError", "TimeoutError", "InvalidatePoolError", "DisconnectionError")

_KEPT = N_("What was saved before is safe. Keep this window open, mend the cause and try again.")

_ENVIRONMENT = {
    _FULL: (N_("The disk is full: this could not be saved."), _KEPT),
    _READONLY: (N_("The workspace may not be written to."), _KEPT),
    _PERM: (N_("The workspace may not be written to."), _KEPT),
    _AUTH: (N_("The workspace may not be written to."), _KEPT),
    _IOERR: (N_("The disk failed while reading or writing."), _KEPT),
    _CANTOPEN: (
        N_("The store's file cannot be opened."),
        N_("Check that the disk is there and the folder is yours."),
    ),
    _BUSY: (N_("Another program holds the workspace."), N_("Close it there and try again.")),
    _LOCKED: (N_("Another program holds the workspace."), N_("Close it there and try again.")),
    _NOMEM: (N_("There is not enough memory."), _KEPT),
}


def not_found() -> NotFoundError:
    """A record that is not here, deleted or never known."""
    return NotFoundError(
        N_("There is no such record here."),
        hint=N_("It may have been removed, or not have arrived yet. Sync and look again."),
    )


def damaged() -> DamagedError:
    return DamagedError(
        N_("The store of this workspace is damaged."),
        hint=N_("Do not write any more. Make a copy of the whole folder, then restore the last backup and sync."),
    )


def wrong_key() -> UserError:
    return UserError(
        N_("The store does not open with this key."),
        hint=N_("The file may belong to another workspace, or be damaged. Restore a backup if it is the right one."),
    )


def newer(version: object) -> UserError:
    return UserError(
        N_("This workspace was made by a newer MigDesk."),
        hint=N_("Nothing was changed. Install the newest MigDesk and open it again."),
        version=version,
    )


def from_driver(error: BaseException) -> MigDeskError:
    """The error to raise for one of sqlcipher3 or psycopg (bare, or wrapped by SQLAlchemy)."""
    bare: Any = getattr(error, "orig", None) or error
    code = getattr(bare, "sqlite_errorcode", None)
    if code is not None:
        return _from_sqlite(int(code) & 0xFF)
    return _from_postgres(str(getattr(bare, "sqlstate", None) or ""), type(bare).__name__)


def _from_sqlite(code: int) -> MigDeskError:
    if code in _ENVIRONMENT:
        message, hint = _ENVIRONMENT[code]
        return EnvError(message, hint=hint)
    if code == _CORRUPT:
        return damaged()
    if code == _NOTADB:
        return wrong_key()
    return BugError(N_("The store refused a statement ({code})."), hint=_KEPT, code=code)


def _from_postgres(state: str, name: str) -> MigDeskError:
    if state[:2] == "53":
        return EnvError(N_("The server's database has no room left."), hint=_KEPT)
    if state[:2] in ("08", "57", "58") or state == "25P03" or (not state and name in _AWAY):
        return EnvError(N_("The server's database cannot be reached."), hint=_KEPT)
    if state in ("40001", "40P01", "55P03"):
        return EnvError(N_("The server's database is busy."), hint=N_("Try again."))
    if state[:2] in ("28", "42") and state in ("28P01", "28000", "42501"):
        return EnvError(N_("The server's database refused this user."), hint=N_("Check the address of the database."))
    return BugError(N_("The store refused a statement ({code})."), hint=_KEPT, code=state or name)
