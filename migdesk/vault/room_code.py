"""The code by which a laptop joins a room, and what proves that one has it without telling it. Pure.

The key is slow to make and bound to the certificate of the room: who listens between two laptops can neither pass a
proof on nor try all codes while the room is open.
"""

import hashlib
import hmac
import secrets
from uuid import UUID

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from migdesk.vault.human_code import ALPHABET, grouped

LENGTH = 8
_TWINS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_COST = 1 << 14


def new_room_code() -> str:
    """A random code of 40 bits, in two groups."""
    return grouped("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))


def read_room_code(text: str) -> str:
    """The code without its groups, as a person may have typed it. Raises ValueError if it cannot be one."""
    code = text.strip().upper().translate(_TWINS)
    if len(code) != LENGTH or any(char not in ALPHABET for char in code):
        raise ValueError("no code of a room")
    return code


class RoomKey:
    """What a code and a certificate (SHA-256 of its DER form) make together. Takes some 50 ms by intention."""

    def __init__(self, code: str, certificate: bytes) -> None:
        """`code` may be written in groups. Raises ValueError if it is none."""
        plain = read_room_code(code).encode("ascii")
        kdf = Scrypt(salt=b"migdesk room 1" + certificate, length=32, n=_COST, r=8, p=1)
        self._key = kdf.derive(plain)

    def proof(self) -> str:
        """What a guest shows to the room with each request."""
        return self._mac(b"guest").hex()

    def is_proof(self, shown: str) -> bool:
        """Whether this is the proof, in a time that does not tell how much of it is right."""
        return hmac.compare_digest(shown.encode("utf-8", "replace"), self.proof().encode("ascii"))

    def mark(self, org: UUID) -> bytes:
        """What the room shows to a guest: that it gave out this code, for this organisation."""
        return self._mac(b"room" + org.bytes)

    def _mac(self, what: bytes) -> bytes:
        return hmac.new(self._key, b"migdesk " + what, hashlib.sha256).digest()
