"""What differs between two replicas, counted by kind: before one of them takes the place of the other. Each store on
the calling thread, both read in the order of ids, so that a million records need no memory."""

from collections.abc import Iterator
from dataclasses import dataclass

from migdesk.domain.record import KindSpec
from migdesk.store import rows
from migdesk.store.database import Transaction
from migdesk.store.rows import Row

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """Records of one kind: how many there are on each side, and how many are on one side only or read differently."""

    kind: str
    here: int
    there: int
    only_here: int
    only_there: int
    changed: int


def compare(here: Transaction, there: Transaction) -> list[Difference]:
    """One entry for each kind that has records on either side; what was deleted counts as not there."""
    found = [_compared(spec, _living(here, spec), _living(there, spec)) for spec in here.schema.kinds]
    return [one for one in found if one.here or one.there]


def counts(tx: Transaction) -> list[Difference]:
    """The same with nothing on our side."""
    found = [_compared(spec, iter(()), _living(tx, spec)) for spec in tx.schema.kinds]
    return [one for one in found if one.there]


def _compared(spec: KindSpec, ours: Iterator[Row], theirs: Iterator[Row]) -> Difference:
    here = there = only_here = only_there = changed = 0
    left, right = next(ours, None), next(theirs, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left.id < right.id):
            here, only_here, left = here + 1, only_here + 1, next(ours, None)
        elif left is None or right.id < left.id:
            there, only_there, right = there + 1, only_there + 1, next(theirs, None)
        else:
            changed += left.values != right.values
            here, there = here + 1, there + 1
            left, right = next(ours, None), next(theirs, None)
    return Difference(spec.name, here, there, only_here, only_there, changed)


def _living(tx: Transaction, spec: KindSpec) -> Iterator[Row]:
    kind, last = tx.tables.kinds[spec.name], b""
    query = rows.in_order_of_id(kind, _CHUNK)
    while True:
        found = tx.connection.execute(query, {"last": last}).all()
        made = [rows.from_columns(kind, columns) for columns in found]
        yield from (row for row in made if not row.deleted)
        if len(found) < _CHUNK:
            return
        last = made[-1].id
