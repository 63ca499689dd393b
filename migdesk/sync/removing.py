"""Takes off a laptop what its user may no longer know of, as the central server says. Store's thread."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from migdesk.domain.changes import Change
from migdesk.domain.record import KindSpec
from migdesk.domain.scope import UserCard
from migdesk.store import audit, purging, visibility
from migdesk.store.database import Transaction
from migdesk.store.scoping import Belonging
from migdesk.sync.pull_feed import LEFT_KIND
from migdesk.sync.senders import RecordFacts, may_know

_SERVER = UUID(int=0)
"""Who removes: nobody here."""


def remove_outside(tx: Transaction, op_area: str, user: UserCard | None) -> int:
    """Remove the records of an area that this user may not know of, or all of them; how many went."""

    def keep(spec: KindSpec, place: Belonging) -> bool:
        if user is None:
            return False
        circles = visibility.circles(tx, op_area, {place.circle}) if place.circle else {}
        return may_know(user, tx.schema, spec.number, RecordFacts(place.area, place.author, place.circle), circles)

    wanted: dict[str, list[UUID]] = defaultdict(list)
    # All are judged before any is removed: a case says who is in the circle of what hangs on it.
    for spec, id in purging.outside(tx, op_area, keep):
        wanted[spec.name].append(id)
    return _remove(tx, wanted)


def remove_left(tx: Transaction, said: Iterable[Change]) -> int:
    """Remove the records of which the server says that they left the scope; how many went."""
    wanted: dict[str, list[UUID]] = defaultdict(list)
    for change in said:
        kind = next((edit.value for edit in change.edits if edit.register == LEFT_KIND), 0)
        spec = tx.schema.by_number.get(kind) if isinstance(kind, int) else None
        if spec is not None and not spec.reference:
            wanted[spec.name].append(change.record)
    return _remove(tx, wanted)


def _remove(tx: Transaction, wanted: dict[str, list[UUID]]) -> int:
    gone = sum(purging.purge(tx, tx.schema.by_name[name], ids) for name, ids in wanted.items())
    if gone:
        audit.append(tx, _SERVER, "left_scope", detail=str(gone))
    return gone
