"""What a laptop is about to send: freezing its changes, and the frames of a request. Store's thread unless said."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from migdesk.clock import to_ms
from migdesk.domain.record import Lane
from migdesk.store import cursors, outbox, relays, replies
from migdesk.store.cursors import PullCursor
from migdesk.store.database import Store, Transaction
from migdesk.store.inbox import StreamKey
from migdesk.store.outbox import FrozenBatch, Plan
from migdesk.store.replies import PartialReply
from migdesk.sync.laptop import relaying
from migdesk.sync.laptop.arriving import Offsets
from migdesk.sync.trust import server_card
from migdesk.sync.trust.server_card import ServerCard
from migdesk.sync.wire.batch import BatchHead, build
from migdesk.sync.wire.codec import BY_SIZE, Codec
from migdesk.sync.wire.frames import Ask
from migdesk.vault.device_keys import DeviceKeys

MOST_CHANGES = 1_000
_AHEAD = 2_000
"""So many changes are frozen at once while those before them are on their way."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A batch to be pushed: of this device, or with `device` of another one, which is passed on."""

    op_area: str
    lane: int
    n: int
    size: int
    device: int = 0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request as it was prepared: `asks` name streams and what is known of each."""

    card: ServerCard
    parcels: tuple[Parcel, ...]
    cursors: tuple[PullCursor, ...]
    parts: tuple[PartialReply, ...]
    asks: tuple[Ask, ...]
    schema_version: int

    @property
    def size(self) -> int:
        return sum(one.size for one in self.parcels)

    def carries(self, batch: FrozenBatch) -> bool:
        """Whether this batch of our own is pushed by this request."""
        return parcel(batch) in self.parcels


def freeze_all(
    store: Store, keys: DeviceKeys, org: UUID, codec: Codec, level: int = BY_SIZE, most: int = MOST_CHANGES
) -> list[FrozenBatch]:
    """Freeze everything that waits, some thousand changes in a transaction, at most `most` in a batch."""
    made: list[FrozenBatch] = []
    while True:
        with store.begin() as tx:
            part = outbox.freeze(tx, keys.device_id, builder(tx, keys, org, codec, level), most)
        if not part:
            return made
        made += part


def freeze_next(
    store: Store, keys: DeviceKeys, org: UUID, codec: Codec, level: int = BY_SIZE, most: int = MOST_CHANGES
) -> list[FrozenBatch]:
    """Freeze some of what waits, in one short transaction; nothing if all is frozen."""
    with store.begin() as tx:
        return outbox.freeze(tx, keys.device_id, builder(tx, keys, org, codec, level), most, _AHEAD)


def waits_in_one_lane(store: Store) -> bool:
    """Whether batches may be sent as they are frozen, for none that comes later is more urgent."""
    with store.read() as tx:
        return outbox.waits_in_one_lane(tx)


def builder(tx: Transaction, keys: DeviceKeys, org: UUID, codec: Codec, level: int) -> Callable[[Plan], bytes]:
    """What makes a signed batch of a plan."""

    def made(plan: Plan) -> bytes:
        counters = [change.counter for change in plan.changes]
        head = BatchHead(
            org, plan.op_area, plan.lane, keys.device_id, plan.n, plan.prev_sha16, tx.schema.version(), counters[0],
            counters[-1], to_ms(tx.clock.now()),
        )  # fmt: skip
        return build(head, plan.changes, keys.sign, codec, level)

    return made


def prepare(store: Store, *, offsets: Offsets, told: bool, device: int, urgent: bool = False) -> Outgoing:
    """The next request to the central server. `told`: it said, in this run, how much it has of every stream.

    Until then nothing is pushed after a cut exchange, nor what somebody else may have brought, nor of others. With
    `urgent`, on a thin link, urgent lanes are pushed alone if any of them waits.
    """
    with store.begin() as tx:
        card = server_card.get(tx)
        known = told or bool(offsets)
        pushed: list[Parcel] = []
        if known or not card.unsure:
            waiting = outbox.pending(tx)
            hubs = {} if known else relays.at_hubs(tx, device)
            elsewhere = {one[:2] for one in map(_place, waiting) if hubs.get(one[:2], 0) >= one[2]}
            pushed = [parcel(one) for one in waiting if (one.op_area, one.lane) not in elsewhere]
        asks = [] if told else relaying.to_ask(tx)
        if told:
            pushed += [Parcel(*_stream(one.key), one.n, one.size, one.key.device) for one in relaying.to_push(tx)]
            pushed.sort(key=lambda one: one.lane)
        if urgent and any(one.lane <= Lane.URGENT for one in pushed):
            pushed = [one for one in pushed if one.lane <= Lane.URGENT]
        if pushed and not card.unsure:
            card = server_card.change(tx, unsure=True)
        streams = {(one.op_area, one.lane) for one in pushed if not one.device}
        here = tuple(one for one in cursors.of_peer(tx).values() if one.generation == card.generation)
        # A stream that is pushed is acknowledged anyway.
        asks += [Ask(*head) for head in outbox.heads(tx) if head[:2] not in streams]
        return Outgoing(card, tuple(pushed), here, replies.partial_replies(tx), tuple(asks), tx.schema.version())


def parcel(batch: FrozenBatch) -> Parcel:
    """A batch of this device."""
    return Parcel(batch.op_area, batch.lane, batch.n, batch.size)


def body_of(batch: Parcel, offset: int) -> Callable[[Store], bytes]:
    """Reads the bytes of a kept batch from `offset` on."""
    return partial(_read, batch=batch, offset=offset)


def _place(batch: FrozenBatch) -> tuple[str, int, int]:
    return batch.op_area, batch.lane, batch.n


def _stream(key: StreamKey) -> tuple[str, int]:
    return key.op_area, key.lane


def _read(store: Store, *, batch: Parcel, offset: int) -> bytes:
    with store.read() as tx:
        if batch.device:
            return relays.read(tx, StreamKey(batch.op_area, batch.device, batch.lane), batch.n, offset)
        return outbox.read_batch(tx, batch.op_area, batch.lane, batch.n, offset)
