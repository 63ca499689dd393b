"""What of this replica's own changes is where, in counts, when a laptop is about to be wiped. Store's thread."""

from dataclasses import dataclass

from sqlalchemy import func, select

from migdesk.store import change_log
from migdesk.store.database import Transaction
from migdesk.store.outbox import BatchState


@dataclass(frozen=True, slots=True)
class Counts:
    """Changes. `reviewed`: the server keeps them in quarantine; `unsent`: it has not acknowledged them; `withheld`:
    they were never to leave (no consent, innermost fields)."""

    reviewed: int
    unsent: int
    withheld: int


def count(tx: Transaction) -> Counts:
    """How it stands now."""
    batch, log = tx.tables.sync.out_batch, tx.tables.log
    reviewed = select(func.sum(batch.c.changes)).where(batch.c.state == int(BatchState.REFUSED))
    stays = select(func.count()).select_from(log).where(log.c.origin == "", log.c.tier >= 4)
    return Counts(
        int(tx.connection.execute(reviewed).scalar_one() or 0),
        change_log.unsent_count(tx),
        int(tx.connection.execute(stays).scalar_one()),
    )
