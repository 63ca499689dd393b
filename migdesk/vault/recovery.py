"""Recovery of a forgotten passphrase without a network: what the laptop asks and what the supervisor answers. Pure.

The database key lies in the key file sealed (HPKE, RFC 9180: X25519, HKDF-SHA256, AES-256-GCM) to a recovery key, whose
secret half is in the supervisor's encrypted store. The request carries that sealed key and a fresh public key; the
answer is the database key sealed to the fresh one. The device is bound into both, the number into the answer.
"""

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from migdesk.vault.key_wrap import KEY_BYTES
from migdesk.vault.long_text import LongTextError, from_text, to_text

PUBLIC_BYTES = 32
SEALED_BYTES = 32 + KEY_BYTES + 16
NUMBER_BYTES = 8
LIFE_MS = 24 * 3600 * 1000
"""How long a request may be answered, and its answer opened."""

_KEY, _REQUEST, _ANSWER = b"\x21", b"\x22", b"\x23"
_DEVICE = 8
_TIME = 6


class RecoveryTextError(ValueError):
    """Not the text that was asked for. `line`: where a slip is, from 1; 0 when it is another text altogether."""

    def __init__(self, line: int = 0) -> None:
        super().__init__(f"line {line}")
        self.line = line


class NotSealedForError(ValueError):
    """Sealed to another key, for another device or number, or altered."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the laptop asks. `sealed`: its database key, for the holder of the recovery key."""

    device: int
    number: bytes
    made_ms: int
    fresh: bytes
    sealed: bytes

    def to_text(self) -> str:
        head = self.device.to_bytes(_DEVICE, "big") + self.number + self.made_ms.to_bytes(_TIME, "big")
        return to_text(_REQUEST + head + self.fresh + self.sealed)

    @classmethod
    def from_text(cls, text: str) -> "Request":
        """Raises RecoveryTextError."""
        parts = _split(text, _REQUEST, (_DEVICE, NUMBER_BYTES, _TIME, PUBLIC_BYTES, SEALED_BYTES))
        device, number, made, fresh, sealed = parts
        return cls(int.from_bytes(device, "big"), number, int.from_bytes(made, "big"), fresh, sealed)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the supervisor answers. Only who made the request opens `sealed`."""

    device: int
    number: bytes
    sealed: bytes

    def to_text(self) -> str:
        return to_text(_ANSWER + self.device.to_bytes(_DEVICE, "big") + self.number + self.sealed)

    @classmethod
    def from_text(cls, text: str) -> "Answer":
        """Raises RecoveryTextError."""
        device, number, sealed = _split(text, _ANSWER, (_DEVICE, NUMBER_BYTES, SEALED_BYTES))
        return cls(int.from_bytes(device, "big"), number, sealed)


def new_secret() -> bytes:
    """The secret half of a recovery key, or of a request."""
    return X25519PrivateKey.generate().private_bytes_raw()


def new_number() -> bytes:
    """What tells one request from all others."""
    return os.urandom(NUMBER_BYTES)


def public_of(secret: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def key_to_text(public: bytes) -> str:
    """A recovery key as it is handed to laptops."""
    return to_text(_KEY + public)


def key_from_text(text: str) -> bytes:
    """Raises RecoveryTextError."""
    return _split(text, _KEY, (PUBLIC_BYTES,))[0]


def entrust(database_key: bytes, public: bytes, device: int) -> bytes:
    """The database key of a device, for the holder of a recovery key. Raises ValueError if this is no usable key."""
    return _suite().encrypt(database_key, X25519PublicKey.from_public_bytes(public), info=_entrusted(device))


def answer(request: Request, secret: bytes) -> Answer:
    """Open what was entrusted and seal it to the request. Raises NotSealedForError."""
    database_key = _open(request.sealed, secret, _entrusted(request.device))
    try:
        fresh = X25519PublicKey.from_public_bytes(request.fresh)
        sealed = _suite().encrypt(database_key, fresh, info=_answered(request.device, request.number))
    except ValueError as error:
        raise NotSealedForError from error
    return Answer(request.device, request.number, sealed)


def open_answer(one: Answer, secret: bytes) -> bytes:
    """The database key; `secret` belongs to the request. Raises NotSealedForError."""
    return _open(one.sealed, secret, _answered(one.device, one.number))


def _open(sealed: bytes, secret: bytes, info: bytes) -> bytes:
    try:
        return _suite().decrypt(sealed, X25519PrivateKey.from_private_bytes(secret), info=info)
    except (InvalidTag, ValueError) as error:
        raise NotSealedForError from error


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _entrusted(device: int) -> bytes:
    return b"migdesk recovery 1 key" + device.to_bytes(_DEVICE, "big")


def _answered(device: int, number: bytes) -> bytes:
    return b"migdesk recovery 1 answer" + device.to_bytes(_DEVICE, "big") + number


def _split(text: str, kind: bytes, sizes: tuple[int, ...]) -> list[bytes]:
    try:
        data = from_text(text)
    except LongTextError as error:
        raise RecoveryTextError(error.line) from error
    if data[:1] != kind or len(data) != 1 + sum(sizes):
        raise RecoveryTextError
    parts, at = [], 1
    for size in sizes:
        parts.append(data[at : at + size])
        at += size
    return parts
