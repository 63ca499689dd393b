"""Devices and their users as the reference records of this replica tell them. Store's thread."""

from collections.abc import Iterator
from dataclasses import dataclass

from migdesk.clock import to_ms
from migdesk.domain.office import Device, User
from migdesk.domain.scope import UserCard
from migdesk.store import records
from migdesk.store.database import Transaction
from migdesk.sync.trust.senders import DeviceRow
from migdesk.vault.device_keys import device_id_of

ACTIVE = "active"
_PAGE, _KEY = 500, 32


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A Device record and its user: whom a bundle can come from or go to."""

    row: DeviceRow
    recipient: str
    label: str
    username: str


def each(tx: Transaction) -> Iterator[KnownDevice]:
    """Every device of the organisation that this replica has heard of, revoked ones too."""
    after = None
    while True:
        page = records.page(tx, Device, after=after, limit=_PAGE)
        for stored in page.rows:
            device = stored.record
            if device.sign_key:
                former = former_keys(device)
                yield KnownDevice(
                    DeviceRow(
                        device_id_of((*former, device.sign_key)[0]), device.sign_key,
                        user_of(tx, device.username or ""), revoked=device.status != ACTIVE,
                        lease_until_ms=to_ms(device.lease_until) if device.lease_until else 0, former=former,
                    ),
                    device.recipient or "", device.label or "", device.username or "",
                )  # fmt: skip
        after = page.next
        if after is None:
            return


def find(tx: Transaction, device: int) -> KnownDevice | None:
    """The device with this id."""
    return next((one for one in each(tx) if one.row.device == device), None)


def find_by_key(tx: Transaction, sign_key: bytes) -> KnownDevice | None:
    """The device whose signing key this is, or was."""
    return next((one for one in each(tx) if sign_key in (one.row.sign_key, *one.row.former)), None)


def former_keys(device: Device) -> tuple[bytes, ...]:
    """The signing keys of a device before its present one, the first of them first; its id comes from the first."""
    keys = device.former_keys or b""
    return tuple(keys[at : at + _KEY] for at in range(0, len(keys), _KEY))


def user_of(tx: Transaction, username: str) -> UserCard | None:
    """The active user of this name."""
    if not username:
        return None
    stored = records.find(tx, User, User.spec.natural_id({"username": username}))
    if stored is None or stored.record.active is False:
        return None
    user = stored.record
    areas = tuple(sorted(user.areas or ()))
    return UserCard(user.id, username, user.display_name or "", user.role or "", areas)
