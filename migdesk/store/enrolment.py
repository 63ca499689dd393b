"""What a server keeps for enrolment: its own identity, one-time codes with their tries, device ids. Store's thread.

Nothing here draws random numbers or hashes: digests are made above, with a key that the database does not hold.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Table, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from migdesk.store.database import Transaction
from migdesk.store.tables_server import ServerTables
from migdesk.store.tables_sync import as_sql, from_sql

MAX_TRIES = 5
_AREA = "00"
_KEPT_MS = 7 * 24 * 3600 * 1000


class CodeState(StrEnum):
    """`USED` by the same device means that its answer was lost on the way: it may have it again."""

    GOOD = "good"
    WRONG = "wrong"
    EXPIRED = "expired"
    USED = "used"


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """The outcome of one try. `user` is the id of the user that the code was issued for, if the code was right."""

    state: CodeState
    user: UUID | None = None


@dataclass(frozen=True, slots=True)
class EnrolledDevice:
    """Which Device and User records a device id belongs to."""

    device: int
    record: UUID
    user: UUID


def get_secret(tx: Transaction, name: str) -> bytes | None:
    """The stored (wrapped) body of a server secret."""
    table = _tables(tx).server_secret
    query = select(table.c.body).where(table.c.op_area == _AREA, table.c.name == name)
    found = tx.connection.execute(query).scalar_one_or_none()
    return None if found is None else bytes(found)


def add_secret(tx: Transaction, name: str, body: bytes) -> bool:
    """Keep a secret under a new name; False if there is one already, which stays (another process was first)."""
    return _insert(tx, _tables(tx).server_secret, {"op_area": _AREA, "name": name, "body": body})


def replace_secret(tx: Transaction, name: str, body: bytes) -> None:
    """Put another body in place of a stored one."""
    table = _tables(tx).server_secret
    tx.connection.execute(update(table).where(table.c.op_area == _AREA, table.c.name == name).values(body=body))


def put_code(tx: Transaction, selector: str, digest: bytes, user: UUID, now_ms: int, expires_ms: int) -> bool:
    """Keep a one-time code; earlier codes of the same user stop working. False if the selector is taken: try another.

    Codes long past their end go with it.
    """
    table = _tables(tx).enrol_code
    open_of_user = (table.c.user_id == user.bytes) & (table.c.used_ms == 0)
    old = (table.c.expires_ms < now_ms - _KEPT_MS) | open_of_user
    tx.connection.execute(delete(table).where(table.c.op_area == _AREA, old))
    row = {
        "op_area": _AREA, "selector": selector, "digest": digest, "user_id": user.bytes, "tries": 0,
        "issued_ms": now_ms, "expires_ms": expires_ms, "used_ms": 0, "used_by": 0,
    }  # fmt: skip
    return _insert(tx, table, row)


@dataclass(frozen=True, slots=True)
class OpenCode:
    """A code that nobody used yet; the code itself is not known here."""

    user: UUID
    issued_ms: int
    expires_ms: int
    tries: int


def open_codes(tx: Transaction, now_ms: int) -> tuple[OpenCode, ...]:
    """The codes that can still be used, the newest first."""
    table = _tables(tx).enrol_code
    good = (table.c.op_area == _AREA) & (table.c.used_ms == 0) & (table.c.expires_ms > now_ms)
    rows = tx.connection.execute(
        select(table).where(good, table.c.tries < MAX_TRIES).order_by(table.c.issued_ms.desc())
    )
    return tuple(OpenCode(UUID(bytes=bytes(row.user_id)), row.issued_ms, row.expires_ms, row.tries) for row in rows)


def try_code(tx: Transaction, selector: str, digest: bytes, device: int, now_ms: int) -> CodeCheck:
    """Spend a try on a code and, if it is right, the code itself. Whatever comes out must be committed.

    After five wrong tries even the right code is `WRONG`. State is told only to who has the right code.
    """
    table = _tables(tx).enrol_code
    here = (table.c.op_area == _AREA) & (table.c.selector == selector)
    # The update comes first: on PostgreSQL it locks the row, so that two tries at once are two tries.
    spent = tx.connection.execute(update(table).where(here).values(tries=table.c.tries + 1))
    if spent.rowcount != 1:
        return CodeCheck(CodeState.WRONG)
    row = tx.connection.execute(select(table).where(here)).one()
    if row.tries > MAX_TRIES or bytes(row.digest) != digest:
        return CodeCheck(CodeState.WRONG)
    # A right try is no wrong one.
    tx.connection.execute(update(table).where(here).values(tries=table.c.tries - 1))
    user = UUID(bytes=bytes(row.user_id))
    if row.used_ms:
        return CodeCheck(CodeState.USED, user if row.used_by == as_sql(device) else None)
    if now_ms >= row.expires_ms:
        return CodeCheck(CodeState.EXPIRED)
    tx.connection.execute(update(table).where(here).values(used_ms=now_ms, used_by=as_sql(device)))
    return CodeCheck(CodeState.GOOD, user)


def count_failure(tx: Transaction, slot: int) -> None:
    """Count one failed enrolment in this slot of time; slots before the last but one are forgotten."""
    table = _tables(tx).enrol_tries
    tx.connection.execute(delete(table).where(table.c.op_area == _AREA, table.c.slot < slot - 1))
    _insert(tx, table, {"op_area": _AREA, "slot": slot, "failed": 0})
    here = (table.c.op_area == _AREA) & (table.c.slot == slot)
    tx.connection.execute(update(table).where(here).values(failed=table.c.failed + 1))


def failures(tx: Transaction, slot: int) -> int:
    """Failed enrolments of everybody in this slot of time."""
    table = _tables(tx).enrol_tries
    query = select(table.c.failed).where(table.c.op_area == _AREA, table.c.slot == slot)
    return int(tx.connection.execute(query).scalar_one_or_none() or 0)


def put_device(tx: Transaction, device: int, record: UUID, user: UUID) -> bool:
    """Remember whose a device id is; a device that enrols again keeps its row. False, with nothing changed, if the id
    belongs to another key (ADR 0006): the record of a device is named after its first key."""
    table = _tables(tx).enrolled_device
    row = {"op_area": _AREA, "device": as_sql(device), "record": record.bytes, "user_id": user.bytes}
    if _insert(tx, table, row):
        return True
    here = (table.c.op_area == _AREA) & (table.c.device == as_sql(device)) & (table.c.record == record.bytes)
    return tx.connection.execute(update(table).where(here).values(user_id=user.bytes)).rowcount == 1


def add_key(
    tx: Transaction, device: int, sign_key: bytes, recipient: str, since_ms: int, statement: bytes = b""
) -> bool:
    """Note a signing key of a device and the statement that made it the present one. False if the key is known."""
    row = {
        "op_area": _AREA, "sign_key": sign_key, "device": as_sql(device), "recipient": recipient,
        "since_ms": since_ms, "statement": statement,
    }  # fmt: skip
    return _insert(tx, _tables(tx).device_key, row)


def find_key(tx: Transaction, sign_key: bytes) -> tuple[int, bytes] | None:
    """Whose this signing key is or was, and the statement that brought it."""
    table = _tables(tx).device_key
    query = select(table.c.device, table.c.statement).where(table.c.op_area == _AREA, table.c.sign_key == sign_key)
    row = tx.connection.execute(query).one_or_none()
    return None if row is None else (from_sql(row.device), bytes(row.statement))


def lock_device(tx: Transaction, device: int) -> None:
    """Keep others from changing this device until the transaction ends; a file has one writer anyway."""
    table = _tables(tx).enrolled_device
    here = (table.c.op_area == _AREA) & (table.c.device == as_sql(device))
    if not tx.is_file:
        tx.connection.execute(select(table.c.device).where(here).with_for_update())


def find_device(tx: Transaction, device: int) -> EnrolledDevice | None:
    """The enrolled device with this id, revoked or not."""
    table = _tables(tx).enrolled_device
    row = tx.connection.execute(
        select(table).where(table.c.op_area == _AREA, table.c.device == as_sql(device))
    ).one_or_none()
    return None if row is None else _enrolled(row.device, row.record, row.user_id)


def all_devices(tx: Transaction) -> tuple[EnrolledDevice, ...]:
    """Every enrolled device, revoked or not, by id."""
    table = _tables(tx).enrolled_device
    rows = tx.connection.execute(select(table).where(table.c.op_area == _AREA).order_by(table.c.device))
    return tuple(_enrolled(row.device, row.record, row.user_id) for row in rows)


def _enrolled(device: int, record: bytes, user: bytes) -> EnrolledDevice:
    return EnrolledDevice(from_sql(device), UUID(bytes=bytes(record)), UUID(bytes=bytes(user)))


def _insert(tx: Transaction, table: Table, row: dict[str, object]) -> bool:
    insert = sqlite_insert if tx.connection.dialect.name == "sqlite" else postgres_insert
    # A row comes back only if one was written; the count of an insert is not told by every driver.
    statement = insert(table).values(row).on_conflict_do_nothing().returning(table.c.op_area)
    return tx.connection.execute(statement).first() is not None


def _tables(tx: Transaction) -> ServerTables:
    return tx.tables.server
