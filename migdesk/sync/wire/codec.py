"""Changes to bytes and back: columns for many, rows and a shipped dictionary for few, zstd over both. Pure.

The same changes, base and level give the same bytes with one version of zstd. Whatever the bytes, `decode` gives
changes or raises BadBatchError, within the limits of memory that it was given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import lt
from typing import NamedTuple

import msgspec
import zstandard

from migdesk.domain.changes import Change, Edits
from migdesk.paths import resource
from migdesk.sync.wire import columnar, positional
from migdesk.sync.wire.columnar import Base
from migdesk.sync.wire.columns import ColumnReader, read_plan
from migdesk.sync.wire.limits import LIMITS, BadBatchError, Limits

COLUMNS, ROWS = 1, 2
LEVEL_FAST, LEVEL, LEVEL_SMALL = 3, 9, 19
"""zstd levels: for a stick or a quick link, for most links, for a link below about 30 kB/s."""
BY_SIZE = 0
"""Where nothing is known of the link: `LEVEL`, but `LEVEL_FAST` from `MANY` changes on."""
MANY = 500
"""With so many changes columns say so much already that `LEVEL_FAST` gives but a twentieth more bytes than `LEVEL`, in
a quarter of the time."""

_FEW = 50
_DICTIONARY_BELOW = 300
_ROWS_SIZE = 1 << 20
_SECTIONS = 4


class Packed(NamedTuple):
    """A body as it travels. `size` is that of its expanded form."""

    codec: int
    dictionary: int
    size: int
    data: bytes


@dataclass(frozen=True)
class Codec:
    """Packs and opens bodies. `dictionaries`: every one ever shipped, by number; `newest` is used for packing."""

    dictionaries: Mapping[int, bytes] = field(default_factory=dict)

    @classmethod
    def shipped(cls) -> "Codec":
        """With the dictionaries that come with the program."""
        return cls({1: resource("sync/dictionary-1.bin").read_bytes()})

    def encode(self, changes: Sequence[Change], base: Base, level: int = BY_SIZE) -> Packed:
        """Pack changes. Raises ValueError for one that has no place on the wire (numbers beyond their range)."""
        changes = [canonical(change) for change in changes]
        level = level or (LEVEL_FAST if len(changes) >= MANY else LEVEL)
        newest = max(self.dictionaries, default=0) if len(changes) < _DICTIONARY_BELOW else 0
        if len(changes) < _FEW:
            body = positional.write(changes, base)
            if len(body) <= _ROWS_SIZE:
                return Packed(ROWS, newest, len(body), self._compress([body], newest, level))
        columns = columnar.write(changes, base)
        sections = [msgspec.msgpack.encode(columns.plan), *map(b"".join, (columns.planes, columns.dense, columns.text))]
        sizes = b"".join(len(section).to_bytes(4, "big") for section in sections)
        sections[0] = sizes + sections[0]
        return Packed(COLUMNS, newest, sum(map(len, sections)), self._compress(sections, newest, level))

    def decode(self, packed: Packed, base: Base, limits: Limits = LIMITS) -> list[Change]:
        """The changes of `encode`, each change's edits in order of their registers. Raises BadBatchError."""
        body = self.expanded(packed, limits)
        if packed.codec == ROWS:
            return positional.read(body, base, limits)
        if packed.codec != COLUMNS:
            raise BadBatchError("unknown codec")
        start, sections = 4 * _SECTIONS, []
        for place in range(0, 4 * _SECTIONS, 4):
            end = start + int.from_bytes(body[place : place + 4], "big")
            sections.append(body[start:end])
            start = end
        if start != len(body) or len(sections[0]) > limits.plan:
            raise BadBatchError("sections do not fit")
        plan, planes, dense, text = sections
        return columnar.read(ColumnReader(read_plan(plan), planes, dense, text), base, limits)

    def _compress(self, sections: Sequence[bytes], dictionary: int, level: int) -> bytes:
        """One zstd frame without magic number, a block (with statistics of its own) for each section."""
        size = sum(map(len, sections))
        parameters = zstandard.ZstdCompressionParameters.from_level(
            level, source_size=size, dict_size=len(self.dictionaries.get(dictionary, b"")),
            format=zstandard.FORMAT_ZSTD1_MAGICLESS, write_content_size=0, write_dict_id=0, write_checksum=0,
        )  # fmt: skip
        packer = zstandard.ZstdCompressor(
            compression_params=parameters, dict_data=self._dictionary(dictionary)
        ).compressobj()
        parts: list[bytes] = []
        for section in sections[:-1]:
            parts += (packer.compress(section), packer.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
        return b"".join((*parts, packer.compress(sections[-1]), packer.flush()))

    def expanded(self, packed: Packed, limits: Limits = LIMITS) -> bytes:
        """The body before compression. Raises BadBatchError."""
        if packed.size > limits.expanded or len(packed.data) > limits.packed:
            raise BadBatchError("too large")
        if packed.codec == ROWS and packed.size > _ROWS_SIZE:
            raise BadBatchError("too many rows")
        if packed.dictionary and packed.dictionary not in self.dictionaries:
            raise BadBatchError("unknown dictionary")
        if packed.data[:1] != b"\0":
            # Our frames say nothing of themselves; of one that tells its size, all of it would be reserved at once.
            raise BadBatchError("not readable as zstd")
        unpacker = zstandard.ZstdDecompressor(
            dict_data=self._dictionary(packed.dictionary), format=zstandard.FORMAT_ZSTD1_MAGICLESS,
            max_window_size=limits.expanded,
        )  # fmt: skip
        try:
            body = unpacker.decompress(packed.data, max_output_size=packed.size or 1, allow_extra_data=False)
        except zstandard.ZstdError:
            raise BadBatchError("not readable as zstd") from None
        if len(body) != packed.size:
            raise BadBatchError("size is not as told")
        return body

    def _dictionary(self, number: int) -> zstandard.ZstdCompressionDict | None:
        return zstandard.ZstdCompressionDict(self.dictionaries[number]) if number else None


def canonical(change: Change) -> Change:
    """The change with its edits in order of their registers. Raises ValueError if it names one twice."""
    registers = Edits.of(change.edits).registers
    if all(map(lt, registers, registers[1:])):
        return change
    ordered = Edits.of(sorted(change.edits, key=lambda edit: edit.register))
    if not all(map(lt, ordered.registers, ordered.registers[1:])):
        raise ValueError("a change names a register once")
    return change._replace(edits=ordered)
