"""The server's side of an exchange, for whoever serves: server and hub. Blocks in `db`; no transaction while it waits.

A request is received piece by piece (`receive`), then answered (`answer`). Whatever arrived before a cut is kept, so
that the sender goes on at its byte; a batch that is whole is applied in one transaction of its own.
"""

from collections.abc import Iterable, Iterator
from functools import partial

from migdesk.clock import to_ms
from migdesk.errors import RefusedError
from migdesk.i18n.markers import N_
from migdesk.store import inbox
from migdesk.store.database import Store
from migdesk.store.inbox import StreamKey
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
    Push,
    State,
    encode,
)  # fmt: skip
from migdesk.sync.host_identity import HostIdentity
from migdesk.sync.limits import LIMITS, BadBatchError
from migdesk.sync.pull_feed import Reader
from migdesk.sync.receiving import OUTCOMES, Received, Source, receive_batch
from migdesk.sync.replying import Asked, Replies
from migdesk.sync.runner import Runner
from migdesk.sync.senders import DeviceRow

_SPOOL_AT = 64 << 10
_BEHIND_MOST = 64
_FRAMES_MOST = 20_000


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
        for key, n in list(self._arriving):
            self._spool(key, n)

    def tally(self) -> dict[str, int]:
        """How many changes were received with which outcome, for a monitor."""
        got = [one for each in self._received.values() for one in each]
        return {outcome: sum(one.count(outcome) for one in got) for outcome in OUTCOMES}

    def answer(self) -> Iterator[bytes]:
        """The reply, piece by piece. Without the request's END it raises BadBatchError, and keeps what arrived."""
        self.lost()
        if not self._reader.ended or self._hello is None:
            raise BadBatchError("the request was cut")
        yield encode(self._control())
        for ack in self._acks():
            yield encode(ack)
        if self._row.user is not None and not self._row.revoked:
            same = self._hello.generation == self._host.generation
            asked = Asked(self._cursors, self._parts) if same else Asked({}, {})
            replies = Replies(self._db, Reader(self._row.user, self._row.device), self._host, self._codec)
            yield from replies.frames(asked, forget=not same)
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
            self._cursors[frame.op_area] = frame
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
