"""The recovery sheet: a code on paper that opens the workspace when the passphrase is forgotten. Made, tried, used.

The code is shown once and kept nowhere. What derives a key runs on any thread but the store's, which `on_store` is the
way to. There is no wait after a wrong code: nobody guesses 110 bits.
"""

import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from migdesk.clock import Clock, from_ms, to_ms
from migdesk.errors import EnvError, UserError
from migdesk.i18n.markers import N_
from migdesk.paths import Paths
from migdesk.services import keys, passphrases, renewals
from migdesk.services.renewals import BY_PAPER, TRIED, Renewal
from migdesk.services.session import Session
from migdesk.store import audit, settings
from migdesk.vault.atomic_file import shred, write_atomic
from migdesk.vault.keyfile import KeyFile

if TYPE_CHECKING:
    from migdesk.services.safekeeping import OnStore
    from migdesk.vault.key_wrap import Argon2Params

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the workspace has a code, and when the person last proved that the paper opens it; None: never."""

    made: bool
    tried: datetime | None


def standing(session: Session) -> Standing:
    """The store's thread. A sheet that another one replaced counts as never tried, and so does one that was used."""
    mark = KeyFile.load(Paths(session.home).keys_file).recovery_code_mark
    with session.store.read() as tx:
        found = settings.get(tx, TRIED) or {}
    return Standing(bool(mark), from_ms(found["at_ms"]) if mark and found.get("mark") == mark else None)


def make(on_store: "OnStore", session: Session, passphrase: str) -> str:
    """A new code, to be written on paper now; an earlier one opens nothing any more. Raises WrongPassphraseError."""
    session.must_open()
    return make_with_key(on_store, session, keys.read_key(session.home, passphrase, session.clock, session.kdf))


def make_with_key(on_store: "OnStore", session: Session, key: bytes) -> str:
    """The same for who has just opened the workspace. Raises RefusedError if the key is not its own."""
    keys.must_be_key(key, session.key_proof)
    code = KeyFile.load(Paths(session.home).keys_file, session.kdf).add_recovery_code(key)

    def note() -> None:
        with session.store.begin() as tx:
            audit.append(tx, session.user.id, "recovery_code_made")
        session.notes.key_file()

    on_store(note)
    return code


def try_code(on_store: "OnStore", session: Session, typed: str) -> None:
    """Whether what was typed from the paper opens this workspace; remembered if so. Takes a derivation.

    Raises UserError for a slip, and for the code of another sheet.
    """
    file = KeyFile.load(Paths(session.home).keys_file)
    keys.must_be_key(file.unlock_with_code(typed), session.key_proof)

    def note() -> None:
        kept = {"mark": file.recovery_code_mark, "at_ms": to_ms(session.clock.now())}
        with session.store.begin() as tx:
            settings.put(tx, TRIED, kept)
            audit.append(tx, session.user.id, "recovery_code_tried")

    on_store(note)


def check_code(home: Path, typed: str) -> None:
    """Whether this code opens the workspace: to be known before a new passphrase is thought up. Takes a derivation.

    Raises UserError for a slip, for a wrong code, or if there is none.
    """
    keys.must_exist(home)
    KeyFile.load(Paths(home).keys_file).unlock_with_code(typed)


def open_with(home: Path, typed: str, new: str, clock: Clock, kdf: "Argon2Params | None" = None) -> bytes:
    """Set a new passphrase with the code of the sheet; the database key. The next opening audits it.

    Takes two derivations. Raises what `check_code` does, and UserError for a passphrase that is too easy to guess; then
    nothing was changed.
    """
    keys.must_exist(home)
    file = KeyFile.load(Paths(home).keys_file, kdf)
    passphrases.must_be_good(new, keys.known_outside(home))
    key = file.unlock_with_code(typed)
    # Noted before it is done, so that no power cut hides it from the audit trail.
    renewals.note(home, Renewal(os.urandom(8).hex(), BY_PAPER))
    file.set_passphrase(key, new)
    keys.forget_tries(home, clock)
    return key


def write_document(file: Path, document: bytes) -> None:
    """The sheet as a file to be printed. Raises UserError for one that is there already, EnvError."""
    if file.exists():
        raise UserError(N_("A file of this name is there already."), hint=N_("Choose another name."))
    write_atomic(file, document)


def remove_documents(files: Iterable[Path]) -> int:
    """Overwrite and remove files that hold a code, once it is on paper; how many were still there. A stick that is not
    in the laptop any more is left alone."""
    there = [file for file in files if file.is_file()]
    for file in there:
        try:
            shred(file)
        except EnvError:
            _log.warning("a recovery sheet could not be removed")
    return sum(not file.exists() for file in there)
