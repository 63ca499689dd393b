"""SQL compiled once for each store: text for the driver, so that a save costs no query building. No I/O."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    FromClause,
    Select,
    Table,
    and_,
    any_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import ClauseElement, ColumnElement

from migdesk.store.tables import META, KindTables, Tables

_ZERO: ColumnElement[int] = literal_column("0")
_ONE: ColumnElement[int] = literal_column("1")

MANY = 200
"""How many ids a query for many takes at once on SQLite; shorter lists repeat their last one."""
_IDS, _AT_ONCE = "ids", 5_000
OF_CHANGE = ("device", "counter", "hlc", "author", "kind", "record", "area", "circle", "body")
"""The columns of the log that make a change."""
FEW = 50
"""The same of a query for titles: as many as a search gives at most."""


@dataclass(frozen=True)
class KindSql:
    """What one kind needs. The columns of the queries are `columns`: META, then the fields of each part; those of
    `titles` are the id and the summary fields."""

    columns: tuple[Column[Any], ...]
    by_id: str
    by_many: str
    ids: str
    owners: str
    titles: str
    insert: tuple[str, ...]
    upsert: tuple[str, ...]
    delete: tuple[str, ...]


class Statements:
    """The compiled statements of a store. Parameters are named as the columns are, unless the name says otherwise."""

    def __init__(self, tables: Tables, dialect: Dialect) -> None:
        self._tables = tables
        self._dialect = dialect
        self._kinds: dict[str, KindSql] = {}
        self._texts: dict[str, str] = {}

    def compile(self, statement: ClauseElement) -> str:
        """The text that the driver takes."""
        # Ids go as bytes: written as text a list of a thousand takes three times as long.
        return str(statement.compile(dialect=self._dialect)).replace(f"%({_IDS})s", f"%({_IDS})b")

    def among(self, column: Column[Any]) -> ColumnElement[bool]:
        """`column` is one of the ids that `Transaction.rows_among` is given."""
        if self._dialect.name == "sqlite":
            return column.in_([bindparam(f"id{place}") for place in range(MANY)])
        return column == any_(bindparam(_IDS, type_=ARRAY(column.type)))

    def once(self, name: str, build: Callable[[], ClauseElement]) -> str:
        """The text of a statement of somebody else's, compiled at its first use; `name` is unique."""
        found = self._texts.get(name)
        if found is None:
            found = self._texts[name] = self.compile(build())
        return found

    def insert(self, table: Table) -> Any:
        """An INSERT that can say ON CONFLICT, in the words of this database."""
        return sqlite.insert(table) if self._dialect.name == "sqlite" else postgresql.insert(table)

    def upsert(self, table: Table) -> str:
        """A row by its key: made, or written over."""
        keys = [column.name for column in table.primary_key]
        query = self.insert(table)
        fresh = {column.name: query.excluded[column.name] for column in table.c if column.name not in keys}
        return self.compile(query.on_conflict_do_update(index_elements=keys, set_=fresh))

    def kind(self, name: str) -> KindSql:
        """The statements of a kind."""
        found = self._kinds.get(name)
        if found is None:
            found = self._kinds[name] = self._of_kind(self._tables.kinds[name])
        return found

    def _of_kind(self, kind: KindTables) -> KindSql:
        main = kind.main
        query = rows_of(kind)
        tables = [table for table, _ in kind.parts]
        here = [and_(table.c.op_area == bindparam("op_area"), table.c.id == bindparam("id")) for table in tables]
        few: list[Any] = [bindparam(f"id{place}") for place in range(FEW)]
        return KindSql(
            columns=tuple(query.selected_columns),  # type: ignore[arg-type]
            by_id=self.compile(query.where(main.c.id == bindparam("id"))),
            by_many=self.compile(query.where(self.among(main.c.id))),
            ids=self.compile(select(main.c.id).where(self.among(main.c.id))),
            owners=self.compile(
                select(main.c.id, main.c.area, main.c.created_by, main.c.circle).where(
                    main.c.op_area == bindparam("op_area"), self.among(main.c.id)
                )
            ),
            titles=self.compile(titles_of(kind).where(main.c.id.in_(few))),
            insert=tuple(self.compile(insert(table)) for table in tables),
            upsert=tuple(self.upsert(table) for table in tables),
            delete=tuple(self.compile(delete(table).where(key)) for table, key in zip(tables, here, strict=True)),
        )

    @cached_property
    def tick(self) -> str:
        """Take `count` readings of the clock and as many numbers: (last reading, last number)."""
        table = self._tables.replica
        now, count = bindparam("now", type_=table.c.hlc.type), bindparam("count", type_=table.c.counter.type)
        query = self.insert(table).values(op_area=bindparam("op_area"), hlc=now + count - _ONE, counter=count)
        later = case((table.c.hlc >= now, table.c.hlc + count), else_=now + count - _ONE)
        query = query.on_conflict_do_update(
            index_elements=["op_area"], set_={"hlc": later, "counter": table.c.counter + count}
        )
        return self.compile(query.returning(table.c.hlc, table.c.counter))

    @cached_property
    def hear(self) -> str:
        """Move the clock to `hlc` unless it is there already."""
        table = self._tables.replica
        query = self.insert(table).values(op_area=bindparam("op_area"), hlc=bindparam("hlc"), counter=_ZERO)
        fresh = query.excluded.hlc
        return self.compile(
            query.on_conflict_do_update(index_elements=["op_area"], set_={"hlc": fresh}, where=table.c.hlc < fresh)
        )

    @cached_property
    def clock(self) -> str:
        return self.compile(select(self._tables.replica.c.hlc))

    @cached_property
    def next_seq(self) -> str:
        """Take `count` sequence numbers of an area, whose row stays locked until the transaction ends: the last one."""
        table = self._tables.area_head
        count = bindparam("count", type_=table.c.seq.type)
        query = self.insert(table).values(op_area=bindparam("op_area"), seq=count)
        query = query.on_conflict_do_update(index_elements=["op_area"], set_={"seq": table.c.seq + count})
        return self.compile(query.returning(table.c.seq))

    @cached_property
    def log(self) -> str:
        return self.compile(insert(self._tables.log))

    def _log(self, *where: ColumnElement[bool]) -> Select[Any]:
        """Rows of the log: the number, then `OF_CHANGE`."""
        table = self._tables.log
        return select(table.c.seq, *(table.c[name] for name in OF_CHANGE)).where(*where)

    @cached_property
    def log_after(self) -> str:
        """The next `most` rows of an area behind `seq`, of tiers below `below`, not of the device `but`; in order."""
        table = self._tables.log
        below = table.c.tier < bindparam("below", type_=table.c.tier.type)
        others = table.c.device.is_distinct_from(bindparam("but", type_=table.c.device.type))
        query = self._log(table.c.op_area == bindparam("op_area"), table.c.seq > bindparam("seq"), below, others)
        return self.compile(query.order_by(table.c.seq).limit(bindparam("most")).offset(_ZERO))

    @cached_property
    def log_own(self) -> str:
        """The next `most` rows behind `seq` that were written here and may leave, in order."""
        table = self._tables.log
        own = table.c.origin == literal_column("''"), table.c.tier < literal_column("4")
        query = self._log(table.c.op_area == bindparam("op_area"), table.c.seq > bindparam("seq"), *own)
        return self.compile(query.order_by(table.c.seq).limit(bindparam("most")).offset(_ZERO))

    @cached_property
    def records_before(self) -> str:
        """Which of many records have rows in an area up to `seq` that may leave and are not of the device `but`."""
        table = self._tables.log
        query = select(table.c.record).where(
            table.c.op_area == bindparam("op_area"), table.c.seq <= bindparam("seq"), self.among(table.c.record),
            table.c.tier < literal_column("4"),
            table.c.device.is_distinct_from(bindparam("but", type_=table.c.device.type)),
        )  # fmt: skip
        return self.compile(query.distinct())

    @cached_property
    def log_of_records(self) -> str:
        """The rows of many records that may leave, those of one record by their clocks."""
        table = self._tables.log
        query = self._log(self.among(table.c.record), table.c.tier < literal_column("4"))
        return self.compile(query.order_by(table.c.hlc, table.c.device, table.c.counter))

    @cached_property
    def first_waiting(self) -> str:
        """Where the first batch of a lane begins that the server has not applied; NULL if none waits."""
        batch = self._tables.sync.out_batch
        query = select(func.min(batch.c.first_seq)).where(
            batch.c.op_area == bindparam("op_area"), batch.c.lane == bindparam("lane"), batch.c.state == _ZERO
        )
        return self.compile(query)

    @cached_property
    def frozen_up_to(self) -> str:
        """Up to which number of an area changes are in batches; NULL if none is."""
        stream = self._tables.sync.out_stream
        return self.compile(select(func.max(stream.c.frozen_seq)).where(stream.c.op_area == bindparam("op_area")))

    @cached_property
    def log_of_record(self) -> str:
        table = self._tables.log
        query = select(*table.c).where(table.c.record == bindparam("record"), table.c.kind == bindparam("kind"))
        return self.compile(query.order_by(table.c.hlc, table.c.device, table.c.counter))

    @cached_property
    def stamps_of_record(self) -> str:
        """(clock, device, author) of every change of a record."""
        table = self._tables.log
        query = select(table.c.hlc, table.c.device, table.c.author)
        return self.compile(query.where(table.c.record == bindparam("record"), table.c.kind == bindparam("kind")))

    @cached_property
    def known_changes(self) -> str:
        """(number, clock, record) of a device's changes from number `low` to `high`."""
        table = self._tables.log
        query = select(table.c.counter, table.c.hlc, table.c.record).where(
            table.c.device == bindparam("device"),
            table.c.counter.between(
                bindparam("low", type_=table.c.counter.type), bindparam("high", type_=table.c.counter.type)
            ),
        )
        return self.compile(query)

    @cached_property
    def heads(self) -> str:
        return self._of_record(self._tables.head, select(*self._tables.head.c))

    @cached_property
    def awaited(self) -> str:
        return self._of_record(self._tables.awaited, select(*self._tables.awaited.c))

    @cached_property
    def drop_heads(self) -> str:
        return self._of_record(self._tables.head, delete(self._tables.head))

    @cached_property
    def drop_awaited(self) -> str:
        return self._of_record(self._tables.awaited, delete(self._tables.awaited))

    @cached_property
    def add_head(self) -> str:
        return self.compile(insert(self._tables.head))

    @cached_property
    def add_awaited(self) -> str:
        return self.compile(insert(self._tables.awaited))

    @cached_property
    def audit_head(self) -> str:
        table = self._tables.audit_head
        return self.compile(
            select(table.c.n, table.c.sha256).where(table.c.op_area == bindparam("op_area")).with_for_update()
        )

    @cached_property
    def put_audit_head(self) -> str:
        return self.upsert(self._tables.audit_head)

    @cached_property
    def audit(self) -> str:
        return self.compile(insert(self._tables.audit))

    @cached_property
    def put_setting(self) -> str:
        return self.upsert(self._tables.setting)

    @cached_property
    def put_draft(self) -> str:
        return self.upsert(self._tables.draft)

    def _of_record(self, table: Table, query: Any) -> str:
        where = and_(
            table.c.op_area == bindparam("op_area"), table.c.kind == bindparam("kind"),
            table.c.record == bindparam("record"),
        )  # fmt: skip
        return self.compile(query.where(where))


def rows_of(kind: KindTables, present: FromClause | None = None) -> Select[Any]:
    """Rows of a kind with all their fields: META columns, then the fields of each part. Only those that have a row in
    the part `present`: a database goes by the index of a part only if it must be there."""
    main = kind.main
    columns: list[ColumnElement[Any]] = [main.c[name] for name in META]
    joined: Any = main
    for table, fields in kind.parts:
        columns += [table.c[field.name] for field in fields]
        if table is not main:
            same = and_(table.c.op_area == main.c.op_area, table.c.id == main.c.id)
            joined = joined.join(table, same, isouter=table is not present)
    return select(*columns).select_from(joined)


def titles_of(kind: KindTables) -> Select[Any]:
    """Ids of a kind with their summary fields, from no more tables than these need."""
    main, columns = kind.main, [kind.column(name) for name in kind.spec.summary]
    joined: Any = main
    for table, _ in kind.parts[1:]:
        if any(column.table is table for column in columns):
            joined = joined.outerjoin(table, and_(table.c.op_area == main.c.op_area, table.c.id == main.c.id))
    return select(main.c.id, *columns).select_from(joined)


def in_parts(ids: Sequence[bytes], size: int = MANY) -> Iterator[dict[str, Any]]:
    """The parameters `id0`... of each part of a list of ids."""
    for start in range(0, len(ids), size):
        part = list(ids[start : start + size])
        part += part[-1:] * (size - len(part))
        yield {f"id{place}": one for place, one in enumerate(part)}


def all_at_once(ids: Sequence[bytes]) -> Iterator[dict[str, Any]]:
    """The same for PostgreSQL, which takes a list."""
    for start in range(0, len(ids), _AT_ONCE):
        yield {_IDS: list(ids[start : start + _AT_ONCE])}
