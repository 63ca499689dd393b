"""The revisions lead to the declared tables, old files are copied before they are touched, newer ones left alone."""

import re
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from migdesk.domain.kinds import SCHEMA
from migdesk.errors import UserError
from migdesk.store import cipher_file, migrate
from migdesk.store.database import Store
from tests.support import freeze_schema, next_revision
from tests.support.fake_clock import FakeClock
from tests.support.stores import CODES, KEY, database_of, open_store

_BLANKS = re.compile(r'[\s"]+')


def in_sqlite(connection: sa.Connection) -> set[str]:
    """Every table and index, spelled the same."""
    rows = connection.execute(sa.text("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return {f"{row.type} {row.name} {_BLANKS.sub(' ', row.sql).replace('( ', '(')}" for row in rows}


def in_postgres(connection: sa.Connection) -> set[str]:
    columns = "table_name, column_name, data_type, is_nullable, collation_name, ordinal_position"
    where = "WHERE table_schema = 'public'"
    found = {
        str(tuple(row))
        for row in connection.execute(sa.text(f"SELECT {columns} FROM information_schema.columns {where}"))
    }
    return found | set(
        connection.execute(sa.text("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'")).scalars()
    )


def by_revisions(engine: sa.Engine) -> sa.Engine:
    with engine.begin() as connection:
        migrate.upgrade(connection)
    return engine


def test_revisions_and_declarations_agree_on_a_file(tmp_path: Path) -> None:
    raw = cipher_file.connect(tmp_path / "by_revisions.db", KEY)
    engine = by_revisions(
        sa.create_engine("sqlite://", creator=lambda: raw, module=cipher_file.driver, poolclass=StaticPool)
    )
    with engine.connect() as connection, open_store(tmp_path / "store.db") as store, store.read() as tx:
        strip = "table alembic_version"
        declared = {one for one in in_sqlite(tx.connection) if not one.startswith(strip)}
        assert {one for one in in_sqlite(connection) if not one.startswith(strip)} == declared
    engine.dispose()


def test_revisions_and_declarations_agree_on_a_server(postgres: str) -> None:
    url = database_of(postgres, "by_revisions").replace("postgresql:", "postgresql+psycopg:")
    engine = by_revisions(sa.create_engine(url))
    with engine.connect() as connection, open_store(database_of(postgres, "declared")) as store, store.read() as tx:
        assert {one for one in in_postgres(connection) if "alembic" not in one} == {
            one for one in in_postgres(tx.connection) if "alembic" not in one
        }
    engine.dispose()


def test_the_frozen_revision_is_what_the_declarations_say() -> None:
    assert freeze_schema.TARGET.read_text(encoding="utf-8") == freeze_schema.frozen(), (
        "until the first release: python -m tests.support.freeze_schema"
    )


def test_opening_a_store_of_this_version_needs_no_alembic(tmp_path: Path) -> None:
    with open_store(tmp_path / "store.db"):
        pass
    loaded = {name for name in sys.modules if name.partition(".")[0] == "alembic"}
    for name in loaded:
        del sys.modules[name]
    with open_store(tmp_path / "store.db"):
        assert not any(name.partition(".")[0] == "alembic" for name in sys.modules)


def test_an_older_file_is_copied_and_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A revision to come: the file before it gets the new table, and a copy of it as it was is kept."""
    with open_store(tmp_path / "store.db"):
        pass
    next_revision.install(monkeypatch, next_revision.write_revisions(tmp_path / "migrations"))
    with open_store(tmp_path / "store.db") as store, store.read() as tx:
        assert tx.one("PRAGMA user_version") == (2,)
        assert migrate.server_revision(tx.connection) == "0002"
        assert tx.rows("SELECT * FROM more") == []
    [copy] = (tmp_path / "backups").iterdir()
    raw = cipher_file.connect(copy, KEY)
    assert raw.execute("PRAGMA user_version").fetchone() == (1,)
    raw.close()


def test_a_newer_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with open_store(path) as store:
        store.raw.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(UserError, match="newer MigDesk"):
        Store.open_file(path, KEY, schema=SCHEMA, codes=CODES, clock=FakeClock())
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["store.db"]


def test_a_newer_server_is_left_as_it_is(postgres: str) -> None:
    url = database_of(postgres, "newer")
    with open_store(url) as store, store.begin() as tx:
        tx.connection.execute(sa.text("UPDATE alembic_version SET version_num = '0099'"))
    with pytest.raises(UserError, match="newer MigDesk"):
        Store.open_url(url, schema=SCHEMA, codes=CODES, clock=FakeClock())
