"""What makes a server itself: organisation, signing key, generation. Made once, kept wrapped in its database."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from migdesk.clock import Clock, new_id
from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.store import change_log, enrolment
from migdesk.store.database import Store, Transaction
from migdesk.store.saying_again import say_again
from migdesk.store.writing import Author
from migdesk.vault.device_keys import DeviceKeys
from migdesk.vault.key_wrap import Argon2Params, Wrapped, box, fresh_key, fresh_wrap, unbox, unwrap, wrap

_ROOT, _IDENTITY = "root", "identity"
_HEADER = b"migdesk server root 1"


@dataclass(frozen=True, slots=True)
class Identity:
    """`generation` (8 random bytes) changes when the database comes back from a backup; laptops then send again."""

    org: UUID
    keys: DeviceKeys
    generation: bytes

    @classmethod
    def fresh(cls, clock: Clock) -> "Identity":
        return cls(new_id(clock), DeviceKeys.generate(), os.urandom(8))

    def boxed(self, root: bytes) -> bytes:
        """The identity under the server's root key."""
        body = {
            "org": str(self.org),
            "keys": self.keys.to_secret().hex(),
            "generation": self.generation.hex(),
        }
        return box(root, json.dumps(body).encode("ascii"), _IDENTITY)

    @classmethod
    def unboxed(cls, root: bytes, boxed: bytes) -> "Identity":
        """Raises UserError if the root key is another one or the row was altered."""
        data = unbox(root, boxed, _IDENTITY)
        if data is None:
            raise wrong_key()
        body = json.loads(data)
        keys = DeviceKeys.from_secret(bytes.fromhex(body["keys"]))
        return cls(UUID(body["org"]), keys, bytes.fromhex(body["generation"]))


def root_of_database(store: Store, secret: str, params: Argon2Params) -> bytes:
    """The root key of a server on PostgreSQL: random, in the database only under the server key `secret`.

    Takes a second by intention. Raises UserError if `secret` is not the one that the first start used.
    """
    with store.begin() as tx:
        body = enrolment.get_secret(tx, _ROOT)
        if body is None:
            root = fresh_key()
            if enrolment.add_secret(tx, _ROOT, _render(wrap(fresh_wrap(params), root, secret, _HEADER))):
                return root
            # Another process started at the same moment and was first.
            body = enrolment.get_secret(tx, _ROOT)
    opened = unwrap(_parse(body or b"{}"), secret, _HEADER)
    if opened is None:
        raise wrong_key()
    return opened


def find_or_make(store: Store, root: bytes, fill: Callable[[Transaction, Identity], None]) -> Identity:
    """The identity in this database. When there is none it is made, and `fill` writes what an organisation begins
    with, in the same transaction. Raises UserError for a wrong root key.
    """
    with store.begin() as tx:
        boxed = enrolment.get_secret(tx, _IDENTITY)
        if boxed is None:
            made = Identity.fresh(store.clock)
            if enrolment.add_secret(tx, _IDENTITY, made.boxed(root)):
                fill(tx, made)
                return made
            boxed = enrolment.get_secret(tx, _IDENTITY)
    return Identity.unboxed(root, boxed or b"")


def read_identity(tx: Transaction, root: bytes) -> Identity | None:
    """The identity as it stands in the database now. Raises UserError for a wrong root key."""
    boxed = enrolment.get_secret(tx, _IDENTITY)
    return None if boxed is None else Identity.unboxed(root, boxed)


def renew_generation(store: Store, root: bytes, identity: Identity, author: Author) -> Identity:
    """A new generation after a restore: every laptop compares again and sends what the backup lacks. What the server
    alone writes it says once more, in the name of `author`."""
    renewed = replace(identity, generation=os.urandom(8))
    with store.begin() as tx:
        enrolment.replace_secret(tx, _IDENTITY, renewed.boxed(root))
        change_log.leap(tx)
        for spec in tx.schema.kinds:
            if spec.reference:
                say_again(tx, author, spec)
    return renewed


def wrong_key() -> UserError:
    """The error of a server key that is not this server's."""
    return UserError(
        N_("The server key does not open this server's secrets."),
        hint=N_("Give the key of its first start: MIGDESK_SERVER_KEY, --passphrase-file, or the file server.key."),
    )


def _render(wrapped: Wrapped) -> bytes:
    params = wrapped.params
    body = {
        "version": 1,
        "memory_kib": params.memory_kib,
        "passes": params.passes,
        "lanes": params.lanes,
        "salt": wrapped.salt.hex(),
        "nonce": wrapped.nonce.hex(),
        "data": wrapped.data.hex(),
    }
    return json.dumps(body).encode("ascii")


def _parse(body: bytes) -> Wrapped:
    try:
        row = json.loads(body)
        params = Argon2Params(row["memory_kib"], row["passes"], row["lanes"])
        if not params.sane():
            raise ValueError("cost")
        return Wrapped(params, *(bytes.fromhex(row[name]) for name in ("salt", "nonce", "data")))
    except (ValueError, KeyError, TypeError) as error:
        raise wrong_key() from error
