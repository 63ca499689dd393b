"""What of this laptop's own changes the server has not acknowledged, by kind. Reads only. Store's thread."""

from dataclasses import dataclass

from sqlalchemy import func, select

from migdesk.domain.record import Lane, Tier
from migdesk.store import change_log
from migdesk.store.database import Transaction


@dataclass(frozen=True, slots=True)
class WaitingKind:
    """`kind` is a number of the schema, `oldest` the smallest clock reading among the changes."""

    kind: int
    lane: int
    changes: int
    records: int
    oldest: int


def by_kind(tx: Transaction) -> list[WaitingKind]:
    """The kinds with changes that wait, in the order of sending; walks the index of own changes."""
    table = tx.tables.log
    found: dict[tuple[int, int], WaitingKind] = {}
    for op_area in change_log.op_areas(tx):
        for lane in Lane:
            upto = change_log.acknowledged(tx, op_area, lane)
            own = (table.c.op_area == op_area, table.c.lane == int(lane), table.c.origin == "")
            query = (
                select(table.c.kind, func.count(), func.count(table.c.record.distinct()), func.min(table.c.hlc))
                .where(*own, table.c.tier < int(Tier.T4), table.c.seq > upto)
                .group_by(table.c.kind)
            )
            for kind, changes, records, oldest in tx.connection.execute(query):
                known = found.get((int(lane), kind))
                found[int(lane), kind] = WaitingKind(
                    kind, int(lane), changes + (known.changes if known else 0),
                    records + (known.records if known else 0), min(oldest, known.oldest if known else oldest),
                )  # fmt: skip
    return [found[key] for key in sorted(found)]
