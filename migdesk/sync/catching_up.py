"""Judges changes that a server kept while it did not know their kind: by the rules of a push. Store's thread."""

from collections import defaultdict
from collections.abc import Sequence

from migdesk.domain.changes import Change
from migdesk.store.database import Transaction
from migdesk.sync import known_devices
from migdesk.sync.receiving import sort_out


def judge(tx: Transaction, op_area: str, changes: Sequence[Change]) -> tuple[list[Change], list[tuple[Change, str]]]:
    """The changes that their devices may have made, in order, and the others with the reason (`upgrading.Judge`)."""
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
