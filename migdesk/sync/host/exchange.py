"""The server's side of an exchange, for whoever serves: server and hub. Blocks in `db`; no transaction while it waits.

A request is received piece by piece (`receive`), then answered (`answer`). Whatever arrived before a cut is kept, so
that the sender goes on at its byte; a batch that is whole is applied in one transaction of its own.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from migdesk.clock import to_ms
from migdesk.domain.changes import Change
from migdesk.domain.scope import UserCard
from migdesk.errors import RefusedError
from migdesk.i18n.markers import N_
from migdesk.store import bulk, inbox
from migdesk.store.bulk import Prepared
from migdesk.store.database import Store, Transaction
from migdesk.store.inbox import StreamKey
from migdesk.sync.host.pull_feed import Reader
from migdesk.sync.host.replying import Asked, Replies
from migdesk.sync.inbound.ahead import WORTH_BYTES, Ahead
from migdesk.sync.inbound.receiving import OUTCOMES, Opened, Received, Source, receive_batch
from migdesk.sync.runner import Runner
from migdesk.sync.trust import known_devices, orders
from migdesk.sync.trust.host_identity import HostIdentity
from migdesk.sync.trust.senders import DeviceRow, op_area_in_scope
from migdesk.sync.wire.batch import open_batch
from migdesk.sync.wire.codec import Codec
from migdesk.sync.wire.frames import (
    PROTOCOL,
    Ack,
    Ask,
    Control,
    Cursor,
    End,
    Frame,
    FrameReader,
    Hello,
    Order,
    Part,
    Push,
    State,
    encode,
)  # fmt: skip
from migdesk.sync.wire.limits import LIMITS, BadBatchError

_SPOOL_AT = 64 << 10
_BEHIND_MOST = 64
_FRAMES_MOST = 20_000
_BROUGHT = 256
"""Added to the lane of pieces that somebody brings for others: no lane of a batch is so high."""


class _Arriving:
    """Bytes of one pushed batch that are in memory and not yet spooled."""

    def __init__(self, offset: int, total: int) -> None:
        self.offset, self.total = offset, total
        self.data = bytearray()

    @property
    def end(self) -> int:
        return self.offset + len(self.data)


Desk = tuple[StreamKey, int]
"""The name under which pieces of a batch are spooled."""
AuthorOf = Callable[[Transaction, int], DeviceRow | None]
"""Whose streams others may pass on: the row of a device, or None if it is not known."""


def as_recorded(tx: Transaction, device: int) -> DeviceRow | None:
    """The row of a device as the reference records tell it."""
    found = known_devices.find(tx, device)
    return None if found is None else found.row


class Exchange:
    """One request of one device. Not for two threads at once."""

    def __init__(
        self,
        db: Runner,
        row: DeviceRow,
        host: HostIdentity,
        codec: Codec,
        author_of: AuthorOf = as_recorded,
        ticket: bytes = b"",
        anchor: tuple[int, ...] = (),
    ) -> None:
        """`ticket`: what the caller may show next time in place of a token (`vault.tickets`); `anchor`: what is said of
        the end of its audit (`host.anchoring`)."""
        self._ticket, self._anchor = ticket, anchor
        self._db = db
        self._row, self._host, self._codec, self._author_of = row, host, codec, author_of
        self._sources: dict[int, Source | None] = {row.device: self._source_of(row)}
        self._replies: Replies | None = None
        self._reader = FrameReader()
        self._ahead = Ahead()
        self._prepare: Callable[[Sequence[Change]], Prepared] | None = None
        self._hello: Hello | None = None
        self._arriving: dict[tuple[StreamKey, int], _Arriving] = {}
        self._received: dict[StreamKey, list[Received]] = {}
        self._asked: dict[StreamKey, Ask] = {}
        self._cursors: dict[str, Cursor] = {}
        self._parts: dict[str, Part] = {}
        self._frames = 0

    def receive(self, data: bytes) -> None:
        """Take the next bytes of the request. Raises BadBatchError if they are none, RefusedError if not for us."""
        for frame in self._reader.feed(data):
            self._frames += 1
            if self._frames > _FRAMES_MOST and not isinstance(frame, Push):
                raise BadBatchError("too many frames")
            if self._hello is None:
                self._greet(frame)
            else:
                self._take(frame)

    def lost(self) -> None:
        """The connection broke: keep what arrived."""
        self._ahead.finish()
        self._ahead.close()
        for key, n in list(self._arriving):
            self._spool(key, n)

    def tally(self) -> dict[str, int]:
        """How many changes were received with which outcome, for a monitor."""
        got = [one for each in self._received.values() for one in each]
        return {outcome: sum(one.count(outcome) for one in got) for outcome in OUTCOMES}

    def told(self) -> int:
        """How many changes the answer told, as far as it was made."""
        return self._replies.told if self._replies else 0

    def answer(self) -> Iterator[bytes]:
        """The reply, piece by piece. Without the request's END it raises BadBatchError, and keeps what arrived."""
        self.lost()
        if not self._reader.ended or self._hello is None:
            raise BadBatchError("the request was cut")
        yield encode(self._control())
        for ack in self._acks():
            yield encode(ack)
        if self._row.revoked and (order := self._db(partial(_order, row=self._row, host=self._host))):
            yield encode(order)
        if self._row.user is not None and not self._row.revoked:
            same = self._hello.generation == self._host.generation
            user = self._row.user
            asked = Asked(self._cursors, self._parts) if same else Asked(_of_old(self._cursors, user), {})
            self._replies = Replies(self._db, Reader(self._row.user, self._row.device), self._host, self._codec)
            yield from self._replies.frames(asked, forget=not same)
        yield encode(End())

    def _greet(self, frame: Frame) -> None:
        if not isinstance(frame, Hello) or frame.protocol != PROTOCOL:
            raise BadBatchError("no greeting of this protocol")
        if frame.org != self._host.org.bytes:
            raise RefusedError(
                N_("This server belongs to another organisation."),
                hint=N_("Nothing was sent. Check the address of the server, or enrol this laptop there."),
            )
        self._hello = frame

    def _take(self, frame: Frame) -> None:
        if isinstance(frame, Push):
            self._push(frame)
        elif isinstance(frame, Ask):
            self._ask(frame)
        elif isinstance(frame, Cursor):
            self._cursors[frame.op_area] = frame
        elif isinstance(frame, Part):
            self._parts[frame.op_area] = frame
        elif not isinstance(frame, End):
            raise BadBatchError("frame out of place")

    def _push(self, frame: Push) -> None:
        if frame.n < 1 or not 0 <= frame.lane <= 255 or not 0 < len(frame.op_area) <= 5 or frame.total > LIMITS.packed:
            raise BadBatchError("push out of range")
        if frame.device < 0:
            raise BadBatchError("push out of range")
        key = StreamKey(frame.op_area, frame.device or self._row.device, frame.lane)
        if self._source(key.device) is None:
            # Nobody's, or brought by somebody who may not: its author still has it.
            return
        here = self._arriving.get((key, frame.n))
        if here is None or here.end != frame.offset or here.total != frame.total:
            self._spool(key, frame.n)
            here = self._arriving[key, frame.n] = _Arriving(frame.offset, frame.total)
        here.data += frame.data
        if here.end == here.total:
            self._complete(key, frame.n)
            return
        self._ahead.finish_opened()
        if len(here.data) >= _SPOOL_AT:
            self._spool(key, frame.n)

    def _spool(self, key: StreamKey, n: int) -> None:
        here = self._arriving.pop((key, n), None)
        if here and here.data:
            room = self._host.room_user is not None
            self._db(partial(_spool, key=key, n=n, here=here, desk=self._desk(key, n), room=room))

    def _complete(self, key: StreamKey, n: int) -> None:
        here, source = self._arriving.pop((key, n)), self._source(key.device)
        assert source is not None
        work = partial(_finish, key=key, n=n, here=here, desk=self._desk(key, n), source=source)
        if here.offset or len(here.data) < WORTH_BYTES:
            self._ahead.finish()
            self._apply(None, key, work)
        else:
            self._prepare = self._prepare or self._db(bulk.preparer)
            opened = partial(_opened, here=here, source=source, prepare=self._prepare)
            self._ahead.add(opened, partial(self._apply, key=key, work=work))

    def _apply(self, opened: Callable[[], Opened] | None, key: StreamKey, work: Callable[..., list[Received]]) -> None:
        got = self._db(partial(work, opened=opened))
        self._received.setdefault(key, []).extend(got)

    def _control(self) -> Control:
        now = self._db(lambda store: to_ms(store.clock.now()))
        row, host = self._row, self._host
        said = (now, row.lease_until_ms, row.revoked, row.device, self._ticket, self._anchor)
        return Control(host.org.bytes, host.generation, *said)

    def _desk(self, key: StreamKey, n: int) -> Desk:
        """Where pieces of a batch are kept. Those of others are the business of who brings them: nobody can fill the
        place of a colleague, or put wrong bytes before theirs."""
        if key.device == self._row.device:
            return key, n
        name = hashlib.sha256(key.device.to_bytes(8, "big") + n.to_bytes(8, "big")).digest()
        return StreamKey(key.op_area, self._row.device, key.lane + _BROUGHT), int.from_bytes(name[:7], "big")

    def _source_of(self, row: DeviceRow) -> Source:
        user = self._host.room_user
        if user is None:
            return Source(row, self._host.org, self._codec, "net")
        return Source(row, self._host.org, self._codec, "room", user, passes_on=True, ahead=True)

    def _source(self, device: int) -> Source | None:
        """By what the streams of a device are judged: the caller's, or one that it passes on to the central server."""
        if device not in self._sources:
            row = None
            if self._row.user is not None and not self._row.revoked and self._host.room_user is None:
                row = self._db(partial(_author, device=device, author_of=self._author_of))
            self._sources[device] = None if row is None else replace(self._source_of(row), brought=True)
        return self._sources[device]

    def _ask(self, ask: Ask) -> None:
        user = self._row.user
        if ask.device < 0:
            raise BadBatchError("ask out of range")
        if ask.device and (user is None or not op_area_in_scope(user, ask.op_area) or not self._source(ask.device)):
            return
        self._asked[StreamKey(ask.op_area, ask.device or self._row.device, ask.lane)] = ask

    def _acks(self) -> Iterator[Ack]:
        """For each stream pushed or asked about: each batch taken, then what else the sender does not know of it."""
        keys = sorted({*self._received, *self._asked}, key=lambda one: (one.lane, one.op_area, one.device))
        if not keys:
            return
        bases = {}
        if self._host.room_user is not None:
            bases = {key: ask.applied_n for key, ask in self._asked.items()}
        unclear = [key for key in keys if key in self._asked or not self._is_told(key)]
        states = self._db(partial(_states, keys=unclear, bases=bases, desk=self._desk)) if unclear else {}
        for key in keys:
            yield from self._acks_of(key, states.get(key))

    def _is_told(self, key: StreamKey) -> bool:
        """Whether what just became of a stream's batches is all that there is to say of it."""
        received = self._received.get(key, ())
        return bool(received) and all(one.state is State.APPLIED and one.changes for one in received)

    def _acks_of(self, key: StreamKey, state: inbox.StreamState | None) -> Iterator[Ack]:
        area, lane, device = key.op_area, key.lane, 0 if key.device == self._row.device else key.device
        for one in self._received.get(key, ()):
            if one.state is not State.RECEIVED:
                # What became of its changes is its author's business.
                outcomes = () if device else tuple(one.outcomes)
                yield Ack(area, lane, one.n, one.state, 0, one.sha256, outcomes, device)
        if state is None:
            return
        if state.forked:
            yield Ack(area, lane, state.next_n, State.FORKED, 0, b"", (), device)
            return
        asked = self._asked.get(key)
        known = max([one.n for one in self._received.get(key, ())], default=asked.applied_n if asked else 0)
        if state.applied_n > known:
            yield Ack(area, lane, state.applied_n, State.APPLIED, 0, state.applied_sha, (), device)
        if asked and state.durable_n > asked.durable_n and not device:
            yield Ack(area, lane, state.durable_n, State.DURABLE, 0, b"")
        if state.offset or state.applied_n < known or (asked and not state.applied_n):
            yield Ack(area, lane, state.next_n, State.RECEIVED, state.offset, b"", (), device)


def _author(store: Store, *, device: int, author_of: AuthorOf) -> DeviceRow | None:
    with store.read() as tx:
        return author_of(tx, device)


def kept_of(store: Store, device: int) -> bytes:
    """What is kept of batches of this device that are next in their streams: the answer to who was cut, and asks where
    to go on. Streams that are not in it must be asked about in an exchange."""
    with store.read() as tx:
        found = [one for one in inbox.waiting(tx, device) if one.n == inbox.stream_state(tx, one.key).next_n]
        acks = [encode(Ack(one.key.op_area, one.key.lane, one.n, State.RECEIVED, one.have, b"")) for one in found]
        return b"".join((*acks, encode(End())))


def _of_old(cursors: Mapping[str, Cursor], user: UserCard) -> dict[str, Cursor]:
    """Cursors of another generation say nothing but that something of their areas is, or was, at the reader."""
    return {area: Cursor(area, 0, b"" if op_area_in_scope(user, area) else one.scope) for area, one in cursors.items()}


def _spool(store: Store, *, key: StreamKey, n: int, here: _Arriving, desk: Desk, room: bool) -> None:
    """Keep the beginning of a batch; in a room, whose forerunners may never come, whatever its number is."""
    with store.begin() as tx:
        state = inbox.stream_state(tx, key)
        if state.applied_n < n and (room or n <= state.applied_n + _BEHIND_MOST) and not state.forked:
            inbox.spool(tx, *desk, here.offset, here.total, bytes(here.data))


def _opened(*, here: _Arriving, source: Source, prepare: Callable[[Sequence[Change]], Prepared]) -> Opened:
    """What is in a batch that is all in memory. On any thread."""
    head, changes = open_batch(bytes(here.data), lambda _, *signed: source.row.made(*signed), source.codec)
    return Opened(head, changes, prepare(changes))


def _finish(
    store: Store, *, key: StreamKey, n: int, here: _Arriving, desk: Desk, source: Source,
    opened: Callable[[], Opened] | None = None,
) -> list[Received]:  # fmt: skip
    """Apply a batch of which all bytes are here or spooled, and whatever waited behind it."""
    received = []
    data: bytes | None = bytes(here.data)
    if here.offset:
        with store.begin() as tx:
            inbox.spool(tx, *desk, here.offset, here.total, bytes(here.data))
            data = inbox.spooled(tx, *desk)
    while data is not None:
        try:
            with store.begin() as tx:
                got = receive_batch(tx, key, n, data, source, opened)
                if here.offset and source.brought:
                    inbox.drop_spooled(tx, *desk)
                n, data = _following(tx, key, n, got)
                desk, opened = (key, n), None
        except BadBatchError:
            with store.begin() as tx:
                inbox.drop_spooled(tx, *desk)
            break
        received.append(got)
    return received


def _following(tx: Transaction, key: StreamKey, n: int, got: Received) -> tuple[int, bytes | None]:
    """What waited behind a batch that was just received, if that is whole."""
    if got.state is State.FORKED:
        return n, None
    following = n + 1 if got.changes else inbox.stream_state(tx, key).next_n
    return following, inbox.spooled(tx, key, following)


def _order(store: Store, *, row: DeviceRow, host: HostIdentity) -> Order | None:
    with store.begin() as tx:
        return orders.order_for(tx, row, host)


def _states(
    store: Store, *, keys: Sequence[StreamKey], bases: Mapping[StreamKey, int], desk: Callable[[StreamKey, int], Desk]
) -> dict[StreamKey, inbox.StreamState]:
    """Where streams stand. `bases`: what their sender does not mean to push, the central server has it."""
    found = {}
    with store.read() as tx:
        for key in keys:
            state, base = inbox.stream_state(tx, key), bases.get(key, 0)
            if base > state.applied_n:
                state = replace(state, applied_n=base, applied_sha=b"", offset=inbox.spooled_size(tx, key, base + 1))
            place = desk(key, state.next_n)
            if place[0] != key:
                state = replace(state, offset=inbox.spooled_size(tx, *place))
            found[key] = state
    return found


def serve(db: Runner, row: DeviceRow, host: HostIdentity, codec: Codec, body: Iterable[bytes]) -> Iterator[bytes]:
    """The whole exchange over a request's bytes; what arrived is kept when `body` breaks off with an error."""
    exchange = Exchange(db, row, host, codec)
    try:
        for piece in body:
            exchange.receive(piece)
    except BaseException:
        exchange.lost()
        raise
    yield from exchange.answer()
