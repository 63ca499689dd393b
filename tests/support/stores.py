"""Stores to test with: opened on a file or an address, with a clock that stands still and small code lists."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql

from migdesk.domain.codes import CodeBook
from migdesk.domain.kinds import SCHEMA
from migdesk.domain.record import Schema
from migdesk.store.database import Store
from migdesk.store.writing import Author
from tests.support.fake_clock import FakeClock

KEY = bytes(range(32))
VILLAGE = "52.03.09.2004"
RISK = {"codes": [{"code": code, "en": code} for code in ("none", "low", "medium", "high")]}
CODES = CodeBook.parse([{"risk_level": RISK}])

SITI = Author(UUID(int=0xA1), (1 << 63) + 11)
BUDI = Author(UUID(int=0xB2), 12)


@contextmanager
def open_store(
    place: Path | str, clock: FakeClock | None = None, schema: Schema = SCHEMA, key: bytes = KEY
) -> Iterator[Store]:
    """A store on a file or on the address of a database, closed at the end."""
    wall = clock or FakeClock()
    if isinstance(place, Path):
        store = Store.open_file(place, key, schema=schema, codes=CODES, clock=wall)
    else:
        store = Store.open_url(place, schema=schema, codes=CODES, clock=wall)
    try:
        yield store
    finally:
        store.close()


def database_of(server: str, name: str) -> str:
    """The address of a database of this name on a PostgreSQL server, made if it is not there."""
    with psycopg.connect(server, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if not known:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return server.replace("/postgres?", f"/{name}?")
