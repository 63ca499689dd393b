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
from migdesk.vault.enrolment import EnrolmentAnswer, EnrolmentRequest, split_code
from migdesk.vault.rotation import RotationError, RotationFacts, chain

LEASE = timedelta(days=30)
SLOT_MS = 10 * 60 * 1000
MAX_FAILURES = 60
"""Failed enrolments of everybody in two slots of time. With 50 secret bits in a code, guessing takes ages."""


@dataclass(frozen=True, slots=True)
class Denied:
    """Why not: `wrong`, `expired`, `used`, `inactive` (the user), `revoked` (the laptop), `key` (its id belongs to
    another key) or `slow_down`."""

    why: str


class _KeyTakenError(Exception):
    """The device id belongs to another key. Nothing is written then; the code is not spent."""


def enrol(store: Store, identity: Identity, root: bytes, request: EnrolmentRequest) -> EnrolmentAnswer | Denied:
    """Enrol the laptop that signed `request`; the outcome, good or bad, is one committed transaction.

    The same laptop may ask again with its used code: its answer was lost on the way.
    """
    now = store.clock.now()
    try:
        device, rotated = chain(request.rotations, request.sign_key)
        with store.begin() as tx:
            found = _by_code(tx, root, request, device, to_ms(now))
            if isinstance(found, Denied):
                return found
            user, again = found
            known = people.find_device(tx, device)
            if known is not None and known.status != people.ACTIVE:
                return Denied("revoked")
            if known is not None and known.sign_key != request.sign_key:
                raise _KeyTakenError
            if not again:
                _write_device(tx, identity, user, request, (device, rotated))
    except (_KeyTakenError, RotationError):
        return Denied("key")
    return _answer(identity, user, device, to_ms(now), to_ms(now + LEASE))


def _by_code(
    tx: Transaction, root: bytes, request: EnrolmentRequest, device: int, now_ms: int
) -> tuple[UserCard, bool] | Denied:
    """Whom the code is for, and whether this laptop has used it before."""
    slot = now_ms // SLOT_MS
    if enrolment.failures(tx, slot) + enrolment.failures(tx, slot - 1) >= MAX_FAILURES:
        return Denied("slow_down")
    selector, plain = split_code(request.code)
    check = enrolment.try_code(tx, selector, people.code_digest(root, plain), device, now_ms)
    if check.user is None or check.state is CodeState.WRONG:
        enrolment.count_failure(tx, slot)
        return Denied(check.state.value)
    user = people.user_card(tx, check.user)
    return Denied("inactive") if user is None else (user, check.state is CodeState.USED)


def _write_device(
    tx: Transaction, identity: Identity, user: UserCard, request: EnrolmentRequest,
    chained: tuple[int, tuple[RotationFacts, ...]],
) -> None:  # fmt: skip
    """Write the record of a device; its id, and that of the record, come from the first key."""
    author, now, (device, rotated) = people.server_author(identity.keys), tx.clock.now(), chained
    values = people.device_values(user, request.sign_key, request.recipient, request.label, now)
    record = Device.spec.natural_id({"sign_key": rotated[0].old_key if rotated else request.sign_key})
    statements = [b"", *(one.statement for one in request.rotations)]
    keys = [*(one.old_key for one in rotated), request.sign_key]
    for key, statement in zip(keys, statements, strict=True):
        whose = enrolment.find_key(tx, key)
        if whose is not None and whose[0] != device:
            raise _KeyTakenError
        if whose is None:
            enrolment.add_key(tx, device, key, request.recipient, to_ms(now), statement)
    if not enrolment.put_device(tx, device, record, user.id):
        raise _KeyTakenError
    if len(keys) > 1:
        values["former_keys"] = b"".join(keys[:-1])
    writing.save(tx, author, Device, values, record)
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
