"""What a laptop that serves a room signs of itself, and how a guest believes it. Pure."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from migdesk.sync.wire.limits import BadBatchError

_VERSION, _WHAT, _MOST = 1, "room", 2_000
_Parts = tuple[int, str, bytes, int, bytes, bytes, int]


@dataclass(frozen=True, slots=True)
class RoomStatement:
    """The organisation, the device that serves, the SHA-256 of its certificate, the mark of the join code, and until
    when (ms by the hub's clock)."""

    org: UUID
    device: int
    certificate: bytes
    mark: bytes
    until_ms: int

    def signed_bytes(self) -> bytes:
        """msgpack [1, "room", organisation, device, certificate, mark, until ms]."""
        parts = [_VERSION, _WHAT, self.org.bytes, self.device, self.certificate, self.mark, self.until_ms]
        return msgspec.msgpack.encode(parts)

    def to_json(self, signature: bytes) -> bytes:
        """As it is served: {"statement": hex, "signature": hex}."""
        return json.dumps({"statement": self.signed_bytes().hex(), "signature": signature.hex()}).encode("ascii")


def read_statement(data: bytes) -> tuple[RoomStatement, bytes, bytes]:
    """The statement, its bytes and the signature over them, which is for the caller to check. Raises BadBatchError."""
    try:
        said: dict[str, Any] = json.loads(data[:_MOST])
        signed, signature = bytes.fromhex(said["statement"]), bytes.fromhex(said["signature"])
        version, what, org, *rest = msgspec.msgpack.decode(signed, type=_Parts)
    except (ValueError, KeyError, TypeError, msgspec.MsgspecError):
        raise BadBatchError("no statement of a room") from None
    if version != _VERSION or what != _WHAT or len(org) != 16:
        raise BadBatchError("no statement of a room")
    return RoomStatement(UUID(bytes=org), *rest), signed, signature
