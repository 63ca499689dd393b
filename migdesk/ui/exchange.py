"""The sync of this window: one at a time, asked for by a person or by the clock; screens and status line listen. No Qt.
GUI thread."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from migdesk.errors import MigDeskError
from migdesk.services import syncing
from migdesk.services.session import Session
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
    """`running` while one is under way, `progress` how far it is, `last` how the one before ended."""

    def __init__(self, run: Runner, session: Session) -> None:
        self._run, self._session = run, session
        self.running = False
        self.asked = False
        self.progress = Progress()
        self.last: Outcome | None = None
        self._moved: dict[str, int] = {}
        self._job: Job | None = None
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every step, for as long as this window lives."""
        self._listeners.append(listener)

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
        self.progress = replace(self.progress, phase="")
        self._tell()

    def _sum(self) -> int:
        return sum(self._moved.values())

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()
