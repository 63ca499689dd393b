"""What a laptop is about to send: freezing its changes, and the frames of a request. Store's thread unless said."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from migdesk.clock import to_ms
from migdesk.store import cursors, inbox, outbox
from migdesk.store.cursors import PullCursor
from migdesk.store.database import Store, Transaction
from migdesk.store.inbox import PartialReply
from migdesk.store.outbox import FrozenBatch, Plan
from migdesk.sync import server_card
from migdesk.sync.batch import BatchHead, build
from migdesk.sync.codec import LEVEL, Codec
from migdesk.sync.server_card import ServerCard
from migdesk.vault.device_keys import DeviceKeys


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request as it was prepared: `asks` name streams and what is known of each."""

    card: ServerCard
    batches: tuple[FrozenBatch, ...]
    cursors: tuple[PullCursor, ...]
    parts: tuple[PartialReply, ...]
    asks: tuple[tuple[str, int, int, int], ...]
    schema_version: int

    @property
    def size(self) -> int:
        return sum(one.size for one in self.batches)


def freeze_all(store: Store, keys: DeviceKeys, org: UUID, codec: Codec, level: int = LEVEL) -> list[FrozenBatch]:
    """Freeze everything that waits, some thousand changes in a transaction."""
    made: list[FrozenBatch] = []
    while True:
        with store.begin() as tx:
            part = outbox.freeze(tx, keys.device_id, builder(tx, keys, org, codec, level))
        if not part:
            return made
        made += part


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


def prepare(store: Store, offsets: dict[tuple[str, int, int], int]) -> Outgoing:
    """The next request. After a cut exchange it only asks, unless `offsets` says already where each stream goes on."""
    with store.begin() as tx:
        card = server_card.get(tx)
        batches = tuple(outbox.pending(tx))
        pushed = () if card.unsure and not offsets else batches
        if pushed:
            card = server_card.change(tx, unsure=True)
        streams = {(batch.op_area, batch.lane) for batch in pushed}
        here = tuple(one for one in cursors.of_peer(tx).values() if one.generation == card.generation)
        # A stream that is pushed is acknowledged anyway.
        asks = tuple(head for head in outbox.heads(tx) if head[:2] not in streams)
        return Outgoing(card, pushed, here, inbox.partial_replies(tx), asks, tx.schema.version())


def body_of(batch: FrozenBatch, offset: int) -> Callable[[Store], bytes]:
    """Reads the bytes of a frozen batch from `offset` on."""
    return partial(_read, batch=batch, offset=offset)


def _read(store: Store, *, batch: FrozenBatch, offset: int) -> bytes:
    with store.read() as tx:
        return outbox.read_batch(tx, batch.op_area, batch.lane, batch.n, offset)
