"""The server's side of an exchange, for whoever serves: server and hub. Blocks in `db`; no transaction while it waits.

A request is received piece by piece (`receive`), then answered (`answer`). Whatever arrived before a cut is kept, so
that the sender goes on at its byte; a batch that is whole is applied in one transaction of its own.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from migdesk.clock import to_ms
from migdesk.domain.changes import Change
from migdesk.domain.scope import UserCard
from migdesk.errors import RefusedError
from migdesk.i18n.markers import N_
from migdesk.store import change_log, inbox
from migdesk.store.database import Store, Transaction
from migdesk.store.inbox import FrozenReply, StreamKey
from migdesk.sync.batch import FLAG_MORE, FLAG_REPLY, NO_PREVIOUS, BatchHead, build
from migdesk.sync.codec import Codec
from migdesk.sync.frames import (
    PROTOCOL,
    Ack,
    Ask,
    Control,
    Cursor,
    End,
    Frame,
    FrameReader,
    Hello,
    Part,
    Pull,
    Push,
    State,
    encode,
)  # fmt: skip
from migdesk.sync.limits import LIMITS, BadBatchError
from migdesk.sync.receiving import Received, Source, facts_of, receive_batch
from migdesk.sync.runner import Runner
from migdesk.sync.senders import DeviceRow, may_pull, op_area_in_scope
from migdesk.vault.device_keys import DeviceKeys

REPLY_CHANGES = 2_000
REPLY_BYTES = 16 << 20
_SPOOL_AT = 64 << 10
_BEHIND_MOST = 64
_FRAMES_MOST = 20_000


@dataclass(frozen=True, slots=True)
class HostIdentity:
    """Who serves: the organisation, the keys that sign replies, the generation (8 bytes) of its data."""

    org: UUID
    keys: DeviceKeys
    generation: bytes


class _Arriving:
    """Bytes of one pushed batch that are in memory and not yet spooled."""

    def __init__(self, offset: int, total: int) -> None:
        self.offset, self.total = offset, total
        self.data = bytearray()

    @property
    def end(self) -> int:
        return self.offset + len(self.data)


class Exchange:
    """One request of one device. Not for two threads at once."""

    def __init__(self, db: Runner, row: DeviceRow, host: HostIdentity, codec: Codec) -> None:
        self._db = db
        self._row, self._host, self._codec = row, host, codec
        self._source = Source(row, host.org, codec, "net")
        self._reader = FrameReader()
        self._hello: Hello | None = None
        self._arriving: dict[tuple[StreamKey, int], _Arriving] = {}
        self._received: dict[StreamKey, list[Received]] = {}
        self._asked: dict[StreamKey, Ask] = {}
        self._cursors: dict[str, int] = {}
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
        for key, n in list(self._arriving):
            self._spool(key, n)

    def answer(self) -> Iterator[bytes]:
        """The reply, piece by piece. Without the request's END it raises BadBatchError, and keeps what arrived."""
        self.lost()
        if not self._reader.ended or self._hello is None:
            raise BadBatchError("the request was cut")
        yield encode(self._control())
        for ack in self._acks():
            yield encode(ack)
        if self._row.user is not None and not self._row.revoked:
            yield from self._replies(self._row.user)
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
            self._asked[StreamKey(frame.op_area, self._row.device, frame.lane)] = frame
        elif isinstance(frame, Cursor):
            self._cursors[frame.op_area] = frame.seq
        elif isinstance(frame, Part):
            self._parts[frame.op_area] = frame
        elif not isinstance(frame, End):
            raise BadBatchError("frame out of place")

    def _push(self, frame: Push) -> None:
        if frame.n < 1 or not 0 <= frame.lane <= 255 or not 0 < len(frame.op_area) <= 5 or frame.total > LIMITS.packed:
            raise BadBatchError("push out of range")
        key = StreamKey(frame.op_area, self._row.device, frame.lane)
        here = self._arriving.get((key, frame.n))
        if here is None or here.end != frame.offset or here.total != frame.total:
            self._spool(key, frame.n)
            here = self._arriving[key, frame.n] = _Arriving(frame.offset, frame.total)
        here.data += frame.data
        if here.end == here.total:
            self._complete(key, frame.n)
        elif len(here.data) >= _SPOOL_AT:
            self._spool(key, frame.n)

    def _spool(self, key: StreamKey, n: int) -> None:
        here = self._arriving.pop((key, n), None)
        if here and here.data:
            self._db(partial(_spool, key=key, n=n, here=here))

    def _complete(self, key: StreamKey, n: int) -> None:
        here = self._arriving.pop((key, n))
        got = self._db(partial(_finish, key=key, n=n, here=here, source=self._source))
        self._received.setdefault(key, []).extend(got)

    def _control(self) -> Control:
        now = self._db(lambda store: to_ms(store.clock.now()))
        row, host = self._row, self._host
        return Control(host.org.bytes, host.generation, now, row.lease_until_ms, row.revoked)

    def _acks(self) -> Iterator[Ack]:
        """For each stream pushed or asked about: each batch taken, then what else the sender does not know of it."""
        for key in sorted({*self._received, *self._asked}, key=lambda one: (one.lane, one.op_area)):
            for one in self._received.get(key, ()):
                if one.state is not State.RECEIVED:
                    yield Ack(key.op_area, key.lane, one.n, one.state, 0, one.sha256, tuple(one.outcomes))
            state = self._db(partial(_state, key=key))
            if state.forked:
                yield Ack(key.op_area, key.lane, state.next_n, State.FORKED, 0, b"")
                continue
            asked = self._asked.get(key)
            known = max([one.n for one in self._received.get(key, ())], default=asked.applied_n if asked else 0)
            if state.applied_n > known:
                yield Ack(key.op_area, key.lane, state.applied_n, State.APPLIED, 0, state.applied_sha)
            if asked and state.durable_n > asked.durable_n:
                yield Ack(key.op_area, key.lane, state.durable_n, State.DURABLE, 0, b"")
            if state.offset or state.applied_n < known or (asked and not state.applied_n):
                yield Ack(key.op_area, key.lane, state.next_n, State.RECEIVED, state.offset, b"")

    def _replies(self, user: UserCard) -> Iterator[bytes]:
        assert self._hello
        same = self._hello.generation == self._host.generation
        areas = self._db(partial(_areas, user=user, device=self._row.device, forget=not same))
        room = REPLY_BYTES
        for op_area in areas:
            seq = self._cursors.get(op_area, 0) if same else 0
            while room > 0:
                made = self._db(partial(self._next_reply, user=user, op_area=op_area, seq=seq))
                if made is None:
                    break
                if isinstance(made, Cursor):
                    yield encode(made)
                    break
                piece = self._pull(made, same)
                room -= len(piece)
                yield piece
                seq = made.to_seq
                if not made.more:
                    break

    def _pull(self, reply: FrozenReply, same: bool) -> bytes:
        part = self._parts.get(reply.op_area)
        offset = part.offset if part and same and part.reply_id == reply.reply_id else 0
        body = self._db(partial(_body, device=self._row.device, reply=reply))
        offset = min(offset, len(body))
        return encode(Pull(reply.op_area, reply.reply_id, offset, len(body), body[offset:]))

    def _next_reply(self, store: Store, *, user: UserCard, op_area: str, seq: int) -> FrozenReply | Cursor | None:
        """What this reader may see next: a kept reply, a new one, a cursor if there is nothing in it, or None."""
        with store.begin() as tx:
            inbox.drop_replies(tx, self._row.device, op_area, seq)
            kept = inbox.reply_after(tx, self._row.device, op_area, seq)
            if kept:
                return kept
            head = change_log.head(tx, op_area)
            if seq >= head:
                return None
            changes, upto = self._visible(tx, user, op_area, seq)
            if not changes:
                return Cursor(op_area, upto)
            more = upto < head
            flags = FLAG_REPLY | (FLAG_MORE if more else 0)
            plan = BatchHead(
                self._host.org, op_area, 0, self._host.keys.device_id, 0, NO_PREVIOUS, tx.schema.version(), seq, upto,
                to_ms(tx.clock.now()), flags,
            )  # fmt: skip
            body = build(plan, changes, self._host.keys.sign, self._codec)
            reply = FrozenReply(op_area, hashlib.sha256(body).digest()[:16], seq, upto, more, len(body))
            inbox.put_reply(tx, self._row.device, reply, body)
            return reply

    def _visible(self, tx: Transaction, user: UserCard, op_area: str, seq: int) -> tuple[list[Change], int]:
        visible: list[Change] = []
        while len(visible) < REPLY_CHANGES:
            rows = change_log.after(tx, op_area, seq, REPLY_CHANGES - len(visible))
            if not rows:
                break
            changes = [change for _, change in rows if change.device != self._row.device]
            facts, circles = facts_of(tx, op_area, changes)
            visible += [change for change in changes if may_pull(user, change, tx.schema, facts, circles)]
            seq = rows[-1][0]
        return visible, seq


def _spool(store: Store, *, key: StreamKey, n: int, here: _Arriving) -> None:
    with store.begin() as tx:
        state = inbox.stream_state(tx, key)
        if state.applied_n < n <= state.applied_n + _BEHIND_MOST and not state.forked:
            inbox.spool(tx, key, n, here.offset, here.total, bytes(here.data))


def _finish(store: Store, *, key: StreamKey, n: int, here: _Arriving, source: Source) -> list[Received]:
    """Apply a batch of which all bytes are here or spooled, and whatever waited behind it."""
    received = []
    data: bytes | None = bytes(here.data)
    if here.offset:
        with store.begin() as tx:
            inbox.spool(tx, key, n, here.offset, here.total, bytes(here.data))
            data = inbox.spooled(tx, key, n)
    while data is not None:
        try:
            with store.begin() as tx:
                received.append(receive_batch(tx, key, n, data, source))
        except BadBatchError:
            with store.begin() as tx:
                inbox.drop_spooled(tx, key, n)
            break
        with store.read() as tx:
            n = inbox.stream_state(tx, key).next_n
            data = inbox.spooled(tx, key, n) if received[-1].state is not State.FORKED else None
    return received


def _state(store: Store, *, key: StreamKey) -> inbox.StreamState:
    with store.read() as tx:
        return inbox.stream_state(tx, key)


def _areas(store: Store, *, user: UserCard, device: int, forget: bool) -> list[str]:
    """The areas that this user may hear of; with `forget`, replies of another generation are dropped."""
    with store.begin() if forget else store.read() as tx:
        areas = sorted(area for area in change_log.op_areas(tx) if op_area_in_scope(user, area))
        if forget:
            for area in areas:
                inbox.drop_replies(tx, device, area)
        return areas


def _body(store: Store, *, device: int, reply: FrozenReply) -> bytes:
    with store.read() as tx:
        return inbox.read_reply(tx, device, reply.op_area, reply.reply_id)


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
