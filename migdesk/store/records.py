"""Reads records: one, a page of a list, all of a kind. Frozen records leave; rows stay here. Store's thread."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Column, ColumnElement, FromClause, Integer, Select, and_, func, literal_column, or_, tuple_

from migdesk.clock import from_ms
from migdesk.domain.changes import Absent
from migdesk.domain.hlc import wall_ms
from migdesk.domain.record import FieldSpec, Record
from migdesk.domain.values import Missing
from migdesk.errors import BugError
from migdesk.i18n.markers import N_
from migdesk.store import change_log
from migdesk.store.database import Transaction
from migdesk.store.errors import not_found
from migdesk.store.packing import pack, unpack, unpack_values
from migdesk.store.rows import FIRST
from migdesk.store.statements import rows_of
from migdesk.store.tables import KindTables, order_of
from migdesk.store.withholding import KEPT_SEQ

R = TypeVar("R", bound=Record)

_CHUNK = 500
_META_ORDERS = {"": "id", "id": "id", "created_at": "created_hlc", "updated_at": "updated_hlc", "area": "area"}


class State(StrEnum):
    """Whether the server has what was last written here: it waits, it was sent, it is kept here until the person
    agrees; or all of it came from elsewhere."""

    WAITS = "waits"
    KEPT = "kept"
    SENT = "sent"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class Meta:
    """What is known of a record beside its fields. `conflicts` counts the open ones."""

    area: str
    circle: UUID | None
    created_at: datetime
    created_by: UUID
    updated_at: datetime
    updated_by: UUID
    deleted: bool
    conflicts: int
    state: State


@dataclass(frozen=True, slots=True)
class Stored(Generic[R]):
    """A record and what is known of it."""

    record: R
    meta: Meta


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some rows of a list; `next` goes into `after` for those that follow, None at the end."""

    rows: tuple[Stored[R], ...]
    next: bytes | None


def get(tx: Transaction, kind: type[R], id: UUID, *, deleted: bool = False) -> Stored[R]:
    """A record. Raises NotFoundError if it is not here, or deleted and not asked for."""
    found = find(tx, kind, id, deleted=deleted)
    if found is None:
        raise not_found()
    return found


def find(tx: Transaction, kind: type[R], id: UUID, *, deleted: bool = False) -> Stored[R] | None:
    """A record if it is here; a deleted one only if asked for."""
    columns = tx.one(tx.sql.kind(kind.spec.name).by_id, {"id": id.bytes})
    if columns is None:
        return None
    stored = reader(tx, kind)(columns)
    return stored if deleted or not stored.meta.deleted else None


def page(
    tx: Transaction,
    kind: type[R],
    *,
    where: Mapping[str, object] | None = None,
    order: str = "",
    descending: bool = False,
    after: bytes | None = None,
    limit: int = 100,
    deleted: bool = False,
) -> Page[R]:
    """Up to `limit` records in the order of a field or of `created_at`, `updated_at`, `area`; by id without one.

    Words are ordered without regard to capitals; blanks come last. `where` asks for values of fields (one, several in
    a list, or None for a blank) or for an `area` with all below it.
    """
    tables = tx.tables.kinds[kind.spec.name]
    by = _order(tables, order)
    base = _filtered(tables, where or {}, deleted=deleted)
    ordered = _filtered(tables, where or {}, deleted=deleted, present=by.id.table)
    rows: list[Sequence[Any]] = []
    phase, value, last = unpack(after) if after else (0, None, None)
    if phase == 0:
        rows += tx.connection.execute(_in_order(ordered, by, descending, (value, last), limit)).all()
    blank_from = last if phase == 1 else None
    if len(rows) < limit and by.nullable:
        query = base.add_columns(by.column).where(by.column.is_(None))
        if blank_from is not None:
            query = query.where(tables.main.c.id > blank_from)
        rows += tx.connection.execute(query.order_by(tables.main.c.id).limit(limit - len(rows))).all()
    read = reader(tx, kind)
    more = len(rows) == limit and bool(rows)
    return Page(tuple(map(read, rows)), _cursor(rows[-1], tables) if more else None)


def count(tx: Transaction, kind: type[R], where: Mapping[str, object] | None = None) -> int:
    """How many records `page` would give in all."""
    tables = tx.tables.kinds[kind.spec.name]
    inner = _filtered(tables, where or {}, deleted=False).with_only_columns(func.count())
    return int(tx.connection.execute(inner).scalar_one())


def each(tx: Transaction, kind: type[R], since: int | None = None, *, deleted: bool = False) -> Iterator[Stored[R]]:
    """All records, or those last changed at the clock reading `since` or later; by id."""
    tables = tx.tables.kinds[kind.spec.name]
    base = _filtered(tables, {}, deleted=deleted)
    if since is not None:
        base = base.where(tables.main.c.updated_hlc >= since)
    base, read, last = base.order_by(tables.main.c.id).limit(_CHUNK), reader(tx, kind), b""
    while True:
        rows = tx.connection.execute(base.where(tables.main.c.id > last)).all()
        yield from map(read, rows)
        if len(rows) < _CHUNK:
            return
        last = bytes(rows[-1][1])


@dataclass(frozen=True)
class _Order:
    """What a list is sorted by, with the id of the same table, as they stand in its index."""

    column: ColumnElement[Any]
    id: Column[Any]
    nullable: bool


def _order(tables: KindTables, order: str) -> _Order:
    if order in _META_ORDERS:
        return _Order(tables.main.c[_META_ORDERS[order]], tables.main.c.id, False)
    field = tables.spec.by_name.get(order)
    if field is None:
        raise BugError(N_("There is no field {name} to order by."), name=order)
    column = tables.column(order)
    return _Order(order_of(field, column), column.table.c.id, True)


def _in_order(base: Select[Any], by: _Order, descending: bool, last: tuple[Any, Any], limit: int) -> Select[Any]:
    """The next rows that have a value to be ordered by."""
    query = base.add_columns(by.column)
    if by.nullable:
        query = query.where(by.column.is_not(None))
    if last[1] is not None:
        here, there = tuple_(by.column, by.id), tuple_(*last)
        query = query.where(here < there if descending else here > there)
        # Says nothing new, but SQLite looks up the beginning in an index of expressions only by a single value.
        query = query.where(by.column <= last[0] if descending else by.column >= last[0])
    ends = (by.column.desc(), by.id.desc()) if descending else (by.column, by.id)
    # Written out, because SQLite weighs sorting everything against walking an index before it sees a parameter.
    return query.order_by(*ends).limit(_written(limit)).offset(_written(0))


def _written(number: int) -> ColumnElement[int]:
    return literal_column(str(int(number)), Integer)


def _cursor(row: Sequence[Any], tables: KindTables) -> bytes:
    """Where a row stands: whether among the blanks, what it is ordered by, its id."""
    value = row[-1]
    return pack([int(value is None), value, bytes(row[1])])


def _filtered(
    tables: KindTables, where: Mapping[str, object], *, deleted: bool, present: FromClause | None = None
) -> Select[Any]:
    query = rows_of(tables, present)
    if not deleted:
        query = query.where(tables.main.c.deleted == _written(0))
    return query.where(and_(True, *(_condition(tables, name, value) for name, value in where.items())))


def _condition(tables: KindTables, name: str, value: object) -> ColumnElement[bool]:
    if name == "area":
        area = tables.main.c.area
        return or_(area == value, area.startswith(f"{value}.", autoescape=True))
    field = tables.spec.by_name.get(name)
    if field is None:
        raise BugError(N_("There is no field {name} to look for."), name=name)
    column = tables.column(name)
    if value is None:
        return column.is_(None)
    if isinstance(value, list | tuple | set) or (isinstance(value, frozenset) and not field.is_set):
        return column.in_([_plain(field, one) for one in value])
    return column == _plain(field, value)


def _plain(field: FieldSpec, value: object) -> object:
    if isinstance(value, Missing):
        if not field.codes:
            raise BugError(N_("Missing answers of {name} cannot be looked for."), name=field.name)
        return value.value
    try:
        return field.type.to_plain(field.type.normalise(value))
    except (ValueError, TypeError) as error:
        raise BugError(N_("{name} holds no such value."), name=field.name) from error


def reader(tx: Transaction, kind: type[R]) -> Callable[[Sequence[Any]], Stored[R]]:
    """Makes records from selected rows (`statements.rows_of`); what it must look up is looked up once."""
    tables = tx.tables.kinds[kind.spec.name]
    fields = [field for _, part in tables.parts for field in part]
    return partial(_stored, kind, fields, _States(tx, int(kind.spec.lane)))


class _States:
    """How far the server has acknowledged each area of one lane."""

    def __init__(self, tx: Transaction, lane: int) -> None:
        self._tx, self._lane = tx, lane
        self._upto: dict[str, int] = {}

    def of(self, op_area: str | None, seq: int | None) -> State:
        if seq is None or op_area is None or not self._tx.is_file:
            return State.RECEIVED  # a database server sends to nobody: it need not look
        if seq == KEPT_SEQ:
            return State.KEPT
        if op_area not in self._upto:
            self._upto[op_area] = change_log.acknowledged(self._tx, op_area, self._lane)
        return State.WAITS if seq > self._upto[op_area] else State.SENT


def _stored(kind: type[R], fields: list[FieldSpec], states: _States, columns: Sequence[Any]) -> Stored[R]:
    (_, id, area, circle, created_by, created_hlc, _, updated_by, updated_hlc, _, _, absent, _, deleted, _, conflicts,
     own_area, own_seq) = columns[:FIRST]  # fmt: skip
    values: dict[str, Any] = {}
    for field, plain in zip(fields, columns[FIRST:], strict=False):
        if plain is not None:
            values[field.name] = field.type.from_plain(plain)
    if absent:
        for register, why in unpack_values(bytes(absent)).items():
            if isinstance(why, Absent):
                values[kind.spec.by_number[register.field].name] = Missing(why.why)
    meta = Meta(
        area=area,
        circle=UUID(bytes=bytes(circle)) if circle else None,
        created_at=from_ms(wall_ms(created_hlc)),
        created_by=UUID(bytes=bytes(created_by)),
        updated_at=from_ms(wall_ms(updated_hlc)),
        updated_by=UUID(bytes=bytes(updated_by)),
        deleted=bool(deleted),
        conflicts=conflicts,
        state=states.of(own_area, own_seq),
    )
    return Stored(kind(id=UUID(bytes=bytes(id)), **values), meta)
