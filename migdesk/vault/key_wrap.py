"""Wrapping a 256-bit key under a secret that a person knows: Argon2id, then AES-256-GCM. Pure; slow on purpose."""

import hashlib
import hmac
import os
import unicodedata
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

KEY_BYTES = 32
SALT_BYTES = 16
NONCE_BYTES = 12
WRAPPED_BYTES = KEY_BYTES + 16


@dataclass(frozen=True, slots=True)
class Argon2Params:
    """The cost of one try (FIELD M10): KiB of memory, passes over it, parallel lanes. Less only in tests."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 4

    def sane(self) -> bool:
        """Whether a file may ask for this much: a hostile one must neither hang the laptop nor fill its memory."""
        return (
            1 <= self.lanes <= 16
            and 1 <= self.passes <= 16
            and 8 * self.lanes <= self.memory_kib <= 1024 * 1024
            and self.memory_kib * self.passes <= 2048 * 1024
        )

    def weaker(self, other: "Argon2Params") -> bool:
        """Whether a guess costs less memory or less work than with `other`. More lanes make no guess dearer."""
        work, others = self.memory_kib * self.passes, other.memory_kib * other.passes
        return self.memory_kib < other.memory_kib or work < others


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A key under a secret. Everything here may be read by anybody."""

    params: Argon2Params
    salt: bytes
    nonce: bytes
    data: bytes


def fresh_key() -> bytes:
    """A random 256-bit key."""
    return os.urandom(KEY_BYTES)


def fresh_wrap(params: Argon2Params) -> Wrapped:
    """Random salt and nonce for one wrap; the data is still to come."""
    return Wrapped(params, os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES), b"")


def wrap(empty: Wrapped, key: bytes, secret: str, header: bytes) -> Wrapped:
    """`key` under `secret` with the salt and nonce of a `fresh_wrap`; `header` is bound as associated data."""
    data = AESGCM(stretch(secret, empty.salt, empty.params)).encrypt(empty.nonce, key, header)
    return replace(empty, data=data)


def unwrap(wrapped: Wrapped, secret: str, header: bytes) -> bytes | None:
    """The key, or None when the secret is wrong or anything was altered (the two cannot be told apart)."""
    try:
        return AESGCM(stretch(secret, wrapped.salt, wrapped.params)).decrypt(wrapped.nonce, wrapped.data, header)
    except InvalidTag:
        return None


def stretch(secret: str, salt: bytes, params: Argon2Params) -> bytes:
    """32 bytes of Argon2id (RFC 9106) from a secret in Unicode NFKC, so that every keyboard gives the same bytes."""
    kdf = Argon2id(
        salt=salt, length=KEY_BYTES, iterations=params.passes, lanes=params.lanes, memory_cost=params.memory_kib
    )
    return kdf.derive(unicodedata.normalize("NFKC", secret).encode("utf-8"))


def mac(key: bytes, purpose: str, data: bytes) -> bytes:
    """HMAC-SHA256 of `data` under a subkey of `key` that serves `purpose` alone."""
    subkey = hmac.digest(key, b"migdesk " + purpose.encode("ascii"), hashlib.sha256)
    return hmac.digest(subkey, data, hashlib.sha256)


def box(key: bytes, data: bytes, purpose: str) -> bytes:
    """`data` under a 256-bit key (AES-256-GCM, nonce in front); `purpose` must be the same to open it."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, purpose.encode("ascii"))


def unbox(key: bytes, boxed: bytes, purpose: str) -> bytes | None:
    """What was boxed, or None when the key is another one or anything was altered."""
    try:
        return AESGCM(key).decrypt(boxed[:NONCE_BYTES], boxed[NONCE_BYTES:], purpose.encode("ascii"))
    except (InvalidTag, ValueError):
        return None
