"""Accounts and visits of the admin console as the database holds them. Store's thread; decides nothing."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, select, update

from migdesk.store.database import Transaction
from migdesk.store.tables import NATIONAL


@dataclass(frozen=True, slots=True)
class Account:
    """`verifier` and `otp_secret` are opaque here. `wait_until_ms`: no try counts before."""

    username: str
    user: UUID
    verifier: bytes
    otp_secret: bytes
    otp_step: int = 0
    failed: int = 0
    wait_until_ms: int = 0


def put(tx: Transaction, account: Account, now_ms: int) -> None:
    """Make an account, or one anew: whoever was signed in with it is out."""
    table = tx.tables.console.account
    _drop(tx, account.username)
    row = {
        "op_area": NATIONAL, "username": account.username, "user_id": account.user.bytes,
        "verifier": account.verifier, "otp_secret": account.otp_secret, "otp_step": 0, "failed": 0,
        "wait_until_ms": 0, "made_ms": now_ms,
    }  # fmt: skip
    tx.connection.execute(table.insert().values(row))


def find(tx: Transaction, username: str, *, lock: bool = False) -> Account | None:
    """The account of this name; `lock` keeps others from trying at the same moment."""
    table = tx.tables.console.account
    query = select(table).where(table.c.op_area == NATIONAL, table.c.username == username)
    row = tx.connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        return None
    return Account(
        row.username, UUID(bytes=bytes(row.user_id)), bytes(row.verifier), bytes(row.otp_secret), row.otp_step,
        row.failed, row.wait_until_ms,
    )  # fmt: skip


def failed(tx: Transaction, username: str, wait_until_ms: int) -> None:
    """Count a wrong try."""
    table = tx.tables.console.account
    here = (table.c.op_area == NATIONAL) & (table.c.username == username)
    tx.connection.execute(update(table).where(here).values(failed=table.c.failed + 1, wait_until_ms=wait_until_ms))


def succeeded(tx: Transaction, username: str, otp_step: int) -> None:
    """Forget wrong tries, and use up a one-time password."""
    table = tx.tables.console.account
    here = (table.c.op_area == NATIONAL) & (table.c.username == username)
    tx.connection.execute(update(table).where(here).values(failed=0, wait_until_ms=0, otp_step=otp_step))


def count(tx: Transaction) -> int:
    """How many accounts there are."""
    table = tx.tables.console.account
    return int(tx.connection.execute(select(func.count()).select_from(table)).scalar_one())


def open_visit(tx: Transaction, digest: bytes, username: str, now_ms: int, oldest_ms: int) -> None:
    """Note that somebody signed in; visits before `oldest_ms` are forgotten."""
    table = tx.tables.console.visit
    tx.connection.execute(delete(table).where(table.c.op_area == NATIONAL, table.c.made_ms < oldest_ms))
    row = {"op_area": NATIONAL, "digest": digest, "username": username, "made_ms": now_ms, "seen_ms": now_ms}
    tx.connection.execute(table.insert().values(row))


def visitor(tx: Transaction, digest: bytes, now_ms: int, idle_ms: int, most_ms: int) -> str:
    """Whose visit this is, and that it goes on; empty if it was not opened, or too long ago."""
    table = tx.tables.console.visit
    here = (table.c.op_area == NATIONAL) & (table.c.digest == digest)
    fresh = here & (table.c.seen_ms > now_ms - idle_ms) & (table.c.made_ms > now_ms - most_ms)
    name = tx.connection.execute(select(table.c.username).where(fresh)).scalar_one_or_none()
    if name is not None:
        tx.connection.execute(update(table).where(here).values(seen_ms=now_ms))
    return name or ""


def close_visit(tx: Transaction, digest: bytes) -> None:
    """Sign out."""
    table = tx.tables.console.visit
    tx.connection.execute(delete(table).where(table.c.op_area == NATIONAL, table.c.digest == digest))


def _drop(tx: Transaction, username: str) -> None:
    for table in (tx.tables.console.account, tx.tables.console.visit):
        tx.connection.execute(delete(table).where(table.c.op_area == NATIONAL, table.c.username == username))
