"""What a device asks for itself besides an exchange: other keys, and that it is wiped. Store's thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from migdesk.clock import to_ms
from migdesk.domain.office import Device
from migdesk.server import people
from migdesk.server.people import DeviceCard
from migdesk.store import audit, device_orders, enrolment, writing
from migdesk.store.database import Store, Transaction
from migdesk.store.writing import Author
from migdesk.sync.trust.orders import Receipt
from migdesk.vault.device_keys import device_id_of, verify
from migdesk.vault.rotation import MOST_ROTATIONS, Rotation, RotationError, RotationFacts


@dataclass(frozen=True, slots=True)
class Denied:
    """Why not: `key` (the statement does not follow from what is known, or a key is another device's), `revoked`,
    `order` (no such order was given) or `proof` (a signature does not hold)."""

    why: str


def rotate(store: Store, author: Author, org: UUID, device: int, asked: Sequence[Rotation]) -> DeviceCard | Denied:
    """Make the last of these keys the present one of a device; what was done before is passed over.

    All or nothing, in one transaction. The record keeps its id; the former keys stand in it, so that everybody still
    knows what they signed.
    """
    try:
        stated = [(one, one.facts()) for one in asked]
    except RotationError:
        return Denied("proof")
    with store.begin() as tx:
        enrolment.lock_device(tx, device)
        card = people.find_device(tx, device)
        if card is None or card.status != people.ACTIVE:
            return Denied("revoked")
        fresh: list[tuple[Rotation, RotationFacts]] = []
        key = card.sign_key
        for one, facts in stated:
            if facts.device != device or facts.org != org:
                return Denied("proof")
            if enrolment.find_key(tx, facts.new_key) == (device, one.statement):
                continue
            if facts.old_key != key or _is_taken(tx, facts.new_key):
                return Denied("key")
            fresh.append((one, facts))
            key = facts.new_key
        if fresh:
            if len(card.former) + len(fresh) > MOST_ROTATIONS:
                return Denied("key")
            _change_keys(tx, author, card, fresh)
        return people.find_device(tx, device) or Denied("revoked")


def is_known(store: Store, device: int, asked: Sequence[Rotation]) -> bool:
    """Whether each of these statements was believed before: their answer was lost on the way."""
    with store.read() as tx:
        return all(enrolment.find_key(tx, one.facts().new_key) == (device, one.statement) for one in asked)


def _is_taken(tx: Transaction, sign_key: bytes) -> bool:
    return enrolment.find_key(tx, sign_key) is not None or enrolment.find_device(tx, device_id_of(sign_key)) is not None


def _change_keys(
    tx: Transaction, author: Author, card: DeviceCard, fresh: Sequence[tuple[Rotation, RotationFacts]]
) -> None:
    now, (_, last) = tx.clock.now(), fresh[-1]
    for one, facts in fresh:
        enrolment.add_key(tx, card.device, facts.new_key, facts.recipient, to_ms(now), one.statement)
    former = (*card.former, *(facts.old_key for _, facts in fresh))
    values = {"sign_key": last.new_key, "recipient": last.recipient, "former_keys": b"".join(former)}
    writing.save(tx, author, Device, values, card.record)
    user = card.user.id if card.user is not None else author.user
    audit.append(tx, user, "rotate_key", Device.spec.name, card.record)


def wiped(store: Store, author: Author, org: UUID, statement: bytes, signature: bytes, receipt: Receipt) -> str:
    """Believe a receipt: signed by a key of the device, for an order that was given to it. Why not, or empty.

    Again changes nothing: a laptop whose answer was lost sends its receipt until it is heard.
    """
    with store.begin() as tx:
        card = people.find_device(tx, receipt.device)
        if card is None or receipt.org != org:
            return "device"
        if not any(verify(key, statement, signature) for key in (card.sign_key, *card.former)):
            return "proof"
        if device_orders.find(tx, receipt.device, receipt.order_id) is None:
            return "order"
        now = to_ms(tx.clock.now())
        if device_orders.confirm(tx, receipt.device, receipt.order_id, statement + signature, now):
            if card.status != people.ACTIVE:
                writing.save(tx, author, Device, {"status": people.WIPED}, card.record)
            lost = receipt.unsent + receipt.withheld
            detail = f"{receipt.delivered} delivered, {lost} lost"
            audit.append(tx, author.user, "wiped", Device.spec.name, card.record, detail)
    return ""
