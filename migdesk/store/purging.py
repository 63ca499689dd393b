"""Takes records off this replica, history and all, when its user may no longer know of them. Store's thread.

The only deletion there is. What nobody else has yet (withheld by consent, tier 4, not frozen into a batch) stays: a
note is never lost.
"""

from collections.abc import Callable, Iterable, Iterator
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select

from migdesk.domain.record import KindSpec, Tier
from migdesk.store import cursors, scoping, search
from migdesk.store.database import Transaction
from migdesk.store.scoping import Belonging

_AT_ONCE = 500

Keep = Callable[[KindSpec, Belonging], bool]


def outside(tx: Transaction, op_area: str, keep: Keep) -> Iterator[tuple[KindSpec, UUID]]:
    """The records of an area that `keep` does not hold; also those that came with it and that a change made here, which
    nobody took, moved to an area that is not received."""
    received = cursors.of_peer(tx).keys()
    for spec in tx.schema.kinds:
        if spec.reference:
            continue
        main, log = tx.tables.kinds[spec.name].main, tx.tables.log
        logged = select(log.c.record).where(log.c.op_area == op_area, log.c.kind == spec.number)
        astray = and_(main.c.op_area.not_in([*received, op_area]), main.c.id.in_(logged))
        here = tx.connection.execute(select(main.c.id).where(or_(main.c.op_area == op_area, astray))).scalars()
        ids = [UUID(bytes=bytes(raw)) for raw in here]
        for start in range(0, len(ids), _AT_ONCE):
            for id, (_, belonging) in scoping.places(tx, spec, ids[start : start + _AT_ONCE]).items():
                if not keep(spec, belonging):
                    yield spec, id


def purge(tx: Transaction, spec: KindSpec, ids: Iterable[UUID]) -> int:
    """Remove these records with their history, search entries and drafts; how many went."""
    gone = 0
    wanted = [id.bytes for id in ids]
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        safe = [id for id in part if id not in _only_here(tx, part)]
        _purge(tx, spec, safe)
        gone += len(safe)
    return gone


def held_in(tx: Transaction, op_area: str) -> set[UUID]:
    """The records of kinds unknown to this version that stand in an area, or in one that is not received; where one
    stands its last change says."""
    log, others = tx.tables.log, cursors.of_peer(tx).keys() - {op_area}
    query = select(log.c.record, log.c.op_area).where(log.c.held == 1, log.c.origin != "")
    last = {bytes(row.record): row.op_area for row in tx.connection.execute(query.order_by(log.c.hlc, log.c.device))}
    return {UUID(bytes=id) for id, area in last.items() if area not in others}


def drop_held(tx: Transaction, ids: Iterable[UUID]) -> int:
    """Remove what is held of these records; of how many there was any."""
    log, wanted, gone = tx.tables.log, [id.bytes for id in ids], 0
    for start in range(0, len(wanted), _AT_ONCE):
        here = and_(log.c.record.in_(wanted[start : start + _AT_ONCE]), log.c.held == 1, log.c.origin != "")
        gone += tx.connection.execute(select(func.count(log.c.record.distinct())).where(here)).scalar_one()
        tx.connection.execute(delete(log).where(here))
    return gone


def _only_here(tx: Transaction, ids: list[bytes]) -> set[bytes]:
    """Those of the records of which something is on this replica alone."""
    log, stream = tx.tables.log, tx.tables.sync.out_stream
    frozen = select(func.max(stream.c.frozen_seq)).where(stream.c.op_area == log.c.op_area).scalar_subquery()
    unsent = or_(log.c.tier >= int(Tier.T4), log.c.seq > func.coalesce(frozen, 0))
    query = select(log.c.record).where(log.c.record.in_(ids), log.c.origin == "", unsent)
    return {bytes(raw) for raw in tx.connection.execute(query).scalars()}


def _purge(tx: Transaction, spec: KindSpec, ids: list[bytes]) -> None:
    if not ids:
        return
    tables = tx.tables
    for id in ids:
        search.drop(tx, spec, id)
    for table, _ in tables.kinds[spec.name].parts:
        tx.connection.execute(delete(table).where(table.c.id.in_(ids)))
    for table in (tables.head, tables.awaited):
        tx.connection.execute(delete(table).where(table.c.record.in_(ids), table.c.kind == spec.number))
    tx.connection.execute(delete(tables.log).where(tables.log.c.record.in_(ids), tables.log.c.kind == spec.number))
    tx.connection.execute(delete(tables.draft).where(tables.draft.c.record.in_(ids), tables.draft.c.kind == spec.name))
