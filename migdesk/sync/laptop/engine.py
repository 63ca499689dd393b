"""The laptop's side of an exchange: freeze, send, receive, note. Runs on a network thread, never on the window's.

Every step with the store is one short function given to `db`; between them nothing is locked. A run that is cut or
cancelled leaves a state from which the next one goes on at the byte.
"""

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain

from migdesk.clock import Clock, SystemClock, to_ms
from migdesk.errors import EnvError, MigDeskError, UserError
from migdesk.i18n.markers import N_
from migdesk.store import outbox
from migdesk.store.database import Store
from migdesk.sync.laptop.arriving import Arrivals, Offsets
from migdesk.sync.laptop.hub import Hub
from migdesk.sync.laptop.outgoing import Outgoing, body_of
from migdesk.sync.laptop.pace import Packing
from migdesk.sync.laptop.peers import Central, Peer
from migdesk.sync.laptop.retry import failures_after, next_wait
from migdesk.sync.laptop.shifted_clock import ShiftedClock
from migdesk.sync.progress import CancelledError, Progress, silent
from migdesk.sync.report import SyncReport
from migdesk.sync.runner import Runner, ServerRefusedError, Transport
from migdesk.sync.trust.known_devices import KnownDevice
from migdesk.sync.trust.server_card import ServerCard
from migdesk.sync.wire.codec import Codec
from migdesk.sync.wire.frames import PROTOCOL, Ack, Cursor, End, Frame, FrameReader, Hello, Part, Push, encode
from migdesk.sync.wire.limits import BadBatchError
from migdesk.vault import tickets
from migdesk.vault.device_keys import DeviceKeys
from migdesk.vault.tokens import make_token

EXCHANGE_PATH = "/sync/1/exchange"
STREAMS_PATH = "/sync/1/streams"
_ROUNDS_MOST = 1_000
_PIECE = 64 << 10
_SAFE = N_("Nothing is lost. The sync goes on where it stopped as soon as there is a link.")
_OFFSET_MATTERS_MS = 2_000


@dataclass(frozen=True, slots=True)
class Tuning:
    """`packing` of batches, else what fits the link as it was lately; `tries` exchanges in a row that bring nothing
    before giving up."""

    packing: Packing | None = None
    tries: int = 1


def sync_once(  # noqa: PLR0913 - what a sync needs; all but three by name
    db: Runner,
    transport: Transport,
    keys: DeviceKeys,
    *,
    codec: Codec | None = None,
    clock: Clock | None = None,
    progress: Progress = silent,
    cancel: threading.Event | None = None,
    lock: "threading.Lock | None" = None,
    tuning: Tuning = Tuning(),
    room: KnownDevice | None = None,
) -> SyncReport:
    """Send what waits, receive what is new, note it in the history. With the central server, or with the laptop that
    serves this `room`: it is sent what its user may know of, and what it takes still waits for the server.

    The phases of `progress`: `preparing`, `sending` and `receiving` in bytes, `done`.

    `lock`: the one of this workspace, so that two runs never overlap. Raises UserError if another run holds it, the
    laptop is not enrolled or `cancel` was set; EnvError if the link failed; RefusedError if the server refused. What
    was done until then is kept and noted.
    """
    lock = lock or threading.Lock()
    if not lock.acquire(blocking=False):
        raise UserError(N_("A sync is running already."), hint=N_("Wait until it is done."))
    try:
        codec, clock = codec or Codec.shipped(), clock or SystemClock()
        report = SyncReport()
        peer: Peer = Hub(db, keys, codec, report, room) if room else Central(db, keys, codec, report)
        run = _Run(db, transport, keys, peer, clock, cancel or threading.Event(), report)
        return run.noted(progress, tuning)
    finally:
        lock.release()


class _Run:
    def __init__(
        self,
        db: Runner,
        transport: Transport,
        keys: DeviceKeys,
        peer: Peer,
        clock: Clock,
        cancel: threading.Event,
        report: SyncReport,
    ) -> None:
        self.db, self.transport, self.keys, self.peer, self.clock = db, transport, keys, peer, clock
        self.cancel, self.report = cancel, report
        self.progress: Progress = silent

    def noted(self, progress: Progress, tuning: Tuning) -> SyncReport:
        self.progress = progress
        start = self.clock.monotonic()
        try:
            self.all_rounds(tuning)
        except MigDeskError as error:
            self.report.error = error.message
            raise
        finally:
            self.report.seconds = self.clock.monotonic() - start
            self.db(partial(_note, report=self.report))
        progress("done", 1, 1)
        return self.report

    def all_rounds(self, tuning: Tuning) -> None:
        """Exchanges until nothing waits on either side; after a cut again, as often as `tuning` allows."""
        self.progress("preparing", 0, 0)
        self.peer.begin(tuning.packing)
        failures = 0
        offsets: Offsets = {}
        told = False
        for _ in range(_ROUNDS_MOST):
            before = self.report.bytes_up + self.report.bytes_down
            try:
                if not told:
                    offsets, told = self.where_to_go_on()
                arrivals, out = self.exchange(offsets, told)
            except EnvError:
                offsets, told = {}, False
                failures = failures_after(failures, self.report.bytes_up + self.report.bytes_down - before)
                if failures >= tuning.tries:
                    raise
                self.cancel.wait(next_wait(failures, random.random))
                continue
            offsets, told = arrivals.offsets, True
            if self.finished(arrivals, out):
                return

    def finished(self, arrivals: Arrivals, out: Outgoing) -> bool:
        """Whether another exchange would bring nothing: the other side has all, or refuses to go on."""
        waiting = self.peer.waiting()
        self.report.waiting = len(waiting)
        if self.report.forked or (self.report.revoked and (out.parcels or not waiting)):
            # Revoked: what waits is still taken, into quarantine.
            return True
        if not arrivals.offsets and any(map(out.carries, waiting)):
            raise _cut(BadBatchError("what was sent was not acknowledged"))
        return not waiting and not arrivals.more and not self.peer.left(out)

    def where_to_go_on(self) -> tuple[Offsets, bool]:
        """After a cut: the offsets of what was on its way, and whether they say all that the next request needs. Asked
        in the fewest bytes there are; a link that drops every few kilobytes pays for each."""
        first = self.peer.cut_off()
        if not first:
            return {}, False
        acks: dict[tuple[str, int], Ack] = {}
        reader = FrameReader()
        self.report.requests += 1
        try:
            for piece in self.transport.post(STREAMS_PATH, self.headers(self.peer.card()), (), self.moved):
                for frame in reader.feed(piece):
                    if isinstance(frame, Ack):
                        acks[frame.op_area, frame.lane] = frame
        except (ServerRefusedError, BadBatchError):
            return {}, False  # the exchange says what is wrong, or this server does not know the question
        if not reader.ended or any(one not in acks or acks[one].n != n for one, n in first.items()):
            return {}, False
        return {(0, *one, n): acks[one].offset for one, n in first.items()}, True

    def moved(self, up: int, down: int) -> None:
        self.report.bytes_up += up
        self.report.bytes_down += down

    def exchange(self, offsets: Offsets, told: bool) -> tuple[Arrivals, Outgoing]:
        """One request and its answer. Raises EnvError if it was cut."""
        out = self.peer.prepare(offsets, told=told)
        try:
            return self.attempt(out, offsets), out
        except ServerRefusedError as error:
            if error.error == "ticket":
                self.peer.drop_ticket()
            elif error.error == "clock" and error.server_ms:
                # Our clock is wrong, which must never stop a sync: sign again by the server's time (SYNC 3.3).
                self.peer.clock_is(error.server_ms - to_ms(self.clock.now()))
            else:
                raise
        out = self.peer.prepare(offsets, told=told)
        return self.attempt(out, offsets), out

    def attempt(self, out: Outgoing, offsets: Offsets) -> Arrivals:
        self.report.requests += 1
        arrivals = self.peer.arrivals(out)
        reader, sent, total = FrameReader(), self.report.bytes_up, out.size
        before, start = sent + self.report.bytes_down, self.clock.monotonic()

        def moved(up: int, down: int) -> None:
            self.report.bytes_up += up
            self.report.bytes_down += down
            if up:
                self.progress("sending", min(self.report.bytes_up - sent, total), total)
            else:
                self.progress("receiving", self.report.bytes_down, 0)
            if self.cancel.is_set():
                raise CancelledError(N_("The sync was stopped."), hint=_SAFE)

        headers = self.headers(out.card) | self.peer.anchor()
        try:
            pieces = self.transport.post(EXCHANGE_PATH, headers, self.request(out, offsets), moved)
            for piece in pieces:
                for frame in reader.feed(piece):
                    arrivals.handle(frame)
        except BadBatchError as error:
            raise _cut(error) from error
        finally:
            arrivals.keep()
            count = self.report.bytes_up + self.report.bytes_down - before
            self.peer.moved(count, self.clock.monotonic() - start)
        if not reader.ended:
            raise _cut(None)
        self.settle(arrivals, out)
        return arrivals

    def headers(self, card: ServerCard) -> dict[str, str]:
        clock = ShiftedClock(self.clock, card.clock_offset_ms)
        ticket = self.peer.ticket(card)
        if tickets.is_fresh(ticket, clock.now().timestamp()):
            return {"Authorization": f"Bearer {tickets.to_text(ticket)}"}
        token = make_token(self.keys, self.keys.device_id, self.peer.audience(card), clock)
        return {"Authorization": f"Bearer {token}"}

    def request(self, out: Outgoing, offsets: Offsets) -> Iterator[bytes]:
        """The frames of a request; batches are read one by one, as the link takes them."""
        hello = Hello(PROTOCOL, out.card.org.bytes, out.schema_version, out.card.generation, to_ms(self.clock.now()))
        frames: list[Frame] = [hello]
        frames += out.asks
        frames += [Cursor(one.op_area, one.seq, one.scope, one.gaining, one.gained) for one in out.cursors]
        frames += [Part(part.op_area, part.reply_id, part.have) for part in out.parts]
        head = b"".join(map(encode, frames))
        for one in chain(out.parcels, self.peer.following(out)):
            offset = offsets.get((one.device, one.op_area, one.lane, one.n), 0)
            data = self.db(body_of(one, offset))
            head += encode(Push(one.op_area, one.lane, one.n, offset, one.size, data, one.device))
            if len(head) >= _PIECE:
                yield head
                head = b""
        yield head + encode(End())

    def settle(self, arrivals: Arrivals, out: Outgoing) -> None:
        """The answer was whole: the next request need not ask first. Learn how far our clock is off."""
        ahead = arrivals.server_ms - to_ms(self.clock.now())
        differs = abs(ahead - out.card.clock_offset_ms) > _OFFSET_MATTERS_MS
        self.peer.settle(out, ahead if differs else None)


def _cut(why: BadBatchError | None) -> EnvError:
    if why is None:
        return EnvError(N_("The link was cut before the sync was complete."), hint=_SAFE)
    return EnvError(
        N_("What came back was not the server's answer ({why})."),
        hint=N_("If this network asks for a sign-in in the browser, sign in first. Nothing is lost."),
        why=why.why,
    )


def _note(store: Store, *, report: SyncReport) -> None:
    with store.begin() as tx:
        outbox.sync_note(tx, report.to_json())
