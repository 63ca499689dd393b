"""Few changes as rows of msgpack, short enough that a shipped dictionary does the rest (SYNC 2.5a). Pure.

A body is `[other devices, row, row, ...]`; the places in a row have fixed meanings (`docs/protocol.md`), so no name is
sent. An id is written in full once: 16 bytes, or for a version 7 id its 74 random bits in 10 bytes and behind them the
distance of its time from the change's as a signed big-endian number of 0 to 5 bytes; after that by its number.
"""

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any
from uuid import UUID

import msgspec

from migdesk.domain.changes import Absent, Change, Edit, Register, Value
from migdesk.domain.hlc import Stamp
from migdesk.sync.wire.columnar import Base
from migdesk.sync.wire.ids import RANDOM_BITS, join, split, time_of
from migdesk.sync.wire.limits import BadBatchError, Limits

_ABSENT, _ID, _ID_AGAIN = 1, 2, 3
_ROW = 12
_MAX_NUMBER = 0xFFFF
_INT64 = 1 << 63
_MAX_MS = (1 << 48) - 1
_RANDOM_SIZE = 10
_ID_SIZE = 16
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder()


class _Encoder:
    def __init__(self, base: Base) -> None:
        self.devices = {base.device: 0}
        self.ids: dict[bytes, int] = {}
        self.areas: dict[str, int] = {}
        self.ms, self.counter = base.ms, base.counter

    def write(self, changes: Sequence[Change]) -> bytes:
        rows = [self.row(change) for change in changes]
        others = b"".join(device.to_bytes(8, "big") for device in list(self.devices)[1:])
        return _encoder.encode([others, *rows])

    def row(self, change: Change) -> list[Any]:
        ms = change.hlc >> 16
        area = self.areas.get(change.area)
        self.areas.setdefault(change.area, len(self.areas))
        row = [
            change.kind,
            self.device(change.device),
            change.counter - self.counter,
            ms - self.ms,
            change.hlc & 0xFFFF,
            self.id(change.author.bytes, ms),
            change.area if area is None else area,
            self.id(change.circle.bytes, ms) if change.circle else None,
            self.id(change.record.bytes, ms),
            self.edits(change.edits, ms),
            self.replaces(change.edits, time_of(change.record.bytes, ms)),
            self.stamps(change.seen, ms) or None,
        ]
        self.ms, self.counter = ms, change.counter
        return row

    def device(self, device: int) -> int:
        return self.devices.setdefault(device, len(self.devices))

    def id(self, raw: bytes, ms: int) -> bytes | int:
        place = self.ids.get(raw)
        if place is not None:
            return place
        self.ids[raw] = len(self.ids)
        parts = split(raw)
        if parts is None or abs(parts[0] - ms) >= 1 << 39:
            return raw
        far = parts[0] - ms
        distance = far.to_bytes((far.bit_length() + 8) // 8, "big", signed=True) if far else b""
        return parts[1].to_bytes(_RANDOM_SIZE, "big") + distance

    def edits(self, edits: Sequence[Edit], ms: int) -> list[Any]:
        """`[field, value, ...]`; the elements of a set together: `[field, [added, ...]]`, others `{element: value}`."""
        flat: list[Any] = []
        for field, group in groupby(edits, key=lambda edit: edit.register.field):
            part = list(group)
            plain = [edit for edit in part if not edit.register.element]
            added = [one.register.element for one in part if one.register.element and one.value is True]
            other = {
                one.register.element: self.value(one.value, ms)
                for one in part
                if one.register.element and one.value is not True
            }
            if plain:
                flat += (field, self.value(plain[0].value, ms))
            if added:
                flat += (field, added)
            if other:
                flat += (field, other)
        return flat

    def value(self, value: Value, ms: int) -> Any:
        if isinstance(value, Absent):
            return msgspec.msgpack.Ext(_ABSENT, value.why.encode())
        if isinstance(value, bytes) and len(value) == _ID_SIZE:
            written = self.id(value, ms)
            if isinstance(written, bytes):
                return msgspec.msgpack.Ext(_ID, written)
            return msgspec.msgpack.Ext(_ID_AGAIN, _encoder.encode(written))
        return value

    def stamps(self, stamps: Sequence[Stamp], ms: int) -> list[int]:
        return [
            part for stamp in stamps for part in (self.device(stamp.device), (stamp.hlc >> 16) - ms, stamp.hlc & 0xFFFF)
        ]

    def replaces(self, edits: Sequence[Edit], ms: int) -> list[Any] | None:
        """`[stamps, for each edit 0 | place + 1 | [places + 1]]`, or None if every edit is a first value."""
        if not any(edit.replaces for edit in edits):
            return None
        place: dict[Stamp, int] = {}
        for edit in edits:
            for stamp in edit.replaces:
                place.setdefault(stamp, len(place) + 1)
        named = [[place[stamp] for stamp in edit.replaces] for edit in edits]
        return [self.stamps(list(place), ms), *((one or [0])[0] if len(one) < 2 else one for one in named)]


def write(changes: Sequence[Change], base: Base) -> bytes:
    """Changes, their edits sorted by register, as a body."""
    return _Encoder(base).write(changes)


class _Decoder:
    def __init__(self, base: Base, others: bytes, limits: Limits) -> None:
        self.devices = [base.device, *(int.from_bytes(others[i : i + 8], "big") for i in range(0, len(others), 8))]
        self.ids: list[bytes] = []
        self.areas: list[str] = []
        self.ms, self.counter = base.ms, base.counter
        self.limits = limits

    def row(self, row: Any) -> Change:
        if not isinstance(row, list) or len(row) != _ROW:
            raise BadBatchError("row has the wrong length")
        kind, device, counter, step, low, author, area, circle, record, edits, replaces, seen = row
        self.counter = _whole(self.counter + _whole(counter, -_INT64, _INT64), 1, _INT64 - 1)
        self.ms = ms = _whole(self.ms + _whole(step, -_MAX_MS, _MAX_MS), 0, _MAX_MS)
        author_id = UUID(bytes=self.id(author, ms))
        area_code = self.area(area)
        circle_id = None if circle is None else UUID(bytes=self.id(circle, ms))
        record_id = UUID(bytes=self.id(record, ms))
        found = self.edits(edits, ms)
        return Change(
            self.device(device), self.counter, ms << 16 | _whole(low, 0, 0xFFFF), author_id,
            _whole(kind, 0, _MAX_NUMBER), record_id, area_code, circle_id,
            self.with_replaced(found, replaces, time_of(record_id.bytes, ms)),
            () if seen is None else tuple(self.stamps(seen, ms)),
        )  # fmt: skip

    def device(self, index: Any) -> int:
        return self.devices[_whole(index, 0, len(self.devices) - 1)]

    def area(self, area: Any) -> str:
        if isinstance(area, str):
            self.areas.append(area)
            return area
        return self.areas[_whole(area, 0, len(self.areas) - 1)]

    def id(self, atom: Any, ms: int) -> bytes:
        if not isinstance(atom, bytes):
            return self.ids[_whole(atom, 0, len(self.ids) - 1)]
        written: bytes = atom
        if len(written) < _ID_SIZE:
            random = int.from_bytes(written[:_RANDOM_SIZE], "big")
            if len(written) < _RANDOM_SIZE or random >> RANDOM_BITS:
                raise BadBatchError("id out of range")
            written = join(ms + int.from_bytes(written[_RANDOM_SIZE:], "big", signed=True), random)
        if len(written) != _ID_SIZE:
            raise BadBatchError("id out of range")
        self.ids.append(written)
        return written

    def edits(self, flat: Any, ms: int) -> list[tuple[Register, Value]]:
        if not isinstance(flat, list) or len(flat) % 2:
            raise BadBatchError("edits are not pairs")
        found: list[tuple[Register, Value]] = []
        for field, value in zip(flat[::2], flat[1::2], strict=True):
            number = _whole(field, 0, _MAX_NUMBER)
            if isinstance(value, list):
                found += [(Register(number, _text(element)), True) for element in value]
            elif isinstance(value, dict):
                found += [(Register(number, _text(element)), self.value(one, ms)) for element, one in value.items()]
            else:
                found.append((Register(number), self.value(value, ms)))
        found.sort(key=lambda pair: pair[0])
        if any(before[0] == after[0] for before, after in pairwise(found)):
            raise BadBatchError("register given twice")
        return found

    def value(self, value: Any, ms: int) -> Value:
        if value is None or isinstance(value, bool | str | bytes):
            return value
        if isinstance(value, int):
            return _whole(value, -_INT64, _INT64 - 1)
        if not isinstance(value, msgspec.msgpack.Ext):
            raise BadBatchError("value of an unknown type")
        data = bytes(value.data)
        if value.code == _ABSENT:
            return Absent(data.decode())
        if value.code == _ID:
            return self.id(data, ms)
        if value.code == _ID_AGAIN:
            return self.id(_whole(_decoder.decode(data), 0, len(self.ids)), ms)
        raise BadBatchError("value of an unknown type")

    def stamps(self, flat: Any, ms: int) -> list[Stamp]:
        if not isinstance(flat, list) or len(flat) % 3:
            raise BadBatchError("stamps are not triples")
        return [
            Stamp(self.clock(ms, far) | _whole(low, 0, 0xFFFF), self.device(device))
            for device, far, low in zip(flat[::3], flat[1::3], flat[2::3], strict=True)
        ]

    def clock(self, ms: int, far: Any) -> int:
        return _whole(ms + _whole(far, -_MAX_MS, _MAX_MS), 0, _MAX_MS) << 16

    def with_replaced(self, found: list[tuple[Register, Value]], replaces: Any, ms: int) -> tuple[Edit, ...]:
        if replaces is None:
            return tuple([Edit(register, value) for register, value in found])
        if not isinstance(replaces, list) or len(replaces) != len(found) + 1:
            raise BadBatchError("replaced stamps do not match")
        stamps = self.stamps(replaces[0], ms)
        edits = []
        for (register, value), named in zip(found, replaces[1:], strict=True):
            places = named if isinstance(named, list) else [named] if named else []
            edits.append(Edit(register, value, tuple([stamps[_whole(one, 1, len(stamps)) - 1] for one in places])))
        return tuple(edits)


def _whole(value: Any, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise BadBatchError("number out of range")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise BadBatchError("text expected")
    return value


def read(body: bytes, base: Base, limits: Limits) -> list[Change]:
    """The changes of `write`. Raises BadBatchError."""
    try:
        document = _decoder.decode(body)
        if not isinstance(document, list) or not document or len(document) - 1 > limits.changes:
            raise BadBatchError("no list of rows")
        others = document[0]
        if not isinstance(others, bytes) or len(others) % 8:
            raise BadBatchError("devices are not readable")
        decoder = _Decoder(base, others, limits)
        return [decoder.row(row) for row in document[1:]]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadBatchError("rows are not readable") from None
