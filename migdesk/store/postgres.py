"""The engine of a PostgreSQL database: pool, time-outs, and connections that are known to live. No queries of ours."""

import time
from typing import Any

import sqlalchemy as sa
from psycopg.pq import ConnStatus, ExecStatus
from sqlalchemy import event
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import InvalidatePoolError

POOL = 8
CONNECT_S = 5
LOCK_MS = 8_000
"""Waiting longer for a lock than this is worse than to be told to come again: whoever waits holds a connection."""
STATEMENT_MS = 60_000
IDLE_MS = 60_000
"""A transaction that its process forgot lets its locks go after this time."""

_TRUSTED_S = 1.0
"""A connection that was in use a second ago is taken as alive: asking it each time costs as much as a statement."""
_WIRE = {"connect_timeout": CONNECT_S, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


def make_engine(address: URL) -> Engine:
    """An engine with at most `POOL` connections; who finds none waits `CONNECT_S` and gets an error."""
    args = {name: value for name, value in _WIRE.items() if name not in address.query}
    engine = sa.create_engine(
        address.set(drivername="postgresql+psycopg"), pool_size=POOL, max_overflow=0, pool_timeout=CONNECT_S,
        hide_parameters=True, connect_args=args,
    )  # fmt: skip
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", _see_alive)
    return engine


def _prepare(connection: Any, record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {LOCK_MS}")
        cursor.execute(f"SET statement_timeout = {STATEMENT_MS}")
        cursor.execute(f"SET idle_in_transaction_session_timeout = {IDLE_MS}")
    connection.commit()


def _note_use(connection: Any, record: Any) -> None:
    record.info["used"] = time.monotonic()


def _see_alive(connection: Any, record: Any, proxy: Any) -> None:
    """Raises InvalidatePoolError for a connection that broke: the pool throws all older ones away and makes new ones,
    so that a database that was started again is found without a restart of ours."""
    line = connection.pgconn
    if line.status == ConnStatus.OK:
        if time.monotonic() - record.info.get("used", time.monotonic()) < _TRUSTED_S:
            return
        if line.exec_(b"").status == ExecStatus.EMPTY_QUERY:
            return
    raise InvalidatePoolError
