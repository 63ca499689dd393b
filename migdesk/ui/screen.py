"""What a screen is made of, and what the frame gives it. Free of Qt, so that presenters may import it. GUI thread."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date
from threading import Event
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, TypeVarTuple
from uuid import UUID

from migdesk.errors import MigDeskError

if TYPE_CHECKING:
    from migdesk.i18n.language import Language
    from migdesk.services.session import Session
    from migdesk.ui.areas import AreaFinder
    from migdesk.ui.theme import Theme

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
Ts = TypeVarTuple("Ts")


class Job(Protocol):
    """Work under way."""

    def cancel(self) -> None:
        """Ask the work to stop; its result is then dropped."""
        ...


class ProgressRelay(Protocol):
    """What long work is given: it says how far it is and asks whether to go on. Safe from every thread."""

    @property
    def stop(self) -> Event:
        """Set when the person cancelled."""
        ...

    @property
    def cancelled(self) -> bool: ...

    def __call__(self, done: int, total: int, words: str = "") -> None: ...


class Runner(Protocol):
    """Runs work away from the GUI thread. `done` and `failed` are called on the GUI thread, once, and not at all when
    `owner` is gone by then. Without `failed` an error is shown as a message. `owner` is held weakly."""

    def run(
        self,
        fn: Callable[[*Ts], T],
        *args: *Ts,
        done: Callable[[T], None] | None = None,
        failed: Callable[[MigDeskError], None] | None = None,
        owner: object | None = None,
    ) -> Job:
        """On the store's thread, in order."""
        ...

    def run_io(
        self,
        fn: Callable[[*Ts], T],
        *args: *Ts,
        done: Callable[[T], None] | None = None,
        failed: Callable[[MigDeskError], None] | None = None,
        owner: object | None = None,
    ) -> Job:
        """On a thread for network, key derivation and files; never touches the store."""
        ...

    def run_long(
        self,
        fn: Callable[[ProgressRelay], T],
        *,
        done: Callable[[T], None] | None = None,
        failed: Callable[[MigDeskError], None] | None = None,
        progress: Callable[[int, int, str], None] | None = None,
        owner: object | None = None,
    ) -> Job:
        """Like `run_io`, for work that reports how far it is and can be cancelled."""
        ...

    def on_store(self, fn: Callable[[], T]) -> Future[T]:
        """From an io thread: do `fn` on the store's thread; wait on the future there, never on the GUI thread."""
        ...


class Messages(Protocol):
    """The one door for words to the person in front of the window."""

    def info(self, text: str) -> None:
        """A toast that goes away by itself."""
        ...

    def success(self, text: str) -> None:
        """A toast for work that is done. Never a dialog."""
        ...

    def error(self, exc: MigDeskError) -> None:
        """What happened, what is safe and what to do."""
        ...

    def ask(
        self,
        question: str,
        *,
        safe: str,
        risky: str,
        chosen: Callable[[bool], None],
        detail: str = "",
    ) -> None:
        """A question whose default is the safe button. `chosen(True)` when the risky button was pressed."""
        ...


class Navigate(Protocol):
    """Go to a screen by name, to a record of it or to what `params` say."""

    def __call__(self, screen: str, record: UUID | None = None, params: Mapping[str, Any] | None = None) -> None: ...


@dataclass
class ScreenContext:
    """Everything a screen is given. `lang` and `theme` are exchanged in place when the person switches them.

    Nobody announces saves: services publish on `session.events`, and the frame calls `refresh` of every presenter.
    """

    session: "Session"
    run: Runner
    lang: "Language"
    theme: "Theme"
    navigate: Navigate
    messages: Messages
    today: Callable[[], date]
    areas: "AreaFinder"
    exchange: Any = None
    """The `exchange.Exchange` of the window that shows the screen; a screen without a window makes its own. `Any`,
    because that module stands on this one."""


class ViewProtocol(Protocol[T_contra]):
    """A view shows a state, whole; it keeps none of its own that it could not lose."""

    def show_state(self, state: T_contra) -> None: ...


class Presenter:
    """Base of presenters: plain Python, outlives its view (language, theme and text size rebuild the view).

    `view` is None while nothing shows it. A presenter keeps its state, calls services through `ctx.run`, and gives the
    state to the view. Named `show_state`, not `show`, because every Qt widget already has a `show()`.
    """

    def __init__(self, ctx: ScreenContext) -> None:
        self.ctx = ctx
        self.view: ViewProtocol[Any] | None = None

    def attach(self, view: ViewProtocol[Any]) -> None:
        """A new view shows us: give it the whole state."""
        self.view = view
        self.present()

    def detach(self) -> None:
        self.view = None

    def present(self) -> None:
        """Give the view the state, if there is a view. Subclasses override."""

    def ctx_changed(self) -> None:
        """Language, theme or text size changed; `ctx` already holds the new ones. The view is rebuilt right after."""

    def opened(self, record: UUID | None, params: Mapping[str, Any]) -> None:
        """The person came here."""

    def left(self) -> None:
        """The person goes elsewhere: keep unsaved typing."""
        self.keep_draft()

    def keep_draft(self) -> None:
        """Put unsaved typing into the draft store now (leaving, locking, hiding, closing)."""

    def refresh(self, kinds: set[str]) -> None:
        """Records of these kinds changed by a save elsewhere or by sync; `{"*"}` means anything may have."""


class Screen(Protocol):
    """One entry of the navigation. `app.py` lists them in order."""

    name: str
    icon: str
    """File name in resources/icons without `.svg`."""

    def title(self, lang: "Language") -> str: ...

    def allowed(self, role: str) -> bool: ...

    def make_presenter(self, ctx: ScreenContext) -> Any:
        """A `Presenter` (any subclass). `Any`, because a screen knows which one its view needs."""
        ...

    def make_view(self, ctx: ScreenContext, presenter: Any) -> Any:
        """A QWidget; must call `presenter.attach(self)` itself or leave that to the frame, which calls it when
        `presenter.view` is not this widget. Typed `Any` because this module stays free of Qt."""
        ...
