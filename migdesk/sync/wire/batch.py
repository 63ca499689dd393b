"""One batch: the same signed bytes on the network, through a hub and on a stick. Pure; one layout only.

`"MDB1" | u16 length of header | header (msgpack array) | zstd body | 64 bytes Ed25519 over everything before`
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

import msgspec

from migdesk.domain.changes import Change
from migdesk.sync.wire.codec import BY_SIZE, Codec, Packed
from migdesk.sync.wire.columnar import Base
from migdesk.sync.wire.limits import LIMITS, BadBatchError, Limits

MAGIC = b"MDB1"
VERSION = 1
SIGNATURE = 64
NO_PREVIOUS = bytes(16)

FLAG_REPLY = 1
"""Made by a replica from its log for one reader; counters are then sequence numbers of its area, n is 0."""
FLAG_MORE = 2
"""A reply after which more is waiting."""
FLAG_ENTERING = 4
"""A reply with what a new scope brings; first and last then count how far its entering is done."""

_MAX_64 = (1 << 64) - 1
_HEADER_MAX = 300
_LEAST = len(MAGIC) + 2 + SIGNATURE

Sign = Callable[[bytes], bytes]
Verify = Callable[[int, bytes, bytes], bool]
"""(device id, data, signature) -> whether this device signed it; False for a device that nobody knows."""


class BatchHead(NamedTuple):
    """What stands before the body, readable and signed. `first_counter`/`last_counter` bound the sender's counters."""

    org: UUID
    op_area: str
    lane: int
    device: int
    n: int
    prev_sha16: bytes
    schema_version: int
    first_counter: int
    last_counter: int
    created_ms: int
    flags: int = 0
    changes: int = 0
    codec: int = 0
    dict_id: int = 0
    body_size: int = 0
    version: int = VERSION

    @property
    def base(self) -> Base:
        return Base(self.device, self.first_counter, self.created_ms)


def build(
    head: BatchHead, changes: Sequence[Change], sign: Sign, codec: Codec, level: int = BY_SIZE, limits: Limits = LIMITS
) -> bytes:
    """A batch of these changes; what the body decides (`changes`, `codec`, `dict_id`, `body_size`) is filled in.

    Raises ValueError if the changes do not fit into one batch: the caller takes fewer.
    """
    packed = codec.encode(changes, head.base, level)
    head = head._replace(
        changes=len(changes), codec=packed.codec, dict_id=packed.dictionary, body_size=packed.size, version=VERSION
    )
    edits = sum(len(change.edits) for change in changes)
    if len(changes) > limits.changes or edits > limits.edits or packed.size > limits.expanded:
        raise ValueError("too much for one batch")
    header = _pack_head(head)
    data = b"".join((MAGIC, len(header).to_bytes(2, "big"), header, packed.data))
    if len(data) + SIGNATURE > limits.packed:
        raise ValueError("too much for one batch")
    return data + sign(data)


def meant_for(device: int) -> bytes:
    """What a reply has in place of a batch before it: its reader. It leaves out what that device wrote itself, so that
    another one would miss those changes for ever."""
    return device.to_bytes(8, "big") + bytes(8)


def read_head(data: bytes, limits: Limits = LIMITS) -> BatchHead:
    """The header alone, not verified. Raises BadBatchError."""
    return _split(data, limits)[0]


def open_batch(data: bytes, verify: Verify, codec: Codec, limits: Limits = LIMITS) -> tuple[BatchHead, list[Change]]:
    """The header and changes of a batch whose signature holds. Raises BadBatchError for anything else.

    Nothing of the body is looked at before its signature is.
    """
    head, body = _split(data, limits)
    if not verify(head.device, data[:-SIGNATURE], data[-SIGNATURE:]):
        raise BadBatchError("signature does not hold")
    packed = Packed(head.codec, head.dict_id, head.body_size, body)
    changes = codec.decode(packed, head.base, limits)
    if len(changes) != head.changes:
        raise BadBatchError("count is not as told")
    if not head.flags & FLAG_REPLY:
        _check_own(head, changes)
    return head, changes


def _check_own(head: BatchHead, changes: Sequence[Change]) -> None:
    """A device sends its own changes, in their order."""
    counters = [change.counter for change in changes]
    if any(change.device != head.device for change in changes):
        raise BadBatchError("change of another device")
    if any(before >= after for before, after in pairwise(counters)):
        raise BadBatchError("counters out of order")
    if counters and (counters[0], counters[-1]) != (head.first_counter, head.last_counter):
        raise BadBatchError("counters are not as told")


def _pack_head(head: BatchHead) -> bytes:
    return msgspec.msgpack.encode([
        head.version, head.org.bytes, head.op_area, head.lane, head.device, head.n, head.prev_sha16,
        head.schema_version, head.codec, head.dict_id, head.changes, head.body_size, head.first_counter,
        head.last_counter, head.created_ms, head.flags,
    ])  # fmt: skip


class _Header(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    version: int
    org: bytes
    op_area: str
    lane: int
    device: int
    n: int
    prev_sha16: bytes
    schema_version: int
    codec: int
    dict_id: int
    count: int
    body_size: int
    first_counter: int
    last_counter: int
    created_ms: int
    flags: int


_header_decoder = msgspec.msgpack.Decoder(_Header)


def _split(data: bytes, limits: Limits) -> tuple[BatchHead, bytes]:
    if len(data) > limits.packed or len(data) < _LEAST or data[:4] != MAGIC:
        raise BadBatchError("no batch of ours")
    size = int.from_bytes(data[4:6], "big")
    start = 6 + size
    if size > _HEADER_MAX or start + SIGNATURE > len(data):
        raise BadBatchError("header does not fit")
    head = _head(data[6:start])
    if _pack_head(head) != data[6:start]:
        raise BadBatchError("header is not in its one form")
    return head, data[start:-SIGNATURE]


def _head(data: bytes) -> BatchHead:
    try:
        raw = _header_decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadBatchError("header is not readable") from None
    numbers = [raw.lane, raw.device, raw.n, raw.schema_version, raw.count, raw.body_size, raw.first_counter]
    numbers += [raw.last_counter, raw.created_ms, raw.flags, raw.codec, raw.dict_id]
    if raw.version != VERSION:
        raise BadBatchError("other version")
    if len(raw.org) != 16 or len(raw.prev_sha16) != 16 or not all(0 <= one <= _MAX_64 for one in numbers):
        raise BadBatchError("header out of range")
    if raw.lane > 0xFF or raw.created_ms >= 1 << 48 or max(raw.first_counter, raw.last_counter, raw.n) >= 1 << 63:
        raise BadBatchError("header out of range")
    if not 0 < len(raw.op_area) <= 5:
        raise BadBatchError("area out of range")
    return BatchHead(
        UUID(bytes=raw.org), raw.op_area, raw.lane, raw.device, raw.n, raw.prev_sha16, raw.schema_version,
        raw.first_counter, raw.last_counter, raw.created_ms, raw.flags, raw.count, raw.codec, raw.dict_id,
        raw.body_size, raw.version,
    )  # fmt: skip
