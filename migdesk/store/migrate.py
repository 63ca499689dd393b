"""Brings a store's tables to this version: made at once when there are none, else step by step by Alembic.

Alembic is imported only when there is something to do: it costs a quarter of a second. Runs where the store is opened.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, inspect, text
from sqlalchemy.exc import IntegrityError

from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.store import errors, tables_search

REVISION = "0001"
"""The newest revision in `migrations/versions`; its number is the file's `user_version`."""

SCRIPTS = Path(__file__).parent / "migrations"
_TABLE = "alembic_version"


def file_version(raw: Any) -> int:
    """The version of a file that was just opened, 0 for an empty one. Raises UserError for a newer one or no store."""
    version = int(raw.execute("PRAGMA user_version").fetchone()[0])
    if version > int(REVISION):
        raise errors.newer(version)
    if version == 0 and raw.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise UserError(N_("This file is no store of MigDesk."), hint=N_("Choose the folder of a workspace."))
    return version


def keep_copy(raw: Any, path: Path, now_ms: int) -> None:
    """A sealed copy of the file as it was, under the same key. The one before it goes when this one is there."""
    folder = path.parent / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    older = list(folder.glob("before-version-*.db"))
    copy = folder / f"before-version-{REVISION}-{now_ms}.db"
    part = copy.with_name(copy.name + ".part")
    part.unlink(missing_ok=True)
    raw.execute("VACUUM INTO ?", (str(part),))
    part.replace(copy)
    for old in older:
        if old != copy:
            old.unlink()


def bring_up_file(
    raw: Any,
    connection: Connection,
    metadata: MetaData,
    path: Path,
    now_ms: int,
    keep: Callable[[Any, Path, int], None] = keep_copy,
) -> None:
    """Make or migrate the tables of a file. `keep` saves an older file as it was; unless it does, nothing is changed.

    `raw` is the driver's connection under `connection`. Everything is one transaction.
    """
    version = file_version(raw)
    if version == int(REVISION):
        return
    if version:
        keep(raw, path, now_ms)
    raw.execute("BEGIN IMMEDIATE")  # the driver is in autocommit mode: what SQLAlchemy begins below is only its end
    with connection.begin():
        if version:
            upgrade(connection)
        else:
            _make(connection, metadata)
        raw.execute(f"PRAGMA user_version = {int(REVISION)}")


def bring_up_server(engine: Engine, metadata: MetaData) -> None:
    """Make or migrate the tables of a server's database. Raises UserError for a newer version's."""
    with engine.connect() as connection:
        found = server_revision(connection)
    if found == REVISION:
        return
    if found is not None and found > REVISION:
        raise errors.newer(found)
    _have_version_table(engine)
    with engine.begin() as connection:
        # Of two servers that start at once, one makes the tables and the other waits for it.
        connection.execute(text(f"LOCK TABLE {_TABLE} IN ACCESS EXCLUSIVE MODE"))
        found = server_revision(connection)
        if found is None:
            _make(connection, metadata)
        elif found != REVISION:
            upgrade(connection)


def _have_version_table(engine: Engine) -> None:
    """IF NOT EXISTS is no promise on PostgreSQL: of two that create at once, one may break a unique index of the
    catalogue. Then the other one made the table."""
    try:
        with engine.begin() as connection:
            connection.execute(text(f"CREATE TABLE IF NOT EXISTS {_TABLE} (version_num VARCHAR(32) NOT NULL)"))
    except IntegrityError:
        with engine.connect() as connection:
            if not inspect(connection).has_table(_TABLE):
                raise


def server_revision(connection: Connection) -> str | None:
    """The revision that a database says it is of; None if it has no tables of ours."""
    if not inspect(connection).has_table(_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {_TABLE}")).scalar_one_or_none()  # noqa: S608 - a constant


def upgrade(connection: Connection, revision: str = REVISION) -> None:
    """Run the revisions up to this one, inside the caller's transaction."""
    from alembic import command  # noqa: PLC0415 - see the module's docstring
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", SCRIPTS.as_posix().replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _make(connection: Connection, metadata: MetaData) -> None:
    """All tables of the declarations, as the newest revision would leave them."""
    metadata.create_all(connection, checkfirst=False)
    if connection.dialect.name == "sqlite":
        for statement in tables_search.DDL:
            connection.execute(text(statement))
    connection.execute(text(f"CREATE TABLE IF NOT EXISTS {_TABLE} (version_num VARCHAR(32) NOT NULL)"))
    connection.execute(text(f"INSERT INTO {_TABLE} (version_num) VALUES (:revision)"), {"revision": REVISION})  # noqa: S608
