"""SQL tables built from the declarations, the same for SQLite and PostgreSQL (DESIGN 3). No queries here.

Every key begins with the operational area, so that the tables distribute by it as they are. Ids are 16 bytes, device
ids signed 64 bits (`tables_sync.as_sql`), moments milliseconds since 1970 or clock readings. Fields above the tier of
their kind stand in a table of their own (`person_t3`), so that a reader of the one need not touch the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, MetaData, SmallInteger, Table, Text, func
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeEngine

from migdesk.domain.field_types import Day, Digest, Note, PartialDay, Ref
from migdesk.domain.field_types import Text as ShortText
from migdesk.domain.record import FieldSpec, KindSpec, Schema, Tier
from migdesk.store.tables_blobs import BlobTables
from migdesk.store.tables_console import ConsoleTables
from migdesk.store.tables_scope import ScopeTables
from migdesk.store.tables_server import ServerTables
from migdesk.store.tables_sync import SyncTables

NATIONAL = "00"
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# Text compares by code point in both, so that pages come in the same order.
_TEXT = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

META = (
    "op_area", "id", "area", "circle", "created_by", "created_hlc", "created_device", "updated_by", "updated_hlc",
    "updated_device", "clk", "absent", "extra", "deleted", "forked", "conflicts", "own_area", "own_seq",
)  # fmt: skip
"""Columns of every main table before its fields.

The stamp of the first change (`created_*`) is the one of every value that has none of its own in `clk`. `own_area`
and `own_seq` say where in the log this replica's own last change stands. `forked` says that `head` or `awaited` holds
rows of it.
"""


@dataclass(frozen=True)
class KindTables:
    """The tables of a kind: `parts` are the main table and those of higher tiers, each with its fields; `sets` the
    numbers of the fields that are sets."""

    spec: KindSpec
    parts: tuple[tuple[Table, tuple[FieldSpec, ...]], ...]
    sets: frozenset[int]

    @property
    def main(self) -> Table:
        return self.parts[0][0]

    def column(self, name: str) -> Column[Any]:
        """The column of a field."""
        for table, fields in self.parts:
            if any(field.name == name for field in fields):
                return table.c[name]
        raise KeyError(name)


class Tables:
    """All tables of a program with these declarations, in one MetaData."""

    def __init__(self, schema: Schema) -> None:
        self.metadata = MetaData(naming_convention=NAMING)
        self.kinds = {spec.name: _kind(self.metadata, spec) for spec in schema.kinds}
        self.log = _log(self.metadata)
        self.head = _head(self.metadata)
        self.awaited = _awaited(self.metadata)
        self.area_head = Table(
            "area_head", self.metadata, _key("op_area", Text), Column("seq", BigInteger, nullable=False),
        )  # fmt: skip
        """The last sequence number of each area; its row is locked while a transaction adds to the area's log."""
        self.replica = Table(
            "replica", self.metadata, _key("op_area", Text),
            Column("hlc", BigInteger, nullable=False), Column("counter", BigInteger, nullable=False),
        )  # fmt: skip
        """One row: the reading of this replica's clock and the number of its last own change."""
        self.setting = Table(
            "setting", self.metadata, _key("op_area", Text), _key("name", Text), Column("value", Text, nullable=False),
        )  # fmt: skip
        self.draft = _draft(self.metadata)
        self.audit = _audit(self.metadata)
        self.audit_head = Table(
            "audit_head", self.metadata, _key("op_area", Text),
            Column("n", BigInteger, nullable=False), Column("sha256", LargeBinary, nullable=False),
        )  # fmt: skip
        self.sync = SyncTables(self.metadata)
        self.blobs = BlobTables(self.metadata)
        self.server = ServerTables(self.metadata)
        self.scope = ScopeTables(self.metadata)
        self.console = ConsoleTables(self.metadata)


def _key(name: str, type: type[TypeEngine[Any]]) -> Column[Any]:
    return Column(name, _TEXT if type is Text else type(), primary_key=True, autoincrement=False)


def _kind(metadata: MetaData, spec: KindSpec) -> KindTables:
    taken = {field.name for field in spec.fields} & set(META)
    if taken:
        raise ValueError(f"{spec.name}: these names belong to the store: {sorted(taken)}")
    low = tuple(field for field in spec.fields if field.tier <= spec.tier)
    parts = [(Table(spec.name, metadata, *_meta(), *map(_field, low)), low)]
    for tier in sorted({field.tier for field in spec.fields if field.tier > spec.tier}):
        high = tuple(field for field in spec.fields if field.tier == tier)
        parts.append((_satellite(metadata, spec, tier, high), high))
    made = KindTables(spec, tuple(parts), frozenset(field.number for field in spec.fields if field.is_set))
    _indexes(made)
    return made


def _meta() -> Iterator[Column[Any]]:
    yield _key("op_area", Text)
    yield _key("id", LargeBinary)
    yield Column("area", _TEXT, nullable=False)
    yield Column("circle", LargeBinary)
    for what in ("created", "updated"):
        yield Column(f"{what}_by", LargeBinary, nullable=False)
        yield Column(f"{what}_hlc", BigInteger, nullable=False)
        yield Column(f"{what}_device", BigInteger, nullable=False)
    for name in ("clk", "absent", "extra"):
        yield Column(name, LargeBinary)
    for name in ("deleted", "forked", "conflicts"):
        yield Column(name, SmallInteger, nullable=False)
    yield Column("own_area", _TEXT)
    yield Column("own_seq", BigInteger)


def _satellite(metadata: MetaData, spec: KindSpec, tier: Tier, fields: tuple[FieldSpec, ...]) -> Table:
    return Table(
        f"{spec.name}_t{int(tier)}", metadata, _key("op_area", Text), _key("id", LargeBinary), *map(_field, fields)
    )


def _field(field: FieldSpec) -> Column[Any]:
    types: dict[str, TypeEngine[Any]] = {
        "text": _TEXT,
        "integer": BigInteger(),
        "boolean": Boolean(),
        "blob": LargeBinary(),
    }
    return Column(field.name, types[field.type.storage])


def _indexes(kind: KindTables) -> None:
    """What lists, references and lookups without an area need."""
    Index(None, kind.main.c.id)
    Index(None, kind.main.c.updated_hlc)
    open_conflict = kind.main.c.conflicts > 0
    Index(
        f"ix_{kind.spec.name}_open_conflict", kind.main.c.id,
        sqlite_where=open_conflict, postgresql_where=open_conflict,
    )  # fmt: skip
    for place, name in enumerate(kind.spec.summary):
        field = kind.spec.by_name[name]
        if place == 0 or isinstance(field.type, Day | PartialDay):
            column = kind.column(name)
            Index(f"ix_{column.table.name}_by_{name}", order_of(field, column), column.table.c.id)
    for field in kind.spec.fields:
        column = kind.column(field.name)
        if isinstance(field.type, Ref | Digest):
            Index(None, column)
        elif isinstance(field.type, Day) and field.type.future and field.name not in kind.spec.summary:
            Index(None, column, column.table.c.id)


def order_of(field: FieldSpec, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """What a list in the order of this field is sorted by: words without regard to capitals."""
    return func.lower(column) if isinstance(field.type, ShortText | Note) else column


def _log(metadata: MetaData) -> Table:
    table = Table(
        "change_log", metadata, _key("op_area", Text), _key("seq", BigInteger),
        Column("device", BigInteger, nullable=False), Column("counter", BigInteger, nullable=False),
        Column("hlc", BigInteger, nullable=False), Column("author", LargeBinary, nullable=False),
        Column("kind", BigInteger, nullable=False), Column("record", LargeBinary, nullable=False),
        Column("area", _TEXT, nullable=False), Column("circle", LargeBinary),
        Column("lane", SmallInteger, nullable=False), Column("tier", SmallInteger, nullable=False),
        Column("origin", _TEXT, nullable=False), Column("held", SmallInteger, nullable=False),
        Column("body", LargeBinary, nullable=False),
    )  # fmt: skip
    Index("uq_change_log_change", table.c.device, table.c.counter, table.c.op_area, unique=True)
    Index(None, table.c.record)
    own = (table.c.origin == "") & (table.c.tier < 4)
    Index(
        "ix_change_log_own", table.c.op_area, table.c.lane, table.c.seq, sqlite_where=own, postgresql_where=own,
    )  # fmt: skip
    return table


def _head(metadata: MetaData) -> Table:
    """Every head of a register that has several, and of every deletion (`domain.merge`)."""
    return Table(
        "head", metadata, *_register_key(), Column("author", LargeBinary, nullable=False),
        Column("body", LargeBinary, nullable=False),
    )  # fmt: skip


def _awaited(metadata: MetaData) -> Table:
    """Replaced stamps that have not arrived yet."""
    return Table("awaited", metadata, *_register_key())


def _register_key() -> Iterator[Column[Any]]:
    yield _key("op_area", Text)
    yield _key("kind", BigInteger)
    yield _key("record", LargeBinary)
    yield _key("field", BigInteger)
    yield _key("element", Text)
    yield _key("hlc", BigInteger)
    yield _key("device", BigInteger)


def _draft(metadata: MetaData) -> Table:
    return Table(
        "draft", metadata, _key("op_area", Text), _key("kind", Text), _key("record", LargeBinary),
        _key("form_version", BigInteger), _key("slot", Text), _key("field", Text),
        Column("value", Text, nullable=False), Column("updated_ms", BigInteger, nullable=False),
    )  # fmt: skip


def _audit(metadata: MetaData) -> Table:
    table = Table(
        "audit", metadata, _key("op_area", Text), _key("n", BigInteger), Column("at_ms", BigInteger, nullable=False),
        Column("user", LargeBinary, nullable=False), Column("action", Text, nullable=False),
        Column("kind", Text, nullable=False), Column("record", LargeBinary), Column("detail", Text, nullable=False),
        Column("sha256", LargeBinary, nullable=False),
    )  # fmt: skip
    for name in ("action", "record", "user"):
        Index(None, table.c.op_area, table.c[name], table.c.n)
    return table
