"""Late and refused changes for review: what waits, letting it in, dismissing it. Store's thread.

Whoever decides sees from whom, when, how much and why; never what is in it. What is let in is judged once more, as if
its device and its user were active, and keeps its author.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from migdesk.clock import from_ms
from migdesk.domain.changes import Change
from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.server import people
from migdesk.store import applying, audit, enrolment, inbox, scoping
from migdesk.store import quarantine as kept
from migdesk.store.database import Store, Transaction
from migdesk.store.quarantine import DISMISSED, OPEN, RELEASED, Item
from migdesk.store.writing import Author
from migdesk.sync.inbound.receiving import APPLIED, CONFLICT, DUPLICATE, HELD
from migdesk.sync.trust.judging import sort_out
from migdesk.sync.trust.senders import DeviceRow
from migdesk.sync.wire.batch import open_batch, read_head
from migdesk.sync.wire.codec import Codec
from migdesk.sync.wire.limits import BadBatchError

_REASON_MOST = 200


@dataclass(frozen=True, slots=True)
class Held:
    """One item as it is shown. `id` names it; `number` is that of the batch in its stream, or the change's counter."""

    id: str
    device: int
    label: str
    username: str
    device_status: str
    op_area: str
    form: str
    kind: str
    number: int
    reason: str
    size: int
    at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Released:
    """Counts of changes of one item. `refused`: not allowed for an active device either; they wait one by one."""

    id: str
    changes: int
    applied: int
    duplicates: int
    conflicts: int
    held: int
    refused: int


def waiting(store: Store, *, state: str = OPEN, limit: int = 1000) -> tuple[Held, ...]:
    """What is in quarantine, oldest first. `state`: open, released or dismissed."""
    with store.read() as tx:
        return tuple(_held(tx, item) for item in kept.items(tx, state, limit=limit))


def release(store: Store, author: Author, org: UUID, codec: Codec, name: str) -> Released:
    """Let one item in: its changes are applied under their own author. `name` is its id or enough of its beginning.

    Raises UserError if none or several are meant, if it cannot be read, if an earlier batch of the same stream is not
    decided yet, or if nothing of it is allowed for an active device either; then nothing was changed.
    """
    with store.begin() as tx:
        item = _meant(tx, name)
        row = _as_active(tx, item.key.device)
        changes = _changes(tx, item, row, org, codec)
        allowed, refused = sort_out(tx, item.key.op_area, changes, row)
        if refused and not allowed:
            raise UserError(
                N_("This may not be let in: {reason}."),
                hint=N_("Give the user the role or the area that it needs and try again, or dismiss it."),
                reason=refused[0][1],
            )
        if item.form == "batch":
            for change, reason in refused:
                inbox.quarantine_change(tx, item.key.op_area, change, reason)
        moving = scoping.before(tx, allowed)
        results = [str(one.outcome) for one in applying.apply(tx, allowed, origin="quarantine")]
        scoping.note_moves(tx, moving)
        kept.decide(tx, item.key, RELEASED, author.user)
        done = Released(
            item.key.item.hex(), len(changes), results.count(APPLIED), results.count(DUPLICATE),
            results.count(CONFLICT), results.count(HELD), len(refused),
        )  # fmt: skip
        _audit(tx, author, "quarantine_release", item, f"{len(allowed)} of {len(changes)} changes")
    return done


def dismiss(store: Store, author: Author, name: str, reason: str) -> Held:
    """Decide that one item stays out. It is kept as evidence. Raises UserError without a reason, or as `release`."""
    said = " ".join(reason.split())[:_REASON_MOST]
    if not said:
        raise UserError(N_("Say why it is dismissed."))
    with store.begin() as tx:
        item = _meant(tx, name)
        kept.decide(tx, item.key, DISMISSED, author.user, said)
        _audit(tx, author, "quarantine_dismiss", item, "")
        return _held(tx, item, DISMISSED)


def _meant(tx: Transaction, name: str) -> Item:
    meant = name.strip().lower()
    found = [one for one in kept.items(tx, limit=100_000) if meant and one.key.item.hex().startswith(meant)]
    item = kept.find(tx, found[0].key, lock=True) if len(found) == 1 else None
    if item is None or item.state != OPEN:
        raise UserError(
            N_("No open item of the quarantine is meant by this, or more than one."),
            hint=N_("Look at the list and give more of the id."),
        )
    return item


def _as_active(tx: Transaction, device: int) -> DeviceRow:
    """The device as if it and its user were active: what they may not do then, they may never."""
    card, row = people.find_device(tx, device), enrolment.find_device(tx, device)
    user = people.user_card(tx, row.user, also_inactive=True) if row is not None else None
    if card is None or user is None:
        raise UserError(N_("The record of this device or of its user is missing."))
    return DeviceRow(device, card.sign_key, user, former=card.former)


def _changes(tx: Transaction, item: Item, row: DeviceRow, org: UUID, codec: Codec) -> Sequence[Change]:
    body = kept.read(tx, item.key)
    if item.form != "batch":
        return [inbox.read_change(body)]
    try:
        head = read_head(body)
        _must_be_next(tx, item, head.lane)
        head, changes = open_batch(body, lambda device, *signed: device == row.device and row.made(*signed), codec)
        if head.org != org or head.op_area != item.key.op_area:
            raise BadBatchError("batch of another organisation")
    except BadBatchError as error:
        raise UserError(
            N_("This cannot be read: {reason}."), hint=N_("It stays here as it came. Dismiss it."), reason=error.why
        ) from error
    return changes


def _must_be_next(tx: Transaction, item: Item, lane: int) -> None:
    """Batches of a stream are let in in their order."""
    for other in kept.items(tx, device=item.key.device, limit=100_000):
        same = other.form == "batch" and other.key.op_area == item.key.op_area and other.counter < item.counter
        if same and _lane(kept.read(tx, other.key)) == lane:
            raise UserError(
                N_("An earlier part of the same laptop waits too."), hint=N_("Let that one in, or dismiss it, first.")
            )


def _lane(body: bytes) -> int:
    try:
        return read_head(body).lane
    except BadBatchError:
        return -1


def _held(tx: Transaction, item: Item, state: str = "") -> Held:
    card, spec = people.find_device(tx, item.key.device), tx.schema.by_number.get(item.kind)
    return Held(
        id=item.key.item.hex(),
        device=item.key.device,
        label=card.label if card is not None else "",
        username=card.username if card is not None else "",
        device_status=card.status if card is not None else "",
        op_area=item.key.op_area,
        form=item.form,
        kind=spec.name if spec is not None else "",
        number=item.counter,
        reason=item.reason,
        size=item.size,
        at=from_ms(item.at_ms),
        state=state or item.state,
    )


def _audit(tx: Transaction, author: Author, action: str, item: Item, detail: str) -> None:
    which = f"{item.form} {item.key.item.hex()[:16]} of {item.key.device:016x}"
    audit.append(tx, author.user, action, detail=f"{which}: {detail}" if detail else which)
