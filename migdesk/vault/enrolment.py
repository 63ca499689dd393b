"""What a laptop and the server say to each other at enrolment (JSON), and the proof of the new key. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote
from uuid import UUID

from migdesk.vault.age import is_recipient
from migdesk.vault.device_keys import DeviceKeys, verify
from migdesk.vault.human_code import grouped, new_code, read_code
from migdesk.vault.rotation import MOST_ROTATIONS, Rotation, RotationError

CODE_LENGTH = 16
LINK = "migdesk:enrol"
_SELECTOR = 4
_MAX_LABEL = 80
_FINGERPRINT = 16


class EnrolmentFormError(ValueError):
    """A request or an answer that is none. Never shown: the caller says what it means."""


def new_enrolment_code() -> str:
    """A one-time code as it is printed: 4 groups of 4; 20 bits that name it, 50 that are secret, 10 that check it."""
    return new_code(CODE_LENGTH)


def split_code(text: str) -> tuple[str, str]:
    """The code's public name, by which wrong tries are counted, and the whole code. Raises ValueError for a typo."""
    code = read_code(text, CODE_LENGTH)
    return code[:_SELECTOR], code


def server_fingerprint(sign_key: bytes) -> str:
    """The first 16 bytes of SHA-256 of a server's signing key, in hexadecimal."""
    return hashlib.sha256(sign_key).hexdigest()[: 2 * _FINGERPRINT]


@dataclass(frozen=True, slots=True)
class EnrolmentLink:
    """Address, code and the server's fingerprint (empty: not told) in one line, for a QR code or to be pasted."""

    url: str
    code: str
    fingerprint: str = ""

    def __str__(self) -> str:
        text = f"{LINK}?u={quote(self.url, safe=':/')}&c={self.code}"
        return f"{text}&f={self.fingerprint}" if self.fingerprint else text

    @classmethod
    def parse(cls, text: str) -> "EnrolmentLink":
        """Read a link that was scanned or pasted. Raises EnrolmentFormError for anything else."""
        scheme, mark, query = text.strip().partition("?")
        try:
            parts = parse_qsl(query, strict_parsing=True, max_num_fields=8)
            found = dict(parts)
            if scheme.lower() != LINK or not mark or len(found) != len(parts) or len(text) > 2000:
                raise ValueError("no link")
            url, fingerprint = found["u"], found.get("f", "").lower()
            if not url or not url.isprintable() or (fingerprint and len(bytes.fromhex(fingerprint)) != _FINGERPRINT):
                raise ValueError("no link")
            _, code = split_code(found["c"])
        except (ValueError, KeyError) as error:
            raise EnrolmentFormError("link") from error
        return cls(url, grouped(code), fingerprint)


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """The laptop's part. `proof` is its signature over code, keys and label: only the key's holder can have made it.

    `rotations`: how the key came from the first one, whose device it still is; empty for a key that is the first.
    """

    code: str
    sign_key: bytes
    recipient: str
    label: str
    proof: bytes
    rotations: tuple[Rotation, ...] = ()

    @classmethod
    def make(cls, keys: DeviceKeys, code: str, label: str, rotations: tuple[Rotation, ...] = ()) -> "EnrolmentRequest":
        """A signed request. Raises ValueError if the code was mistyped: better said before a try is spent."""
        _, plain = split_code(code)
        label = label.strip()[:_MAX_LABEL]
        proof = keys.sign(_proven(plain, keys.public, keys.recipient, label))
        return cls(plain, keys.public, keys.recipient, label, proof, rotations)

    def is_proven(self) -> bool:
        """Whether the proof was made by the holder of `sign_key`, over just this."""
        return verify(self.sign_key, _proven(self.code, self.sign_key, self.recipient, self.label), self.proof)

    def to_json(self) -> bytes:
        body: dict[str, Any] = {
            "code": self.code,
            "sign_key": self.sign_key.hex(),
            "recipient": self.recipient,
            "label": self.label,
            "proof": self.proof.hex(),
        }
        if self.rotations:
            body["rotations"] = [one.to_json() for one in self.rotations]
        return json.dumps(body).encode("utf-8")

    @classmethod
    def from_json(cls, data: bytes) -> "EnrolmentRequest":
        """Read a request from outside. Raises EnrolmentFormError."""
        body = _object(data)
        try:
            _, code = split_code(_text(body, "code", 64))
            rows = body.get("rotations", [])
            if not isinstance(rows, list) or len(rows) > MOST_ROTATIONS:
                raise EnrolmentFormError("rotations")
            request = cls(
                code, _hex(body, "sign_key", 32), _text(body, "recipient", 120), _text(body, "label", _MAX_LABEL),
                _hex(body, "proof", 64), tuple(map(Rotation.from_json, rows)),
            )  # fmt: skip
        except (ValueError, RotationError) as error:
            raise EnrolmentFormError("request") from error
        if not is_recipient(request.recipient):
            raise EnrolmentFormError("recipient")
        return request


@dataclass(frozen=True, slots=True)
class EnrolmentAnswer:
    """The server's part: who it is, who the laptop's user is to it, and until when the laptop may work unheard of.

    `lease_until` and `server_time` are milliseconds since 1970 UTC; `generation` changes when a server is restored.
    """

    org: UUID
    server_sign_key: bytes
    server_recipient: str
    generation: bytes
    device_id: int
    user: UUID
    username: str
    display_name: str
    role: str
    areas: tuple[str, ...]
    lease_until: int
    server_time: int

    def to_json(self) -> bytes:
        user = {
            "id": str(self.user),
            "username": self.username,
            "display_name": self.display_name,
            "role": self.role,
        }
        body = {
            "org": str(self.org),
            "server_sign_key": self.server_sign_key.hex(),
            "server_recipient": self.server_recipient,
            "generation": self.generation.hex(),
            "device_id": f"{self.device_id:016x}",
            "user": user,
            "areas": list(self.areas),
            "lease_until": self.lease_until,
            "server_time": self.server_time,
        }
        return json.dumps(body).encode("utf-8")

    @classmethod
    def from_json(cls, data: bytes) -> "EnrolmentAnswer":
        """Read the server's answer. Raises EnrolmentFormError."""
        body = _object(data)
        try:
            user, areas = body["user"], body["areas"]
            return cls(
                org=UUID(_text(body, "org", 36)),
                server_sign_key=_hex(body, "server_sign_key", 32),
                server_recipient=_text(body, "server_recipient", 120),
                generation=bytes.fromhex(_text(body, "generation", 64)),
                device_id=int(_text(body, "device_id", 16), 16),
                user=UUID(_text(user, "id", 36)),
                username=_text(user, "username", 40),
                display_name=_text(user, "display_name", 120),
                role=_text(user, "role", 40),
                areas=tuple(str(area) for area in areas),
                lease_until=int(body["lease_until"]),
                server_time=int(body["server_time"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise EnrolmentFormError("answer") from error


def _proven(code: str, sign_key: bytes, recipient: str, label: str) -> bytes:
    parts = (code.encode("ascii"), sign_key, recipient.encode("utf-8"), label.encode("utf-8"))
    return b"migdesk enrolment 1" + b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def _object(data: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise EnrolmentFormError("no JSON") from error
    if not isinstance(body, dict):
        raise EnrolmentFormError("no object")
    return body


def _text(body: Mapping[str, Any], name: str, longest: int) -> str:
    value = body.get(name) if isinstance(body, Mapping) else None
    if not isinstance(value, str) or len(value) > longest:
        raise EnrolmentFormError(name)
    return value


def _hex(body: Mapping[str, Any], name: str, length: int) -> bytes:
    value = bytes.fromhex(_text(body, name, 2 * length))
    if len(value) != length:
        raise EnrolmentFormError(name)
    return value
