"""The laptop's side of the transfer of encrypted files: after the records, smallest first, on from where it was cut.

Runs on a network thread; every step with the store is one short function given to `db`. Knows no clear bytes, but
finds the first damaged piece by its key, so that damage costs one piece and not the file.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol
from uuid import UUID

from migdesk.clock import Clock, SystemClock
from migdesk.domain.attachment import KINDS
from migdesk.errors import EnvError
from migdesk.i18n.markers import N_
from migdesk.store import blobs, records
from migdesk.store.blobs import OWN, BlobKey, Held, Naming, OffsetError
from migdesk.store.database import Store, Transaction
from migdesk.store.records import State
from migdesk.sync.laptop.shifted_clock import ShiftedClock
from migdesk.sync.progress import CancelledError, Progress, silent
from migdesk.sync.runner import Carrier, Runner
from migdesk.sync.trust.server_card import ServerCard
from migdesk.sync.wire.blob_words import BLOB_PATH, HELD, NAME, OFFSET
from migdesk.vault.blob_cipher import SEALED_PIECE, BlobDamagedError, sealed_size, unseal
from migdesk.vault.device_keys import DeviceKeys
from migdesk.vault.tokens import make_token

SMALL = 300 << 10
"""Clear bytes up to which an attachment comes by itself."""
_AT_ONCE = 64 << 10
_ASK_EVERY_S = 2.0
_TRIES = 3
_ABSENT_MOST = 16
"""After so many files that are not there yet, a run stops asking for others that nobody waits for."""
_SAFE = N_("Nothing is lost. The sync goes on where it stopped as soon as there is a link.")


@dataclass(frozen=True, slots=True)
class BlobPolicy:
    """What is fetched unasked: all, or nothing above `small` clear bytes. `settles`: the other side is the central
    server, so that what it has is safe (a hub may be lost)."""

    small: int = SMALL
    always: bool = False
    settles: bool = True


@dataclass(slots=True)
class BlobReport:
    """What a run did. `waiting` files were not sent, `absent` not there to be fetched yet, `damaged` not sendable."""

    sent: int = 0
    fetched: int = 0
    waiting: int = 0
    absent: int = 0
    damaged: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    requests: int = 0
    names: list[UUID] = field(default_factory=list)
    """The records whose files moved."""
    gave_way: bool = False
    """Something more urgent waits; what is left of the files comes after it."""


@dataclass(frozen=True, slots=True)
class _Job:
    """One file to be moved: its record, the bytes' name, sizes, how much is here."""

    naming: Naming
    blob_key: bytes
    key: BlobKey
    size: int
    held: int = 0
    asked: bool = False
    tried_ms: int = 0


class _Step(Protocol):
    def __call__(self, up: int, down: int) -> None: ...


def sync_blobs(  # noqa: PLR0913 - what a sync needs; all but four by name
    db: Runner,
    transport: Carrier,
    keys: DeviceKeys,
    card: ServerCard,
    *,
    clock: Clock | None = None,
    progress: Progress = silent,
    cancel: threading.Event | None = None,
    policy: BlobPolicy = BlobPolicy(),
    must_give_way: Callable[[], bool] = lambda: False,
) -> BlobReport:
    """Send files that the other side lacks, fetch those that this laptop may have and wants. A file may take half an
    hour on a thin link: `must_give_way` is asked every other second, and if it says so the run ends where it is.

    To be called after the records were exchanged. `progress`: `sending` and `receiving` in bytes. Raises EnvError if
    the link fails, RefusedError if the server refuses the laptop, CancelledError; what moved until then is kept.
    """
    run = _Run(db, transport, keys, card, clock or SystemClock(), policy)
    run.progress, run.cancel, run.must_give_way = progress, cancel or threading.Event(), must_give_way
    try:
        run.all()
    except _GiveWayError:
        run.report.gave_way = True
    return run.report


class _GiveWayError(CancelledError):
    """Records wait that come before files."""


class _Run:
    def __init__(
        self, db: Runner, transport: Carrier, keys: DeviceKeys, card: ServerCard, clock: Clock, policy: BlobPolicy
    ) -> None:
        self.db, self.transport, self.keys, self.card, self.policy = db, transport, keys, card, policy
        self.clock = ShiftedClock(clock, card.clock_offset_ms)
        self.report = BlobReport()
        self.progress: Progress = silent
        self.cancel = threading.Event()
        self.must_give_way: Callable[[], bool] = lambda: False
        self._asked_at = clock.monotonic()

    def all(self) -> None:
        sending = self.db(partial(_to_send, generation=self.card.generation))
        total, before = sum(one.size for one in sending), 0
        for job in sending:
            self.send(job, self.step("sending", before, total))
            before += job.size
        fetching = self.db(partial(_to_fetch, policy=self.policy))
        total, before = sum(one.size for one in fetching), 0
        for job in fetching:
            before += job.size
            if job.asked or self.report.absent < _ABSENT_MOST:
                self.fetch(job, self.step("receiving", before - job.size + job.held, total))

    def step(self, phase: str, before: int, total: int) -> _Step:
        moved = 0

        def on_bytes(up: int, down: int) -> None:
            nonlocal moved
            moved += up + down
            self.report.bytes_up += up
            self.report.bytes_down += down
            self.progress(phase, min(before + moved, total), total)
            if self.cancel.is_set():
                raise CancelledError(N_("The sync was stopped."), hint=_SAFE)
            now = self.clock.monotonic()
            if now - self._asked_at >= _ASK_EVERY_S:
                self._asked_at = now
                if self.must_give_way():
                    raise _GiveWayError(N_("The sync was stopped."), hint=_SAFE)

        return on_bytes

    def headers(self) -> dict[str, str]:
        token = make_token(self.keys, self.keys.device_id, str(self.card.org), self.clock)
        return {"Authorization": f"Bearer {token}"}

    def send(self, job: _Job, on_bytes: _Step) -> None:
        """Ask how much is there, send the rest; again if the bytes did not arrive as they are."""
        for _ in range(_TRIES):
            held = self.look(job, on_bytes)
            if held is None:
                self.report.waiting += 1
                return
            if held < job.size:
                if not self.db(partial(_is_sound, key=job.key)):
                    self.report.damaged += 1
                    return
                held = self.put(job, held, on_bytes)
            if held == job.size:
                generation = self.card.generation if self.policy.settles else None
                self.db(partial(_note, key=job.key, sent=held, settled=generation))
                self.report.sent += 1
                self.report.names.append(job.naming.record)
                return
        self.report.waiting += 1

    def look(self, job: _Job, on_bytes: _Step) -> int | None:
        """How many bytes the other side has; None if it does not know the record yet, or not from us."""
        self.report.requests += 1
        answer = next(self.transport.carry("HEAD", _path(job), self.headers(), (), on_bytes))
        return _held(job, answer.headers) if answer.status in (200, 404) else None

    def put(self, job: _Job, offset: int, on_bytes: _Step) -> int:
        """Send what follows `offset`; how many bytes the other side has then (0 if it must have all anew)."""
        self.report.requests += 1
        headers = self.headers() | {OFFSET: str(offset), "Content-Length": str(job.size - offset)}
        sent = offset

        def counted(up: int, down: int) -> None:
            nonlocal sent
            sent += up
            on_bytes(up, down)

        try:
            answer = next(self.transport.carry("PUT", _path(job), headers, self.body(job, offset), counted))
        except BaseException:
            self.db(partial(_note, key=job.key, sent=sent))
            raise
        if answer.status == 422:
            self.db(partial(_note, key=job.key, sent=0))
            return 0
        return _held(job, answer.headers) or 0

    def body(self, job: _Job, offset: int) -> Iterator[bytes]:
        """The bytes from `offset` on, read as the link takes them."""
        while offset < job.size:
            data = self.db(partial(_read, key=job.key, start=offset))
            if not data:
                raise EnvError(N_("A file could not be read while it was sent."), hint=_SAFE)
            offset += len(data)
            yield data

    def fetch(self, job: _Job, on_bytes: _Step) -> None:
        """Get the bytes that are missing here and prove them."""
        for _ in range(_TRIES):
            held = self.get(job, on_bytes)
            if held is None:
                break
            if held < job.size:
                raise EnvError(N_("The link was cut before the sync was complete."), hint=_SAFE)
            generation = self.card.generation if self.policy.settles else b""
            if self.db(partial(_prove, job=job, settled=generation)):
                self.report.fetched += 1
                self.report.names.append(job.naming.record)
                return
        self.db(partial(_tried, job=job))
        self.report.absent += 1

    def get(self, job: _Job, on_bytes: _Step) -> int | None:
        """Keep what comes, in pieces; how many bytes are here then, None if there is nothing for us."""
        held = self.db(partial(_have, key=job.key))
        if held == job.size:
            return held
        self.report.requests += 1
        headers = self.headers() | ({"Range": f"bytes={held}-"} if held else {})
        replies = self.transport.carry("GET", _path(job), headers, (), on_bytes)
        first = next(replies)
        if first.status != (206 if held else 200) or _held(job, first.headers) != job.size:
            return None
        waiting = bytearray()
        try:
            for reply in replies:
                waiting += reply.data
                if len(waiting) >= _AT_ONCE:
                    held = self.keep(job, held, waiting)
        finally:
            held = self.keep(job, held, waiting)
        return held

    def keep(self, job: _Job, held: int, waiting: bytearray) -> int:
        data = bytes(waiting[: job.size - held])
        waiting.clear()
        return self.db(partial(_keep, job=job, offset=held, data=data)) if data else held


def _path(job: _Job) -> str:
    return BLOB_PATH + job.key.sha256.hex()


def _held(job: _Job, headers: object) -> int | None:
    """What an answer says is there; None from whoever does not name what we asked about."""
    get: Callable[[str, str], str] = getattr(headers, "get")  # noqa: B009
    text = get(HELD, "")
    if get(NAME, "") != job.key.sha256.hex()[:16] or not text.isdecimal():
        return None
    return min(int(text), job.size)


def _to_send(store: Store, *, generation: bytes) -> list[_Job]:
    """What the server lacks, as far as is known here, and whose record it has. Smallest first."""
    jobs = []
    with store.begin() as tx:
        blobs.drop_orphans(tx)
        waiting = {one.key.sha256: one for one in blobs.each(tx) if one.complete and one.settled != generation}
        for naming, blob_key in _records(tx, waiting.__contains__, sent=True):
            held = waiting[naming.sha256]
            jobs.append(_Job(naming, blob_key, held.key, held.size))
    return sorted(jobs, key=lambda one: one.size)


def _to_fetch(store: Store, *, policy: BlobPolicy) -> list[_Job]:
    """What is not whole here and was asked for, or comes by itself. What was asked for first, then what was not tried
    for longest, then the smallest."""
    jobs = []
    with store.read() as tx:
        here = {one.key.sha256: one for one in blobs.each(tx) if one.key.device == OWN or one.complete}

        def lacking(sha256: bytes) -> bool:
            held = here.get(sha256)
            return held is None or not held.complete

        for naming, blob_key in _records(tx, lacking, sent=False):
            held = here.get(naming.sha256)
            asked = held is not None and (held.wanted or held.held > 0)
            if asked or policy.always or naming.size <= policy.small:
                jobs.append(_fetching(naming, blob_key, held, asked))
    return sorted(jobs, key=lambda one: (not one.asked, one.tried_ms, one.size))


def _fetching(naming: Naming, blob_key: bytes, held: Held | None, asked: bool) -> _Job:
    size = sealed_size(naming.size)
    if held is None:
        return _Job(naming, blob_key, BlobKey(naming.op_area, naming.sha256), size)
    return _Job(naming, blob_key, held.key, size, held.held, asked, held.changed_ms)


def _records(
    tx: Transaction, wanted: Callable[[bytes], bool], *, sent: bool
) -> Iterator[tuple[Naming, bytes]]:  # fmt: skip
    """Attachments whose bytes are wanted, each once; with `sent` only those whose record the server has."""
    by_name = {kind.spec.name: kind for kind in KINDS}
    seen = set()
    for naming in list(blobs.all_named(tx)):
        if naming.sha256 in seen or not wanted(naming.sha256):
            continue
        stored = records.find(tx, by_name[naming.spec.name], naming.record)
        if stored is None or (sent and stored.meta.state in (State.WAITS, State.KEPT)):
            continue
        seen.add(naming.sha256)
        yield naming, stored.record.blob_key or b""


def _read(store: Store, *, key: BlobKey, start: int) -> bytes:
    with store.read() as tx:
        return blobs.read(tx, key, start, _AT_ONCE)


def _is_sound(store: Store, *, key: BlobKey) -> bool:
    with store.read() as tx:
        return blobs.is_sound(tx, key)


def _note(store: Store, *, key: BlobKey, sent: int, settled: bytes | None = None) -> None:
    with store.begin() as tx:
        blobs.note(tx, key, sent=sent, settled=settled)


def _have(store: Store, *, key: BlobKey) -> int:
    with store.read() as tx:
        found = blobs.find(tx, key.sha256, key.op_area)
        return found.held if found is not None else 0


def _tried(store: Store, *, job: _Job) -> None:
    with store.begin() as tx:
        blobs.tried(tx, job.key, job.size)


def _keep(store: Store, *, job: _Job, offset: int, data: bytes) -> int:
    with store.begin() as tx:
        try:
            return blobs.append(tx, job.key, job.size, offset, data)
        except OffsetError as error:
            return error.held


def _prove(store: Store, *, job: _Job, settled: bytes) -> bool:
    """Whether the bytes are the right ones; if not, they are kept up to the first piece that is wrong."""
    with store.begin() as tx:
        if blobs.finish(tx, job.key):
            blobs.note(tx, job.key, sent=job.size, settled=settled)
            return True
        try:
            unseal(job.blob_key, blobs.whole(tx, job.key))
            good = 0
        except BlobDamagedError as error:
            good = error.piece * SEALED_PIECE
        blobs.cut_back(tx, job.key, good)
        return False
