"""After a restore: what this replica holds is written anew, so that it counts again with whoever heard something since
that this replica has forgotten. For kinds that only this replica writes. Store's thread."""

from uuid import UUID

from sqlalchemy import select

from migdesk.domain.changes import Change, Edit
from migdesk.domain.record import KindSpec
from migdesk.store import applying, change_log, rows
from migdesk.store.database import Transaction
from migdesk.store.rows import Row
from migdesk.store.writing import Author


def say_again(tx: Transaction, author: Author, spec: KindSpec) -> int:
    """Write every value of a kind's records as it stands; seeded ones have no history and stay. How many records."""
    main = tx.tables.kinds[spec.name].main
    ids = [bytes(raw) for raw in tx.connection.execute(select(main.c.id).where(main.c.deleted == 0)).scalars()]
    found = [row for row in rows.load_many(tx, spec, ids).values() if not row.is_seeded and row.values]
    if not found:
        return 0
    hlc, counter = change_log.tick(tx, len(found))
    changes = [_said(row, author, counter + n, hlc + n) for n, row in enumerate(found)]
    applying.apply(tx, changes, origin="restored")
    return len(changes)


def _said(row: Row, author: Author, counter: int, hlc: int) -> Change:
    edits = tuple(Edit(register, value, (row.stamps[register],)) for register, value in sorted(row.values.items()))
    circle = UUID(bytes=row.circle) if row.circle else None
    return Change(
        author.device, counter, hlc, author.user, row.spec.number, UUID(bytes=row.id), row.area, circle, edits
    )
