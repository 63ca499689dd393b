"""A record's row as the store works with it: registers with their stamps, from columns and back. Store's thread.

Kept small on disk: a value has the stamp of the record's first change unless `clk` names another, and a blank has a
stamp only if `clk` names one. Fields that this version does not know live in `extra`. Rows that were seeded have no
stamps at all, so that whoever writes them first replaces nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam

from migdesk.domain.changes import Absent, Change, Register, Value
from migdesk.domain.hlc import NONE, Stamp
from migdesk.domain.record import KindSpec
from migdesk.store.database import Transaction
from migdesk.store.packing import pack_clk, pack_values, unpack_clk, unpack_values
from migdesk.store.statements import rows_of
from migdesk.store.tables import META, NATIONAL, KindTables
from migdesk.store.tables_sync import as_sql, from_sql

FIRST = len(META)
"""Where the fields begin in a selected row."""

_AREA_LETTERS = 5
_NOBODY = bytes(16)


@dataclass(slots=True)
class Row:
    """A record as it is stored. `values` hold what is shown, by register, in plain form; blanks are left out.
    `stamps` hold the stamp of each shown value, of a blank too. Ids and users are 16 bytes.
    """

    spec: KindSpec
    id: bytes
    op_area: str
    area: str
    circle: bytes | None
    created: Stamp
    created_by: bytes
    updated: Stamp
    updated_by: bytes
    values: dict[Register, Value] = field(default_factory=dict)
    stamps: dict[Register, Stamp] = field(default_factory=dict)
    deleted: bool = False
    forked: bool = False
    conflicts: int = 0
    own_area: str | None = None
    own_seq: int | None = None

    @property
    def is_seeded(self) -> bool:
        return self.created == NONE

    def plain(self, name: str) -> Value:
        """The plain value of a field that is no set; None for a blank."""
        return self.values.get(Register(self.spec.by_name[name].number))

    def place(self) -> None:
        """Set the area from the field that holds it, and the operational area from the area."""
        if self.spec.area:
            own = self.plain(self.spec.area)
            self.area = own if isinstance(own, str) else self.area
        self.op_area = op_area_of(self.spec, self.area)


def op_area_of(spec: KindSpec | None, area: str) -> str:
    """The operational area of an area code: its regency; reference kinds are national."""
    return NATIONAL if spec is not None and spec.reference else area[:_AREA_LETTERS]


def new_row(spec: KindSpec, change: Change) -> Row:
    """A record of which nothing is known but that this change is about it."""
    author, circle = change.author.bytes, change.circle.bytes if change.circle else None
    row = Row(spec, change.record.bytes, "", change.area, circle, change.stamp, author, change.stamp, author)
    row.op_area = op_area_of(spec, change.area)
    return row


def touch(row: Row, change: Change) -> None:
    """Take over who made and who last changed a record, as far as this change is the first or the last."""
    stamp = change.stamp
    if stamp < row.created and not row.is_seeded:
        row.created, row.created_by = stamp, change.author.bytes
    if stamp >= row.updated:
        row.updated, row.updated_by = stamp, change.author.bytes
        row.area, row.circle = change.area, change.circle.bytes if change.circle else None


def from_columns(kind: KindTables, columns: Sequence[Any]) -> Row:
    """The row of a selected one (`statements.rows_of`)."""
    (op_area, id, area, circle, created_by, created_hlc, created_device, updated_by, updated_hlc, updated_device,
     clk, absent, extra, deleted, forked, conflicts, own_area, own_seq) = columns[:FIRST]  # fmt: skip
    row = Row(
        kind.spec, id, op_area, area, circle, Stamp(created_hlc, from_sql(created_device)), created_by,
        Stamp(updated_hlc, from_sql(updated_device)), updated_by, deleted=bool(deleted), forked=bool(forked),
        conflicts=conflicts, own_area=own_area, own_seq=own_seq,
    )  # fmt: skip
    values, stamps = row.values, unpack_clk(clk)
    at = FIRST
    for _, fields in kind.parts:
        for spec in fields:
            plain = columns[at]
            at += 1
            if plain is None:
                continue
            if spec.is_set:
                values.update((Register(spec.number, element), True) for element in plain.split())
            else:
                values[Register(spec.number)] = bool(plain) if spec.type.storage == "boolean" else plain
    values.update(unpack_values(absent))
    beyond = unpack_values(extra)
    values.update((register, value) for register, value in beyond.items() if value is not None)
    for register in stamps:
        if register.element and register not in values and register not in beyond:
            values[register] = False
    if not row.is_seeded:
        for register in (*values, *beyond):
            stamps.setdefault(register, row.created)
    row.stamps = stamps
    return row


def to_columns(kind: KindTables, row: Row) -> list[dict[str, Any]]:
    """What to write: the columns of each part of the kind."""
    known, sets, base, values = kind.spec.by_number, kind.sets, row.created, row.values
    clk, absent, extra = [], [], []
    shown: dict[int, Any] = {}
    for register, stamp in row.stamps.items():
        value = values.get(register)
        if register.field not in known:
            extra.append((register, value))
            listed = stamp != base
        else:
            listed = stamp != base or value is None or (value is not True and register.field in sets)
        if listed:
            clk.append((register, stamp))
    for register, value in values.items():
        number = register.field
        if number in sets:
            if value is True:
                shown.setdefault(number, []).append(register.element)
        elif isinstance(value, Absent):
            if number in known:
                absent.append((register, value))
        else:
            shown[number] = value
    return _parts(kind, row, shown, (pack_clk(clk), pack_values(absent), pack_values(extra)))


def _parts(
    kind: KindTables, row: Row, shown: Mapping[int, Any], blobs: tuple[bytes | None, bytes | None, bytes | None]
) -> list[dict[str, Any]]:
    main: dict[str, Any] = {
        "op_area": row.op_area, "id": row.id, "area": row.area, "circle": row.circle, "created_by": row.created_by,
        "created_hlc": row.created.hlc, "created_device": as_sql(row.created.device), "updated_by": row.updated_by,
        "updated_hlc": row.updated.hlc, "updated_device": as_sql(row.updated.device), "clk": blobs[0],
        "absent": blobs[1], "extra": blobs[2], "deleted": int(row.deleted), "forked": int(row.forked),
        "conflicts": row.conflicts, "own_area": row.own_area, "own_seq": row.own_seq,
    }  # fmt: skip
    parts = [main]
    for place, (_, fields) in enumerate(kind.parts):
        part: dict[str, Any] = main if place == 0 else {"op_area": row.op_area, "id": row.id}
        for spec in fields:
            value = shown.get(spec.number)
            part[spec.name] = " ".join(sorted(value)) if isinstance(value, list) else value
        if place:
            parts.append(part)
    return parts


def load(tx: Transaction, spec: KindSpec, id: bytes) -> Row | None:
    """The stored row of a record, deleted or not."""
    columns = tx.one(tx.sql.kind(spec.name).by_id, {"id": id})
    return from_columns(tx.tables.kinds[spec.name], columns) if columns is not None else None


def load_many(tx: Transaction, spec: KindSpec, ids: Iterable[bytes]) -> dict[bytes, Row]:
    """The stored rows of these records that are here."""
    kind, sql = tx.tables.kinds[spec.name], tx.sql.kind(spec.name).by_many
    found = (from_columns(kind, columns) for columns in tx.rows_among(sql, list(ids)))
    return {row.id: row for row in found}


def here(tx: Transaction, spec: KindSpec, ids: Sequence[bytes]) -> set[bytes]:
    """Which of these records are stored."""
    return {bytes(id) for (id,) in tx.rows_among(tx.sql.kind(spec.name).ids, ids)}


def seeded(spec: KindSpec, id: UUID, area: str, values: dict[Register, Value]) -> Row:
    """A row that came with the program and not from anybody's change."""
    row = Row(spec, id.bytes, "", area, None, NONE, _NOBODY, NONE, _NOBODY, values)
    row.place()
    return row


def unstamped(row: Row) -> dict[Register, Value]:
    """What a seeded row shows that nobody has written since."""
    return {register: value for register, value in row.values.items() if register not in row.stamps}


def in_order_of_id(kind: KindTables, limit: int) -> Select[Any]:
    """The next `limit` rows of a kind behind the id `last`."""
    id = kind.main.c.id
    return rows_of(kind).where(id > bindparam("last")).order_by(id).limit(limit)


def write_new(tx: Transaction, spec: KindSpec, rows: Sequence[Row]) -> None:
    """Insert rows that are not there yet."""
    kind, sql = tx.tables.kinds[spec.name], tx.sql.kind(spec.name)
    parts: list[list[dict[str, Any]]] = [[] for _ in kind.parts]
    for row in rows:
        for place, columns in enumerate(to_columns(kind, row)):
            if place == 0 or _has_values(columns):
                parts[place].append(columns)
    for (table, _), statement, part in zip(kind.parts, sql.insert, parts, strict=True):
        tx.add_many(table, statement, part)


def write(tx: Transaction, row: Row, old_area: str) -> None:
    """Write a row over the stored one; `old_area` is the operational area where that stands."""
    sql = tx.sql.kind(row.spec.name)
    parts = to_columns(tx.tables.kinds[row.spec.name], row)
    if old_area != row.op_area:
        for statement in sql.delete:
            tx.run(statement, {"op_area": old_area, "id": row.id})
    for place, columns in enumerate(parts):
        if place == 0 or _has_values(columns):
            tx.run(sql.upsert[place], columns)
        else:
            tx.run(sql.delete[place], {"op_area": row.op_area, "id": row.id})


def _has_values(columns: Mapping[str, Any]) -> bool:
    return any(value is not None for name, value in columns.items() if name not in ("op_area", "id"))
