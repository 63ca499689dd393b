"""Hands and surroundings for tests of screens: a runner that does work at once, messages that are written down, and
contexts over real workspaces. No Qt here, so that presenters are tested without it."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from threading import Event
from typing import Any, TypeVar, TypeVarTuple
from uuid import UUID

from migdesk.errors import MigDeskError
from migdesk.i18n import load
from migdesk.paths import resource
from migdesk.services.reference import read_areas
from migdesk.services.session import Session
from migdesk.ui.areas import AreaFinder
from migdesk.ui.screen import Presenter, ProgressRelay, ScreenContext
from migdesk.ui.theme import read_theme

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class DoneJob:
    """Work that is over already."""

    def cancel(self) -> None:
        """Nothing is left to stop."""


class ToldAtOnce:
    """The `ProgressRelay` of work that is done at once."""

    def __init__(self, tell: Callable[[int, int, str], None] | None) -> None:
        self.stop = Event()
        self._tell = tell

    @property
    def cancelled(self) -> bool:
        return self.stop.is_set()

    def __call__(self, done: int, total: int, words: str = "") -> None:
        if self._tell is not None:
            self._tell(done, total, words)


class AtOnce:
    """The `Runner` of a test: everything on the calling thread, in order, before the call returns."""

    def run(
        self,
        fn: Callable[[*Ts], T],
        *args: *Ts,
        done: Callable[[T], None] | None = None,
        failed: Callable[[MigDeskError], None] | None = None,
        owner: object | None = None,
    ) -> DoneJob:
        try:
            result = fn(*args)
        except MigDeskError as error:
            if failed is None:
                raise
            failed(error)
        else:
            if done is not None:
                done(result)
        return DoneJob()

    run_io = run

    def run_long(
        self,
        fn: Callable[[ProgressRelay], T],
        *,
        done: Callable[[T], None] | None = None,
        failed: Callable[[MigDeskError], None] | None = None,
        progress: Callable[[int, int, str], None] | None = None,
        owner: object | None = None,
    ) -> DoneJob:
        return self.run(lambda: fn(ToldAtOnce(progress)), done=done, failed=failed, owner=owner)

    def on_store(self, fn: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        future.set_result(fn())
        return future


class Said:
    """Messages, written down."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.errors: list[MigDeskError] = []

    def info(self, text: str) -> None:
        self.words.append(text)

    success = info

    def error(self, exc: MigDeskError) -> None:
        self.errors.append(exc)

    def ask(self, question: str, *, safe: str, risky: str, chosen: Callable[[bool], None], detail: str = "") -> None:
        self.words.append(question)
        chosen(False)


class Shown:
    """A view that only remembers what it was given last."""

    def __init__(self) -> None:
        self.state: Any = None

    def show_state(self, state: Any) -> None:
        self.state = state


class Surroundings:
    """A context over a session. Going to `screen` opens `presenter` of it, once it is set; all else is noted."""

    def __init__(self, session: Session, language: str = "en") -> None:
        self.said = Said()
        self.went: list[tuple[str, UUID | None, Mapping[str, Any]]] = []
        self._presenters: dict[str, Presenter] = {}
        areas = AreaFinder([(row["code"], row["name"]) for row in read_areas()], session.user.areas)
        self.ctx = ScreenContext(
            session, AtOnce(), load(language), read_theme(resource("theme")), self._go, self.said, session.today, areas
        )

    def add(self, name: str, presenter: Presenter) -> Shown:
        """Let `navigate` reach this presenter; returns the view that is attached to it."""
        self._presenters[name] = presenter
        shown = Shown()
        presenter.attach(shown)
        return shown

    def _go(self, screen: str, record: UUID | None = None, params: Mapping[str, Any] | None = None) -> None:
        self.went.append((screen, record, params or {}))
        presenter = self._presenters.get(screen)
        if presenter is not None:
            presenter.left()
            presenter.opened(record, params or {})
