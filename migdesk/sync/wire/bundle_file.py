"""The inside of a bundle: `"MDU1" | u32 | manifest | 64 bytes Ed25519 | PUSH frames | END`. Pure.

The age file around it hides it; the signature says who made it, and the manifest what must be in it.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

from migdesk.sync.wire.batch import SIGNATURE, Sign
from migdesk.sync.wire.frames import End, FrameReader, Push, encode
from migdesk.sync.wire.limits import BadBatchError

MAGIC = b"MDU1"
VERSION = 1
_MANIFEST_MOST = 16 << 20


class BundleBatch(NamedTuple):
    """One batch in a bundle. `n` is 0 for one that was made for this bundle only."""

    op_area: str
    lane: int
    n: int
    sha256: bytes
    size: int
    changes: int


class Manifest(NamedTuple):
    """What a bundle holds. `sign_key` is that of its sender."""

    version: int
    org: bytes
    sign_key: bytes
    label: str
    created_ms: int
    batches: tuple[BundleBatch, ...]

    @property
    def org_id(self) -> UUID:
        return UUID(bytes=self.org)


_decoder = msgspec.msgpack.Decoder(Manifest)


def pack(manifest: Manifest, bodies: Sequence[bytes], sign: Sign) -> bytes:
    """The clear content of a bundle; `bodies` in the order of the manifest."""
    head = MAGIC + _sized(msgspec.msgpack.encode(manifest))
    parts = [head, sign(head)]
    for batch, body in zip(manifest.batches, bodies, strict=True):
        parts.append(encode(Push(batch.op_area, batch.lane, batch.n, 0, len(body), body)))
    return b"".join((*parts, encode(End())))


def read_manifest(data: bytes) -> tuple[Manifest, bytes, bytes]:
    """(manifest, what is signed, signature), not verified. Raises BadBatchError."""
    if data[:4] != MAGIC or len(data) < 8:
        raise BadBatchError("no bundle of ours")
    end = 8 + int.from_bytes(data[4:8], "big")
    if end - 8 > _MANIFEST_MOST or end + SIGNATURE > len(data):
        raise BadBatchError("manifest does not fit")
    try:
        manifest = _decoder.decode(data[8:end])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadBatchError("manifest is not readable") from None
    if manifest.version != VERSION or len(manifest.org) != 16 or len(manifest.sign_key) != 32:
        raise BadBatchError("manifest of another version")
    return manifest, data[:end], data[end : end + SIGNATURE]


def read_batches(data: bytes, manifest: Manifest) -> list[bytes]:
    """The bodies, in the order of the manifest, all there and as it names them. Raises BadBatchError."""
    start = 8 + int.from_bytes(data[4:8], "big") + SIGNATURE
    reader, bodies = FrameReader(), []
    expected = iter(manifest.batches)
    for frame in reader.feed(data[start:]):
        if isinstance(frame, End):
            continue  # and not the end of the loop: whatever follows is refused by the reader
        batch = next(expected, None)
        if not isinstance(frame, Push) or batch is None or frame.offset:
            raise BadBatchError("frame out of place")
        if frame[:3] != batch[:3] or hashlib.sha256(frame.data).digest() != batch.sha256:
            raise BadBatchError("batch is not as named")
        bodies.append(frame.data)
    if not reader.ended or next(expected, None) is not None:
        raise BadBatchError("bundle is not whole")
    return bodies


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data
