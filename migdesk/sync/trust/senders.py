"""Who stands behind a device, and what may be done in its name: the rules of pushing and pulling (DESIGN 4). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from migdesk.domain.changes import Change
from migdesk.domain.record import KindSpec, Schema
from migdesk.domain.scope import NATIONAL, UserCard, covers, in_scope, may_write
from migdesk.vault.device_keys import verify

OP_AREA = 5
"""Characters of an area code that name its operational area: a regency or city."""


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """An enrolled device as a receiver knows it. `user` is None if its user is gone or inactive: no rights. `former`:
    the signing keys that it had before, for what it signed with them."""

    device: int
    sign_key: bytes
    user: UserCard | None
    revoked: bool = False
    lease_until_ms: int = 0
    former: tuple[bytes, ...] = ()

    def made(self, data: bytes, signature: bytes) -> bool:
        """Whether this device signed it, with its present key or a former one."""
        return any(verify(key, data, signature) for key in (self.sign_key, *self.former))


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What decides who may see a record, as it is stored: its area, its author, the case whose circle it is for."""

    area: str
    author: UUID
    circle: UUID | None


Facts = Mapping[UUID, RecordFacts]
"""By record id; a record that is not here is new."""
Circles = Mapping[UUID, frozenset[UUID]]
"""By case id: the users in its circle; a case that is not here is new."""


def op_area_of(area: str) -> str:
    """The operational area that an area code belongs to."""
    return area[:OP_AREA]


def op_area_in_scope(user: UserCard, op_area: str) -> bool:
    """Whether an operational area can hold anything for this user."""
    if op_area == NATIONAL:
        return True
    return any(op_area_of(own) == op_area or covers((own,), op_area) for own in user.areas)


def why_not_written(
    row: DeviceRow, change: Change, op_area: str, schema: Schema, facts: Facts, circles: Circles
) -> str:
    """Why this device may not push this change, in English; empty if it may.

    A kind that this version does not know passes here: it is held until a version knows it.
    """
    user, spec, known = row.user, schema.by_number.get(change.kind), facts.get(change.record)
    if user is None:
        return "the user of this device is not active"
    if not change.edits:
        return "nothing is changed"
    if change.author != user.id:
        return "the author is not the user of this device"
    if op_area_of(change.area) != op_area:
        return "the area is not the one of its batch"
    if not covers(user.areas, change.area) or (known and not covers(user.areas, known.area)):
        return "the area is not one of the user's"
    return _why_not_this_kind(user, change, spec, known, circles) if spec else ""


def _why_not_this_kind(
    user: UserCard, change: Change, spec: KindSpec, known: RecordFacts | None, circles: Circles
) -> str:
    if spec.reference:
        return "reference records are written by the server"
    if not may_write(user.role, spec):
        return "the role may not write this kind"
    if spec.in_circle and not _in_circle(user, change, spec, known, circles):
        return "the user is not in the circle of this case"
    return ""


def _in_circle(user: UserCard, change: Change, spec: KindSpec, known: RecordFacts | None, circles: Circles) -> bool:
    """The circle is that of the stored record; of a new one, that of the case it names."""
    circle = known.circle if known else change.circle
    members = circles.get(circle) if circle else None
    author = known.author if known else change.author
    return in_scope(user, spec, change.area, members, author)


def may_pull(user: UserCard, change: Change, schema: Schema, facts: Facts, circles: Circles) -> bool:
    """Whether this user may know of a change. A kind that this version does not know is nobody's: default deny."""
    known = facts.get(change.record)
    area = known.area if known else change.area
    circle = known.circle if known else change.circle
    return may_know(
        user, schema, change.kind, RecordFacts(area, known.author if known else change.author, circle), circles
    )


def may_know(user: UserCard, schema: Schema, kind: int, facts: RecordFacts, circles: Circles) -> bool:
    """Whether this user may know of a record that belongs like this."""
    spec = schema.by_number.get(kind)
    if spec is None:
        return False
    if not spec.reference and not op_area_in_scope(user, op_area_of(facts.area)):
        return False
    members = circles.get(facts.circle) if facts.circle else None
    return in_scope(user, spec, facts.area, members, facts.author)
