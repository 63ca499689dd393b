"""A device's change of keys: one statement, signed by the former key and by the new one. Pure.

The statement is the whole proof, so that it can be shown again: after a lost answer, or to a server that came back
from a backup of before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from migdesk.vault.age import is_recipient
from migdesk.vault.device_keys import DeviceKeys, device_id_of, verify

MOST_ROTATIONS = 32
"""Changes of key in the life of one device."""

_VERSION, _ACT = 1, "rotate"
_STATEMENT_MOST = 400
_Parts = tuple[int, str, bytes, int, bytes, bytes, str, int]


class RotationError(ValueError):
    """A change of keys that is not believed. Never shown: the caller says what it means."""


@dataclass(frozen=True, slots=True)
class RotationFacts:
    """What a proven statement says. `at_ms` is by the laptop's clock and decides nothing."""

    org: UUID
    device: int
    old_key: bytes
    new_key: bytes
    recipient: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Rotation:
    """`statement` is msgpack [1, "rotate", organisation, device, old key, new key, recipient, ms]."""

    statement: bytes
    by_old: bytes
    by_new: bytes

    @classmethod
    def make(cls, old: DeviceKeys, new: DeviceKeys, org: UUID, now_ms: int) -> "Rotation":
        """From the present keys of a device to its next ones (`DeviceKeys.next`)."""
        parts = [_VERSION, _ACT, org.bytes, old.device_id, old.public, new.public, new.recipient, now_ms]
        statement = msgspec.msgpack.encode(parts)
        return cls(statement, old.sign(statement), new.sign(statement))

    def facts(self) -> RotationFacts:
        """What it says. Raises RotationError if it is malformed or one of its signatures does not hold."""
        if len(self.statement) > _STATEMENT_MOST:
            raise RotationError("too long")
        try:
            version, act, org, device, old, new, recipient, at = msgspec.msgpack.decode(self.statement, type=_Parts)
        except msgspec.MsgspecError as error:
            raise RotationError("not readable") from error
        if version != _VERSION or act != _ACT or len(org) != 16 or not is_recipient(recipient) or old == new:
            raise RotationError("not of this form")
        if not verify(old, self.statement, self.by_old) or not verify(new, self.statement, self.by_new):
            raise RotationError("a signature does not hold")
        return RotationFacts(UUID(bytes=org), device, old, new, recipient, at)

    def to_json(self) -> dict[str, str]:
        return {"statement": self.statement.hex(), "by_old": self.by_old.hex(), "by_new": self.by_new.hex()}

    @classmethod
    def from_json(cls, body: Any) -> "Rotation":
        """Raises RotationError. Nothing is proven yet."""
        if not isinstance(body, Mapping):
            raise RotationError("no object")
        texts = [body.get(name) for name in ("statement", "by_old", "by_new")]
        try:
            return cls(*(bytes.fromhex(text) for text in texts if isinstance(text, str) and len(text) <= 1000))
        except (ValueError, TypeError) as error:
            raise RotationError("not readable") from error


def chain(rotations: Sequence[Rotation], last: bytes) -> tuple[int, tuple[RotationFacts, ...]]:
    """The device whose key became `last` by these changes, oldest first, and what each says. Raises RotationError.

    The device is the one of the first key, which nobody else can have signed for.
    """
    facts = tuple(one.facts() for one in rotations)
    keys = [facts[0].old_key if facts else last, *(one.new_key for one in facts)]
    device = device_id_of(keys[0])
    follows = all(one.old_key == keys[at] and one.device == device for at, one in enumerate(facts))
    if not follows or keys[-1] != last or len(set(keys)) != len(keys):
        raise RotationError("the keys do not follow from each other")
    return device, facts
