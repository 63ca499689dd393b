"""The inside of a receipt for bundles: `"MDR1" | u32 | receipt | 64 bytes Ed25519 over everything before`. Pure.

The age file around it hides it; the signature says who has what it names.
"""

from typing import NamedTuple
from uuid import UUID

import msgspec

from migdesk.sync.wire.batch import SIGNATURE, Sign
from migdesk.sync.wire.limits import BadBatchError

MAGIC = b"MDR1"
VERSION = 1
_MOST = 1 << 20
_MAX_63 = (1 << 63) - 1


class HeldStream(NamedTuple):
    """A stream that its reader has up to batch `n`, which is the one with this hash."""

    op_area: str
    lane: int
    n: int
    sha256: bytes


class BundleReceipt(NamedTuple):
    """Which streams of `device` whoever signs with `sign_key` has. `number` grows with every receipt of a reader, so
    that an old one is told from a new one; `generation` is that of the central server's data, empty of a laptop."""

    version: int
    org: bytes
    sign_key: bytes
    device: int
    number: int
    generation: bytes
    streams: tuple[HeldStream, ...]

    @property
    def org_id(self) -> UUID:
        return UUID(bytes=self.org)


_decoder = msgspec.msgpack.Decoder(BundleReceipt)


def is_receipt(data: bytes) -> bool:
    """Whether the clear content of a sealed file begins like a receipt."""
    return data[: len(MAGIC)] == MAGIC


def pack(receipt: BundleReceipt, sign: Sign) -> bytes:
    """The clear content of a receipt."""
    body = msgspec.msgpack.encode(receipt)
    data = MAGIC + len(body).to_bytes(4, "big") + body
    return data + sign(data)


def read(data: bytes) -> tuple[BundleReceipt, bytes, bytes]:
    """(receipt, what is signed, signature), not verified. Raises BadBatchError."""
    size = int.from_bytes(data[4:8], "big")
    if not is_receipt(data) or size > _MOST or len(data) != 8 + size + SIGNATURE:
        raise BadBatchError("no receipt of ours")
    try:
        receipt = _decoder.decode(data[8:-SIGNATURE])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadBatchError("receipt is not readable") from None
    if receipt.version != VERSION or len(receipt.org) != 16 or len(receipt.sign_key) != 32:
        raise BadBatchError("receipt of another version")
    numbers = [receipt.number, *(one.n for one in receipt.streams)]
    if not all(0 < one <= _MAX_63 for one in numbers) or not 0 <= receipt.device < 1 << 64:
        raise BadBatchError("receipt out of range")
    return receipt, data[:-SIGNATURE], data[-SIGNATURE:]
