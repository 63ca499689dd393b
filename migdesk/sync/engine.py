"""The laptop's side of an exchange: freeze, send, receive, note. Runs on a network thread, never on the window's.

Every step with the store is one short function given to `db`; between them nothing is locked. A run that is cut or
cancelled leaves a state from which the next one goes on at the byte.
"""

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from migdesk.clock import Clock, SystemClock, to_ms
from migdesk.errors import EnvError, MigDeskError, UserError
from migdesk.i18n.markers import N_
from migdesk.store import outbox
from migdesk.store.database import Store
from migdesk.store.outbox import FrozenBatch
from migdesk.sync import server_card
from migdesk.sync.arriving import Arrivals
from migdesk.sync.codec import LEVEL, Codec
from migdesk.sync.frames import PROTOCOL, Ask, Cursor, End, Frame, FrameReader, Hello, Part, Push, encode
from migdesk.sync.limits import BadBatchError
from migdesk.sync.outgoing import Outgoing, body_of, freeze_all, prepare
from migdesk.sync.progress import CancelledError, Progress, silent
from migdesk.sync.report import SyncReport
from migdesk.sync.retry import failures_after, next_wait
from migdesk.sync.runner import Runner, ServerRefusedError, Transport
from migdesk.sync.server_card import ServerCard
from migdesk.vault.device_keys import DeviceKeys
from migdesk.vault.tokens import make_token

EXCHANGE_PATH = "/sync/1/exchange"
_ROUNDS_MOST = 1_000
_PIECE = 64 << 10
_SAFE = N_("Nothing is lost. The sync goes on where it stopped as soon as there is a link.")
_OFFSET_MATTERS_MS = 2_000


@dataclass(frozen=True, slots=True)
class Tuning:
    """`level` of zstd; `tries` exchanges in a row that bring nothing before giving up."""

    level: int = LEVEL
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
) -> SyncReport:
    """Send what waits, receive what is new, note it in the history.

    The phases of `progress`: `preparing`, `sending` and `receiving` in bytes, `done`.

    `lock`: the one of this workspace, so that two runs never overlap. Raises UserError if another run holds it, the
    laptop is not enrolled or `cancel` was set; EnvError if the link failed; RefusedError if the server refused. What
    was done until then is kept and noted.
    """
    lock = lock or threading.Lock()
    if not lock.acquire(blocking=False):
        raise UserError(N_("A sync is running already."), hint=N_("Wait until it is done."))
    try:
        run = _Run(db, transport, keys, codec or Codec.shipped(), clock or SystemClock(), cancel or threading.Event())
        return run.noted(progress, tuning)
    finally:
        lock.release()


class _Run:
    def __init__(
        self, db: Runner, transport: Transport, keys: DeviceKeys, codec: Codec, clock: Clock, cancel: threading.Event
    ) -> None:
        self.db, self.transport, self.keys, self.codec, self.clock = db, transport, keys, codec, clock
        self.cancel = cancel
        self.report = SyncReport()
        self.progress: Progress = lambda phase, done, total: None

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
        card = self.db(_card)
        self.db(partial(freeze_all, keys=self.keys, org=card.org, codec=self.codec, level=tuning.level))
        failures = 0
        offsets: dict[tuple[str, int, int], int] = {}
        for _ in range(_ROUNDS_MOST):
            before = self.report.bytes_up + self.report.bytes_down
            try:
                arrivals, pushed = self.exchange(offsets)
            except EnvError:
                offsets = {}
                failures = failures_after(failures, self.report.bytes_up + self.report.bytes_down - before)
                if failures >= tuning.tries:
                    raise
                self.cancel.wait(next_wait(failures, random.random))
                continue
            offsets = arrivals.offsets
            if self.finished(arrivals, pushed):
                return

    def finished(self, arrivals: Arrivals, pushed: bool) -> bool:
        """Whether another exchange would bring nothing: the server has all, or refuses to go on."""
        waiting = self.db(_pending)
        self.report.waiting = len(waiting)
        if self.report.revoked or self.report.forked:
            return True
        if waiting and pushed and not arrivals.offsets:
            raise _cut(BadBatchError("what was sent was not acknowledged"))
        return not waiting and not arrivals.more

    def exchange(self, offsets: dict[tuple[str, int, int], int]) -> tuple[Arrivals, bool]:
        """One request and its answer, and whether it carried batches. Raises EnvError if it was cut."""
        out = self.db(partial(prepare, offsets=offsets))
        try:
            return self.attempt(out, offsets), bool(out.batches)
        except ServerRefusedError as error:
            if error.error != "clock" or not error.server_ms:
                raise
            # Our clock is wrong, which must never stop a sync: sign again by the server's time (SYNC 3.3).
            ahead = error.server_ms - to_ms(self.clock.now())
        self.db(partial(_change_card, clock_offset_ms=ahead))
        out = self.db(partial(prepare, offsets=offsets))
        return self.attempt(out, offsets), bool(out.batches)

    def attempt(self, out: Outgoing, offsets: dict[tuple[str, int, int], int]) -> Arrivals:
        self.report.requests += 1
        arrivals = Arrivals(self.db, self.codec, out.card, self.report)
        reader, sent, total = FrameReader(), self.report.bytes_up, out.size

        def moved(up: int, down: int) -> None:
            self.report.bytes_up += up
            self.report.bytes_down += down
            if up:
                self.progress("sending", min(self.report.bytes_up - sent, total), total)
            else:
                self.progress("receiving", self.report.bytes_down, 0)
            if self.cancel.is_set():
                raise CancelledError(N_("The sync was stopped."), hint=_SAFE)

        try:
            pieces = self.transport.post(EXCHANGE_PATH, self.headers(out.card), self.request(out, offsets), moved)
            for piece in pieces:
                for frame in reader.feed(piece):
                    arrivals.handle(frame)
        except BadBatchError as error:
            raise _cut(error) from error
        finally:
            arrivals.keep()
        if not reader.ended:
            raise _cut(None)
        self.settle(arrivals, out)
        return arrivals

    def headers(self, card: ServerCard) -> dict[str, str]:
        clock = _Shifted(self.clock, card.clock_offset_ms)
        token = make_token(self.keys, self.keys.device_id, str(card.org), clock)
        return {"Authorization": f"Bearer {token}"}

    def request(self, out: Outgoing, offsets: dict[tuple[str, int, int], int]) -> Iterator[bytes]:
        """The frames of a request; batches are read one by one, as the link takes them."""
        hello = Hello(PROTOCOL, out.card.org.bytes, out.schema_version, out.card.generation, to_ms(self.clock.now()))
        frames: list[Frame] = [hello]
        frames += [Ask(*ask) for ask in out.asks]
        frames += [Cursor(one.op_area, one.seq, one.scope, one.gaining, one.gained) for one in out.cursors]
        frames += [Part(part.op_area, part.reply_id, part.have) for part in out.parts]
        head = b"".join(map(encode, frames))
        for batch in out.batches:
            offset = offsets.get((batch.op_area, batch.lane, batch.n), 0)
            data = self.db(body_of(batch, offset))
            head += encode(Push(batch.op_area, batch.lane, batch.n, offset, batch.size, data))
            if len(head) >= _PIECE:
                yield head
                head = b""
        yield head + encode(End())

    def settle(self, arrivals: Arrivals, out: Outgoing) -> None:
        """The answer was whole: the next request need not ask first. Learn how far our clock is off."""
        ahead = arrivals.server_ms - to_ms(self.clock.now())
        values: dict[str, Any] = {}
        if abs(ahead - out.card.clock_offset_ms) > _OFFSET_MATTERS_MS:
            values["clock_offset_ms"] = ahead
        if arrivals.card.unsure:
            values["unsure"] = False
        if values:
            self.db(partial(_change_card, **values))


class _Shifted:
    """A clock as far ahead as the server's was found to be."""

    def __init__(self, clock: Clock, ahead_ms: int) -> None:
        self._clock, self._ahead = clock, timedelta(milliseconds=ahead_ms)

    def now(self) -> datetime:
        return self._clock.now() + self._ahead

    def monotonic(self) -> float:
        return self._clock.monotonic()


def _cut(why: BadBatchError | None) -> EnvError:
    if why is None:
        return EnvError(N_("The link was cut before the sync was complete."), hint=_SAFE)
    return EnvError(
        N_("What came back was not the server's answer ({why})."),
        hint=N_("If this network asks for a sign-in in the browser, sign in first. Nothing is lost."),
        why=why.why,
    )


def _card(store: Store) -> ServerCard:
    with store.read() as tx:
        return server_card.get(tx)


def _change_card(store: Store, **values: Any) -> None:
    with store.begin() as tx:
        server_card.change(tx, **values)


def _pending(store: Store) -> list[FrozenBatch]:
    with store.read() as tx:
        return outbox.pending(tx)


def _note(store: Store, *, report: SyncReport) -> None:
    with store.begin() as tx:
        outbox.sync_note(tx, report.to_json())
