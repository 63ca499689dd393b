"""Whom stored records belong to, looked up in bulk for deciding who may send or see them. Reads only."""

from collections.abc import Collection, Iterator
from uuid import UUID

from sqlalchemy import select

from migdesk.domain.record import KindSpec
from migdesk.store.database import Transaction

_AT_ONCE = 500


def owners(
    tx: Transaction, spec: KindSpec, op_area: str, ids: Collection[UUID]
) -> dict[UUID, tuple[str, UUID, UUID | None]]:
    """(area, author, case of the circle or None) of the records of a kind that are here, deleted ones too."""
    rows = tx.rows_among(tx.sql.kind(spec.name).owners, [id.bytes for id in ids], {"op_area": op_area})
    users = {raw: UUID(bytes=raw) for _, _, raw, _ in rows}
    return {
        UUID(bytes=id): (area, users[author], UUID(bytes=circle) if circle else None)
        for id, area, author, circle in rows
    }


def circles(tx: Transaction, op_area: str, cases: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """The users in the circle of each case that is here: its owner and its author."""
    if "case" not in tx.tables.kinds:
        return {}
    main = tx.tables.kinds["case"].main
    found = {}
    for part in _parts(cases):
        query = select(main.c.id, main.c.created_by, main.c.owner).where(main.c.op_area == op_area, main.c.id.in_(part))
        for row in tx.connection.execute(query):
            members = frozenset(UUID(bytes=bytes(raw)) for raw in (row.created_by, row.owner) if raw)
            found[UUID(bytes=bytes(row.id))] = members
    return found


def _parts(ids: Collection[UUID]) -> Iterator[list[bytes]]:
    packed = [one.bytes for one in ids]
    for start in range(0, len(packed), _AT_ONCE):
        yield packed[start : start + _AT_ONCE]
