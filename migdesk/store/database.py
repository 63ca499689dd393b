"""Opens a store and gives transactions on it: one SQLCipher file, or PostgreSQL.

A file's store belongs to the thread that opened it (`worker.StoreWorker`); one on PostgreSQL may be used by several
threads, each in transactions of its own. Nothing here knows what is in the tables.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import QueuePool, StaticPool

from migdesk.clock import Clock, to_ms
from migdesk.domain.codes import CodeBook
from migdesk.domain.record import Schema
from migdesk.errors import BugError, UserError
from migdesk.i18n.markers import N_
from migdesk.store import cipher_file, errors, migrate
from migdesk.store.cipher_file import driver
from migdesk.store.statements import Statements, all_at_once, in_parts
from migdesk.store.tables import Tables

COPY_FROM = 20
"""From how many rows on PostgreSQL's COPY is quicker than INSERT."""

_PARAMETERS = 16_000
"""So many values in one INSERT into a file; SQLite takes twice as many."""
_ROWS_AT_ONCE = 500

Row = tuple[Any, ...]


class Transaction:
    """One open transaction. `connection` takes SQLAlchemy statements; `rows`, `one`, `run` and `run_many` take SQL that
    was compiled before (`store.sql`) and go straight to the driver."""

    __slots__ = ("clock", "codes", "connection", "is_file", "raw", "schema", "sql", "store", "tables")

    def __init__(self, store: "Store", connection: Connection, raw: Any) -> None:
        self.store = store
        self.connection = connection
        self.raw = raw
        self.schema = store.schema
        self.codes = store.codes
        self.clock = store.clock
        self.tables = store.tables
        self.sql = store.sql
        self.is_file = store.is_file

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[Row]:
        """All rows of a query."""
        return self.raw.execute(sql, params or {}).fetchall()  # type: ignore[no-any-return]

    def rows_among(self, sql: str, ids: Sequence[bytes], params: Mapping[str, Any] | None = None) -> list[Row]:
        """All rows of a query that asks for many ids (`Statements.among`), in no order between the parts of a long
        list."""
        found: list[Row] = []
        for part in in_parts(ids) if self.is_file else all_at_once(ids):
            found += self.rows(sql, {**(params or {}), **part})
        return found

    def one(self, sql: str, params: Mapping[str, Any] | None = None) -> Row | None:
        """The first row of a query, if there is one."""
        return self.raw.execute(sql, params or {}).fetchone()  # type: ignore[no-any-return]

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> int:
        """How many rows a statement touched."""
        return self.raw.execute(sql, params or {}).rowcount  # type: ignore[no-any-return]

    def run_many(self, sql: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """The same statement for many rows."""
        if rows:
            self.raw.cursor().executemany(sql, rows)

    def add_many(self, table: sa.Table, sql: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert many rows with all columns of a table that hold no key yet; `sql` is its compiled INSERT."""
        if self.is_file or len(rows) < COPY_FROM:
            self.run_many(sql, rows)
            return
        names = list(rows[0])
        quote = self.connection.dialect.identifier_preparer.quote
        with self.raw.cursor().copy(f"COPY {quote(table.name)} ({', '.join(map(quote, names))}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([row[name] for name in names])

    def add_rows(self, table: sa.Table, rows: Sequence[Row]) -> None:
        """Insert many rows that hold no key yet, as tuples of all columns of the table in their order."""
        if not rows:
            return
        quote = self.connection.dialect.identifier_preparer.quote
        into = f"{quote(table.name)} ({', '.join(quote(column.name) for column in table.c)})"
        if self.is_file:
            self.add_rows_into(into, rows)
            return
        cursor = self.raw.cursor()
        with cursor.copy(f"COPY {into} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def add_rows_into(self, into: str, rows: Sequence[Row]) -> None:
        """Insert rows into a file's `table (columns)`."""
        if rows:
            _insert(self.raw.cursor(), into, rows)


def _insert(cursor: Any, into: str, rows: Sequence[Row]) -> None:
    """Insert rows, some hundred in a statement: while one runs, other threads have the interpreter to themselves."""
    width = len(rows[0])
    values, most = f"({', '.join('?' * width)})", max(1, min(_ROWS_AT_ONCE, _PARAMETERS // width))
    for start in range(0, len(rows), most):
        part = rows[start : start + most]
        statement = f"INSERT INTO {into} VALUES {', '.join([values] * len(part))}"  # noqa: S608 - names
        cursor.execute(statement, list(chain.from_iterable(part)))


class LastAct(NamedTuple):
    """The last act that was noted through this store: its number, and what both clocks said."""

    n: int
    at_ms: int
    monotonic_s: float


class Store:
    """An open store. `schema`, `codes` and `clock` are what it was opened with; `raw` is the driver's connection to a
    file, for backups, `folder` is where the file is. By `last_act` the audit sees jumps of the clock."""

    def __init__(
        self, engine: Engine, connection: Connection | None, schema: Schema, codes: CodeBook, clock: Clock
    ) -> None:
        self.engine = engine
        self.schema = schema
        self.codes = codes
        self.clock = clock
        self.is_file = connection is not None
        self.folder: Path | None = None
        self.last_act: LastAct | None = None
        self._path, self._key = Path(), b""
        self.tables = Tables(schema)
        self.sql = Statements(self.tables, engine.dialect)
        self._connection = connection
        self.raw: Any = connection.connection.dbapi_connection if connection is not None else None
        self._closed = False

    @classmethod
    def open_file(
        cls,
        path: Path,
        key: bytes,
        *,
        schema: Schema,
        codes: CodeBook,
        clock: Clock,
        keep: Callable[[Any, Path, int], None] = migrate.keep_copy,
    ) -> "Store":
        """Open the SQLCipher file with its raw 256-bit key; make it when it is absent, migrate it when it is older,
        after `keep(raw, path, now_ms)` has saved it as it was.

        Raises UserError for a wrong key, for what is no store, and for a newer version's (which is left as it is);
        EnvError when disk or folder do not play along. The store belongs to this thread.
        """
        raw = cipher_file.connect(path, key)
        store = None
        try:
            with _told():
                migrate.file_version(raw)  # before anything is set: a newer file is left as it is
                cipher_file.prepare(raw)
                engine = sa.create_engine(
                    "sqlite://", creator=lambda: raw, module=driver, poolclass=StaticPool, paramstyle="named",
                    hide_parameters=True,
                )  # fmt: skip
                connection = engine.connect()
                store = cls(engine, connection, schema, codes, clock)
                store.folder = path.parent
                store._path, store._key = path, key
                migrate.bring_up_file(raw, connection, store.tables.metadata, path, to_ms(clock.now()), keep)
                return store
        except BaseException:
            if store is not None:
                store.close()
            raw.close()
            raise

    @classmethod
    def open_url(cls, url: str, *, schema: Schema, codes: CodeBook, clock: Clock) -> "Store":
        """Open a PostgreSQL database (`postgresql://...`); its tables are made when absent, migrated when older.

        Raises UserError for a wrong address or a newer version's tables, EnvError if it cannot be reached.
        """
        try:
            address = make_url(url)
        except ArgumentError as error:
            raise UserError(N_("This is not the address of a database."), hint=_ADDRESS) from error
        if address.drivername not in ("postgres", "postgresql", "postgresql+psycopg"):
            raise UserError(N_("This is not the address of a PostgreSQL database."), hint=_ADDRESS)
        from migdesk.store import postgres  # noqa: PLC0415 - a laptop comes without its driver

        engine = postgres.make_engine(address)
        store = cls(engine, None, schema, codes, clock)
        try:
            with _told():
                migrate.bring_up_server(engine, store.tables.metadata)
        except BaseException:
            engine.dispose()
            raise
        return store

    def open_again(self, path: Path | None = None) -> "Store":
        """The same file on another connection, or a copy of it; it belongs to the calling thread, whichever that is.

        This store is not held up meanwhile: readers and the writer of a file do not wait for each other.
        """
        return Store.open_file(
            path or self._path, self._key, schema=self.schema, codes=self.codes, clock=self.clock
        )  # fmt: skip

    @property
    def key(self) -> bytes:
        """What the file is sealed with; for whoever puts a copy of the same workspace in its place."""
        return self._key

    @property
    def writes(self) -> int:
        """How many rows this connection has written since the file was opened. The store's thread."""
        return int(self.raw.total_changes) if self.is_file else 0

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """One write transaction: committed at the end of the block, undone if it raises.

        Raises EnvError when disk or database fail; then nothing of the block was written.
        """
        if self._connection is not None:
            with self._on_file("BEGIN IMMEDIATE") as tx:
                yield tx
            return
        with _told(), self.engine.connect() as connection, connection.begin():
            yield Transaction(self, connection, connection.connection.dbapi_connection)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """One read transaction: everything in the block is seen as of one moment."""
        if self._connection is not None:
            with self._on_file("BEGIN") as tx:
                yield tx
            return
        with _told(), self.engine.connect() as connection:
            snapshot = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with snapshot.begin():
                yield Transaction(self, snapshot, snapshot.connection.dbapi_connection)

    @contextmanager
    def _on_file(self, begin: str) -> Iterator[Transaction]:
        """A transaction of the one connection, driven by hand: SQLAlchemy's own would cost more than the save."""
        connection, raw = self._connection, self.raw
        assert connection is not None
        if self._closed or raw.in_transaction:
            raise BugError(N_("A transaction began while another was open, or after the store was closed."))
        with _told():
            raw.execute(begin)
            try:
                yield Transaction(self, connection, raw)
                raw.execute("COMMIT")
            except BaseException:
                if raw.in_transaction:
                    raw.execute("ROLLBACK")
                raise
            finally:
                if connection.in_transaction():
                    connection.rollback()  # only SQLAlchemy's own notion of it: the driver has none open any more

    def is_current(self) -> bool:
        """Whether the database answers and its tables are of this version. Raises EnvError if it does not answer."""
        if self.is_file:
            with self.read():
                return True
        with _told(), self.engine.connect() as connection:
            return migrate.server_revision(connection) == migrate.REVISION

    def connections(self) -> dict[str, int]:
        """How many connections of the pool are busy and how many idle; a file has its one."""
        pool = self.engine.pool
        if not isinstance(pool, QueuePool):
            return {"busy": 1, "idle": 0}
        return {"busy": pool.checkedout(), "idle": pool.checkedin()}

    @property
    def is_open(self) -> bool:
        return not self._closed

    def close(self) -> None:
        """Close the store; may be called again. The write-ahead log is folded into the file."""
        if self._closed:
            return
        self._closed = True
        if self._connection is not None:
            self._connection.close()
            self.raw.close()
        self.engine.dispose()


_ADDRESS = N_("An address looks like postgresql://user:password@host/database.")


@contextmanager
def _told() -> Iterator[None]:
    """Errors of the drivers become words."""
    try:
        yield
    except (driver.Error, SQLAlchemyError) as error:
        raise errors.from_driver(error) from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] == "psycopg":
            raise errors.from_driver(error) from error
        raise
