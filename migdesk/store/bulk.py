"""New records by the thousand: from changes straight to rows, column by column. Store's thread.

Takes only what cannot be anything but the first change of a record with ordinary values; all else is refused as a
whole and goes the plain way (`applying`), which says the same of these changes, one by one
(`tests/store/test_bulk.py`). A quarter of a million values leave no time for an object or a call each.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from migdesk.domain.changes import Absent, Change, ChangeTable, Edits, KindColumns, Register, Value
from migdesk.domain.record import FieldSpec, KindSpec
from migdesk.store import checking, rows, search
from migdesk.store.database import Store, Transaction
from migdesk.store.packing import Bodies, pack_values
from migdesk.store.tables import KindTables
from migdesk.store.tables_sync import as_sql

LEAST = 8
"""Fewer new records of a kind are quicker one by one."""

_META_OF_NEW: tuple[Any, ...] = (0, 0, 0, None, None)
"""deleted, forked, conflicts, own_area, own_seq"""

Column = Sequence[Any]


class _UnusualError(Exception):
    """Something that the plain way has to look at."""


class _Places(dict[Register, int]):
    """The cell of a register: that of its field, or for an element of a set below zero, `-1 - cell`."""

    def __init__(self, fields: Iterable[FieldSpec]) -> None:
        self._sets: dict[int, int] = {}
        for cell, field in enumerate(fields):
            if field.is_set:
                self._sets[field.number] = cell
            else:
                self[Register(field.number)] = cell

    def __missing__(self, register: Register) -> int:
        cell = self._sets.get(register.field)
        if cell is None or not checking.is_element(register.element):
            raise _UnusualError
        place = self[register] = -1 - cell
        return place


@dataclass(frozen=True, slots=True)
class NewRecords:
    """Records of one kind, ready to be written: the ids, the rows of each of its tables, the words of each record."""

    kind: KindTables
    ids: list[bytes]
    parts: tuple[list[tuple[Any, ...]], ...]
    texts: Sequence[str] | None

    def write(self, tx: Transaction) -> None:
        """Insert rows and entries of the search index."""
        for (table, _), part in zip(self.kind.parts, self.parts, strict=True):
            tx.add_rows(table, part)
        if self.texts is not None:
            search.put_texts(tx, self.kind.spec, self.ids, self.texts)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What can be made of changes before anybody looked into the store: their `candidates`, rows by number of kind with
    the places of the changes that they are made of, and the body of every change for the log."""

    candidates: Mapping[int, list[int]]
    made: Mapping[int, tuple[list[int], NewRecords | None]]
    bodies: Sequence[bytes]


def preparer(store: Store) -> Callable[[Sequence[Change]], Prepared]:
    """Prepares changes, on any thread, for `applying.apply` to this store."""
    tables, schema, is_file = store.tables, store.schema, store.is_file

    def prepared(changes: Sequence[Change]) -> Prepared:
        made = {}
        found = candidates(changes, ())
        for number, places in found.items():
            spec = schema.by_number.get(number)
            if spec is not None and len(places) >= LEAST:
                read = changes.columns.get(number) if isinstance(changes, ChangeTable) else None
                if read is not None and len(read.rows) != len(places):
                    read = None
                chosen = [changes[place] for place in places]
                made[number] = places, _new_records(tables.kinds[spec.name], chosen, read, is_file=is_file)
        return Prepared(found, made, _bodies(changes))

    return prepared


def _bodies(changes: Sequence[Change]) -> list[bytes]:
    """The bodies of changes; none if any of them cannot be written, which `checking` will find."""
    pack = Bodies().pack
    try:
        return [pack(change.edits, change.seen) for change in changes]
    except (OverflowError, UnicodeEncodeError, TypeError, ValueError):
        return []


def new_records(tx: Transaction, spec: KindSpec, changes: Sequence[Change]) -> NewRecords | None:
    """Rows for these changes, each the only one here of a record that the store does not have. None if any of them is
    not quite ordinary: it was not even looked whether it can be a change at all."""
    return _new_records(tx.tables.kinds[spec.name], changes, None, is_file=tx.is_file)


def _new_records(
    kind: KindTables, changes: Sequence[Change], read: KindColumns | None, *, is_file: bool
) -> NewRecords | None:
    try:
        return _made(kind, changes, read, is_file=is_file)
    except _UnusualError:
        return None


def _made(kind: KindTables, changes: Sequence[Change], read: KindColumns | None, *, is_file: bool) -> NewRecords:
    """`read`: the columns in which just these changes came."""
    spec = kind.spec
    fields = [field for _, part in kind.parts for field in part]
    _check_heads(changes)
    columns = _columns(fields, changes) if read is None else _columns_read(fields, read)
    blanks = _check_columns(spec, fields, columns, [change.area for change in changes])
    ids = [change.record.bytes for change in changes]
    areas = [change.area for change in changes]
    if spec.area and spec.reference:
        cell = [field.name for field in fields].index(spec.area)
        areas = [area if own is None else own for own, area in zip(columns[cell], areas, strict=True)]
    op_areas = [rows.op_area_of(spec, area) for area in areas]
    parts, at = [], 0
    for place, (_, own) in enumerate(kind.parts):
        here = columns[at : at + len(own)]
        at += len(own)
        if place == 0:
            parts.append(list(zip(op_areas, ids, *_meta(changes, areas, blanks), *here, strict=True)))
        else:
            every = zip(op_areas, ids, *here, strict=True)
            parts.append([row for row in every if row.count(None) < len(own)])
    texts = None
    searched = search.searched(spec)
    if is_file and searched:
        place_of = {field.name: cell for cell, field in enumerate(fields)}
        texts = search.texts_of(searched, [columns[place_of[field.name]] for field in searched])
    return NewRecords(kind, ids, tuple(parts), texts)


def _check_heads(changes: Sequence[Change]) -> None:
    """What `checking` asks of the columns that every change has; the kind is known."""
    for numbers, low, high in (
        ([change.device for change in changes], 0, checking.DEVICES),
        ([change.counter for change in changes], 1, checking.MOST),
        ([change.hlc for change in changes], 1, checking.MOST),
    ):
        if min(numbers) < low or max(numbers) >= high:
            raise _UnusualError
    if not all(map(checking.is_area, {change.area for change in changes})):
        raise _UnusualError


def _columns(fields: Sequence[FieldSpec], changes: Sequence[Change]) -> list[Column]:
    """The values of each field, None where a change has none of it."""
    places, table = _Places(fields), []
    place_of, width = places.__getitem__, len(fields)
    for change in changes:
        edits = Edits.of(change.edits)
        cells: list[Any] = [None] * width
        elements = 0
        for place, value in zip(map(place_of, edits.registers), edits.values, strict=True):
            if place >= 0:
                cells[place] = value
            elif value is True:
                elements += 1
        if elements:
            elements -= _fill_sets(cells, edits, places, elements)
        # A blank, a field twice, an element taken out: as many edits as cells only if there is none of these.
        if width - cells.count(None) + elements != len(edits.registers):
            raise _UnusualError
        table.append(cells)
    return list(zip(*table, strict=True))


def _columns_read(fields: Sequence[FieldSpec], read: KindColumns) -> list[Column]:
    """The same as `_columns`, of changes that came in columns."""
    places, count = _Places(fields), len(read.rows)
    at_of = {row: at for at, row in enumerate(read.rows)}
    table: list[Column] = [(None,) * count] * len(fields)
    sets: dict[int, list[list[str]]] = {}
    for register, here, values in read.columns:
        place = places[register]
        if place < 0:
            if not all(value is True for value in values):
                raise _UnusualError
            elements = sets.setdefault(-1 - place, [[] for _ in range(count)])
            for row in here:
                elements[at_of[row]].append(register.element)
        elif None in values:
            raise _UnusualError
        elif len(here) == count:
            table[place] = values
        else:
            column: list[Any] = [None] * count
            for row, value in zip(here, values, strict=True):
                column[at_of[row]] = value
            table[place] = column
    for cell, each in sets.items():  # their registers came in order
        table[cell] = [" ".join(elements) or None for elements in each]
    return table


def _fill_sets(cells: list[Any], edits: Edits, places: _Places, count: int) -> int:
    """Write the elements of sets into their cells, as one text each; how many sets there are. `count` elements are
    added."""
    found: dict[int, set[str]] = {}
    for register in edits.registers:
        if register.element:
            found.setdefault(-1 - places[register], set()).add(register.element)
    if sum(map(len, found.values())) != count:
        raise _UnusualError
    for cell, elements in found.items():
        cells[cell] = " ".join(sorted(elements))
    return len(found)


def _check_columns(
    spec: KindSpec, fields: Sequence[FieldSpec], columns: list[Column], areas: Sequence[str]
) -> list[bytes | None] | None:
    """Check the values, and take missing answers out of their columns: what `absent` then says of each record."""
    missing: dict[int, list[tuple[Register, Value]]] = {}
    for cell, field in enumerate(fields):
        column = columns[cell]
        types = set(map(type, column))
        types.discard(type(None))
        if Absent in types:
            types.discard(Absent)
            if field.name == spec.area:
                raise _UnusualError
            columns[cell] = column = _without_missing(field, column, missing)
        if not types:
            continue
        if types != {checking.TYPES[field.type.storage]} or not _fits(field, column):
            raise _UnusualError
        if field.name == spec.area and not spec.reference and not _agree(column, areas):
            raise _UnusualError
    if not missing:
        return None
    return [pack_values(missing[row]) if row in missing else None for row in range(len(areas))]


def _agree(column: Column, areas: Sequence[str]) -> bool:
    """Whether each record that says its area says that of its change."""
    return all(own is None or own == area for own, area in zip(column, areas, strict=True))


def _without_missing(field: FieldSpec, column: Column, missing: dict[int, list[tuple[Register, Value]]]) -> Column:
    plain = list(column)
    for row, value in enumerate(column):
        if type(value) is Absent:
            if value.why not in checking.REASONS:
                raise _UnusualError
            missing.setdefault(row, []).append((Register(field.number), value))
            plain[row] = None
    return plain


def _fits(field: FieldSpec, column: Column) -> bool:
    """Whether a column, in which only None and the one right type occur, holds what the field may hold."""
    values: Any = filter(None, column)
    if field.type.storage == "text":
        if not checking.is_text("".join(values)):
            return False
    elif field.type.storage == "integer":
        numbers = [value for value in column if value is not None]
        if not min(numbers) >= -checking.MOST or not max(numbers) < checking.MOST:
            return False
    check = None if field.is_set else checking.closer_check(field)
    return check is None or all(map(check, _once(column)))


def _once(column: Column) -> set[Any]:
    values = set(column)
    values.discard(None)
    return values


def _meta(changes: Sequence[Change], areas: list[str], blanks: list[bytes | None] | None) -> list[Iterable[Any]]:
    """The columns of META behind operational area and id."""
    authors: dict[UUID, bytes] = {change.author: change.author.bytes for change in changes}
    devices: dict[int, int] = {change.device: as_sql(change.device) for change in changes}
    by = [authors[change.author] for change in changes]
    hlc = [change.hlc for change in changes]
    device = [devices[change.device] for change in changes]
    circle = [change.circle.bytes if change.circle else None for change in changes]
    none: list[Any] = [None] * len(changes)
    constant = [[value] * len(changes) for value in _META_OF_NEW]
    return [areas, circle, by, hlc, device, by, hlc, device, none, blanks or none, none, *constant]


def candidates(changes: Sequence[Change], known: Container[tuple[int, int]]) -> dict[int, list[int]]:
    """The places of changes that may be first ones, by kind: those whose device and number are not known, that replace
    nothing, and that are alone about their record and with their number in `changes`."""
    records = Counter([(change.kind, change.record.int) for change in changes])
    numbers = Counter([(change.device, change.counter) for change in changes])
    found: dict[int, list[int]] = {}
    for place, change in enumerate(changes):
        if (
            records[change.kind, change.record.int] == 1
            and numbers[change.device, change.counter] == 1
            and not change.seen
            and Edits.of(change.edits).replaces is None
            and (change.device, change.counter) not in known
        ):
            found.setdefault(change.kind, []).append(place)
    return found
