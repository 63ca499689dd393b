"""Users, devices and one-time codes as the server's administrator handles them. Runs on the store's thread."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from migdesk.clock import to_ms
from migdesk.domain.field_types import AreaCode
from migdesk.domain.office import Area, Device, User
from migdesk.domain.scope import NATIONAL, Role, UserCard
from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.store import audit, enrolment, records, writing
from migdesk.store.database import Store, Transaction
from migdesk.store.writing import Author
from migdesk.sync.trust.known_devices import former_keys
from migdesk.vault.device_keys import DeviceKeys
from migdesk.vault.enrolment import new_enrolment_code, split_code
from migdesk.vault.key_wrap import mac

CODE_LIFE = timedelta(hours=72)
ADMIN_NAME = "admin"
ACTIVE, REVOKED, LOST, WIPED = "active", "revoked", "lost", "wiped"
GONE = (REVOKED, LOST, WIPED)
"""A device with one of these sends and receives nothing more; its late changes go to quarantine."""


@dataclass(frozen=True, slots=True)
class DeviceCard:
    """An enrolled device with what its records say of it. `user` is None if its User record is gone or inactive."""

    device: int
    record: UUID
    sign_key: bytes
    recipient: str
    label: str
    username: str
    status: str
    enrolled_at: datetime | None
    lease_until: datetime | None
    user: UserCard | None
    former: tuple[bytes, ...] = ()


def user_values(username: str, display_name: str, role: str, areas: str) -> dict[str, Any]:
    """Checked values of a User record; `areas` holds area codes with blanks between. Raises UserError."""
    known = Role.parse(role)
    if known is None:
        names = ", ".join(sorted(one.value for one in Role))
        raise UserError(N_("This is not a role."), hint=N_("Roles are: {roles}."), roles=names)
    try:
        name = User.spec.by_name["username"].type.normalise(username.strip().lower())
        shown = User.spec.by_name["display_name"].type.normalise(display_name) or name
    except ValueError as error:
        raise UserError(
            N_("This is not a user name."),
            hint=N_("Use small letters, digits, dots, hyphens and underscores, at most 40, a letter or digit first."),
        ) from error
    try:
        codes = frozenset(AreaCode().normalise(code) for code in areas.split())
    except ValueError as error:
        raise UserError(N_("This is not an area code."), hint=N_("An area code looks like 52.03.09.2004.")) from error
    if not name or not codes:
        raise UserError(N_("A user needs a name and an area."))
    return {"username": name, "display_name": shown, "role": known.value, "areas": codes, "active": True}


def issue_code(store: Store, author: Author, root: bytes, values: dict[str, Any]) -> str:
    """Make or update the user and a code that enrols one laptop of theirs: 72 hours, one use, five tries."""
    now = store.clock.now()
    user = User.spec.natural_id(values)
    with store.begin() as tx:
        # The code first, the records after it: an enrolment locks them in this order too.
        code = _put_code(tx, root, user, now)
        known = records.find(tx, User, user)
        if known is not None and values["display_name"] == values["username"] and known.record.display_name:
            values = {**values, "display_name": known.record.display_name}
        writing.save(tx, author, User, values, user)
        audit.append(tx, author.user, "issue_code", User.spec.name, user)
    return code


def _put_code(tx: Transaction, root: bytes, user: UUID, now: datetime) -> str:
    while True:
        code = new_enrolment_code()
        selector, plain = split_code(code)
        digest = code_digest(root, plain)
        if enrolment.put_code(tx, selector, digest, user, to_ms(now), to_ms(now + CODE_LIFE)):
            return code


def code_digest(root: bytes, plain: str) -> bytes:
    """What is stored of a code: a digest keyed from the server's root key, so that a stolen database tells none."""
    return mac(root, "enrolment code 1", hashlib.sha256(plain.encode("ascii")).digest())


def find_device(tx: Transaction, device: int) -> DeviceCard | None:
    """The enrolled device, whatever its status."""
    row = enrolment.find_device(tx, device)
    return None if row is None else _card(tx, row)


def list_devices(store: Store) -> tuple[DeviceCard, ...]:
    """Every enrolled device."""
    with store.read() as tx:
        cards = (_card(tx, row) for row in enrolment.all_devices(tx))
        return tuple(card for card in cards if card is not None)


def revoke(store: Store, author: Author, name: str, *, lost: bool = False) -> DeviceCard:
    """Take a device's rights away; everybody learns it by pull. At its next contact it is ordered to destroy its
    workspace. `name` is its id, or enough of its beginning; `lost`: nobody knows where it is.

    Raises UserError if no device, or more than one, is meant.
    """
    status = LOST if lost else REVOKED
    meant = name.strip().lower()
    with store.begin() as tx:
        rows = [row for row in enrolment.all_devices(tx) if meant and f"{row.device:016x}".startswith(meant)]
        if len(rows) != 1:
            raise UserError(
                N_("No enrolled device is meant by this, or more than one."),
                hint=N_("Look at the list of devices and give more of the id."),
            )
        if rows[0].device == author.device:
            raise UserError(N_("This is the server itself."))
        writing.save(tx, author, Device, {"status": status}, rows[0].record)
        audit.append(tx, author.user, "revoke", Device.spec.name, rows[0].record, status)
        card = _card(tx, rows[0])
    if card is None:
        raise UserError(N_("The record of this device is missing."))
    return card


def device_values(card_of: UserCard, sign_key: bytes, recipient: str, label: str, now: datetime) -> dict[str, Any]:
    """Values of the Device record of a newly enrolled laptop."""
    return {
        "sign_key": sign_key,
        "recipient": recipient,
        "label": Device.spec.by_name["label"].type.normalise(label),
        "username": card_of.username,
        "status": ACTIVE,
        "enrolled_at": now,
    }


def user_card(tx: Transaction, user: UUID, *, also_inactive: bool = False) -> UserCard | None:
    """What is known of a user, or None if there is no such active one."""
    found = records.find(tx, User, user)
    if found is None or (found.record.active is not True and not also_inactive):
        return None
    record = found.record
    name = record.username or ""
    return UserCard(user, name, record.display_name or name, record.role or "", tuple(sorted(record.areas or ())))


def first_records(tx: Transaction, keys: DeviceKeys, areas: Iterable[dict[str, Any]], now: datetime) -> None:
    """What a new organisation begins with: the areas, an administrator, and the server as a device of theirs."""
    author = server_author(keys)
    admin = user_values(ADMIN_NAME, "Administrator", Role.ADMIN.value, NATIONAL)
    card = UserCard(author.user, ADMIN_NAME, "Administrator", Role.ADMIN.value, (NATIONAL,))
    device = device_values(card, keys.public, keys.recipient, "server", now)
    record = Device.spec.natural_id(device)
    writing.seed(tx, Area, areas)
    writing.save(tx, author, User, admin, author.user)
    writing.save(tx, author, Device, device, record)
    enrolment.put_device(tx, keys.device_id, record, author.user)
    enrolment.add_key(tx, keys.device_id, keys.public, keys.recipient, to_ms(now))
    audit.append(tx, author.user, "create_organisation")


def server_author(keys: DeviceKeys) -> Author:
    """Who the server is in the change log: its own device, in the name of the first administrator."""
    return Author(User.spec.natural_id({"username": ADMIN_NAME}), keys.device_id)


def _card(tx: Transaction, row: enrolment.EnrolledDevice) -> DeviceCard | None:
    found = records.find(tx, Device, row.record)
    if found is None or found.record.sign_key is None:
        return None
    device = found.record
    return DeviceCard(
        row.device, row.record, found.record.sign_key, device.recipient or "", device.label or "",
        device.username or "", device.status or "", device.enrolled_at, device.lease_until, user_card(tx, row.user),
        former_keys(device),
    )  # fmt: skip
