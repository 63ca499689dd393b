"""Values, edits and stamps as the store keeps them in blobs (MessagePack). Pure; only this program reads them.

A missing answer is a list of one word, which no other plain value is.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from migdesk.domain.changes import Absent, Edit, Register, Value
from migdesk.domain.hlc import Stamp

_STAMP = 16

pack = msgspec.msgpack.Encoder().encode
unpack = msgspec.msgpack.Decoder().decode


def pack_value(value: Value) -> bytes:
    """One plain value."""
    return pack(_loose(value))


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


def pack_body(edits: Iterable[Edit], seen: Iterable[Stamp]) -> bytes:
    """The edits of a change, as its row in the log holds them."""
    packed = [
        [edit.register.field, edit.register.element, _loose(edit.value), pack_stamps(edit.replaces)] for edit in edits
    ]
    return pack([packed, pack_stamps(seen)])


def unpack_body(data: bytes) -> tuple[tuple[Edit, ...], tuple[Stamp, ...]]:
    """The edits and `seen` of `pack_body`."""
    edits, seen = unpack(data)
    return (
        tuple(
            Edit(Register(field, element), _tight(value), unpack_stamps(replaces))
            for field, element, value, replaces in edits
        ),
        unpack_stamps(seen),
    )


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
    flat = [[register.field, register.element, _loose(value)] for register, value in sorted(values, key=_register)]
    return pack(flat) if flat else None


def unpack_values(data: bytes | None) -> dict[Register, Value]:
    """The values of `pack_values`."""
    if not data:
        return {}
    return {Register(field, element): _tight(value) for field, element, value in unpack(data)}


def _register(item: tuple[Register, Value]) -> Register:
    return item[0]


def _loose(value: Value) -> Any:
    return [value.why] if isinstance(value, Absent) else value


def _tight(data: Any) -> Value:
    return Absent(data[0]) if isinstance(data, list) else data
