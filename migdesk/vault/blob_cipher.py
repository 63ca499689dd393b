"""Encrypts a file in pieces that are each provable by themselves (AES-256-GCM in the STREAM construction). Pure.

Every file has a random key of its own, so the nonce holds only the number of the piece and whether it is the last:
pieces cannot be exchanged, left out or added at the end without notice.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PIECE = 64 << 10
"""Clear bytes of a piece; the last may be shorter."""
SEALED_PIECE = PIECE + 16
KEY = 32

_AAD = b"migdesk blob 1"
_MOST = 1 << 32


class BlobDamagedError(ValueError):
    """A piece is not what was encrypted with this key. `piece` is its number, from 0."""

    def __init__(self, piece: int) -> None:
        super().__init__(f"piece {piece}")
        self.piece = piece


def new_key() -> bytes:
    """A random 256-bit key. Never used for a second file."""
    return os.urandom(KEY)


def sealed_size(size: int) -> int:
    """How many bytes the encrypted form of `size` clear bytes has."""
    return size + 16 * pieces_of(size)


def pieces_of(size: int) -> int:
    """How many pieces `size` clear bytes make; an empty file is one empty piece."""
    return max(1, -(-size // PIECE))


def seal(key: bytes, data: bytes) -> list[bytes]:
    """The encrypted pieces of a file, in order."""
    cipher, last = AESGCM(key), pieces_of(len(data)) - 1
    return [cipher.encrypt(_nonce(n, last=n == last), data[n * PIECE : (n + 1) * PIECE], _AAD) for n in range(last + 1)]


def unseal(key: bytes, data: bytes) -> bytes:
    """The clear bytes of a whole encrypted file. Raises BlobDamagedError naming the first piece that is wrong."""
    cipher, last = AESGCM(key), max(1, -(-len(data) // SEALED_PIECE)) - 1
    clear = []
    for n in range(last + 1):
        piece = data[n * SEALED_PIECE : (n + 1) * SEALED_PIECE]
        try:
            clear.append(cipher.decrypt(_nonce(n, last=n == last), piece, _AAD))
        except (InvalidTag, ValueError) as error:
            raise BlobDamagedError(n) from error
    return b"".join(clear)


def _nonce(n: int, *, last: bool) -> bytes:
    if n >= _MOST:
        raise ValueError("too many pieces")
    return bytes(7) + n.to_bytes(4, "big") + bytes((last,))
