"""A forgotten passphrase, mended without a network: the laptop asks, a supervisor answers, the laptop opens the answer.

`own_key`, `look` and `answer` run on the store's thread of an open workspace; `trust`, whose derivation would hold it
up, on any other thread that may wait for it. The rest needs no open store and runs on any thread. A request's secret
lies in HOME/recovery.json until it is used or too old.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migdesk.clock import Clock, from_ms, to_ms
from migdesk.domain.scope import Role
from migdesk.errors import EnvError, RefusedError, UserError
from migdesk.i18n.markers import N_
from migdesk.paths import Paths
from migdesk.services import enrolment_codes, keys, passphrases, renewals
from migdesk.services.renewals import Renewal
from migdesk.services.session import Session
from migdesk.store import audit, settings
from migdesk.sync.trust import known_devices
from migdesk.vault import recovery
from migdesk.vault.atomic_file import shred, write_atomic
from migdesk.vault.device_keys import fingerprint_words
from migdesk.vault.keyfile import KeyFile
from migdesk.vault.recovery import LIFE_MS, Answer, NotSealedForError, RecoveryTextError, Request

if TYPE_CHECKING:
    from migdesk.services.safekeeping import OnStore
    from migdesk.vault.key_wrap import Argon2Params

HELPERS = (Role.SUPERVISOR, Role.ADMIN)
MOST_TEXT = 20_000
"""Signs of a file that may hold a request or an answer."""
_SECRET = "recovery.secret"  # noqa: S105 - the name of a setting


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A recovery key as it is handed to laptops, and its words to be compared aloud."""

    text: str
    words: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `words` are the same at the supervisor's: who reads them out holds this laptop."""

    text: str
    words: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as the supervisor sees it. `user` and `name` are empty for a laptop that this workspace has not heard
    of."""

    device: str
    user: str
    name: str
    words: str
    made: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Ways:
    """What can be done for a workspace whose passphrase is forgotten: by the code of its recovery sheet, and by the
    supervisor whose recovery key has these words (empty: nobody)."""

    sheet: bool
    words: str


def ways(home: Path) -> Ways:
    """Raises UserError if there is no workspace or its key file is damaged."""
    keys.must_exist(home)
    file = KeyFile.load(Paths(home).keys_file)
    return Ways(file.has_recovery_code, fingerprint_words(file.entrusted.public) if file.entrusted else "")


def own_key(session: Session) -> PublicKey:
    """The recovery key of this supervisor, made at the first call. Raises RefusedError for other roles."""
    with session.store.begin() as tx:
        session.must_open()
        _must_help(session)
        kept = settings.get(tx, _SECRET, "")
        secret = bytes.fromhex(kept) if kept else recovery.new_secret()
        if not kept:
            session.must_write()
            settings.put(tx, _SECRET, secret.hex())
            audit.append(tx, session.user.id, "recovery_key_made")
    public = recovery.public_of(secret)
    return PublicKey(recovery.key_to_text(public), fingerprint_words(public))


def read_key_text(text: str) -> PublicKey:
    """A recovery key that was handed over, and its words. Raises UserError for a slip."""
    public = _public(text)
    return PublicKey(recovery.key_to_text(public), fingerprint_words(public))


def trust(on_store: "OnStore", session: Session, text: str, passphrase: str) -> PublicKey:
    """Let the holder of this recovery key help when the passphrase is forgotten; in place of whoever could before.

    Takes a derivation. Raises UserError for a slip in the text, WrongPassphraseError.
    """
    session.must_open()
    public = _public(text)
    key = keys.read_key(session.home, passphrase, session.clock, session.kdf)
    try:
        KeyFile.load(Paths(session.home).keys_file).entrust(key, public, session.keys.device_id)
    except ValueError as error:
        raise UserError(N_("This is no recovery key."), hint=N_("Ask for it again.")) from error
    words = fingerprint_words(public)

    def note() -> None:
        with session.store.begin() as tx:
            audit.append(tx, session.user.id, "recovery_key_trusted", detail=f"words={words}")
        session.notes.key_file()

    on_store(note)
    return PublicKey(recovery.key_to_text(public), words)


def request(home: Path, clock: Clock) -> Asked:
    """Ask for help; a request of before that is still open is shown again. Any thread.

    Raises UserError if no supervisor's recovery key was ever taken over here.
    """
    keys.must_exist(home)
    mine = KeyFile.load(Paths(home).keys_file).entrusted
    if mine is None:
        raise UserError(
            N_("No supervisor can help this workspace: it was never given a recovery key."),
            hint=N_("Look for a backup whose passphrase you know."),
        )
    pending, now = _pending(home), to_ms(clock.now())
    if pending is None or not _is_fresh(pending["made_ms"], now):
        made: dict[str, Any] = {
            "secret": recovery.new_secret().hex(),
            "number": recovery.new_number().hex(),
            "made_ms": now,
        }
        pending = made
        shred(Paths(home).recovery_file)
        write_atomic(Paths(home).recovery_file, json.dumps(pending, sort_keys=True).encode("ascii"))
    fresh = recovery.public_of(bytes.fromhex(pending["secret"]))
    one = Request(mine.device, bytes.fromhex(pending["number"]), pending["made_ms"], fresh, mine.sealed)
    return Asked(one.to_text(), _words(one), from_ms(one.made_ms + LIFE_MS))


def look(session: Session, text: str) -> Seen:
    """Whose laptop asks. Raises UserError for a slip or a request that is too old, RefusedError for other roles and
    for a laptop that was revoked."""
    session.must_open()
    _must_help(session)
    one = _read_request(session, text)
    user, name = _user_of(session, one.device)
    made, until = from_ms(one.made_ms), from_ms(one.made_ms + LIFE_MS)
    return Seen(f"{one.device:016x}", user, name, _words(one), made, until)


def answer(session: Session, text: str) -> str:
    """The answer that only the laptop of this request can open. Noted in the audit trail before it is given.

    Raises what `look` does, and RefusedError if that laptop trusts another recovery key.
    """
    seen, one = look(session, text), _read_request(session, text)
    with session.store.begin() as tx:
        secret = settings.get(tx, _SECRET, "")
        try:
            if not secret:
                raise NotSealedForError
            made = recovery.answer(one, bytes.fromhex(secret))
        except NotSealedForError as error:
            raise RefusedError(
                N_("This laptop cannot be helped from here: it trusts another recovery key, or the request is forged."),
                hint=N_("Ask which supervisor set it up."),
            ) from error
        detail = f"device={seen.device} user={seen.user or '-'} number={one.number.hex()}"
        audit.append(tx, session.user.id, "recovery_answered", detail=detail)
    return made.to_text()


def check_answer(home: Path, text: str, clock: Clock) -> None:
    """Whether this answer would open the workspace: to be known before a new passphrase is thought up.

    Raises what `open_answer` raises for the answer.
    """
    _opened(home, text, clock, None)


def open_answer(home: Path, text: str, new: str, clock: Clock, kdf: "Argon2Params | None" = None) -> bytes:
    """Open the supervisor's answer and set a new passphrase; the database key. The request is used up; the next opening
    audits it.

    Raises UserError for a slip, an answer for another laptop or another request, one that was used or is too old, or a
    passphrase that is too easy to guess; RefusedError for one that was altered. Then nothing was changed.
    """
    file, key, number = _opened(home, text, clock, kdf)
    passphrases.must_be_good(new, keys.known_outside(home))
    # Noted before it is done, so that no power cut hides it from the audit trail.
    renewals.note(home, Renewal(number.hex()))
    file.set_passphrase(key, new)
    shred(Paths(home).recovery_file)
    keys.forget_tries(home, clock)
    return key


def accept(session: Session, key: bytes) -> None:
    """The passphrase was set anew while the workspace was open and locked: the lock may go. The store's thread.

    Raises RefusedError if the key is not that of the open workspace.
    """
    keys.must_be_key(key, session.key_proof)
    session.notes.key_file()
    renewals.tell(session.store, session.home, session.user.id)


def qr_png(text: str) -> bytes:
    """A key, a request or an answer as a picture. Groups and lines help eyes, not cameras."""
    return enrolment_codes.qr_png(qr_text(text))


def qr_text(text: str) -> str:
    """What its QR code holds."""
    return "".join(text.split()).replace("-", "")


def read_file(file: Path) -> str:
    """The text in a file that was handed over. Raises EnvError."""
    try:
        with file.open(encoding="utf-8") as opened:
            return opened.read(MOST_TEXT)
    except (OSError, UnicodeDecodeError) as error:
        raise EnvError(N_("{file} cannot be read."), hint=N_("Check that it is there."), file=file.name) from error


def write_file(file: Path, text: str) -> None:
    """A text to be handed over. Raises UserError for a file that is there already, EnvError."""
    if file.exists():
        raise UserError(N_("A file of this name is there already."), hint=N_("Choose another name."))
    write_atomic(file, f"{text}\n".encode("ascii"))


def _opened(home: Path, text: str, clock: Clock, kdf: "Argon2Params | None") -> tuple[KeyFile, bytes, bytes]:
    """The key file, the database key, and the number of the request."""
    keys.must_exist(home)
    file = KeyFile.load(Paths(home).keys_file, kdf)
    try:
        one = Answer.from_text(text)
    except RecoveryTextError as error:
        raise _slip(error, N_("This is no answer to a request.")) from error
    pending = _fitting(home, file, one, to_ms(clock.now()))
    try:
        return file, recovery.open_answer(one, bytes.fromhex(pending["secret"])), one.number
    except NotSealedForError as error:
        raise RefusedError(
            N_("This answer does not open this workspace: it was altered."),
            hint=N_("Ask your supervisor for it again."),
        ) from error


def _public(text: str) -> bytes:
    try:
        return recovery.key_from_text(text)
    except RecoveryTextError as error:
        raise _slip(error, N_("This is no recovery key.")) from error


def _fitting(home: Path, file: KeyFile, one: Answer, now: int) -> dict[str, Any]:
    """The open request that this answers. Raises UserError saying why it fits none."""
    if file.entrusted is None or one.device != file.entrusted.device:
        raise UserError(N_("This answer is for another laptop."), hint=N_("Ask your supervisor for yours."))
    pending = _pending(home)
    done = renewals.last(home)
    if done is not None and one.number.hex() == done.number:
        raise UserError(N_("This answer was used already."), hint=N_("Make a new request and ask your supervisor."))
    if pending is None or one.number.hex() != pending["number"]:
        raise UserError(
            N_("This answer is for another request."),
            hint=N_("Use the answer to the newest request, or make a new one."),
        )
    if not _is_fresh(pending["made_ms"], now):
        shred(Paths(home).recovery_file)
        raise UserError(
            N_("This request is older than a day, or the clock of this laptop was changed."),
            hint=N_("Check the date and time, make a new request and ask your supervisor."),
        )
    return pending


def _read_request(session: Session, text: str) -> Request:
    try:
        one = Request.from_text(text)
    except RecoveryTextError as error:
        raise _slip(error, N_("This is no request for help.")) from error
    if not _is_fresh(one.made_ms, to_ms(session.clock.now()), early_ms=LIFE_MS):
        raise UserError(
            N_("This request is older than a day, or a clock is wrong."),
            hint=N_("Check the date and time of both laptops, and ask for a new request."),
        )
    return one


def _is_fresh(made_ms: int, now: int, early_ms: int = 0) -> bool:
    return -early_ms <= now - made_ms <= LIFE_MS


def _slip(error: RecoveryTextError, other: str) -> UserError:
    if error.line:
        return UserError(
            N_("There is a slip in line {n}."),
            hint=N_("Five groups of four stand in a line. Check each sign."),
            n=error.line,
        )
    return UserError(other, hint=N_("Check that it is the right text, and that all of it is there."))


def _must_help(session: Session) -> None:
    if session.role not in HELPERS:
        raise RefusedError(
            N_("Only a supervisor or an administrator can help with a forgotten passphrase."),
            hint=N_("Ask your supervisor."),
        )
    if session.revoked:
        session.must_write()


def _user_of(session: Session, device: int) -> tuple[str, str]:
    """User name and name of who works with this laptop, as far as it is known here. Raises RefusedError if the
    organisation revoked it: whoever found or stole it would ask just like its owner."""
    with session.store.read() as tx:
        known = known_devices.find(tx, device)
    if known is None:
        return "", ""
    if known.row.revoked:
        raise RefusedError(
            N_("This laptop was revoked, because it is lost or its user left. It is not helped."),
            hint=N_("Speak with your administrator."),
        )
    return known.username, known.row.user.display_name if known.row.user else ""


def _words(one: Request) -> str:
    return fingerprint_words(one.device.to_bytes(8, "big") + one.number + one.fresh)


def _pending(home: Path) -> dict[str, Any] | None:
    """The open request, however old. What is damaged counts as none: a new one is made."""
    found = _read(home)
    try:
        sound = len(bytes.fromhex(found["secret"])) == 32 and len(bytes.fromhex(found["number"])) == 8
        return found if sound and type(found["made_ms"]) is int and 0 <= found["made_ms"] < 1 << 47 else None
    except (KeyError, TypeError, ValueError):
        return None


def _read(home: Path) -> dict[str, Any]:
    try:
        found = json.loads(Paths(home).recovery_file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
