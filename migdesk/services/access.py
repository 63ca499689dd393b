"""What the user of a session may know of: every read goes through here (R-03, default deny). Store thread.

A role without any business with a kind is refused: that is no secret. Of a record that is there but out of scope,
nothing is told: it is not found, like one that never was.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from migdesk.domain.case import Case
from migdesk.domain.office import User
from migdesk.domain.record import KindSpec, Record
from migdesk.domain.scope import in_scope, may_read, may_write
from migdesk.domain.validation import is_complete
from migdesk.domain.values import Missing
from migdesk.errors import RefusedError
from migdesk.i18n.markers import N_
from migdesk.services.session import Session
from migdesk.store import records
from migdesk.store.database import Transaction
from migdesk.store.errors import not_found
from migdesk.store.records import Stored

R = TypeVar("R", bound=Record)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list, and where to go on (None at the end)."""

    rows: tuple[T, ...]
    next: bytes | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What stands beside a record: who, when, whether it is finished or in conflict. `state`: waits, sent, received."""

    area: str
    created_at: datetime
    created_by: UUID
    created_by_name: str
    updated_at: datetime
    updated_by_name: str
    conflicts: int
    state: str
    complete: bool
    may_write: bool


def must_read(session: Session, spec: KindSpec) -> None:
    """Raises RefusedError if this role has no business with this kind."""
    session.must_open()
    if not may_read(session.user.role, spec):
        raise _refused()


def must_write(session: Session, spec: KindSpec) -> None:
    """Raises RefusedError if this role may not write this kind, or nobody may write here for now."""
    if not may_write(session.user.role, spec):
        raise _refused()
    session.must_write()


def _refused() -> RefusedError:
    return RefusedError(N_("Your role has no access to this."), hint=N_("Ask your supervisor if you need it."))


def circle_of(tx: Transaction, stored: Stored[Any]) -> frozenset[UUID] | None:
    """The owner and the author of the case that a record belongs to; None if it belongs to none that is known here."""
    if not stored.record.spec.in_circle:
        return None
    case = stored
    if not isinstance(stored.record, Case):
        found = records.find(tx, Case, stored.meta.circle) if stored.meta.circle else None
        if found is None:
            return frozenset()
        case = found
    owner = {case.record.owner} if case.record.owner else set()
    return frozenset({case.meta.created_by, *owner})


def visible(session: Session, tx: Transaction, stored: Stored[Any]) -> bool:
    """Whether the user may know of this record."""
    spec, meta = stored.record.spec, stored.meta
    return in_scope(session.user, spec, meta.area, circle_of(tx, stored), meta.created_by)


def find(session: Session, tx: Transaction, kind: type[R], id: UUID | Missing | None) -> Stored[R] | None:
    """The record if it is here, stands, and the user may know of it."""
    session.must_open()
    stored = records.find(tx, kind, id) if isinstance(id, UUID) else None
    return stored if stored is not None and not stored.meta.deleted and visible(session, tx, stored) else None


def get(session: Session, tx: Transaction, kind: type[R], id: UUID) -> Stored[R]:
    """Like `find`. Raises NotFoundError, with the same words whether it is absent or out of scope."""
    stored = find(session, tx, kind, id)
    if stored is None:
        raise not_found()
    return stored


def page(
    session: Session,
    tx: Transaction,
    kind: type[R],
    *,
    where: Mapping[str, object] | None = None,
    order: str = "",
    descending: bool = False,
    after: bytes | None = None,
    limit: int = 100,
) -> Page[Stored[R]]:
    """Some `limit` records that the user may know of, in the order of a field (by default of their making). Where many
    are out of scope, a page may be up to twice as long."""
    session.must_open()
    rows: list[Stored[R]] = []
    while True:
        got = records.page(tx, kind, where=where or {}, order=order, descending=descending, after=after, limit=limit)
        for stored in got.rows:
            if visible(session, tx, stored):
                rows.append(stored)
        after = got.next
        if after is None or len(rows) >= limit:
            return Page(tuple(rows), after)


def all_of(
    session: Session, tx: Transaction, kind: type[R], *, where: Mapping[str, object] | None = None, order: str = ""
) -> Iterator[Stored[R]]:
    """Every record that the user may know of; for what belongs to one other record."""
    after: bytes | None = None
    while True:
        got = page(session, tx, kind, where=where, order=order, after=after, limit=500)
        yield from got.rows
        after = got.next
        if after is None:
            return


class Names:
    """Display names of users, each looked up once. Lives for one service call."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._known: dict[UUID, str] = {}

    def __call__(self, user: UUID | None) -> str:
        """The name, or an empty string for nobody or somebody not known here."""
        if user is None:
            return ""
        if user not in self._known:
            found = records.find(self._tx, User, user)
            self._known[user] = (found.record.display_name or found.record.username or "") if found else ""
        return self._known[user]


def about(session: Session, stored: Stored[Any], names: Names) -> About:
    """What a screen shows beside this record."""
    record, meta = stored.record, stored.meta
    return About(
        area=meta.area,
        created_at=meta.created_at,
        created_by=meta.created_by,
        created_by_name=names(meta.created_by),
        updated_at=meta.updated_at,
        updated_by_name=names(meta.updated_by),
        conflicts=meta.conflicts,
        state=str(meta.state),
        complete=is_complete(record.spec, record.values()),
        may_write=may_write(session.user.role, record.spec) and not session.read_only,
    )
