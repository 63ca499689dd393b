"""Frames of a stream: `u32 length | u8 type | payload`. Pure.

PUSH and PULL carry long bytes behind a short msgpack array (`u16 its length | array | bytes`) and are handed out as
they arrive, in pieces with the offset of each, because the unit of progress is a byte. All others are one msgpack
array. A stream ends with END; a stream that stops without it was cut.
"""

from collections.abc import Iterator
from enum import IntEnum
from typing import Any, NamedTuple, TypeAlias

import msgspec

from migdesk.sync.wire.limits import LIMITS, BadBatchError

PROTOCOL = 1


class FrameType(IntEnum):
    """Numbers on the wire, for ever."""

    END = 0
    HELLO = 1
    PUSH = 2
    ACK = 3
    PULL = 4
    CURSOR = 5
    CONTROL = 6
    ASK = 7
    PART = 8
    SCOPE = 9
    ORDER = 10


class State(IntEnum):
    """What a sender learns of batch `n` of its stream."""

    RECEIVED = 0
    """Some of it (up to `offset`) or all of it waits for its turn; not applied."""
    APPLIED = 1
    """It and all before it are applied; `outcomes` lists the changes that were not simply applied."""
    DURABLE = 2
    """It and all before it are in a verified backup."""
    REFUSED = 3
    """Kept in quarantine as it is; the sender goes on with the next."""
    FORKED = 4
    """Another batch with this number is known: this laptop was copied or restored. It must enrol again."""


class Outcome(NamedTuple):
    """What became of one change that was not simply applied; `counter` names it within its sender."""

    counter: int
    outcome: str
    reason: str


class Hello(NamedTuple):
    """Opens a request. `generation`: of the server as this device knows it, 8 bytes, or empty at first."""

    protocol: int
    org: bytes
    schema_version: int
    generation: bytes
    sent_ms: int


class Push(NamedTuple):
    """Bytes of batch `n` from `offset` on; `total` is the size of the batch. `device`: whose stream it is, if it is not
    the sender's own: a hub passes on what it was given, with the bytes and the signature of whoever wrote it."""

    op_area: str
    lane: int
    n: int
    offset: int
    total: int
    data: bytes
    device: int = 0


class Ask(NamedTuple):
    """Tell what of this stream differs from what the sender knows to be applied and durable; nothing if all is so.
    `device` as in Push."""

    op_area: str
    lane: int
    applied_n: int
    durable_n: int = 0
    device: int = 0


class Ack(NamedTuple):
    """About batch `n` of a stream: `offset` bytes of it are kept; `sha256` of the whole (empty if not whole). `device`
    as in Push."""

    op_area: str
    lane: int
    n: int
    state: int
    offset: int
    sha256: bytes
    outcomes: tuple[Outcome, ...] = ()
    device: int = 0


class Cursor(NamedTuple):
    """Of a laptop: all of this area up to `seq` that may be known under `scope` (a fingerprint; empty: nothing) is
    here, and so far, up to `gained`, what may be known under `gaining`. Of a server: nothing more up to there."""

    op_area: str
    seq: int
    scope: bytes = b""
    gaining: bytes = b""
    gained: int = 0


class Scope(NamedTuple):
    """What counts for this reader in this area from now on: whatever lies outside of it is removed. An empty role: the
    whole area. `user` is an id; `target` the `seq` that a laptop with nothing of this area begins with."""

    op_area: str
    fingerprint: bytes
    user: bytes
    role: str
    areas: tuple[str, ...]
    target: int


class Order(NamedTuple):
    """A signed order of the server to this device (`sync.orders`)."""

    statement: bytes
    signature: bytes


class Part(NamedTuple):
    """The first `offset` bytes of this reply are already here."""

    op_area: str
    reply_id: bytes
    offset: int


class Pull(NamedTuple):
    """Bytes of a reply (a batch of the server) from `offset` on."""

    op_area: str
    reply_id: bytes
    offset: int
    total: int
    data: bytes


class Control(NamedTuple):
    """About the server and this device; `lease_until_ms` 0 is none. `device` is whom the answer is for: a middlebox may
    mix answers up. `ticket` may stand for a signed token for a while (`vault.tickets`). `anchor`: verdict and row
    number (`anchor_words`), only for who told the end of its audit."""

    org: bytes
    generation: bytes
    server_ms: int
    lease_until_ms: int
    revoked: bool
    device: int
    ticket: bytes = b""
    anchor: tuple[int, ...] = ()


class End(NamedTuple):
    """The explicit end of a stream."""


Frame: TypeAlias = Hello | Push | Ask | Ack | Cursor | Scope | Order | Part | Pull | Control | End

_LONG: dict[int, type[Push | Pull]] = {FrameType.PUSH: Push, FrameType.PULL: Pull}
_SHORT: dict[int, type[Frame]] = {
    FrameType.END: End, FrameType.HELLO: Hello, FrameType.ACK: Ack, FrameType.CURSOR: Cursor,
    FrameType.CONTROL: Control, FrameType.ASK: Ask, FrameType.PART: Part, FrameType.SCOPE: Scope,
    FrameType.ORDER: Order,
}  # fmt: skip
_TYPES = {cls: number for number, cls in (_SHORT | _LONG).items()}
_decoders = {cls: msgspec.msgpack.Decoder(cls) for cls in _SHORT.values()}
_PREFIX = 5
_SHORT_MAX = 1 << 20
_HEAD_MAX = 200


def encode(frame: Frame) -> bytes:
    """One frame. A Push or Pull carries all its bytes."""
    if isinstance(frame, Push | Pull):
        place = frame._fields.index("data")
        head = msgspec.msgpack.encode(_spoken(frame[:place] + frame[place + 1 :], len(frame._field_defaults)))
        payload = len(head).to_bytes(2, "big") + head + frame.data
    else:
        payload = msgspec.msgpack.encode(_spoken(frame, len(frame._field_defaults)))
    return len(payload).to_bytes(4, "big") + bytes([_TYPES[type(frame)]]) + payload


def _spoken(values: tuple[Any, ...], optional: int) -> list[Any]:
    """An array without the optional elements at its end that are empty: a byte is a byte on a thin link."""
    kept = list(values)
    while optional and not kept[-1]:
        kept.pop()
        optional -= 1
    return kept


class _Open:
    """A long frame of which bytes are still to come."""

    def __init__(self, head: Push | Pull, left: int) -> None:
        self.head, self.left = head, left

    def take(self, data: bytes) -> Push | Pull:
        piece = self.head._replace(data=data)
        self.head = self.head._replace(offset=self.head.offset + len(data))
        self.left -= len(data)
        return piece


class FrameReader:
    """Takes bytes as they come and gives frames. After BadBatchError it is of no further use."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._open: _Open | None = None
        self.ended = False

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames, and pieces of long frames, that these bytes complete. Raises BadBatchError."""
        self._buffer += data
        while self._buffer:
            if self.ended:
                raise BadBatchError("bytes after the end")
            frame = self._continue() if self._open else self._next()
            if frame is None:
                return
            self.ended = isinstance(frame, End)
            yield frame

    def _continue(self) -> Frame | None:
        assert self._open
        piece = self._open.take(bytes(self._buffer[: self._open.left]))
        del self._buffer[: len(piece.data)]
        if not self._open.left:
            self._open = None
        return piece

    def _next(self) -> Frame | None:
        if len(self._buffer) < _PREFIX:
            return None
        size, kind = int.from_bytes(self._buffer[:4], "big"), self._buffer[4]
        if kind in _LONG:
            return self._start_long(_LONG[kind], size)
        if kind not in _SHORT or size > _SHORT_MAX:
            raise BadBatchError("no frame of ours")
        if len(self._buffer) < _PREFIX + size:
            return None
        payload = bytes(self._buffer[_PREFIX : _PREFIX + size])
        del self._buffer[: _PREFIX + size]
        return _short(_SHORT[kind], payload)

    def _start_long(self, cls: type[Push | Pull], size: int) -> Frame | None:
        if size < 2 or size > LIMITS.packed + _HEAD_MAX:
            raise BadBatchError("frame too large")
        if len(self._buffer) < _PREFIX + 2:
            return None
        head_size = int.from_bytes(self._buffer[_PREFIX : _PREFIX + 2], "big")
        start = _PREFIX + 2 + head_size
        if head_size > min(_HEAD_MAX, size - 2):
            raise BadBatchError("frame does not fit")
        if len(self._buffer) < start:
            return None
        head = _long(cls, bytes(self._buffer[_PREFIX + 2 : start]))
        left = size - 2 - head_size
        if head.offset + left > head.total:
            raise BadBatchError("frame does not fit")
        del self._buffer[:start]
        if not left:
            return head
        self._open = _Open(head, left)
        return self._continue() if self._buffer else None


def _short(cls: type[Frame], payload: bytes) -> Frame:
    try:
        return _decoders[cls].decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadBatchError("frame is not readable") from None


def _long(cls: type[Push | Pull], head: bytes) -> Push | Pull:
    try:
        parts = msgspec.msgpack.decode(head)
        if not isinstance(parts, list):
            raise BadBatchError("frame is not readable")
        place = cls._fields.index("data")
        frame = msgspec.convert([*parts[:place], b"", *parts[place:]], cls)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadBatchError("frame is not readable") from None
    if not 0 <= frame.offset <= frame.total <= LIMITS.packed:
        raise BadBatchError("frame out of range")
    return frame
