"""Where the audit chains of laptops ended at their syncs: kept by a server, remembered by the laptop. Store's thread.

At the server rows are only added. Who can write there can also remove some: they are a witness against who holds a
laptop, not against who runs the server.
"""

from dataclasses import asdict, dataclass

from sqlalchemy import func, literal_column, select

from migdesk.store import settings
from migdesk.store.database import Transaction
from migdesk.store.tables import NATIONAL
from migdesk.store.tables_sync import as_sql, from_sql

_ANCHOR, _ASKED, _ALARM = "audit.anchor", "audit.anchor_asked", "audit.anchor_alarm"


@dataclass(frozen=True, slots=True)
class Anchor:
    """The end of a chain at a sync: row number and first 16 bytes of its hash. `verdict` is how it was found."""

    n: int
    sha16: bytes
    at_ms: int
    verdict: int = 0


@dataclass(frozen=True, slots=True)
class Break:
    """How often a device's chain did not follow from what was anchored, and when it last happened."""

    device: int
    count: int
    at_ms: int
    verdict: int


def latest(tx: Transaction, device: int) -> Anchor | None:
    """The last end of a device's chain that is known; locked until the end of the transaction."""
    table = tx.tables.server.audit_anchor
    query = select(table).where(table.c.op_area == NATIONAL, table.c.device == as_sql(device))
    row = tx.connection.execute(query.order_by(table.c.seq.desc()).limit(1).with_for_update()).one_or_none()
    return None if row is None else Anchor(row.n, bytes(row.sha16), row.at_ms, row.verdict)


def add(tx: Transaction, device: int, anchor: Anchor) -> None:
    """One more. That a crash may lose the last does no harm, so nobody waits for the disk: the laptop proves itself by
    the one before."""
    if not tx.is_file:
        tx.run("SET LOCAL synchronous_commit = off")
    table = tx.tables.server.audit_anchor
    last = select(func.coalesce(func.max(table.c.seq), 0)).where(
        table.c.op_area == NATIONAL, table.c.device == as_sql(device)
    )
    values = {"op_area": NATIONAL, "device": as_sql(device), "seq": tx.connection.execute(last).scalar_one() + 1}
    tx.connection.execute(table.insert().values(**values, **asdict(anchor)))


def breaks(tx: Transaction) -> list[Break]:
    """The devices whose chain ever did not follow, those of last first."""
    table = tx.tables.server.audit_anchor
    broken = (table.c.op_area == NATIONAL) & (table.c.verdict != literal_column("0"))
    query = select(table.c.device, table.c.at_ms, table.c.verdict).where(broken).order_by(table.c.device, table.c.seq)
    found: dict[int, Break] = {}
    for row in tx.connection.execute(query):
        device = from_sql(row.device)
        before = found[device].count if device in found else 0
        found[device] = Break(device, before + 1, row.at_ms, row.verdict)
    return sorted(found.values(), key=lambda one: -one.at_ms)


def acknowledged(tx: Transaction) -> Anchor | None:
    """At a laptop: what the server last acknowledged."""
    kept = settings.get(tx, _ANCHOR)
    return None if kept is None else Anchor(kept["n"], bytes.fromhex(kept["sha16"]), kept["at_ms"])


def acknowledge(tx: Transaction, anchor: Anchor) -> None:
    """Remember it; nothing is asked any more."""
    kept = {"n": anchor.n, "sha16": anchor.sha16.hex(), "at_ms": anchor.at_ms}
    if settings.get(tx, _ANCHOR) != kept:
        settings.put(tx, _ANCHOR, kept)
    if settings.get(tx, _ASKED, 0):
        settings.put(tx, _ASKED, 0)


def asked(tx: Transaction) -> int:
    """At a laptop: the row that the server asked for, 0 if it did not."""
    return int(settings.get(tx, _ASKED, 0))


def ask(tx: Transaction, n: int) -> None:
    """Remember that the server asks for this row."""
    settings.put(tx, _ASKED, n)


def alarm(tx: Transaction) -> Anchor | None:
    """At a laptop: what the server knew when it found that this chain does not follow from it, if it ever did."""
    kept = settings.get(tx, _ALARM)
    return None if kept is None else Anchor(kept["n"], b"", kept["at_ms"], kept["verdict"])


def raise_alarm(tx: Transaction, found: Anchor) -> None:
    """The server found it."""
    settings.put(tx, _ALARM, {"n": found.n, "at_ms": found.at_ms, "verdict": found.verdict})
