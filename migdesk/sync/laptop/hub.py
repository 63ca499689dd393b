"""A laptop that serves a room, as another laptop exchanges with it. Network thread; the store only through `db`.

A hub is a colleague, not the server: what it takes still waits for the server, it removes nothing, orders nothing and
says nothing of users and devices, and of what it tells only that is kept which both users may know of.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from uuid import UUID

from migdesk.domain.changes import Change, Register
from migdesk.domain.scope import UserCard
from migdesk.errors import RefusedError, UserError
from migdesk.i18n.markers import N_
from migdesk.store import applying, cursors, outbox, relays, replies, scoping
from migdesk.store.applying import Result
from migdesk.store.bulk import Prepared
from migdesk.store.cursors import PullCursor
from migdesk.store.database import Store, Transaction
from migdesk.store.inbox import StreamKey
from migdesk.store.outbox import BatchState, FrozenBatch
from migdesk.sync.inbound import early
from migdesk.sync.laptop import pace
from migdesk.sync.laptop.arriving import Arrivals, Offsets
from migdesk.sync.laptop.outgoing import Outgoing, Parcel, freeze_all, parcel
from migdesk.sync.laptop.pace import Packing
from migdesk.sync.report import SyncReport
from migdesk.sync.runner import Runner
from migdesk.sync.trust import known_devices, scopes, server_card
from migdesk.sync.trust.judging import facts_of
from migdesk.sync.trust.known_devices import KnownDevice
from migdesk.sync.trust.readers import all_may_know
from migdesk.sync.trust.senders import Circles, may_pull
from migdesk.sync.trust.server_card import ServerCard
from migdesk.sync.wire.batch import open_batch
from migdesk.sync.wire.codec import Codec
from migdesk.sync.wire.frames import Ack, Ask, Control, Order, Scope, State
from migdesk.sync.wire.limits import BadBatchError
from migdesk.vault.device_keys import DeviceKeys

_CASE, _OWNER = "case", "owner"
_ID = 16


def audience_of(org: UUID, hub: int) -> str:
    """Whom a token for a room is meant for: that hub and no other, so that it cannot use it at the server."""
    return f"{org}/{hub:016x}"


def find_hub(store: Store, *, device: int, own: int) -> KnownDevice:
    """The device that serves a room, as this laptop knows it from the server. Raises RefusedError unless it is an
    active one of a colleague."""
    with store.read() as tx:
        found = known_devices.find(tx, device)
        if found is None or found.row.revoked or found.row.user is None:
            raise RefusedError(
                N_("The laptop that serves this room is no active device of your organisation."),
                hint=N_("Nothing was sent. Sync with the server first if the laptop is new."),
            )
        if device in {own, server_card.get(tx).device}:
            raise UserError(N_("This is the laptop that serves the room."))
        return found


class Hub:
    """A laptop that serves a room (`peers.Peer`)."""

    def __init__(self, db: Runner, keys: DeviceKeys, codec: Codec, report: SyncReport, hub: KnownDevice) -> None:
        self._db, self._keys, self._codec, self._report, self._hub = db, keys, codec, report, hub
        self._wanted: list[FrozenBatch] = []
        report.peer = f"{hub.row.device:016x}"

    def begin(self, packing: Packing | None) -> None:
        hub, keys = self._hub, self._keys
        self._card, self._user, known = self._db(partial(_meet, hub=hub, own=keys.device_id))
        chosen = packing or known
        freeze = partial(freeze_all, keys=keys, org=self._card.org, codec=self._codec, level=chosen.level)
        self._db(partial(freeze, most=chosen.changes))
        self._wanted, self._report.kept_back = self._db(partial(_for_hub, hub=hub, keys=keys, codec=self._codec))

    def following(self, out: Outgoing) -> Iterator[Parcel]:
        return iter(())

    def cut_off(self) -> dict[tuple[str, int], int]:
        # What a hub has is asked in each exchange anyway.
        return {}

    def card(self) -> ServerCard:
        return self._card

    def prepare(self, offsets: Offsets, *, told: bool) -> Outgoing:
        return self._db(partial(self._prepared, told=told or bool(offsets)))

    def arrivals(self, out: Outgoing) -> Arrivals:
        return HubArrivals(self, self._db, self._codec, out.card, self._report)

    def waiting(self) -> Sequence[FrozenBatch]:
        return self._db(self._left)

    def left(self, out: Outgoing) -> bool:
        return False

    def settle(self, out: Outgoing, ahead_ms: int | None) -> None:
        if ahead_ms is not None:
            self.clock_is(ahead_ms)

    def clock_is(self, ahead_ms: int) -> None:
        # Of this sync alone: a colleague's clock is no better than ours.
        self._card = replace(self._card, clock_offset_ms=ahead_ms)

    def audience(self, card: ServerCard) -> str:
        return audience_of(card.org, self._hub.row.device)

    def ticket(self, card: ServerCard) -> bytes:
        return b""

    def drop_ticket(self) -> None:
        """A room gives none."""

    def anchor(self) -> dict[str, str]:
        return {}

    def moved(self, count: int, seconds: float) -> None:
        """The link of a room says nothing of the way to the server."""

    @property
    def device(self) -> int:
        """The hub's device."""
        return self._hub.row.device

    @property
    def own(self) -> int:
        """The device of this laptop."""
        return self._keys.device_id

    def met(self, generation: bytes) -> ServerCard:
        """The hub said which data it has; with other data than we knew, all that was known of it is void."""
        if generation != self._card.generation:
            self._db(partial(_forget, peer=self.device))
            self._card = replace(self._card, generation=generation)
        return self._card

    def made(self, device: int, data: bytes, signature: bytes) -> bool:
        """Whether the hub signed this."""
        return device == self.device and self._hub.row.made(data, signature)

    def taken(self, store: Store, *, ack: Ack) -> int:
        """The hub has one of our streams up to a batch. Returns how many changes that are."""
        key = StreamKey(ack.op_area, self.own, ack.lane)
        with store.begin() as tx:
            batch = outbox.find_batch(tx, ack.op_area, ack.lane, ack.n)
            if ack.state != State.FORKED and (batch is None or batch.sha256 != ack.sha256):
                return 0
            before = relays.had(tx, self.device).get(key, 0)
            stream = [one for one in self._wanted if (one.op_area, one.lane) == (ack.op_area, ack.lane)]
            # What it takes for a fork is between the server and us; this hub is sent no more of it.
            n = max((one.n for one in stream), default=ack.n) if ack.state == State.FORKED else ack.n
            relays.note(tx, self.device, key, n)
            return 0 if ack.state == State.FORKED else sum(one.changes for one in stream if before < one.n <= n)

    def both_may_know(self, tx: Transaction, op_area: str, changes: Iterable[Change]) -> list[Change]:
        """The changes of a reply that count here: known to the hub's user and to ours, and not about who is who."""
        others = [change for change in changes if change.device != self.own and _is_known(tx, change)]
        facts, circles = facts_of(tx, op_area, others)
        circles = {**_new_circles(tx, others), **circles}
        users = [user for user in (self._hub.row.user, self._user) if user is not None]
        return [one for one in others if all(may_pull(user, one, tx.schema, facts, circles) for user in users)]

    def _prepared(self, store: Store, *, told: bool) -> Outgoing:
        waiting = self._left(store)
        with store.read() as tx:
            first: dict[tuple[str, int], int] = {}
            for batch in waiting:
                first.setdefault((batch.op_area, batch.lane), batch.n)
            asks = () if told else tuple(Ask(area, lane, n - 1) for (area, lane), n in first.items())
            here = cursors.of_peer(tx, self.device).values()
            known = tuple(one for one in here if one.generation == self._card.generation)
            parts = replies.partial_replies(tx, self.device)
            pushed = tuple(map(parcel, waiting)) if told else ()
            return Outgoing(self._card, pushed, known, parts, asks, tx.schema.version())

    def _left(self, store: Store) -> list[FrozenBatch]:
        with store.read() as tx:
            had = relays.had(tx, self.device)
        return [one for one in self._wanted if one.n > had.get(StreamKey(one.op_area, self.own, one.lane), 0)]


class HubArrivals(Arrivals):
    """Handles the frames of one answer of a hub."""

    def __init__(self, hub: Hub, db: Runner, codec: Codec, card: ServerCard, report: SyncReport) -> None:
        super().__init__(db, codec, card, report, hub.own)
        self._hub = hub
        self.peer = hub.device

    def _control(self, frame: Control) -> None:
        if frame.org != self.card.org.bytes:
            raise RefusedError(N_("This room belongs to another organisation."), hint=N_("Nothing was sent."))
        if frame.device != self._device:
            raise BadBatchError("answer for another device")
        self._greeted, self.server_ms = True, frame.server_ms
        self.card = self._hub.met(frame.generation)

    def _ack(self, ack: Ack) -> None:
        if ack.device:
            return
        if ack.state == State.RECEIVED:
            self.offsets[0, ack.op_area, ack.lane, ack.n] = ack.offset
        elif ack.state != State.DURABLE:
            self._report.sent += self._db(partial(self._hub.taken, ack=ack))

    def _scope(self, frame: Scope) -> None:
        self._db(partial(_enter, frame=frame, generation=self.card.generation, peer=self.peer))

    def _order(self, frame: Order) -> None:
        """Only the server gives orders."""

    def _made(self, device: int, data: bytes, signature: bytes) -> bool:
        return self._hub.made(device, data, signature)

    def _take(
        self, tx: Transaction, op_area: str, changes: list[Change], prepared: Prepared | None
    ) -> tuple[list[Result], int]:
        wanted = self._hub.both_may_know(tx, op_area, changes)
        moving = scoping.before(tx, wanted)
        prepared = prepared if len(wanted) == len(changes) else None
        results = applying.apply(tx, wanted, origin="room", prepared=prepared)
        scoping.note_moves(tx, moving)
        early.let_go(tx, wanted)
        return results, 0


def _meet(store: Store, *, hub: KnownDevice, own: int) -> tuple[ServerCard, UserCard, Packing]:
    with store.read() as tx:
        card = server_card.get(tx)
        me = known_devices.find(tx, own)
        if me is None or me.row.user is None or me.row.revoked or card.revoked:
            raise UserError(
                N_("This laptop does not know its own rights yet."), hint=N_("Sync with the server once, then join.")
            )
        known = {one.generation for one in cursors.of_peer(tx, hub.row.device).values()}
        generation = known.pop() if len(known) == 1 else b""
        room = ServerCard("", card.org, hub.row.sign_key, hub.recipient, generation)
        return room, me.row.user, pace.packing(tx)


def _for_hub(store: Store, *, hub: KnownDevice, keys: DeviceKeys, codec: Codec) -> tuple[list[FrozenBatch], int]:
    """Our kept batches that the hub's user may know of as a whole, and how many changes only the server may have.

    A stream stops at the first that waits and may not go: what follows could stand on it.
    """
    assert hub.row.user is not None
    wanted, kept_back, stopped = [], 0, set()
    with store.read() as tx:
        for batch in outbox.undurable(tx):
            stream = (batch.op_area, batch.lane)
            if stream not in stopped:
                body = outbox.read_batch(tx, batch.op_area, batch.lane, batch.n)
                _, changes = open_batch(body, lambda device, *signed: keys.made(*signed), codec)
                if len(all_may_know(tx, (hub.row.user,), batch.op_area, changes)) == len(changes):
                    wanted.append(batch)
                    continue
            if batch.state == BatchState.WAITS:
                stopped.add(stream)
                kept_back += batch.changes
    return wanted, kept_back


def _is_known(tx: Transaction, change: Change) -> bool:
    spec = tx.schema.by_number.get(change.kind)
    return spec is not None and not spec.reference


def _new_circles(tx: Transaction, changes: Iterable[Change]) -> Circles:
    """Who is in the circles of the cases that these changes bring."""
    spec = tx.schema.by_name.get(_CASE)
    members: dict[UUID, set[UUID]] = {}
    if spec is not None:
        owner = Register(spec.by_name[_OWNER].number)
        for change in changes:
            if change.kind == spec.number:
                named = [edit.value for edit in change.edits if edit.register == owner]
                found = {UUID(bytes=value) for value in named if isinstance(value, bytes) and len(value) == _ID}
                members.setdefault(change.record, {change.author}).update(found)
    return {case: frozenset(users) for case, users in members.items()}


def _enter(store: Store, *, frame: Scope, generation: bytes, peer: int) -> None:
    """A hub sees other rights than before: what they bring is asked for, and nothing is removed for a colleague's
    word."""
    with store.begin() as tx:
        replies.drop_parts(tx, frame.op_area, peer)
        if not frame.role:
            cursors.put(tx, PullCursor(frame.op_area, generation, 0, scopes.GONE), peer)
            return
        known = cursors.find(tx, frame.op_area, generation, peer) or PullCursor(frame.op_area, generation, 0)
        cursors.put(tx, replace(known, seq=known.seq or frame.target, gaining=frame.fingerprint, gained=0), peer)


def _forget(store: Store, *, peer: int) -> None:
    with store.begin() as tx:
        cursors.forget(tx, peer)
        relays.forget(tx, peer)
        replies.drop_parts(tx, peer=peer)
