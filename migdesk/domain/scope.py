"""Who may see and write what (DOMAIN 2.2, R-03): pure, default deny. The server decides by it, and so does a laptop."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from migdesk.domain.record import KindSpec

NATIONAL = "00"


class Role(StrEnum):
    """The roles of DOMAIN 2.2; the values are the codes of the code list `role`."""

    OUTREACH = "OUTREACH"
    CASEWORKER = "CASEWORKER"
    TRAINER = "TRAINER"
    SUPERVISOR = "SUPERVISOR"
    CENTRAL = "CENTRAL"
    PLANNER = "PLANNER"
    ADMIN = "ADMIN"
    DPO = "DPO"

    @classmethod
    def parse(cls, text: str) -> "Role | None":
        """The role of a code in any case of letters, or None: a role that this version does not know has no rights."""
        try:
            return cls(text.strip().upper())
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class UserCard:
    """What is known of a user wherever rights are decided. `areas` are area codes; each stands for its subtree."""

    id: UUID
    username: str
    display_name: str
    role: str
    areas: tuple[str, ...]


_CASES = frozenset({"case", "incident", "case_attachment"})
_TRAINING = frozenset({"training_event", "training_session", "participant", "attendance", "event_attachment"})
_EVENTS = frozenset({"training_event", "training_session"})
_COUNSELLING = frozenset({"counselling_session", "counselling_attachment"})
_PEOPLE = frozenset({"person", "person_attachment"})
_ALL = _PEOPLE | _COUNSELLING | _CASES | _TRAINING

# A kind that a set does not name is denied. Outreach workers hold village information meetings themselves, so they keep
# attendance (T1). A supervisor's approval, reassignment and decision on a conflict are writes. Central and planner get
# aggregates, not records with names; an administrator works on reference records, on the server.
_READS = {
    Role.OUTREACH: _ALL,
    Role.CASEWORKER: _PEOPLE | _COUNSELLING | _CASES,
    Role.TRAINER: _TRAINING,
    Role.SUPERVISOR: _ALL,
    Role.CENTRAL: _EVENTS,
    Role.PLANNER: frozenset[str](),
    Role.ADMIN: frozenset[str](),
    Role.DPO: frozenset[str](),
}
_WRITES = {
    Role.OUTREACH: _ALL,
    Role.CASEWORKER: _PEOPLE | _CASES,
    Role.TRAINER: _TRAINING,
    Role.SUPERVISOR: _ALL,
}


def may_read(role: str, kind: KindSpec) -> bool:
    """Whether this role has any business with this kind at all. Reference records are for everybody."""
    known = Role.parse(role)
    return known is not None and (kind.reference or kind.name in _READS[known])


def may_write(role: str, kind: KindSpec) -> bool:
    """Whether this role may write this kind. Reference records are written by the server alone, by no role."""
    known = Role.parse(role)
    return known is not None and not kind.reference and kind.name in _WRITES.get(known, frozenset())


def may_audit(role: str) -> bool:
    """Whether this role may read the audit trail of the own workspace: who watches over the data, and a supervisor, who
    has to answer for a team. An administrator reads that of the server, and no record (R-14)."""
    return Role.parse(role) in (Role.DPO, Role.SUPERVISOR)


def covers(areas: tuple[str, ...], area: str) -> bool:
    """Whether an area lies in the subtree of one of these; `00` is the whole country."""
    return any(own in (NATIONAL, area) or area.startswith(own + ".") for own in areas)


def in_scope(user: UserCard, kind: KindSpec, area: str, circle_users: frozenset[UUID] | None, author: UUID) -> bool:
    """Whether this user may know of a record of this kind in this area.

    `circle_users` are the owner and the author of the case that the record belongs to (None if it belongs to none, or
    the case is not known here); `author` made the record. A record of a case is for its circle and for the supervisor
    of its area, and for nobody else who works there.
    """
    if not may_read(user.role, kind):
        return False
    if kind.reference:
        return True
    if not kind.in_circle:
        return covers(user.areas, area)
    if Role.parse(user.role) is Role.SUPERVISOR and covers(user.areas, area):
        return True
    return user.id in (circle_users if circle_users is not None else frozenset({author}))
