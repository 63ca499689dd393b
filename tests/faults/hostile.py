"""Batches that lie: signed with the right key, so that nothing but the reader stands between them and the store."""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import zstandard

from migdesk.domain.changes import Change
from migdesk.sync.wire.batch import MAGIC, BatchHead, build, open_batch
from migdesk.sync.wire.codec import COLUMNS, ROWS, Codec
from migdesk.sync.wire.frames import Ack, Ask, Control, Cursor, End, Frame, FrameReader, Hello, Part, Pull, Push, encode
from migdesk.sync.wire.limits import BadBatchError
from migdesk.vault.device_keys import DeviceKeys
from tests.sync.wire_samples import ORG, fixed_changes, fixed_keys, head_for

CODEC = Codec.shipped()
KEYS = fixed_keys()
pack = msgspec.msgpack.encode


def signed(head: BatchHead, body: bytes, keys: DeviceKeys = KEYS, **changed: Any) -> bytes:
    """A batch with this (already packed) body and whatever the header is made to say."""
    told = head._replace(**changed)
    header = pack([
        told.version, told.org.bytes, told.op_area, told.lane, told.device, told.n, told.prev_sha16,
        told.schema_version, told.codec, told.dict_id, told.changes, told.body_size, told.first_counter,
        told.last_counter, told.created_ms, told.flags,
    ])  # fmt: skip
    data = MAGIC + len(header).to_bytes(2, "big") + header + body
    return data + keys.sign(data)


def zstd(body: bytes, dictionary: int = 0) -> bytes:
    """A body as it travels."""
    parameters = zstandard.ZstdCompressionParameters.from_level(
        3, format=zstandard.FORMAT_ZSTD1_MAGICLESS, write_content_size=0, write_dict_id=0, write_checksum=0
    )
    extra = zstandard.ZstdCompressionDict(CODEC.dictionaries[dictionary]) if dictionary else None
    return zstandard.ZstdCompressor(compression_params=parameters, dict_data=extra).compress(body)


def head_of(sent: Sequence[Change], **changed: Any) -> BatchHead:
    return head_for(KEYS, list(sent))._replace(changes=len(sent), **changed)


def sample(count: int) -> bytes:
    """An honest batch: rows below 50 changes, columns from there on."""
    sent = fixed_changes(KEYS, count)
    return build(head_for(KEYS, sent), sent, KEYS.sign, CODEC)


def expanded(data: bytes) -> tuple[BatchHead, bytes]:
    """Header and unpacked body of an honest batch."""
    from tests.sync.test_batch import body_of

    head, _ = open_batch(data, lambda *_: True, CODEC)
    return head, CODEC.expanded(body_of(data))


def mutated(chance: random.Random, data: bytes, most: int = 6) -> bytes:
    """Bytes flipped, set to what hurts, cut out, doubled, or moved."""
    made = bytearray(data)
    for _ in range(chance.randint(1, most)):
        at, kind = chance.randrange(len(made) or 1), chance.randrange(6)
        span = chance.choice((1, 1, 2, 4, 8, 30))
        if not made:
            break
        if kind == 0:
            made[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            made[at : at + span] = chance.choice(_EVIL)
        elif kind == 2:
            del made[at : at + span]
        elif kind == 3:
            made[at:at] = made[at : at + span]
        elif kind == 4:
            made[at : at + span] = chance.randbytes(span)
        else:
            other = chance.randrange(len(made))
            made[at : at + span] = made[other : other + span]
    return bytes(made)


_EVIL = (
    b"\xff", b"\x00", b"\x80", b"\x7f", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xdd\xff\xff\xff\xff",
    b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xcf" + b"\xff" * 8,
    b"\xd3\x80" + b"\0" * 7,
    b"\xc9\xff\xff\xff\xff\x02", b"\xcb\x7f\xf8\0\0\0\0\0\0", b"\x91" * 40, b"\xa2\xed\xa0", b"\xa1\0",
)  # fmt: skip


def try_batch(chance: random.Random, seeds: Sequence[tuple[BatchHead, bytes]]) -> None:
    """One batch made of a mutated body, packed and signed anew; BadBatchError or changes, nothing else."""
    head, body = chance.choice(seeds)
    body = mutated(chance, body)
    dictionary = head.dict_id if chance.random() < 0.9 else chance.choice((0, 1, 2))
    size = len(body) if chance.random() < 0.95 else chance.choice((0, 1, len(body) + 1, 1 << 26, 1 << 40))
    told: dict[str, Any] = {"body_size": size, "dict_id": dictionary}
    if chance.random() < 0.1:
        told["codec"] = chance.choice((0, COLUMNS, ROWS, 3))
    packed = zstd(body, dictionary if dictionary in CODEC.dictionaries else 0)
    data = signed(head, packed if chance.random() < 0.9 else mutated(chance, packed), **told)
    try:
        open_batch(data, lambda *_: True, CODEC)
    except BadBatchError:
        return


def seeds() -> list[tuple[BatchHead, bytes]]:
    return [expanded(sample(count)) for count in (1, 3, 30, 60, 120)]


FRAMES: tuple[Frame, ...] = (
    Hello(1, ORG.bytes, 139, bytes(8), 1_767_600_000_000), Ask("52.03", 2, 7, 5), Cursor("52.03", 2**40),
    Part("52.03", bytes(16), 512), Push("52.03", 2, 1, 0, 64, data=bytes(64)),
    Ack("52.03", 2, 1, 1, 0, bytes(32), ()), Pull("52.03", bytes(16), 10, 40, b"y" * 30),
    Control(bytes(16), bytes(8), 1_767_600_000_000, 0, False, 7, b"t" * 24), End(),
)  # fmt: skip


def try_frames(chance: random.Random) -> None:
    """A stream of frames, mutated and fed in pieces; BadBatchError or frames, nothing else."""
    data = b"".join(encode(one) for one in chance.sample(FRAMES[:-1], 4)) + encode(FRAMES[-1])
    data, reader, at = mutated(chance, data), FrameReader(), 0
    try:
        while at < len(data):
            size = chance.choice((1, 7, 100, len(data)))
            for _ in reader.feed(data[at : at + size]):
                pass
            at += size
    except BadBatchError:
        return


def bombs() -> Iterator[tuple[str, bytes]]:
    """Batches that are small and would be huge, deep or endless if they were believed."""
    few, many = fixed_changes(KEYS, 2), fixed_changes(KEYS, 60)
    rows, columns = head_of(few, codec=ROWS), head_of(many, codec=COLUMNS)
    zeros = zstd(bytes(64 << 20))
    yield "64 MB of zeros as rows", signed(rows, zeros, body_size=64 << 20)
    yield "64 MB of zeros as columns", signed(columns, zeros, body_size=64 << 20)
    yield "more than it says", signed(rows, zeros, body_size=1000)
    yield "4 GB said", signed(rows, zeros, body_size=1 << 32)
    yield "2^63 said", signed(rows, zeros, body_size=(1 << 63) - 1)
    for name, evil in _deep():
        yield name + " in rows", signed(rows, zstd(evil), body_size=len(evil))
        body = len(evil).to_bytes(4, "big") + bytes(12) + evil
        yield name + " in a plan", signed(columns, zstd(body), body_size=len(body))
    for number in (0, 3, 255):
        yield f"codec {number}", signed(rows, zstd(b"\x91\x90"), body_size=2, codec=number)
    yield "dictionary 9", signed(rows, zstd(b"\x91\x90"), body_size=2, dict_id=9)
    for change in (2**32 - 1, 2**31, 10**6):
        body = pack([change] * 40)
        plan = len(body).to_bytes(4, "big") + bytes(12) + body
        yield f"a plan of {change}", signed(columns, zstd(plan), body_size=len(plan), changes=change)


def _deep() -> Iterator[tuple[str, bytes]]:
    yield "nested arrays", b"\x91" * 200_000 + b"\xc0"
    yield "nested maps", b"\x81\xc0" * 200_000 + b"\xc0"
    yield "an array of 4 G", b"\xdd\xff\xff\xff\xff" + b"\xc0" * 100
    yield "a text of 4 GB", b"\x91\xdb\xff\xff\xff\xffabc"
    yield "an extension of 4 GB", b"\x91\xc9\xff\xff\xff\xff\x01abc"
    yield "a million empty columns", pack([0] * 1_000_000)
    yield "a million rows of nothing", b"\xdd" + (1_000_000).to_bytes(4, "big") + b"\x90" * 1_000_000
    yield "a text that is no UTF-8", b"\x92\x90\xa3\xed\xa0\x80"


Try = Callable[[random.Random], None]
