"""How fast the link was, and how batches are packed for it. Kept beside the server card. Store's thread."""

from dataclasses import dataclass

from migdesk.store import outbox, settings
from migdesk.store.database import Store, Transaction
from migdesk.sync.laptop.outgoing import MOST_CHANGES
from migdesk.sync.wire.codec import BY_SIZE, LEVEL, LEVEL_FAST, LEVEL_SMALL

THIN_BYTES_S = 60 << 10
"""Below it the slowest packing is sooner done with than the bytes that it saves would take."""
WIDE_BYTES_S = 256 << 10
"""Above it a long batch is sooner packed quickly than sent with a twentieth less; what is measured is never more than
what both ends can work off."""
WINDOW_S = 20.0
LEAST_BATCH = 64 << 10
CHANGE_BYTES = 250
"""What a change takes in a batch, before any batch of this laptop tells."""

_TELLING_BYTES = 8 << 10
_TELLING_S = 0.001
_SHARE = 0.3
_NAME = "sync.pace"


@dataclass(frozen=True, slots=True)
class Packing:
    """How the next batches are made: zstd level, at most so many changes in one; on a thin link the urgent go first."""

    level: int = BY_SIZE
    changes: int = MOST_CHANGES
    thin: bool = False


def tells(count: int, seconds: float) -> bool:
    """Whether an exchange moved enough bytes to tell more than how long one waits for the first."""
    return count >= _TELLING_BYTES and seconds >= _TELLING_S


def note(store: Store, *, count: int, seconds: float) -> int:
    """Take an exchange into account: the bytes a second of about the last 20 s of moving; what it is now."""
    with store.begin() as tx:
        known = _kept(tx)
        # A short burst says less than a long one; a change for good is believed within a few exchanges.
        share = min(1.0, max(_SHARE, seconds / WINDOW_S)) if known else 1.0
        speed = max(1, round(known * (1 - share) + count / seconds * share))
        if speed != known:
            settings.put(tx, _NAME, speed)
    return speed


def packing(tx: Transaction) -> Packing:
    """How to pack for the link as it was lately; the middle way if nothing is known."""
    speed = _kept(tx)
    if not speed:
        return Packing()
    return packing_for(speed, outbox.bytes_a_change(tx) or CHANGE_BYTES)


def packing_for(bytes_s: int, bytes_a_change: float) -> Packing:
    """The packing for a link that moves so much, of changes that take so much each."""
    level = LEVEL if bytes_s < WIDE_BYTES_S else LEVEL_FAST
    if bytes_s < THIN_BYTES_S:
        level = LEVEL_SMALL
    batch = max(LEAST_BATCH, bytes_s * WINDOW_S)
    changes = max(1, min(MOST_CHANGES, round(batch / bytes_a_change)))
    return Packing(level, changes, bytes_s < THIN_BYTES_S)


def _kept(tx: Transaction) -> int:
    kept = settings.get(tx, _NAME, 0)
    return kept if isinstance(kept, int) and kept > 0 else 0
