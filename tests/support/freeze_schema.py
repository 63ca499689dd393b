"""Writes the declared tables out as the first revision: `python -m tests.support.freeze_schema`.

Only until the first release: afterwards a revision never changes, and the next one says the difference.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement

from migdesk.domain.kinds import SCHEMA
from migdesk.store import migrate
from migdesk.store.tables import Tables
from migdesk.store.tables_search import DDL

TARGET = migrate.SCRIPTS / "versions" / "0001_first_schema.py"
_DIALECTS: tuple[tuple[str, Any], ...] = (("SQLITE", sqlite.dialect), ("POSTGRESQL", postgresql.dialect))
_HEAD = '''"""The first schema: all tables as they were declared when it was frozen."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

'''
_FOOT = """

def upgrade() -> None:
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.get_bind().exec_driver_sql(statement)
"""


def statements(dialect: Dialect) -> Iterator[str]:
    """The SQL that makes every declared table and index."""
    for table in Tables(SCHEMA).metadata.sorted_tables:
        indexes = sorted(table.indexes, key=lambda one: str(one.name))
        made: list[DDLElement] = [CreateTable(table), *map(CreateIndex, indexes)]
        yield from (" ".join(str(one.compile(dialect=dialect)).split()) for one in made)
    if dialect.name == "sqlite":
        yield from DDL


def frozen() -> str:
    """The text of the revision."""
    parts = [_HEAD]
    for name, dialect in _DIALECTS:
        parts += [f"{name} = (\n", *(f"    {one!r},\n" for one in statements(dialect())), ")\n"]
    return "".join(parts) + _FOOT


def write(target: Path = TARGET) -> None:
    """Write the revision over the one that is there."""
    target.write_text(frozen(), encoding="utf-8")


if __name__ == "__main__":
    write()
