"""The key of a workspace: read with the passphrase, wrapped anew, and its file watched for being swapped.

Loads neither the database library nor Qt. Any thread, unless a function takes a transaction.
"""

import hashlib
import hmac
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from migdesk.clock import Clock
from migdesk.errors import EnvError, MigDeskError, RefusedError, UserError
from migdesk.i18n.markers import N_
from migdesk.paths import Paths
from migdesk.services import passphrases, swapping, wiping

if TYPE_CHECKING:
    from migdesk.store.database import Transaction
    from migdesk.vault.key_wrap import Argon2Params

    Cost: TypeAlias = Argon2Params
    """What a derivation costs, for the layers above."""

_SETTING_FILE = "workspace.key_file"
_log = logging.getLogger(__name__)


def read_key(home: Path, passphrase: str, clock: Clock, kdf: "Argon2Params | None" = None) -> bytes:
    """The database key; takes about a second by intention, and twice that once after an update made it dearer.

    Raises UserError if there is no workspace or it is damaged or newer, WrongPassphraseError (a UserError) otherwise,
    and TooSoonError (a UserError) during the wait after wrong tries. Any thread.
    """
    from migdesk.vault.keyfile import KeyFile  # noqa: PLC0415
    from migdesk.vault.waits import Waits  # noqa: PLC0415

    must_exist(home)
    paths = Paths(home)
    file = KeyFile.load(paths.keys_file, kdf)
    key = Waits(paths.tries_file, clock).attempt(lambda: file.unlock(passphrase))
    try:
        file.strengthen(key, passphrase)
    except EnvError:
        _log.warning("the key file could not be strengthened")
    return key


def read_own_key(home: Path, known: bytes, passphrase: str, clock: Clock) -> None:
    """Whether this passphrase opens the workspace that is open already, whose `proof` is `known`: the lock asks.

    Raises what `read_key` does, and RefusedError if the key file is not the one of this workspace any more. Any thread.
    """
    must_be_key(read_key(home, passphrase, clock), known)


def must_be_key(key: bytes, known: bytes) -> None:
    """Raises RefusedError unless `known` is the proof of this key."""
    if not hmac.compare_digest(proof(key), known):
        raise RefusedError(
            N_("Somebody put the key file of another workspace here."),
            hint=N_("Put back the key file of a backup, and tell your supervisor. What you wrote is safe."),
        )


def wait_left(home: Path, clock: Clock) -> int:
    """Seconds until the next try at the passphrase. Any thread."""
    from migdesk.vault.waits import Waits  # noqa: PLC0415

    return Waits(Paths(home).tries_file, clock).left()


def forget_tries(home: Path, clock: Clock) -> None:
    """The owner showed by another way who they are: the next try need not wait. Any thread."""
    from migdesk.vault.waits import Waits  # noqa: PLC0415

    Waits(Paths(home).tries_file, clock).forget()


def change_passphrase(
    home: Path, old: str, new: str, clock: Clock, own: Iterable[str] = (), kdf: "Argon2Params | None" = None
) -> None:
    """Wrap the same database key under a new passphrase. Takes two key derivations; any thread.

    Raises WrongPassphraseError for `old`, which counts as a wrong try, UserError if `new` is too easy to guess for
    somebody who knows these words about the person.
    """
    from migdesk.vault.keyfile import KeyFile  # noqa: PLC0415
    from migdesk.vault.waits import Waits  # noqa: PLC0415

    must_exist(home)
    paths = Paths(home)
    file = KeyFile.load(paths.keys_file, kdf)
    passphrases.must_be_good(new, own)
    Waits(paths.tries_file, clock).attempt(lambda: file.change_passphrase(old, new))


def known_outside(home: Path) -> tuple[str, ...]:
    """What is known of the person while the workspace is shut: its folder is named like the user."""
    return (home.name.replace(".", " "),)


def proof(key: bytes) -> bytes:
    """By which a key is known again. It tells nothing of the key."""
    return hmac.digest(key, b"migdesk lock 1", hashlib.sha256)


def file_warnings(tx: "Transaction", home: Path, user: UUID) -> list[MigDeskError]:
    """Whether the key file is an older one than the store has seen: an old passphrase, or weaker parameters, would
    be good again. The store is the witness, because nobody writes to it without the key. What was written is audited,
    wherever it was done."""
    from migdesk.store import audit, settings  # noqa: PLC0415
    from migdesk.vault.keyfile import KeyFile  # noqa: PLC0415

    file = KeyFile.load(Paths(home).keys_file)
    known, now = settings.get(tx, _SETTING_FILE, [0, "", ""]), [file.turn, file.seal, file.passphrase_mark]
    if known == now:
        return []
    settings.put(tx, _SETTING_FILE, now)
    if not known[1]:
        return []
    if file.turn > known[0]:
        act = "key_file_changed" if file.passphrase_mark == known[2] else "passphrase_changed"
        audit.append(tx, user, act, detail=f"turn={file.turn}")
        return []
    audit.append(tx, user, "key_file_older", detail=f"turn={file.turn} known={known[0]}")
    return [
        UserError(
            N_("The key file of this workspace was replaced by an older one: an earlier passphrase is good again."),
            hint=N_("If you did not bring it back from a backup, change the passphrase now and tell your supervisor."),
        )
    ]


def must_exist(home: Path) -> None:
    """Raises UserError if there is no workspace in this folder, RefusedError if it was removed by order."""
    wiping.must_stand(home)
    swapping.finish(home)
    paths = Paths(home)
    if not paths.keys_file.exists() or not paths.store_file.exists():
        raise no_workspace()


def no_workspace() -> UserError:
    """The answer for a folder without one."""
    return UserError(
        N_("There is no workspace in this folder."), hint=N_("Check the folder, or make a new workspace there.")
    )
