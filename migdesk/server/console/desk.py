"""What the pages of the console read and do, in terms of the store: users, codes, devices, quarantine, audit, areas.

Every function runs on the store's thread. Names and codes only: no page shows what is in a record.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from migdesk.clock import from_ms, to_ms
from migdesk.domain.office import Area, User
from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.server import people, quarantine
from migdesk.server.people import DeviceCard
from migdesk.store import anchors, audit, contacts, enrolment, records, writing
from migdesk.store.audit import Audited
from migdesk.store.database import Store, Transaction
from migdesk.store.enrolment import OpenCode
from migdesk.store.writing import Author
from migdesk.sync.wire.anchor_words import Verdict

QUIET = timedelta(days=14)
"""Who was not heard of for so long stands on the first page."""
AUDIT_PAGE = 100
_AREAS_SHOWN = 200
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an administrator begins: figures, and which laptops are quiet."""

    users: int
    devices: Mapping[str, int]
    quarantine: int
    codes: int
    quiet: tuple["Seen", ...]
    broken: tuple["Broken", ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A device and when it was last heard of (None: never since this is noted)."""

    card: DeviceCard
    at: datetime | None

    @property
    def id(self) -> str:
        return f"{self.card.device:016x}"


@dataclass(frozen=True, slots=True)
class Broken:
    """A device whose audit chain did not follow from the one that is anchored: how often, when last, and whether it
    went back (else it is another one)."""

    card: DeviceCard
    count: int
    at: datetime
    went_back: bool

    @property
    def id(self) -> str:
        return f"{self.card.device:016x}"


@dataclass(frozen=True, slots=True)
class Act:
    """One row of the audit with the name of who did it."""

    row: Audited
    name: str


def overview(store: Store, own_device: int) -> Desk:
    """The figures of the first page."""
    seen = [one for one in devices(store) if one.card.device != own_device]
    limit = store.clock.now() - QUIET
    quiet = [one for one in seen if one.card.status == people.ACTIVE and (one.at is None or one.at < limit)]
    with store.read() as tx:
        now_ms = to_ms(tx.clock.now())
        return Desk(
            users=sum(1 for user in _all_users(tx) if user.active is True),
            devices=Counter(one.card.status for one in seen),
            quarantine=contacts.open_quarantine(tx),
            codes=len(enrolment.open_codes(tx, now_ms)),
            quiet=tuple(quiet[::-1][:20]),
            broken=_broken(tx, seen),
        )


def _broken(tx: Transaction, seen: Sequence[Seen]) -> tuple[Broken, ...]:
    cards = {one.card.device: one.card for one in seen}
    return tuple(
        Broken(cards[one.device], one.count, from_ms(one.at_ms), one.verdict == Verdict.BACK)
        for one in anchors.breaks(tx)
        if one.device in cards
    )


def users(store: Store) -> tuple[User, ...]:
    """Every user, by name."""
    with store.read() as tx:
        return tuple(sorted(_all_users(tx), key=lambda one: one.username or ""))


def find_user(store: Store, username: str) -> User:
    """The user of this name. Raises UserError."""
    with store.read() as tx:
        found = records.find(tx, User, User.spec.natural_id({"username": username}))
    if found is None:
        raise UserError(N_("There is no such user."))
    return found.record


def save_user(store: Store, author: Author, form: Mapping[str, str], *, new: bool) -> str:
    """Make or change a user; returns the name. Raises UserError for what cannot be, and for locking oneself out."""
    values = people.user_values(form["username"], form["display_name"], form["role"], form["areas"])
    values["active"] = form.get("active") == "yes"
    id = User.spec.natural_id(values)
    with store.begin() as tx:
        known = records.find(tx, User, id)
        if new and known is not None:
            raise UserError(
                N_("There is a user of this name already."), hint=N_("Choose another name, or change that one.")
            )
        if id == author.user and (not values["active"] or values["role"] != "ADMIN"):
            raise UserError(N_("You cannot take your own rights away."), hint=N_("Ask another administrator."))
        unknown = sorted(code for code in values["areas"] if code != "00" and not _is_area(tx, code))
        if unknown:
            raise UserError(
                N_("These area codes are not known: {codes}."), hint=N_("Look them up under Areas."),
                codes=" ".join(unknown),
            )  # fmt: skip
        writing.save(tx, author, User, values, id)
        detail = " ".join((values["role"], *sorted(values["areas"]))) if values["active"] else "inactive"
        audit.append(tx, author.user, "user_saved", User.spec.name, id, detail)
    return str(values["username"])


def devices(store: Store) -> tuple[Seen, ...]:
    """Every device, those heard of last first."""
    cards = people.list_devices(store)
    with store.read() as tx:
        at = contacts.last_contacts(tx)
    seen = [Seen(card, from_ms(at[card.device]) if card.device in at else None) for card in cards]
    return tuple(sorted(seen, key=lambda one: one.at.timestamp() if one.at else 0.0, reverse=True))


def find_device(store: Store, name: str) -> Seen:
    """The device of this id (16 hexadecimal digits). Raises UserError."""
    for one in devices(store):
        if one.id == name:
            return one
    raise UserError(N_("There is no such device."))


def codes(store: Store) -> tuple[tuple[OpenCode, str], ...]:
    """The codes that can still be used, and for whom."""
    with store.read() as tx:
        found = enrolment.open_codes(tx, to_ms(tx.clock.now()))
        names = _names(tx)
    return tuple((one, names.get(one.user, "")) for one in found)


def new_code(store: Store, author: Author, root: bytes, username: str) -> str:
    """A one-time code for another laptop of a user as he or she is. Raises UserError if the user is not active."""
    user = find_user(store, username)
    if user.active is not True:
        raise UserError(N_("This user is not active."))
    values = people.user_values(username, user.display_name or "", user.role or "", " ".join(sorted(user.areas or ())))
    return people.issue_code(store, author, root, values)


def waiting(store: Store, state: str) -> Sequence[quarantine.Held]:
    """What is in quarantine."""
    return quarantine.waiting(store, state=state, limit=AUDIT_PAGE)


def acts(store: Store, before: int, action: str, username: str) -> tuple[tuple[Act, ...], list[str]]:
    """A page of the audit, latest first, and every sort of act that occurs."""
    user = User.spec.natural_id({"username": username}) if username else None
    with store.read() as tx:
        rows = audit.entries(tx, AUDIT_PAGE, before=before, action=action, user=user)
        names = _names(tx)
        return tuple(Act(row, names.get(row.user, "")) for row in rows), audit.actions(tx)


def areas(store: Store, words: str) -> tuple[Area, ...]:
    """Areas whose name or code holds these words."""
    wanted = words.casefold().strip()
    with store.read() as tx:
        found = [
            area for area in _areas(tx)
            if wanted in (area.name or "").casefold() or (area.code or "").startswith(wanted)
        ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: one.code or "")[:_AREAS_SHOWN])


def _is_area(tx: Transaction, code: str) -> bool:
    """Known here, or below one that is: a server need not have every village."""
    while code:
        if records.find(tx, Area, Area.spec.natural_id({"code": code})) is not None:
            return True
        code = code.rpartition(".")[0] if code.count(".") > 1 else ""
    return False


def _all_users(tx: Transaction) -> list[User]:
    return [stored.record for stored in records.each(tx, User, None)]


def _areas(tx: Transaction) -> Iterator[Area]:
    return (stored.record for stored in records.each(tx, Area, None))


def _names(tx: Transaction) -> dict[UUID, str]:
    return {user.id: user.username or "" for user in _all_users(tx)}
