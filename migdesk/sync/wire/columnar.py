"""Many changes as columns: one per kind and register, so that like stands beside like (SYNC 2.5a). Pure.

`Base` holds what the batch header says already: its device, first counter and moment. Everything in the head (devices,
ids, replaced stamps) is written after the body and stands before it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import compress, pairwise, repeat
from typing import Any, NamedTuple
from uuid import UUID

from migdesk.domain.changes import Absent, Change, ChangeTable, Edits, KindColumns, Register, Value
from migdesk.domain.hlc import Stamp
from migdesk.sync.wire.columns import ColumnReader, ColumnWriter, bits_of, unpack_bits
from migdesk.sync.wire.ids import IdReader, IdWriter, time_of
from migdesk.sync.wire.limits import BadBatchError, Limits

_NONE, _BOOL, _INT, _STR, _BYTES, _ABSENT, _MIXED = range(7)
_TAGS = {type(None): _NONE, bool: _BOOL, int: _INT, str: _STR, bytes: _BYTES, Absent: _ABSENT}
_INT64 = 1 << 63
_ONE = ord("1")
_MAX_NUMBER = 0xFFFF
_HLC = (1 << 64) - 1


class Base(NamedTuple):
    """What the header of the batch tells: sender, its first counter in it, milliseconds of making it."""

    device: int
    counter: int
    ms: int


class StampWriter:
    """Stamps as (device number, milliseconds from a moment nearby, low 16 bits of the clock)."""

    def __init__(self, devices: dict[int, int]) -> None:
        self._devices = devices
        self._rows: list[tuple[int, int, int]] = []

    def add(self, stamp: Stamp, ms: int) -> None:
        device = self._devices.setdefault(stamp.device, len(self._devices))
        self._rows.append((device, (stamp.hlc >> 16) - ms, stamp.hlc & 0xFFFF))

    def write(self, out: ColumnWriter) -> None:
        out.plan.append(len(self._rows))
        for part in range(3):
            out.ints([row[part] for row in self._rows])


class StampReader:
    """The stamps of a `StampWriter`, in its order."""

    def __init__(self, source: ColumnReader, devices: Sequence[int], most: int) -> None:
        count = source.atom_int(0, most)
        columns = source.ints(count, 0, len(devices) - 1), source.ints(count), source.ints(count, 0, 0xFFFF)
        self._rows = zip(*columns, strict=True)
        self._devices = devices

    def take(self, ms: int) -> Stamp:
        row = next(self._rows, None)
        if row is None or not 0 <= (hlc := row[1] + ms << 16 | row[2]) <= _HLC:
            raise BadBatchError("clock out of range")
        return Stamp(hlc, self._devices[row[0]])

    def finish(self) -> None:
        if next(self._rows, None) is not None:
            raise BadBatchError("unused clock")


class _Encoder:
    def __init__(self, changes: Sequence[Change], base: Base) -> None:
        self.changes, self.base = changes, base
        self.body, self.ids = ColumnWriter(), IdWriter()
        self.devices = {base.device: 0}
        self.stamps = StampWriter(self.devices)
        self.times = [change.hlc >> 16 for change in changes]
        self.columns: list[tuple[Register, list[int]]] = []
        self.replaces: defaultdict[Register, dict[int, tuple[Stamp, ...]]] = defaultdict(dict)

    def write(self) -> ColumnWriter:
        self.columns_of_changes()
        by_kind: defaultdict[int, list[int]] = defaultdict(list)
        for row, change in enumerate(self.changes):
            by_kind[change.kind].append(row)
        for kind in sorted(by_kind):
            self.columns_of_kind(by_kind[kind])
        self.replaced()
        return self.with_head()

    def refs(self, rows: Iterable[int], ids: Iterable[bytes]) -> None:
        self.body.ints(self.ids.refs(ids, map(self.times.__getitem__, rows)))

    def columns_of_changes(self) -> None:
        out, changes = self.body, self.changes
        out.plan.append(len(changes))
        counters, last = [], {self.base.device: self.base.counter - 1}
        for change in changes:
            counters.append(change.counter - last.get(change.device, 0))
            last[change.device] = change.counter
        out.ints([self.devices.setdefault(change.device, len(self.devices)) for change in changes])
        out.ints(counters)
        out.ints(self.times, delta=True)
        out.ints([change.hlc & 0xFFFF for change in changes])
        out.ints([change.kind for change in changes])
        out.strings([change.area for change in changes])
        rows = range(len(changes))
        self.refs(rows, [change.author.bytes for change in changes])
        inside = [row for row, change in enumerate(changes) if change.circle]
        out.ints([int(change.circle is not None) for change in changes])
        self.refs(inside, [change.circle.bytes for change in changes if change.circle])
        self.refs(rows, [change.record.bytes for change in changes])
        out.ints([len(change.seen) for change in changes])
        for row, change in enumerate(changes):
            for stamp in change.seen:
                self.stamps.add(stamp, self.times[row])

    def columns_of_kind(self, rows: Sequence[int]) -> None:
        columns = self.by_register(rows)
        out, registers = self.body, sorted(columns)
        out.plan.append(len(registers))
        out.ints([register.field for register in registers])
        out.strings([register.element for register in registers])
        out.ints([int(len(columns[register]) == len(rows)) for register in registers])
        place = {row: at for at, row in enumerate(rows)}
        present, most = bytearray(), 0
        for register in registers:
            column = columns[register]
            if len(column) < len(rows):
                bits = bytearray(b"0" * len(rows))
                for row in column:
                    bits[place[row]] = _ONE
                present += bits
                most += len(column)
        sparse = most * 5 < len(present)
        out.plan.append(int(sparse))
        (out.planes if sparse else out.dense).append(bits_of(present))
        for register in registers:
            here = list(columns[register])
            self.values(here, list(columns[register].values()))
            self.columns.append((register, here))

    def by_register(self, rows: Sequence[int]) -> dict[Register, dict[int, Value]]:
        """The values of these changes, by register and row."""
        columns: defaultdict[Register, dict[int, Value]] = defaultdict(dict)
        for row in rows:
            edits = Edits.of(self.changes[row].edits)
            for register, value in zip(edits.registers, edits.values, strict=True):
                columns[register][row] = value
            if edits.replaces is not None:
                for register, stamps in zip(edits.registers, edits.replaces, strict=True):
                    if stamps:
                        self.replaces[register][row] = stamps
        return columns

    def values(self, rows: Sequence[int], values: Sequence[Value]) -> None:
        out = self.body
        types = set(map(type, values))
        if len(types) == 1:
            tag = _TAGS[types.pop()]
            out.plan.append(tag)
            self.one_type(tag, rows, values)
            return
        out.plan.append(_MIXED)
        tags = [_TAGS[type(value)] for value in values]
        out.ints(tags)
        for tag in sorted(set(tags)):
            chosen = [one == tag for one in tags]
            self.one_type(tag, list(compress(rows, chosen)), list(compress(values, chosen)))

    def one_type(self, tag: int, rows: Sequence[int], values: Sequence[Any]) -> None:
        out = self.body
        if tag == _INT:
            out.ints(values)
        elif tag == _BOOL:
            out.ints(list(map(int, values)))
        elif tag == _STR:
            out.strings(values)
        elif tag == _ABSENT:
            out.strings([value.why for value in values])
        elif tag == _BYTES:
            are_ids = set(map(len, values)) == {16}
            out.plan.append(int(are_ids))
            if are_ids:
                self.refs(rows, values)
            else:
                out.ints(list(map(len, values)))
                out.dense += values

    def replaced(self) -> None:
        """Which stamps each edit replaces: by number among those that its change named before, 0 for the next new."""
        counts: list[int] = []
        named: list[tuple[int, tuple[Stamp, ...]]] = []
        for register, rows in self.columns:
            here = self.replaces.get(register)
            if here is None:
                counts += repeat(0, len(rows))
            else:
                stamps = [here.get(row, ()) for row in rows]
                counts += map(len, stamps)
                named += zip(rows, stamps, strict=True)
        self.body.ints(counts)
        known: defaultdict[int, dict[Stamp, int]] = defaultdict(dict)
        refs = []
        for row, stamps_of_edit in named:
            for stamp in stamps_of_edit:
                before = known[row]
                refs.append(before.get(stamp, 0))
                if stamp not in before:
                    before[stamp] = len(before) + 1
                    self.stamps.add(stamp, time_of(self.changes[row].record.bytes, self.times[row]))
        self.body.plan.append(len(refs))
        self.body.ints(refs)

    def with_head(self) -> ColumnWriter:
        head, body = ColumnWriter(), self.body
        others = list(self.devices)[1:]
        head.plan.append(len(others))
        head.dense.append(b"".join(device.to_bytes(8, "big") for device in others))
        self.ids.write(head)
        self.stamps.write(head)
        for section in ("plan", "planes", "dense", "text"):
            getattr(head, section).extend(getattr(body, section))
        return head


def write(changes: Sequence[Change], base: Base) -> ColumnWriter:
    """Changes (with 64-bit clocks and counters, 16-bit numbers of kinds and fields) as the sections of a body."""
    return _Encoder(changes, base).write()


class _Decoder:
    def __init__(self, source: ColumnReader, base: Base, limits: Limits) -> None:
        self.source, self.base, self.limits = source, base, limits
        others = source.atom_int(0, limits.edits)
        packed = source.take_dense(8 * others)
        self.devices = [base.device, *(int.from_bytes(packed[i : i + 8], "big") for i in range(0, 8 * others, 8))]
        self.ids = IdReader(source, limits.edits)
        self.stamps = StampReader(source, self.devices, limits.edits)
        self.times: Sequence[int] = ()
        self.registers: list[list[Register]] = []
        self.edited: list[list[Value]] = []
        self.replaces: dict[int, list[tuple[Stamp, ...]]] = {}
        self.places: list[tuple[Register, Sequence[int], Sequence[Value]]] = []
        self.total = 0

    def read(self) -> list[Change]:
        heads, seen = self.columns_of_changes()
        by_kind: defaultdict[int, list[int]] = defaultdict(list)
        for row, head in enumerate(heads):
            by_kind[head[4]].append(row)
        columns = {}
        for kind in sorted(by_kind):
            before = len(self.places)
            self.columns_of_kind(by_kind[kind])
            columns[kind] = KindColumns(by_kind[kind], self.places[before:])
        self.replaced([head[5] for head in heads])
        for part in (self.ids, self.stamps, self.source):
            part.finish()
        replaces = map(self.replaces.get, range(len(heads)))
        changes = [
            Change(*head, Edits(tuple(registers), tuple(values), tuple(replaced) if replaced else None), stamps)
            for head, registers, values, replaced, stamps in zip(
                heads, self.registers, self.edited, replaces, seen, strict=True
            )
        ]
        return changes if self.replaces else ChangeTable(changes, columns)

    def refs(self, rows: Sequence[int]) -> list[bytes]:
        numbers = self.source.ints(len(rows), 0, self.limits.edits)
        return self.ids.get(numbers, map(self.times.__getitem__, rows))

    def columns_of_changes(
        self,
    ) -> tuple[list[tuple[int, int, int, UUID, int, UUID, str, UUID | None]], list[tuple[Stamp, ...]]]:
        take, count = self.source, self.source.atom_int(0, self.limits.changes)
        self.registers, self.edited = [[] for _ in range(count)], [[] for _ in range(count)]
        devices = [self.devices[index] for index in take.ints(count, 0, len(self.devices) - 1)]
        counters, last = [], {self.base.device: self.base.counter - 1}
        for device, step in zip(devices, take.ints(count), strict=True):
            last[device] = last.get(device, 0) + step
            counters.append(last[device])
        if count and not (min(counters) > 0 and max(counters) < _INT64):
            raise BadBatchError("counter out of range")
        self.times = take.ints(count, 0, _HLC >> 16)
        hlcs = [ms << 16 | low for ms, low in zip(self.times, take.ints(count, 0, 0xFFFF), strict=True)]
        kinds = take.ints(count, 0, _MAX_NUMBER)
        areas = take.strings(count)
        rows = range(count)
        as_uuid: dict[bytes, UUID] = {}
        authors = [as_uuid.get(raw) or as_uuid.setdefault(raw, UUID(bytes=raw)) for raw in self.refs(rows)]
        inside = list(compress(rows, take.ints(count, 0, 1)))
        circles = dict(zip(inside, map(_uuid, self.refs(inside)), strict=True))
        records = map(_uuid, self.refs(rows))
        seen_counts = take.ints(count, 0, self.limits.edits)
        seen = [
            tuple([self.stamps.take(ms) for _ in range(n)]) if n else ()
            for ms, n in zip(self.times, seen_counts, strict=True)
        ]
        in_circle = map(circles.get, rows)
        return list(zip(devices, counters, hlcs, authors, kinds, records, areas, in_circle, strict=True)), seen

    def columns_of_kind(self, rows: Sequence[int]) -> None:
        take = self.source
        count = take.atom_int(0, self.limits.columns)
        fields, elements = take.ints(count, 0, _MAX_NUMBER), take.strings(count)
        registers = list(map(Register, fields, elements))
        if any(before >= after for before, after in pairwise(registers)):
            raise BadBatchError("registers out of order")
        full = take.ints(count, 0, 1)
        partial = (count - sum(full)) * len(rows)
        if partial > self.limits.presence:
            raise BadBatchError("too many columns")
        bits = iter(self.presence(partial))
        for register, is_full in zip(registers, full, strict=True):
            here = rows if is_full else [row for row, bit in zip(rows, bits, strict=False) if bit]
            self.total += len(here)
            if self.total > self.limits.edits:
                raise BadBatchError("too many edits")
            self.places.append((register, here, self.values(here)))

    def presence(self, count: int) -> Sequence[int]:
        sparse = self.source.atom_int(0, 1)
        size = (count + 7) // 8
        data = self.source.take_planes(size) if sparse else self.source.take_dense(size)
        return unpack_bits(data, count, 1)

    def values(self, rows: Sequence[int]) -> Sequence[Value]:
        if not rows:
            raise BadBatchError("empty column")
        tag = self.source.atom_int(_NONE, _MIXED)
        if tag != _MIXED:
            return self.one_type(tag, rows)
        tags = self.source.ints(len(rows), _NONE, _ABSENT)
        parts = {}
        for one in sorted(set(tags)):
            here = list(compress(rows, [other == one for other in tags]))
            parts[one] = iter(self.one_type(one, here))
        return [next(parts[one]) for one in tags]

    def one_type(self, tag: int, rows: Sequence[int]) -> Sequence[Value]:
        take, count = self.source, len(rows)
        if tag == _BOOL:
            return [bool(value) for value in take.ints(count, 0, 1)]
        if tag == _INT:
            return take.ints(count, -_INT64, _INT64 - 1)
        if tag == _STR:
            return take.strings(count)
        if tag == _ABSENT:
            return [Absent(why) for why in take.strings(count)]
        if tag == _BYTES:
            if take.atom_int(0, 1):
                return self.refs(rows)
            return [bytes(take.take_dense(size)) for size in take.ints(count, 0, self.limits.expanded)]
        return [None] * count

    def replaced(self, records: Sequence[UUID]) -> None:
        numbers = self.source.ints(self.total, 0, self.limits.edits)
        refs = iter(self.source.ints(self.source.atom_int(0, self.limits.edits), 0, self.limits.edits))
        registers_of, values_of = self.registers, self.edited
        for register, rows, values in self.places:
            for row, value in zip(rows, values, strict=True):
                registers_of[row].append(register)
                values_of[row].append(value)
        if any(numbers):  # first values only is the common case, and ten times as many edits as any other
            counts = iter(numbers)
            known: defaultdict[int, list[Stamp]] = defaultdict(list)
            replaces: defaultdict[int, list[tuple[Stamp, ...]]] = defaultdict(list)
            for _, rows, _ in self.places:
                for row in rows:
                    count = next(counts)
                    stamps = [self.stamp(next(refs, -1), row, known[row], records) for _ in repeat(None, count)]
                    replaces[row].append(tuple(stamps))
            self.replaces = {row: stamps for row, stamps in replaces.items() if any(stamps)}
        if next(refs, None) is not None:
            raise BadBatchError("unused reference")

    def stamp(self, ref: int, row: int, known: list[Stamp], records: Sequence[UUID]) -> Stamp:
        if not ref:
            known.append(self.stamps.take(time_of(records[row].bytes, self.times[row])))
            return known[-1]
        if not 0 < ref <= len(known):
            raise BadBatchError("unknown reference")
        return known[ref - 1]


def _uuid(raw: bytes) -> UUID:
    return UUID(bytes=raw)


def read(source: ColumnReader, base: Base, limits: Limits) -> list[Change]:
    """The changes of `write`. Raises BadBatchError."""
    return _Decoder(source, base, limits).read()
