"""When each device was last heard of, and what a monitor counts: figures, never names. Store's thread."""

from dataclasses import dataclass

from sqlalchemy import case, func, select

from migdesk.domain.office import Device
from migdesk.store.database import Transaction
from migdesk.store.tables import NATIONAL
from migdesk.store.tables_sync import as_sql, from_sql

DAY_MS = 24 * 3600 * 1000
DAYS = (1, 3, 7, 14, 30, 90)
"""Upper bounds of the classes of days since the last contact."""


@dataclass(frozen=True, slots=True)
class DeviceCount:
    """How many devices have this status and were heard of at most `days` days ago (None: longer ago, or never)."""

    status: str
    days: int | None
    count: int


def touch(tx: Transaction, device: int, at_ms: int) -> None:
    """Note that a device was heard of. That a crash may lose this does no harm, so nobody waits for the disk."""
    if not tx.is_file:
        tx.run("SET LOCAL synchronous_commit = off")
    table = tx.tables.server.device_contact
    fresh = tx.sql.insert(table).values(op_area=NATIONAL, device=as_sql(device), seen_ms=at_ms)
    keys = ["op_area", "device"]
    tx.connection.execute(fresh.on_conflict_do_update(index_elements=keys, set_={"seen_ms": fresh.excluded.seen_ms}))


def last_contact(tx: Transaction, device: int) -> int:
    """When this device was last heard of (ms), 0 for never."""
    table = tx.tables.server.device_contact
    query = select(table.c.seen_ms).where(table.c.op_area == NATIONAL, table.c.device == as_sql(device))
    return int(tx.connection.execute(query).scalar_one_or_none() or 0)


def last_contacts(tx: Transaction) -> dict[int, int]:
    """When each device was last heard of (ms); those that never were are not in it."""
    table = tx.tables.server.device_contact
    query = select(table.c.device, table.c.seen_ms).where(table.c.op_area == NATIONAL)
    return {from_sql(row.device): row.seen_ms for row in tx.connection.execute(query)}


def device_counts(tx: Transaction, now_ms: int) -> tuple[DeviceCount, ...]:
    """Enrolled devices by status and by days since their last contact."""
    enrolled, contact = tx.tables.server.enrolled_device, tx.tables.server.device_contact
    record = tx.tables.kinds[Device.spec.name].main
    seen = func.coalesce(contact.c.seen_ms, 0)
    classed = case(*[(seen > now_ms - days * DAY_MS, days) for days in DAYS], else_=0)
    joined = enrolled.outerjoin(
        contact, (contact.c.op_area == enrolled.c.op_area) & (contact.c.device == enrolled.c.device)
    ).outerjoin(record, record.c.id == enrolled.c.record)
    query = select(record.c.status, classed.label("days"), func.count().label("number")).select_from(joined)
    rows = tx.connection.execute(query.where(enrolled.c.op_area == NATIONAL).group_by(record.c.status, classed))
    return tuple(DeviceCount(row.status or "unknown", row.days or None, row.number) for row in rows)


def open_quarantine(tx: Transaction) -> int:
    """How many things wait in quarantine for a decision."""
    table = tx.tables.sync.quarantine
    query = select(func.count()).select_from(table).where(table.c.state == "open")
    return int(tx.connection.execute(query).scalar_one())
