"""A laptop that costs next to nothing: it speaks the protocol, keeps its own place in it, and stores no record.

Batches are made ahead of time, so that who measures a server does not measure this. One thread at a time.
"""

import asyncio
import hashlib
import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import UUID

from migdesk.clock import Clock, SystemClock, new_id, to_ms
from migdesk.domain.changes import Change, Edit, Register
from migdesk.domain.office import User
from migdesk.domain.person import Person
from migdesk.sync.wire.batch import FLAG_ENTERING, FLAG_MORE, NO_PREVIOUS, BatchHead, build, read_head
from migdesk.sync.wire.codec import Codec
from migdesk.sync.wire.frames import (
    Ack,
    Control,
    Cursor,
    End,
    Frame,
    FrameReader,
    Hello,
    Pull,
    Push,
    Scope,
    State,
    encode,
)
from migdesk.vault.device_keys import DeviceKeys
from migdesk.vault.tokens import make_token

EXCHANGE = "/sync/1/exchange"
_LANE = int(Person.spec.lane)


class NotAnsweredError(Exception):
    """The exchange came to no good end; `status` 0 is a broken connection."""

    def __init__(self, status: int, retry_after_s: float = 0) -> None:
        super().__init__(status)
        self.status, self.retry_after_s = status, retry_after_s


async def pause(seconds: float) -> None:
    """Let others go on for a while: a laptop waits before it comes again."""
    await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=seconds)


@dataclass
class SimulatedLaptop:
    """One enrolled device of a user in a village. `waiting` are its frozen batches by number, until acknowledged."""

    keys: DeviceKeys
    org: UUID
    username: str
    area: str
    codec: Codec
    clock: Clock = field(default_factory=SystemClock)
    generation: bytes = b""
    counter: int = 0
    last_n: int = 0
    last_sha: bytes = b""
    pulled: int = 0
    waiting: dict[int, bytes] = field(default_factory=dict)
    cursors: dict[str, Cursor] = field(default_factory=dict)

    @property
    def op_area(self) -> str:
        return self.area[:5]

    def write(self, people: int = 1) -> None:
        """Freeze a batch with so many new people."""
        changes = [self._person() for _ in range(people)]
        self.last_n += 1
        head = BatchHead(
            self.org, self.op_area, _LANE, self.keys.device_id, self.last_n, self.last_sha[:16] or NO_PREVIOUS, 1,
            changes[0].counter, changes[-1].counter, to_ms(self.clock.now()),
        )  # fmt: skip
        data = self.waiting[self.last_n] = build(head, changes, self.keys.sign, self.codec)
        self.last_sha = hashlib.sha256(data).digest()

    def _person(self) -> Change:
        self.counter += 1
        values = {"full_name": f"Orang ke-{self.counter} dari {self.username}", "area_code": self.area}
        edits = tuple(Edit(Register(Person.spec.by_name[name].number), value) for name, value in values.items())
        return Change(
            self.keys.device_id, self.counter, to_ms(self.clock.now()) << 16,
            User.spec.natural_id({"username": self.username}), Person.spec.number, new_id(self.clock), self.area, None,
            edits,
        )  # fmt: skip

    def body(self, most: int = 1) -> bytes:
        """A request that pushes the first `most` waiting batches."""
        hello = Hello(1, self.org.bytes, 1, self.generation, to_ms(self.clock.now()))
        first = sorted(self.waiting)[:most]
        pushes = [Push(self.op_area, _LANE, n, 0, len(self.waiting[n]), self.waiting[n]) for n in first]
        frames: list[Frame] = [hello, *self.cursors.values(), *pushes, End()]
        return b"".join(map(encode, frames))

    def head(self, host: str, length: int) -> bytes:
        """The head of a request, signed now."""
        token = make_token(self.keys, self.keys.device_id, str(self.org), self.clock)
        return (
            f"POST {EXCHANGE} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
            f"Connection: close\r\nContent-Length: {length}\r\n\r\n"
        ).encode("ascii")

    def take(self, answer: bytes) -> bool:
        """Believe an answer; whether more is waiting behind it. Raises NotAnsweredError if it was cut."""
        reader = FrameReader()
        frames = list(reader.feed(answer))
        if not reader.ended:
            raise NotAnsweredError(0)
        more, bodies = False, dict[bytes, bytearray]()
        for frame in frames:
            if isinstance(frame, Pull):
                body = bodies.setdefault(frame.reply_id, bytearray())
                body += frame.data
                more = (len(body) == frame.total and self._pulled(frame.op_area, bytes(body))) or more
            else:
                self._note(frame)
        return more

    def _note(self, frame: Frame) -> None:
        if isinstance(frame, Control):
            self.generation = frame.generation
        elif isinstance(frame, Ack):
            self._acknowledged(frame)
        elif isinstance(frame, Scope):
            known = self.cursors.get(frame.op_area, Cursor(frame.op_area, 0))
            at = known._replace(seq=known.seq or frame.target, gaining=frame.fingerprint, gained=0)
            self.cursors[frame.op_area] = at
        elif isinstance(frame, Cursor):
            known = self.cursors.get(frame.op_area, Cursor(frame.op_area, 0))
            if frame.scope:
                known = known._replace(scope=frame.scope, gaining=b"", gained=0)
            self.cursors[frame.op_area] = known._replace(seq=frame.seq)

    def _acknowledged(self, ack: Ack) -> None:
        assert ack.state in (State.APPLIED, State.DURABLE, State.RECEIVED), ack
        assert not ack.outcomes or all(one.outcome == "duplicate" for one in ack.outcomes), ack
        if ack.state == State.APPLIED:
            for n in [n for n in self.waiting if n <= ack.n]:
                del self.waiting[n]

    def _pulled(self, op_area: str, body: bytes) -> bool:
        head, at = read_head(body), self.cursors.get(op_area, Cursor(op_area, 0))
        self.pulled += head.changes
        more = bool(head.flags & FLAG_MORE)
        if head.flags & FLAG_ENTERING:
            at = at._replace(gained=head.last_counter)
            if not more:
                at = Cursor(op_area, at.seq, at.gaining)
        else:
            at = at._replace(seq=head.last_counter)
        self.cursors[op_area] = at
        return more

    async def sync(self, url: str, most: int = 1) -> bool:
        """One exchange on a connection of its own; whether more is waiting. Raises NotAnsweredError."""
        place = urlsplit(url)
        body = self.body(most)
        try:
            reader, writer = await asyncio.open_connection(
                place.hostname, place.port, ssl=ssl.create_default_context() if place.scheme == "https" else None
            )
            try:
                writer.write(self.head(place.netloc, len(body)) + body)
                await writer.drain()
                answer = await reader.read(-1)
            finally:
                writer.close()
        except OSError as error:
            raise NotAnsweredError(0) from error
        return self.take(_content(answer))


def _content(answer: bytes) -> bytes:
    """The body of an HTTP answer. Raises NotAnsweredError unless it is a 200."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    status = int(lines[0].split(" ")[1]) if lines[0].startswith("HTTP/1.1 ") else 0
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    if status != 200:
        raise NotAnsweredError(status, float(headers.get("retry-after", 0)))
    return _whole(body) if headers.get("transfer-encoding") == "chunked" else body


def _whole(body: bytes) -> bytes:
    pieces = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        count = int(size or b"0", 16)
        pieces.append(rest[:count])
        body = rest[count + 2 :] if count else b""
    return b"".join(pieces)
