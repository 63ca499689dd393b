"""Labels that say what a backup of the whole database holds, for a database that its own tools save. Store's thread.

A checkpoint is written before the backup is taken, so whatever it lists is in the backup. Only when a restored copy
was looked at does it make the laptops' batches durable.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import and_, func, insert, literal, select, update

from migdesk.clock import to_ms
from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.store import inbox
from migdesk.store.database import Transaction
from migdesk.store.inbox import StreamKey
from migdesk.store.tables import NATIONAL
from migdesk.store.tables_sync import from_sql

KEPT = 60
"""How many checkpoints are kept; a daily one reaches back two months."""
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A label, when it was made and when it became durable (ms, 0 for not yet), and how many streams it lists."""

    label: str
    made_ms: int
    durable_ms: int
    streams: int


Heads = Mapping[StreamKey, tuple[int, bytes]]
"""The number of the last applied batch of each stream, and its SHA-256."""


def write(tx: Transaction, label: str) -> Checkpoint:
    """Write down what is applied now. Raises UserError for a label that is taken or has odd characters."""
    tables, stream = tx.tables.server, tx.tables.sync.in_stream
    if not _LABEL.fullmatch(label):
        raise UserError(N_("A label has letters, digits and - _ . : only, at most 64."))
    if find(tx, label) is not None:
        raise UserError(N_("There is a checkpoint of this name already."), hint=N_("Choose another name."))
    now = to_ms(tx.clock.now())
    _forget_old(tx)
    tx.connection.execute(insert(tables.checkpoint).values(op_area=NATIONAL, label=label, made_ms=now, durable_ms=0))
    columns = ["op_area", "label", "device", "lane", "applied_n", "applied_sha"]
    heads = select(
        stream.c.op_area, literal(label), stream.c.device, stream.c.lane, stream.c.applied_n, stream.c.applied_sha
    ).where(stream.c.applied_n > 0)
    tx.connection.execute(insert(tables.checkpoint_head).from_select(columns, heads))
    return Checkpoint(label, now, 0, len(listed(tx, label)))


def find(tx: Transaction, label: str) -> Checkpoint | None:
    """The checkpoint of this name, if it is here."""
    tables = tx.tables.server
    query = select(tables.checkpoint).where(tables.checkpoint.c.op_area == NATIONAL, tables.checkpoint.c.label == label)
    row = tx.connection.execute(query).one_or_none()
    return None if row is None else Checkpoint(row.label, row.made_ms, row.durable_ms, len(listed(tx, label)))


def listed(tx: Transaction, label: str) -> Heads:
    """What a checkpoint lists."""
    table = tx.tables.server.checkpoint_head
    rows = tx.connection.execute(select(table).where(table.c.label == label))
    return {
        StreamKey(row.op_area, from_sql(row.device), row.lane): (row.applied_n, bytes(row.applied_sha)) for row in rows
    }


def lacking(tx: Transaction, heads: Heads) -> int:
    """In a restored copy: how many of these streams do not have all their batches up to the listed one."""
    tables = tx.tables.sync
    stream, batch = tables.in_stream, tables.in_batch
    same = and_(batch.c.op_area == stream.c.op_area, batch.c.device == stream.c.device, batch.c.lane == stream.c.lane)
    columns = (stream.c.op_area, stream.c.device, stream.c.lane, stream.c.applied_n)
    query = select(*columns, func.count(batch.c.n).label("batches")).select_from(stream.join(batch, same))
    have = {
        StreamKey(row.op_area, from_sql(row.device), row.lane): (row.applied_n, row.batches)
        for row in tx.connection.execute(query.group_by(*columns))
    }
    missing = 0
    for key, (n, sha256) in heads.items():
        applied, batches = have.get(key, (0, 0))
        whole = applied >= n and batches >= n and inbox.known_batch(tx, key, n) == sha256
        missing += not whole
    return missing


def make_durable(tx: Transaction, label: str) -> int:
    """Laptops may let go of what this checkpoint lists; how many streams it lists. To be called only when a backup
    that was taken after it has been restored somewhere and looked at. Raises UserError for an unknown label."""
    tables = tx.tables.server
    if find(tx, label) is None:
        raise UserError(N_("There is no checkpoint of this name."), hint=N_("Look at the names that were given."))
    heads = listed(tx, label)
    inbox.set_durable(tx, [(key, n) for key, (n, _) in heads.items()])
    here = (tables.checkpoint.c.op_area == NATIONAL) & (tables.checkpoint.c.label == label)
    tx.connection.execute(update(tables.checkpoint).where(here).values(durable_ms=to_ms(tx.clock.now())))
    return len(heads)


def _forget_old(tx: Transaction) -> None:
    tables = tx.tables.server
    table, heads = tables.checkpoint, tables.checkpoint_head
    query = select(table.c.label).order_by(table.c.made_ms.desc()).offset(KEPT - 1)
    old = list(tx.connection.execute(query).scalars())
    if old:
        tx.connection.execute(heads.delete().where(heads.c.label.in_(old)))
        tx.connection.execute(table.delete().where(table.c.op_area == NATIONAL, table.c.label.in_(old)))
