"""The keys of one device: Ed25519 to sign, X25519 (age) to receive. Pure; stores nothing, knows no database."""

import hashlib
import json
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.paths import resource
from migdesk.vault.age import AgeError, new_identity, recipient_of

_MAGIC, _ROTATED = b"MDK1", b"MDK2"
_SEED = 32
_WORDS = 8


@dataclass(frozen=True, slots=True)
class FormerKeys:
    """What is left of a pair that was changed for another: what it signed can be known again, and what was sealed for
    it can be opened. It can sign nothing any more."""

    public: bytes
    identity: str


class DeviceKeys:
    """A pair of secrets and what follows from them. `identity` and `to_secret()` never leave encrypted storage.

    `former`: the pairs before, the first of them first; the id of the device is that of its very first key.
    """

    def __init__(self, seed: bytes, identity: str, former: tuple[FormerKeys, ...] = ()) -> None:
        self.signing_key = Ed25519PrivateKey.from_private_bytes(seed)
        self.identity = identity
        self.former = former
        self.public: bytes = self.signing_key.public_key().public_bytes_raw()
        self.device_id: int = device_id_of(former[0].public if former else self.public)
        self.recipient: str = recipient_of(identity)

    def __repr__(self) -> str:
        return f"DeviceKeys(device_id={self.device_id:016x})"

    @classmethod
    def generate(cls) -> "DeviceKeys":
        """Fresh keys of a new device, from the operating system's random source."""
        seed = Ed25519PrivateKey.generate().private_bytes_raw()
        return cls(seed, new_identity())

    def next(self) -> "DeviceKeys":
        """Fresh keys of the same device, to take the place of these."""
        fresh = DeviceKeys.generate()
        seed = fresh.signing_key.private_bytes_raw()
        return DeviceKeys(seed, fresh.identity, (*self.former, FormerKeys(self.public, self.identity)))

    @property
    def publics(self) -> tuple[bytes, ...]:
        """The present signing key, then the former ones."""
        return (self.public, *(one.public for one in self.former))

    @property
    def identities(self) -> tuple[str, ...]:
        """The present age identity, then the former ones: for what was sealed before the change and is on its way."""
        return (self.identity, *(one.identity for one in self.former))

    def made(self, data: bytes, signature: bytes) -> bool:
        """Whether this device signed it, with its present key or a former one."""
        return any(verify(public, data, signature) for public in self.publics)

    @classmethod
    def from_secret(cls, secret: bytes) -> "DeviceKeys":
        """The keys of `to_secret`. Raises UserError if these bytes are none."""
        try:
            if secret.startswith(_ROTATED):
                return cls._from_rotated(secret[len(_ROTATED) :])
            if not secret.startswith(_MAGIC):
                raise ValueError("other format")
            seed, identity = secret[len(_MAGIC) :][:_SEED], secret[len(_MAGIC) + _SEED :].decode("ascii")
            return cls(seed, identity)
        except (ValueError, KeyError, TypeError, AgeError) as error:
            raise UserError(
                N_("The keys of this device are damaged."),
                hint=N_("Restore the newest backup, or enrol this laptop again."),
            ) from error

    @classmethod
    def _from_rotated(cls, body: bytes) -> "DeviceKeys":
        parts = json.loads(body)
        former = tuple(FormerKeys(bytes.fromhex(public), str(identity)) for public, identity in parts["former"])
        return cls(bytes.fromhex(parts["seed"]), str(parts["identity"]), former)

    def to_secret(self) -> bytes:
        """The secrets as bytes, to be kept inside the encrypted store only."""
        if not self.former:
            return _MAGIC + self.signing_key.private_bytes_raw() + self.identity.encode("ascii")
        parts = {
            "seed": self.signing_key.private_bytes_raw().hex(),
            "identity": self.identity,
            "former": [[one.public.hex(), one.identity] for one in self.former],
        }
        return _ROTATED + json.dumps(parts, sort_keys=True).encode("ascii")

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
