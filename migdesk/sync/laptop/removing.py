"""Takes off a laptop what its user may no longer know of, as the central server says. Store's thread."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from migdesk.domain.case import Case
from migdesk.domain.changes import Change, Register
from migdesk.domain.record import KindSpec
from migdesk.domain.scope import UserCard
from migdesk.store import audit, purging, rows
from migdesk.store.database import Transaction
from migdesk.store.scoping import Belonging
from migdesk.sync.trust.senders import RecordFacts, may_know
from migdesk.sync.wire.scope_words import LEFT_KIND

_OWNER = Register(Case.spec.by_name["owner"].number)
_SERVER = UUID(int=0)
"""Who removes: nobody here."""


def remove_outside(tx: Transaction, op_area: str, user: UserCard | None, own: int) -> int:
    """Remove the records of an area that this user may not know of, or all of them; how many went. Who made herself
    the owner of a case on this device (`own`) is not believed: the server may have refused it. If it did not, it sends
    the case again."""

    def keep(spec: KindSpec, place: Belonging) -> bool:
        if user is None:
            return False
        circles = _circle(tx, place.circle, own) if place.circle else {}
        return may_know(user, tx.schema, spec.number, RecordFacts(place.area, place.author, place.circle), circles)

    wanted: dict[str, list[UUID]] = defaultdict(list)
    # All are judged before any is removed: a case says who is in the circle of what hangs on it.
    for spec, id in purging.outside(tx, op_area, keep):
        wanted[spec.name].append(id)
    return _remove(tx, wanted)


def _circle(tx: Transaction, case: UUID, own: int) -> dict[UUID, frozenset[UUID]]:
    """Author and owner of a case, the owner unless this device named it; nothing if the case is not here."""
    row = rows.load(tx, Case.spec, case.bytes)
    if row is None:
        return {}
    members = {UUID(bytes=row.created_by)}
    owner, stamp = row.values.get(_OWNER), row.stamps.get(_OWNER)
    if isinstance(owner, bytes) and stamp is not None and stamp.device != own:
        members.add(UUID(bytes=owner))
    return {case: frozenset(members)}


def remove_held(tx: Transaction, op_area: str) -> int:
    """Remove what an area has of kinds that this version does not know, for nobody here can say whether its user may
    know of them; how many records went."""
    return _told(tx, purging.drop_held(tx, purging.held_in(tx, op_area)))


def remove_left(tx: Transaction, said: Iterable[Change]) -> int:
    """Remove the records of which the server says that they left the scope, of kinds that are not known here too; how
    many went."""
    wanted: dict[str, list[UUID]] = defaultdict(list)
    held: list[UUID] = []
    for change in said:
        kind = next((edit.value for edit in change.edits if edit.register == LEFT_KIND), 0)
        spec = tx.schema.by_number.get(kind) if isinstance(kind, int) else None
        if spec is not None and not spec.reference:
            wanted[spec.name].append(change.record)
        elif spec is None:
            held.append(change.record)
    return _remove(tx, wanted) + _told(tx, purging.drop_held(tx, held))


def _remove(tx: Transaction, wanted: dict[str, list[UUID]]) -> int:
    return _told(tx, sum(purging.purge(tx, tx.schema.by_name[name], ids) for name, ids in wanted.items()))


def _told(tx: Transaction, gone: int) -> int:
    if gone:
        audit.append(tx, _SERVER, "left_scope", detail=str(gone))
    return gone
