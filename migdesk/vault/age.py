"""The age format (age-encryption.org/v1, X25519) through pyrage, with types and our own error. Pure."""

from collections.abc import Sequence
from typing import Any, BinaryIO

import pyrage

# The library is compiled and ships no types.
_age: Any = pyrage
_NO_MATCH = "No matching keys found"


class AgeError(Exception):
    """What pyrage could not do. `not_for_us`: the file is whole, but sealed to other recipients."""

    def __init__(self, not_for_us: bool = False) -> None:
        super().__init__("sealed to others" if not_for_us else "malformed")
        self.not_for_us = not_for_us


def new_identity() -> str:
    """A fresh secret, `AGE-SECRET-KEY-1...`."""
    return str(_age.x25519.Identity.generate())


def recipient_of(identity: str) -> str:
    """The public `age1...` of a secret. Raises AgeError."""
    return str(_identity(identity).to_public())


def is_recipient(text: str) -> bool:
    """Whether `text` is an X25519 recipient."""
    try:
        _age.x25519.Recipient.from_str(text)
    except _age.RecipientError:
        return False
    return True


def seal(source: BinaryIO | bytes, out: BinaryIO, recipients: Sequence[str]) -> None:
    """Encrypt to all of these recipients. Raises AgeError for a malformed recipient, OSError as `out` gives it."""
    try:
        keys = [_age.x25519.Recipient.from_str(text) for text in recipients]
    except _age.RecipientError as error:
        raise AgeError from error
    if isinstance(source, bytes):
        out.write(_age.encrypt(source, keys))
    else:
        _age.encrypt_io(source, out, keys)


def unseal(sealed: bytes, *identities: str) -> bytes:
    """The clear content, by the first of these secrets that opens it. Raises AgeError."""
    try:
        return bytes(_age.decrypt(sealed, [_identity(one) for one in identities]))
    except _age.DecryptError as error:
        raise AgeError(not_for_us=str(error) == _NO_MATCH) from error


def _identity(text: str) -> Any:
    try:
        return _age.x25519.Identity.from_str(text)
    except _age.IdentityError as error:
        raise AgeError from error
