"""The keys of one device: Ed25519 to sign, X25519 (age) to receive. Pure; stores nothing, knows no database."""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.paths import resource
from migdesk.vault.age import AgeError, new_identity, recipient_of

_MAGIC = b"MDK1"
_SEED = 32
_WORDS = 8


class DeviceKeys:
    """A pair of secrets and what follows from them. `identity` and `to_secret()` never leave encrypted storage."""

    def __init__(self, seed: bytes, identity: str) -> None:
        self.signing_key = Ed25519PrivateKey.from_private_bytes(seed)
        self.identity = identity
        self.public: bytes = self.signing_key.public_key().public_bytes_raw()
        self.device_id: int = device_id_of(self.public)
        self.recipient: str = recipient_of(identity)

    def __repr__(self) -> str:
        return f"DeviceKeys(device_id={self.device_id:016x})"

    @classmethod
    def generate(cls) -> "DeviceKeys":
        """Fresh keys from the operating system's random source."""
        seed = Ed25519PrivateKey.generate().private_bytes_raw()
        return cls(seed, new_identity())

    @classmethod
    def from_secret(cls, secret: bytes) -> "DeviceKeys":
        """The keys of `to_secret`. Raises UserError if these bytes are none."""
        try:
            if not secret.startswith(_MAGIC):
                raise ValueError("other format")
            seed, identity = secret[len(_MAGIC) :][:_SEED], secret[len(_MAGIC) + _SEED :].decode("ascii")
            return cls(seed, identity)
        except (ValueError, AgeError) as error:
            raise UserError(
                N_("The keys of this device are damaged."),
                hint=N_("Restore the newest backup, or enrol this laptop again."),
            ) from error

    def to_secret(self) -> bytes:
        """Both secrets as bytes, to be kept inside the encrypted store only."""
        return _MAGIC + self.signing_key.private_bytes_raw() + self.identity.encode("ascii")

    def sign(self, data: bytes) -> bytes:
        """The Ed25519 signature (64 bytes) of `data`."""
        return self.signing_key.sign(data)


def verify(public: bytes, data: bytes, signature: bytes) -> bool:
    """Whether `signature` over `data` was made by the holder of `public`. False for any malformed input."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def device_id_of(public: bytes) -> int:
    """The 64-bit device id: the first 8 bytes, big endian, of SHA-256 of the signing key."""
    return int.from_bytes(hashlib.sha256(public).digest()[:8], "big")


def fingerprint_words(key: bytes | str) -> str:
    """Eight common words (64 bits) for a public key or an `age1...` recipient, to be compared aloud."""
    data = key.encode("ascii") if isinstance(key, str) else key
    words = resource("words/indonesian.txt").read_text(encoding="utf-8").split()
    digest = hashlib.sha256(b"migdesk fingerprint 1\0" + data).digest()
    return " ".join(words[byte] for byte in digest[:_WORDS])
