"""Signing in to the console: a passphrase (Argon2id) and a one-time password (TOTP, RFC 6238).

A wrong name, passphrase and password give the same answer after the same work. Tries of one account wait longer and
longer; a password is good once. Visits live in the database, so that any process knows them. `stretched` is slow and
needs no store; everything else runs on the store's thread.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from migdesk.clock import to_ms
from migdesk.domain.office import User
from migdesk.domain.scope import NATIONAL, Role, UserCard
from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.server import people
from migdesk.services.passphrases import must_be_good
from migdesk.store import audit, console_accounts, records, writing
from migdesk.store.console_accounts import Account
from migdesk.store.database import Store, Transaction
from migdesk.store.writing import Author
from migdesk.vault.key_wrap import Argon2Params, box, mac, stretch, unbox

ISSUER = "MigDesk"
IDLE_MS = 15 * 60_000
MOST_MS = 8 * 3_600_000
PASSPHRASE_LEAST = 12
_SALT = 16
_STEP_S, _DIGITS = 30, 6
_DRIFT = 1
"""Steps before and after now that are taken: telephones are not always on time."""
_FREE_TRIES = 3
_WAIT_MOST_S = 900
_OTP = "console otp 1"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in. `author` is in whose name records are written; `csrf` stands in every form."""

    user: UserCard
    author: Author
    csrf: str


@dataclass(frozen=True, slots=True)
class Try:
    """What somebody typed. `digest` is what Argon2id made of the passphrase with the salt of the account."""

    username: str
    digest: bytes
    password: str


def make_account(
    store: Store, root: bytes, server: Author, username: str, passphrase: str, params: Argon2Params
) -> str:
    """An account for an administrator, made or renewed; the user is made if it is new. Returns the address (otpauth)
    that an authenticator scans. Raises UserError for a short passphrase or a user with another role."""
    if len(passphrase) < PASSPHRASE_LEAST:
        raise UserError(
            N_("The passphrase is too short."), hint=N_("At least {n} characters; a few words are best."),
            n=PASSPHRASE_LEAST,
        )  # fmt: skip
    name = username.strip().lower()
    secret, salt = os.urandom(20), os.urandom(_SALT)
    must_be_good(passphrase, (username,))
    verifier = salt + stretch(passphrase, salt, params)
    with store.begin() as tx:
        user = _administrator(tx, server, name)
        account = Account(name, user, verifier, box(_key(root), secret, _OTP))
        console_accounts.put(tx, account, to_ms(store.clock.now()))
        audit.append(tx, server.user, "console_account", User.spec.name, user)
    return _totp(secret).get_provisioning_uri(name, ISSUER)


def salt_of(store: Store, root: bytes, username: str) -> bytes:
    """The salt of an account; of one that does not exist always the same other one, so that nobody can tell."""
    with store.read() as tx:
        account = console_accounts.find(tx, username)
    return account.verifier[:_SALT] if account else mac(root, "console salt 1", username.encode())[:_SALT]


def stretched(passphrase: str, salt: bytes, params: Argon2Params) -> bytes:
    """The slow part of a try."""
    return stretch(passphrase, salt, params)


def sign_in(store: Store, root: bytes, tried: Try) -> str:
    """The cookie of a new visit; empty if anything was wrong, or it is too early to try again."""
    now_ms = to_ms(store.clock.now())
    with store.begin() as tx:
        account = console_accounts.find(tx, tried.username, lock=True)
        if account is None or now_ms < account.wait_until_ms:
            return ""
        secret = unbox(_key(root), account.otp_secret, _OTP)
        step = _step(secret or b"", tried.password, now_ms // 1000, account.otp_step) if secret else 0
        good = hmac.compare_digest(account.verifier[_SALT:], tried.digest)
        if not good or not step or people.user_card(tx, account.user) is None:
            console_accounts.failed(tx, account.username, now_ms + 1000 * _wait_s(account.failed))
            audit.append(tx, account.user, "console_refused")
            return ""
        console_accounts.succeeded(tx, account.username, step)
        cookie = secrets.token_urlsafe(32)
        console_accounts.open_visit(tx, _digest(cookie), account.username, now_ms, now_ms - MOST_MS)
        audit.append(tx, account.user, "console_sign_in")
        return cookie


def visitor_of(store: Store, root: bytes, server: Author, cookie: str) -> Visitor | None:
    """Who shows this cookie; None if the visit is over or the user is an active administrator no more."""
    if not cookie:
        return None
    with store.begin() as tx:
        name = console_accounts.visitor(tx, _digest(cookie), to_ms(store.clock.now()), IDLE_MS, MOST_MS)
        account = console_accounts.find(tx, name) if name else None
        user = people.user_card(tx, account.user) if account else None
    if user is None or user.role != Role.ADMIN:
        return None
    csrf = mac(root, "console csrf 1", cookie.encode()).hex()[:32]
    return Visitor(user, Author(user.id, server.device), csrf)


def sign_out(store: Store, user: UUID, cookie: str) -> None:
    """End a visit."""
    with store.begin() as tx:
        console_accounts.close_visit(tx, _digest(cookie))
        audit.append(tx, user, "console_sign_out")


def _administrator(tx: Transaction, server: Author, name: str) -> UUID:
    values = people.user_values(name, "", Role.ADMIN.value, NATIONAL)
    id = User.spec.natural_id(values)
    known = records.find(tx, User, id)
    if known is None:
        writing.save(tx, server, User, values, id)
    elif known.record.role != Role.ADMIN or known.record.active is not True:
        raise UserError(N_("This user is not an administrator."), hint=N_("Choose another name."))
    return id


def _wait_s(failed: int) -> int:
    """Seconds until the next try counts, after so many wrong ones before this."""
    return min(_WAIT_MOST_S, 1 << min(10, failed - _FREE_TRIES)) if failed >= _FREE_TRIES else 0


def _step(secret: bytes, password: str, now_s: int, used: int) -> int:
    """The step of time whose password this is; 0 if it is none, or was used."""
    code = password.replace(" ", "")
    here = now_s // _STEP_S
    for step in range(max(used + 1, here - _DRIFT), here + _DRIFT + 1):
        if hmac.compare_digest(_totp(secret).generate(step * _STEP_S), code.encode("utf-8", "replace")):
            return step
    return 0


def _totp(secret: bytes) -> TOTP:
    # Every authenticator knows SHA-1 with six digits; what it is used for here is not touched by its weakness.
    return TOTP(secret, _DIGITS, SHA1(), _STEP_S)  # noqa: S303


def _key(root: bytes) -> bytes:
    return mac(root, "console key 1", b"")


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()
