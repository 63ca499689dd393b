"""The room of this window: served to colleagues near by, or joined. One at a time; cards listen. No Qt. GUI thread."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from migdesk.errors import MigDeskError
from migdesk.services import room
from migdesk.services.room import OpenRoom, RoomStanding, StartRoom
from migdesk.services.session import Session
from migdesk.ui.screen import Job, ProgressRelay, Runner

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Visit:
    """What a visit in somebody's room came to, in counts of changes; `kept_back` only the server may have."""

    sent: int
    received: int
    kept_back: int


@dataclass(slots=True)
class RoomKeeper:
    """`work` is what goes on: `opening`, `serving`, `closing`, `joining`, or nothing. `visit` or `error` is how the
    last one ended. `start` is given by the composition root; without it no room can be served."""

    run: Runner
    session: Session
    start: StartRoom | None = None
    addresses: Callable[[], tuple[str, ...]] = room.addresses
    port: int = room.PORT
    work: str = ""
    visit: Visit | None = None
    error: MigDeskError | None = None
    listeners: list[Callable[[], None]] = field(default_factory=list)
    _room: OpenRoom | None = None
    _job: Job | None = None

    @property
    def standing(self) -> RoomStanding | None:
        """How the served room stands just now."""
        return self._room.standing() if self._room is not None else None

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every step, for as long as this window lives."""
        self.listeners.append(listener)

    def offer(self, start: StartRoom | None) -> None:
        """From now on a room can be served this way."""
        self.start = start
        self._tell()

    def share(self, address: str) -> None:
        """Serve this workspace at an address of this laptop."""
        start, session = self.start, self.session
        if start is None or self.work:
            return
        self._begin("opening")
        listen = f"{address}:{self.port}"
        self.run.run_io(
            lambda: room.open_room(self._on_store, session, start, listen), done=self._opened, failed=self._failed
        )

    def look(self) -> None:
        """See whether the room ended by itself; called while it is shown."""
        if self.work == "serving" and self._room is not None and not self._room.standing().open:
            self.stop()
        else:
            self._tell()

    def stop(self) -> None:
        """Serve no more, or visit no more. What came and went stays."""
        if self.work == "joining" and self._job is not None:
            self._job.cancel()
            self._end()
        else:
            self.locked()

    def locked(self) -> None:
        """Serve no more: nobody looks after the laptop. A visit that a person waits for goes on to its end."""
        if self.work == "opening":
            self.work = "closing"
            self._tell()
        elif self._room is not None:
            opened, self._room = self._room, None
            self.work = "closing"
            session = self.session
            self.run.run_io(
                lambda: room.close_room(self._on_store, session, opened), done=self._closed, failed=self._failed
            )
            self._tell()

    def join(self, address: str, code: str) -> None:
        """Exchange with the laptop that serves a room."""
        if self.work:
            return
        self._begin("joining")
        session = self.session

        def visit(relay: ProgressRelay) -> Visit:
            report = room.join(
                self._on_store, session, address, code, lambda phase, done, total: relay(done, total, phase), relay.stop
            )
            return Visit(report.sent, report.received, report.kept_back)

        self._job = self.run.run_long(visit, done=self._visited, failed=self._failed)

    def _on_store(self, fn: Callable[[Any], T], /) -> T:
        return self.run.on_store(lambda: fn(self.session.store)).result()

    def _begin(self, work: str) -> None:
        self.work, self.visit, self.error = work, None, None
        self._tell()

    def _opened(self, opened: OpenRoom) -> None:
        self._room = opened
        wanted, self.work = self.work == "opening", "serving"
        if wanted:
            self._tell()
        else:
            self.stop()

    def _closed(self, _none: None) -> None:
        self._end()

    def _visited(self, visit: Visit) -> None:
        self.visit = visit
        self._end()

    def _failed(self, error: MigDeskError) -> None:
        self.error = error
        self._end()

    def _end(self) -> None:
        self.work, self._job = "", None
        self._tell()

    def _tell(self) -> None:
        for listener in list(self.listeners):
            listener()
