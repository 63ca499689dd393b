"""The audit trail for those who may see it: rows with names as far as need-to-know lets, and how the chain stands.

Store thread, but for `check`, which takes long and opens a connection of its own.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from migdesk.domain.acts import ACTS
from migdesk.domain.case import Case
from migdesk.domain.office import User
from migdesk.domain.person import Person
from migdesk.domain.scope import may_audit
from migdesk.errors import RefusedError, UsageError
from migdesk.i18n.markers import N_
from migdesk.services import access, people
from migdesk.services.access import Names, Page
from migdesk.services.session import Session
from migdesk.store import audit
from migdesk.store.audit import Audited
from migdesk.store.database import Transaction
from migdesk.store.findings import Finding

PAGE = 100
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: of this act, by this user, about this record, from `since` to before `until`, as far as given."""

    action: str = ""
    user: UUID | None = None
    record: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `who` is empty for the program itself; `about` is the name of the record, or the code of a case, as far
    as this user may know of it."""

    n: int
    at: datetime
    action: str
    user: UUID
    who: str
    kind: str
    record: UUID | None
    about: str
    detail: str

    @property
    def id(self) -> int:
        """By which a list knows it again."""
        return self.n


@dataclass(frozen=True, slots=True)
class Standing:
    """How the chain stands: how many rows, and what is wrong with it."""

    rows: int
    sha256: str
    findings: tuple[Finding, ...]


def may_see(session: Session) -> bool:
    """Whether this user may know of the trail at all."""
    return may_audit(session.user.role)


def page(session: Session, wanted: Wanted, before: int = 0, limit: int = PAGE) -> Page[Row]:
    """Some rows, latest first, older than number `before` (0: from the end). `next` is the number to go on before, in
    eight bytes. Raises RefusedError; UsageError for an act that is none."""
    _must_see(session)
    if wanted.action and wanted.action not in ACTS:
        raise UsageError(N_("There is no such act."), hint=N_("Acts are: {acts}."), acts=", ".join(ACTS))
    with session.store.read() as tx:
        found = audit.entries(tx, limit, before=before, **asdict(wanted))
        names = Names(tx)
        rows = tuple(_row(session, tx, one, names) for one in found)
    full = len(found) == limit and found[-1].n > 1
    return Page(rows, found[-1].n.to_bytes(8, "big") if full else None)


def each(session: Session, wanted: Wanted) -> Iterator[Row]:
    """All rows, latest first, read page by page; noted in the trail itself."""
    _must_see(session)
    session.notes.audit_read("list")
    before = 0
    while True:
        found = page(session, wanted, before, _AT_ONCE)
        yield from found.rows
        if found.next is None:
            return
        before = int.from_bytes(found.next, "big")


def users(session: Session) -> tuple[tuple[UUID, str], ...]:
    """Everybody who stands in the trail, by name; nobody known has the empty one."""
    _must_see(session)
    with session.store.read() as tx:
        names = Names(tx)
        found = [(id, names(id)) for id in audit.users(tx)]
    return tuple(sorted(found, key=lambda one: (one[1] == "", one[1].casefold())))


def user_of(username: str) -> UUID:
    """The user of this name, whether known here or not."""
    return User.spec.natural_id({"username": username.strip().lower()})


def check(session: Session, stop: Callable[[], bool] = lambda: False) -> Standing:
    """Follow the chain from its beginning: some seconds for a million rows. `stop` ends it early. Any thread."""
    _must_see(session)
    with closing(session.store.open_again()) as own, own.read() as tx:
        head = audit.head(tx)
        return Standing(head.n, head.sha256.hex(), tuple(audit.findings(tx, stop)))


def as_json(row: Row) -> dict[str, Any]:
    """One row as the command line prints it."""
    return {
        "n": row.n, "at": row.at.isoformat().replace("+00:00", "Z"), "act": row.action, "user": str(row.user),
        "user_name": row.who, "kind": row.kind or None, "record": str(row.record) if row.record else None,
        "detail": row.detail,
    }  # fmt: skip


def _must_see(session: Session) -> None:
    session.must_open()
    if not may_see(session):
        raise RefusedError(N_("Your role has no access to this."), hint=N_("Ask your supervisor if you need it."))


def _row(session: Session, tx: Transaction, one: Audited, names: Names) -> Row:
    return Row(
        one.n, one.at, one.action, one.user, names(one.user), one.kind, one.record, _about(session, tx, one), one.detail
    )


def _about(session: Session, tx: Transaction, one: Audited) -> str:
    """Never more than the user would see of the record elsewhere: of a case its code (R-04)."""
    if one.record is None or one.kind not in (Person.spec.name, Case.spec.name, User.spec.name):
        return ""
    if one.kind == User.spec.name:
        return Names(tx)(one.record)
    if one.kind == Case.spec.name:
        case = access.find(session, tx, Case, one.record)
        return (case.record.case_code or "") if case is not None else ""
    person = access.find(session, tx, Person, one.record)
    return people.display_name(person.record) if person is not None else ""
