"""One received batch becomes applied changes: the same way from the network, a hub and a stick. Store's thread.

Whatever is wrong with a batch or a change, its bytes are kept in quarantine and the rest of the stream goes on.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from migdesk.domain.changes import Change
from migdesk.domain.scope import UserCard
from migdesk.store import applying, audit, inbox, relays, scoping
from migdesk.store.applying import Result
from migdesk.store.bulk import Prepared
from migdesk.store.database import Transaction
from migdesk.store.inbox import StreamKey
from migdesk.store.relays import RelayBatch
from migdesk.sync.inbound.early import WHY, keep, let_go, told_apart
from migdesk.sync.trust.judging import seen_by, sort_out
from migdesk.sync.trust.senders import DeviceRow
from migdesk.sync.wire.batch import NO_PREVIOUS, SIGNATURE, BatchHead, open_batch, read_head
from migdesk.sync.wire.codec import Codec
from migdesk.sync.wire.frames import Outcome, State
from migdesk.sync.wire.limits import BadBatchError

APPLIED, DUPLICATE, CONFLICT, HELD, REJECTED = "applied", "duplicate", "conflict", "held", "rejected"
FORK = "another batch has this number"
OUTCOMES = (APPLIED, DUPLICATE, CONFLICT, HELD, REJECTED)


class Opened(NamedTuple):
    """What is in a batch, with what was made of its changes before they meet the store."""

    head: BatchHead
    changes: list[Change]
    prepared: Prepared | None = None


@dataclass(slots=True)
class Received:
    """What became of a batch: its state in its stream, and the changes that were not simply applied. `why` it is in
    quarantine as a whole, in English."""

    state: State
    n: int
    sha256: bytes = b""
    changes: int = 0
    outcomes: list[Outcome] = field(default_factory=list)
    outside: int = 0
    why: str = ""

    def count(self, outcome: str) -> int:
        """How many changes had this outcome."""
        if outcome == APPLIED:
            return self.changes - self.outside - len(self.outcomes)
        return sum(one.outcome == outcome for one in self.outcomes)


class _ForkedError(BadBatchError):
    """The batch does not follow the one before it here."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where batches come from and what they are judged by. `via` is for the log: `net`, `room` or `bundle`.

    `reader` is given on a laptop: what this user may not know of is not kept. `passes_on`: a laptop that keeps the
    bytes of the batches for the central server. `ahead`: it applies one whose forerunners it never saw, which may have
    gone another way; only the central server has every stream whole. `brought`: by somebody else than the author, who
    must not be harmed by it: of other signed bytes than this very batch nothing is kept.
    """

    row: DeviceRow
    org: UUID
    codec: Codec
    via: str
    reader: UserCard | None = None
    passes_on: bool = False
    ahead: bool = False
    brought: bool = False


def receive_batch(
    tx: Transaction, key: StreamKey, n: int, data: bytes, source: Source, opened: Callable[[], Opened] | None = None
) -> Received:
    """Apply batch `n` of a stream if it is next, keep it if it is ahead of its turn, know it again if it is old.

    `opened`, if somebody began to open the batch already, gives what is in it or raises BadBatchError.

    Raises BadBatchError, with nothing changed, if the signature does not hold.
    """
    sha256 = hashlib.sha256(data).digest()
    state = inbox.stream_state(tx, key, lock=True)
    if state.forked:
        return _fork(tx, key, n, data)
    known = inbox.known_batch(tx, key, n) if n <= state.applied_n else None
    missed = n <= state.applied_n and known is None and source.reader is not None
    if n <= state.applied_n and not missed:
        if known != sha256:
            return _fork(tx, key, n, data)
        inbox.drop_spooled(tx, key, n)
        return Received(State.APPLIED, n, sha256)
    if not source.row.made(data[:-SIGNATURE], data[-SIGNATURE:]):
        raise BadBatchError("signature does not hold")
    if source.brought and _named(read_head(data)) != (source.org, key, n):
        raise BadBatchError("header is of another stream")
    if source.passes_on:
        relays.keep(tx, RelayBatch(key, n, sha256, len(data), _changes_in(data)), data)
    if n > state.next_n and not source.ahead:
        inbox.spool(tx, key, n, 0, len(data), data)
        return Received(State.RECEIVED, n, sha256)
    previous = state.applied_sha if n == state.next_n else inbox.known_batch(tx, key, n - 1)
    try:
        received = _apply(tx, key, n, data, source, previous, opened)
    except _ForkedError:
        return _fork(tx, key, n, data)
    except BadBatchError as error:
        inbox.quarantine(tx, key.op_area, key.device, data, error.why, form="batch", counter=n)
        received = Received(State.REFUSED, n, why=error.why)
    received.sha256 = sha256
    inbox.accept(tx, key, n, sha256, len(data), source.via, late=missed, spooled=state.offset > 0 or n != state.next_n)
    return received


def _named(head: BatchHead) -> tuple[UUID, StreamKey, int]:
    return head.org, StreamKey(head.op_area, head.device, head.lane), head.n


def _changes_in(data: bytes) -> int:
    """As its header says; 0 if it cannot be read here: a newer server may."""
    try:
        return read_head(data).changes
    except BadBatchError:
        return 0


def _fork(tx: Transaction, key: StreamKey, n: int, data: bytes) -> Received:
    inbox.mark_forked(tx, key)
    inbox.quarantine(tx, key.op_area, key.device, data, FORK, form="batch", counter=n)
    inbox.drop_spooled(tx, key, n)
    return Received(State.FORKED, n, why=FORK)


def _apply(
    tx: Transaction, key: StreamKey, n: int, data: bytes, source: Source, previous: bytes | None,
    opened: Callable[[], Opened] | None,
) -> Received:  # fmt: skip
    """`previous`: the hash of the batch before it, empty for the first, None if that one never was here."""
    head = read_head(data)
    if (head.op_area, head.device, head.lane, head.n) != (key.op_area, key.device, key.lane, n):
        raise BadBatchError("header is of another stream")
    if head.org != source.org:
        raise BadBatchError("batch of another organisation")
    if (previous is not None or n == 1) and head.prev_sha16 != ((previous or b"")[:16] or NO_PREVIOUS):
        raise _ForkedError("does not follow the batch before")
    if source.row.revoked:
        raise BadBatchError("the device is revoked")
    head, changes, prepared = opened() if opened else Opened(*open_batch(data, lambda *_: True, source.codec))
    allowed, refused = sort_out(tx, key.op_area, changes, source.row)
    for change, reason in refused:
        inbox.quarantine_change(tx, key.op_area, change, reason)
        spec = tx.schema.by_number.get(change.kind)
        audit.append(tx, change.author, "refused", spec.name if spec else "", change.record, reason)
    known = allowed if source.reader is None else seen_by(tx, key.op_area, allowed, source.reader)
    now, early = told_apart(tx, known)
    keep(tx, key.op_area, early, source.via)
    moving = scoping.before(tx, now)
    results = applying.apply(tx, now, origin=source.via, prepared=prepared if len(now) == len(changes) else None)
    scoping.note_moves(tx, moving)
    if source.reader is None:
        scoping.note_late(tx, key.op_area, now)
    let_go(tx, now)
    outcomes = [Outcome(change.counter, REJECTED, reason) for change, reason in refused]
    outcomes += [Outcome(change.counter, HELD, WHY) for change, _ in early]
    outcomes += [outcome_of(result) for result in results if result.outcome != APPLIED]
    return Received(State.APPLIED, n, changes=len(changes), outcomes=outcomes, outside=len(allowed) - len(known))


def outcome_of(result: Result) -> Outcome:
    """A store's result as it travels back."""
    return Outcome(result.change_id[1], str(result.outcome), result.reason)
