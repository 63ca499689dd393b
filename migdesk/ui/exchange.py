"""The sync of this window: one at a time, asked for by a person or by the clock; screens and status line listen. No Qt.
GUI thread."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from migdesk.errors import MigDeskError
from migdesk.services import syncing
from migdesk.services.auto_sync import Link, Rhythm, When
from migdesk.services.session import Session
from migdesk.ui.room import RoomKeeper
from migdesk.ui.screen import Job, ProgressRelay, Runner

T = TypeVar("T")
_BYTES = {"sending", "receiving"}


class Counts(Protocol):
    """What of a sync's report is told to a person."""

    sent: int
    received: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the last sync of this window ended: `counts` if it worked, `error` if it did not, neither if it was stopped.
    `asked`: a person started it. `moved` bytes went or came."""

    asked: bool
    counts: Counts | None = None
    error: MigDeskError | None = None
    moved: int = 0

    @property
    def worked(self) -> bool:
        return self.counts is not None


@dataclass(frozen=True, slots=True)
class Progress:
    """`phase` as the engine calls it, `done` of `total` bytes; a total of 0 is not known."""

    phase: str = ""
    done: int = 0
    total: int = 0


class Exchange:
    """`running` while one is under way, `progress` how far it is, `last` how the one before ended; `rhythm` decides
    when the next comes by itself, and whoever holds a timer starts it."""

    def __init__(self, run: Runner, session: Session) -> None:
        self._run, self._session = run, session
        self.running = False
        self.asked = False
        self.progress = Progress()
        self.last: Outcome | None = None
        self.rhythm = Rhythm(random.random)
        self._moved: dict[str, int] = {}
        self._job: Job | None = None
        self._listeners: list[Callable[[], None]] = []
        self.room = RoomKeeper(run, session)

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every step, for as long as this window lives."""
        self._listeners.append(listener)

    @property
    def due_in(self) -> float | None:
        """Seconds until the next sync by itself; None if there is none as things stand."""
        return self.rhythm.due(self._now())

    def choose(self, when: When) -> None:
        """When to sync by itself."""
        self.rhythm.when = when
        self._tell()

    def enrolled(self, enrolled: bool) -> None:
        """Whether there is a server to sync with."""
        if enrolled != self.rhythm.enrolled:
            self.rhythm.enrolled = enrolled
            self._tell()

    def saved(self) -> None:
        """Something was written on this laptop."""
        self.rhythm.saved(self._now())
        self._tell()

    def heard_of(self, link: Link) -> None:
        """The network is another one."""
        self.rhythm.heard(link, self._now())
        self._tell()

    def unlocked(self) -> None:
        """The workspace is open."""
        self.rhythm.unlocked(self._now())
        self._tell()

    def locked(self) -> None:
        """A sync that nobody asked for is cut, which loses nothing; one that a person waits for goes on to its end."""
        self.rhythm.locked()
        self.room.locked()
        if self.running and not self.asked:
            self.stop()
        self._tell()

    def close(self) -> None:
        """The window closes: nothing more begins, and what runs is cut."""
        self.rhythm.locked()
        self.room.stop()
        self._listeners.clear()
        self.stop()

    def start(self, *, asked: bool) -> bool:
        """Begin to sync; False if one runs already (which a person may then take for theirs)."""
        if self.running:
            self.asked = self.asked or asked
            self._tell()
            return False
        session, run = self._session, self._run

        def on_store(fn: Callable[[Any], T], /) -> T:
            return run.on_store(lambda: fn(session.store)).result()

        def work(relay: ProgressRelay) -> Counts:
            return syncing.sync_now(on_store, session, lambda phase, done, total: relay(done, total, phase), relay.stop)

        self.running, self.asked, self.progress, self._moved = True, asked, Progress("reaching"), {}
        self.rhythm.began()
        self._tell()
        if self.running:
            self._job = run.run_long(work, done=self._done, failed=self._failed, progress=self._advanced, owner=self)
        return True

    def stop(self) -> None:
        """Cut it cleanly: what came or went until now stays, and the next goes on from there."""
        if self.running:
            if self._job is not None:
                self._job.cancel()
            self._end(Outcome(self.asked, moved=self._sum()))

    def _advanced(self, done: int, total: int, phase: str) -> None:
        if not self.running:
            return
        if phase in _BYTES:
            self._moved[phase] = max(self._moved.get(phase, 0), done)
        self.progress = Progress(phase, done, total)
        self._tell()

    def _done(self, report: Counts) -> None:
        self._end(Outcome(self.asked, counts=report, moved=self._sum()))

    def _failed(self, error: MigDeskError) -> None:
        self._end(Outcome(self.asked, error=error, moved=self._sum()))

    def _end(self, outcome: Outcome) -> None:
        self._job, self.running, self.last = None, False, outcome
        waits = outcome.error.params.get("retry_after_s") if outcome.error is not None else None
        wait_s = float(waits) if isinstance(waits, int | float) else 0.0
        # Whoever stopped it wants no other one at once.
        self.rhythm.ended(self._now(), worked=outcome.error is None, moved=outcome.moved, wait_s=wait_s)
        self.progress = replace(self.progress, phase="")
        self._tell()

    def _now(self) -> float:
        return self._session.clock.monotonic()

    def _sum(self) -> int:
        return sum(self._moved.values())

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()
