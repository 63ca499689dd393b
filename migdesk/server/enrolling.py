"""One enrolment: a proven request and a right code make a Device record. Runs on the store's thread."""

from dataclasses import dataclass
from datetime import timedelta

from migdesk.clock import to_ms
from migdesk.domain.office import Device
from migdesk.domain.scope import UserCard
from migdesk.server import people
from migdesk.server.identity import Identity
from migdesk.store import audit, enrolment, writing
from migdesk.store.database import Store, Transaction
from migdesk.store.enrolment import CodeState
from migdesk.vault.device_keys import device_id_of
from migdesk.vault.enrolment import EnrolmentAnswer, EnrolmentRequest, split_code

LEASE = timedelta(days=30)
SLOT_MS = 10 * 60 * 1000
MAX_FAILURES = 60
"""Failed enrolments of everybody in two slots of time. With 50 secret bits in a code, guessing takes ages."""


@dataclass(frozen=True, slots=True)
class Denied:
    """Why not: `wrong`, `expired`, `used`, `inactive` (the user), `revoked` (the laptop) or `slow_down`."""

    why: str


def enrol(store: Store, identity: Identity, root: bytes, request: EnrolmentRequest) -> EnrolmentAnswer | Denied:
    """Enrol the laptop that signed `request`; the outcome, good or bad, is one committed transaction.

    The same laptop may ask again with its used code: its answer was lost on the way.
    """
    now = store.clock.now()
    slot = to_ms(now) // SLOT_MS
    device = device_id_of(request.sign_key)
    selector, plain = split_code(request.code)
    with store.begin() as tx:
        if enrolment.failures(tx, slot) + enrolment.failures(tx, slot - 1) >= MAX_FAILURES:
            return Denied("slow_down")
        check = enrolment.try_code(tx, selector, people.code_digest(root, plain), device, to_ms(now))
        if check.user is None or check.state is CodeState.WRONG:
            enrolment.count_failure(tx, slot)
            return Denied(check.state.value)
        user = people.user_card(tx, check.user)
        if user is None:
            return Denied("inactive")
        known = people.find_device(tx, device)
        if known is not None and known.status != people.ACTIVE:
            return Denied("revoked")
        if check.state is CodeState.GOOD:
            _write_device(tx, identity, user, request, device)
    return _answer(identity, user, device, to_ms(now), to_ms(now + LEASE))


def _write_device(tx: Transaction, identity: Identity, user: UserCard, request: EnrolmentRequest, device: int) -> None:
    author = people.server_author(identity.keys)
    values = people.device_values(user, request.sign_key, request.recipient, request.label, tx.clock.now())
    record = Device.spec.natural_id(values)
    writing.save(tx, author, Device, values, record)
    enrolment.put_device(tx, device, record, user.id)
    audit.append(tx, user.id, "enrol", Device.spec.name, record)


def _answer(identity: Identity, user: UserCard, device: int, now_ms: int, lease_ms: int) -> EnrolmentAnswer:
    return EnrolmentAnswer(
        org=identity.org,
        server_sign_key=identity.keys.public,
        server_recipient=identity.keys.recipient,
        generation=identity.generation,
        device_id=device,
        user=user.id,
        username=user.username,
        display_name=user.display_name,
        role=user.role,
        areas=user.areas,
        lease_until=lease_ms,
        server_time=now_ms,
    )
