"""Values, edits and stamps as the store keeps them in blobs (MessagePack). Pure; only this program reads them.

A missing answer is a list of one word, which no other plain value is (`Absent` says so itself).
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from migdesk.domain.changes import Absent, Edit, Edits, Register, Value
from migdesk.domain.hlc import Stamp

_STAMP = 16

pack = msgspec.msgpack.Encoder().encode
unpack = msgspec.msgpack.Decoder().decode


def pack_value(value: Value) -> bytes:
    """One plain value."""
    return pack(value)


def unpack_value(data: bytes) -> Value:
    """The value of `pack_value`."""
    return _tight(unpack(data))


def pack_stamps(stamps: Iterable[Stamp]) -> bytes:
    """Stamps one behind the other."""
    return b"".join([stamp.pack() for stamp in stamps]) if stamps else b""


def unpack_stamps(data: bytes) -> tuple[Stamp, ...]:
    """The stamps of `pack_stamps`."""
    # Nearly always there are none: an edit of a new record replaces nothing.
    return tuple(Stamp.unpack(data[at : at + _STAMP]) for at in range(0, len(data), _STAMP)) if data else ()


class _Keys(dict[Register, int | str]):
    """How a register is written: the number of its field, or `number.element`."""

    def __missing__(self, register: Register) -> int | str:
        field, element = register
        key = self[register] = f"{field}.{element}" if element else field
        return key


class _Registers(dict[int | str, Register]):
    """The register behind each of these, one object for all that use it."""

    def __missing__(self, key: int | str) -> Register:
        if isinstance(key, int):
            register = Register(key)
        else:
            field, _, element = key.partition(".")
            register = Register(int(field), element)
        self[key] = register
        return register


class _Body(msgspec.Struct, array_like=True, gc=False):
    keys: tuple[int | str, ...]
    values: tuple[Any, ...]
    replaces: tuple[bytes, ...] | None = None
    seen: bytes = b""


_read_body = msgspec.msgpack.Decoder(_Body).decode


class Bodies:
    """Packs and opens the bodies of many changes: what they have in common is made once. Made for one run of work."""

    def __init__(self) -> None:
        self._key = _Keys().__getitem__
        self._register = _Registers().__getitem__

    def pack(self, edits: Iterable[Edit], seen: Iterable[Stamp]) -> bytes:
        """The edits of a change, as its row in the log holds them."""
        parts = Edits.of(edits)
        body: list[Any] = [list(map(self._key, parts.registers)), parts.values]
        if parts.replaces is not None or seen:
            body += (parts.replaces and list(map(pack_stamps, parts.replaces)), pack_stamps(seen))
        return pack(body)

    def unpack(self, data: bytes) -> tuple[Edits, tuple[Stamp, ...]]:
        """The edits and `seen` of `pack`."""
        body = _read_body(data)
        values = body.values
        if list in map(type, values):
            values = tuple(map(_tight, values))
        replaces = tuple(map(unpack_stamps, body.replaces)) if body.replaces else None
        return Edits(tuple(map(self._register, body.keys)), values, replaces), unpack_stamps(body.seen)


def pack_body(edits: Iterable[Edit], seen: Iterable[Stamp]) -> bytes:
    """The edits of one change, as its row in the log holds them."""
    return Bodies().pack(edits, seen)


def unpack_body(data: bytes) -> tuple[Edits, tuple[Stamp, ...]]:
    """The edits and `seen` of `pack_body`."""
    return Bodies().unpack(data)


def pack_clk(stamps: Iterable[tuple[Register, Stamp]]) -> bytes | None:
    """Stamps by register, in the order of registers so that the same state is the same bytes; None for none."""
    flat = [[register.field, register.element, stamp.pack()] for register, stamp in sorted(stamps)]
    return pack(flat) if flat else None


def unpack_clk(data: bytes | None) -> dict[Register, Stamp]:
    """The stamps of `pack_clk`."""
    if not data:
        return {}
    return {Register(field, element): Stamp.unpack(stamp) for field, element, stamp in unpack(data)}


def pack_values(values: Iterable[tuple[Register, Value]]) -> bytes | None:
    """Values by register, in the order of registers; None for none."""
    flat = [[register.field, register.element, value] for register, value in sorted(values, key=_register)]
    return pack(flat) if flat else None


def unpack_values(data: bytes | None) -> dict[Register, Value]:
    """The values of `pack_values`."""
    if not data:
        return {}
    return {Register(field, element): _tight(value) for field, element, value in unpack(data)}


def _register(item: tuple[Register, Value]) -> Register:
    return item[0]


def _tight(data: Any) -> Value:
    return Absent(data[0]) if isinstance(data, list) else data
