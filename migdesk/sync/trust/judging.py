"""What a device may push and a user may know of, by what is stored of the records. Store's thread; reads only."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from migdesk.domain.changes import Change
from migdesk.domain.scope import UserCard
from migdesk.store import visibility
from migdesk.store.database import Transaction
from migdesk.sync.trust import known_devices
from migdesk.sync.trust.senders import Circles, DeviceRow, Facts, RecordFacts, may_pull, why_not_written


def sort_out(
    tx: Transaction, op_area: str, changes: Sequence[Change], row: DeviceRow
) -> tuple[list[Change], list[tuple[Change, str]]]:
    """The changes that a device may push, and the others with the reason."""
    facts, circles = facts_of(tx, op_area, changes)
    allowed, refused = [], []
    # New records of one author, kind, place and circle are all the same here, and most of a long batch.
    of_new: dict[tuple[object, ...], str] = {}
    for change in changes:
        alike = (change.author.int, change.kind, change.area, change.circle, not change.edits)
        reason = None if change.record in facts else of_new.get(alike)
        if reason is None:
            reason = why_not_written(row, change, op_area, tx.schema, facts, circles)
            if change.record not in facts:
                of_new[alike] = reason
        if reason:
            refused.append((change, reason))
        else:
            allowed.append(change)
    return allowed, refused


def seen_by(tx: Transaction, op_area: str, changes: Sequence[Change], reader: UserCard) -> list[Change]:
    """The changes that this user may know of."""
    facts, circles = facts_of(tx, op_area, changes)
    return [change for change in changes if may_pull(reader, change, tx.schema, facts, circles)]


def facts_of(tx: Transaction, op_area: str, changes: Sequence[Change]) -> tuple[Facts, Circles]:
    """What is stored of the records of these changes, and the circles of their cases."""
    by_kind: dict[int, list[UUID]] = {}
    for change in changes:
        by_kind.setdefault(change.kind, []).append(change.record)
    facts = {}
    for number, ids in by_kind.items():
        spec = tx.schema.by_number.get(number)
        if spec and not spec.reference:
            found = visibility.owners(tx, spec, op_area, ids)
            facts.update({one: RecordFacts(*rest) for one, rest in found.items()})
    cases = {one.circle for one in facts.values() if one.circle} | {one.circle for one in changes if one.circle}
    return facts, visibility.circles(tx, op_area, cases)


def judge(tx: Transaction, op_area: str, changes: Sequence[Change]) -> tuple[list[Change], list[tuple[Change, str]]]:
    """The same for changes of any devices, by what they may write now: such as were kept for long."""
    allowed: list[Change] = []
    refused: list[tuple[Change, str]] = []
    by_device: dict[int, list[Change]] = defaultdict(list)
    for change in changes:
        by_device[change.device].append(change)
    for device, own in by_device.items():
        known = known_devices.find(tx, device)
        if known is None or known.row.revoked:
            refused += [(change, "the device is revoked") for change in own]
            continue
        good, bad = sort_out(tx, op_area, own, known.row)
        allowed += good
        refused += bad
    return allowed, refused
