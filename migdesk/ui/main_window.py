"""The window: holds the presenters, navigates, locks, hides, and rebuilds what is seen when the look changes.

GUI thread. It knows no screen by name except where a search result or the status line leads.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QWidget

from migdesk.errors import MigDeskError
from migdesk.i18n import load
from migdesk.i18n.markers import N_
from migdesk.paths import resource
from migdesk.services import keys, search, settings, syncing
from migdesk.services.events import ChangeSet
from migdesk.services.session import Session
from migdesk.services.settings import Interface
from migdesk.services.syncing import SyncStatus
from migdesk.ui import shortcuts
from migdesk.ui.areas import AreaFinder
from migdesk.ui.auto_backup import AutoBackup
from migdesk.ui.auto_sync import AutoSync
from migdesk.ui.background import Background
from migdesk.ui.connectivity import Connectivity
from migdesk.ui.exchange import Exchange, Outcome
from migdesk.ui.idle import IdleWatch
from migdesk.ui.leftovers import Leftovers
from migdesk.ui.lock_cover import LockCover
from migdesk.ui.messages import WindowMessages
from migdesk.ui.palette import paint_app
from migdesk.ui.quick_hide import NeutralCover
from migdesk.ui.recovery.under_lock import forgot_under_lock
from migdesk.ui.screen import Presenter, Screen, ScreenContext
from migdesk.ui.search_box import Found
from migdesk.ui.status_line import FrameStatus, frame_status
from migdesk.ui.sync_standing import facts
from migdesk.ui.theme import read_theme
from migdesk.ui.translator import CatalogueTranslator
from migdesk.ui.workspace import Acts, Workspace

STATUS_EVERY_MS = 60_000
WHEN_LOCKED = ("sync", "settings")
HOMES = {
    "person": ("people", "user"),
    "counselling_session": ("counselling", "messages"),
    "case": ("cases", "shield-lock"),
    "training_event": ("training", "school"),
    "participant": ("training", "user"),
}
"""Kind of a search result to the screen that shows it and the icon in the list."""
_NOTHING_HEARD: tuple[Outcome | None, SyncStatus | None] = (None, None)


def _stay() -> None:
    """Nobody said yet what leaving this workspace means."""


class MainWindow(QMainWindow):
    """`make_screens(window)` gives the screens in order; those that the role may not see are left out."""

    def __init__(
        self,
        app: QApplication,
        session: Session,
        run: Background,
        areas: AreaFinder,
        interface: Interface,
        make_screens: Callable[["MainWindow"], Sequence[Screen]],
    ) -> None:
        super().__init__()
        self.setObjectName("main")
        self._app, self._session, self._run, self.interface = app, session, run, interface
        theme = read_theme(resource("theme"), interface.theme, interface.text_size)
        lang = load(interface.language)
        self.messages = WindowMessages(self, theme, lang)
        run.on_error = self.messages.error
        self.exchange = Exchange(run, session)
        self.exchange.listen(self._exchange_heard)
        self.auto_sync = AutoSync(self.exchange)
        self._network: Connectivity | None = None
        self._outcome, self._sync_status = _NOTHING_HEARD
        self.ctx = ScreenContext(
            session, run, lang, theme, self.navigate, self.messages, session.today, areas, self.exchange
        )
        self._allowed = [one for one in make_screens(self) if one.allowed(session.user.role)]
        self._is_locked = session.locked
        self.screens = self._open_screens()
        self.on_wipe: Callable[[], None] | None = None
        self.bring_back: Callable[[Path], None] = lambda _file: None
        self.switch, self.wipe = _stay, _stay
        self.presenters: dict[str, Presenter] = {}
        self._current = ""
        self._places: list[tuple[str, UUID | None, Mapping[str, Any]]] = []
        self._status = FrameStatus()
        self._translator: CatalogueTranslator | None = None
        self._covers = QStackedWidget()
        self.setCentralWidget(self._covers)
        self._build()
        self._bind_keys()
        self._leftovers = Leftovers(self)
        self._stop_listening = session.events.subscribe(self._heard)
        self.idle = idle = IdleWatch(self, session.clock, settings.IDLE_MINUTES[-1], self.lock)
        self.auto_backup = AutoBackup(run, session, lambda: idle.passed_s, self._say_standing)
        run.run(settings.idle_minutes, session, done=self._set_idle, owner=self)
        run.run(settings.sync_when, session, done=self.exchange.choose, owner=self)
        self.exchange.unlocked()
        self._tick = QTimer(self, interval=STATUS_EVERY_MS)
        self._tick.timeout.connect(self.refresh_status)
        self._tick.start()
        self.refresh_status()

    def show_first(self) -> None:
        """Show the window on the first screen: as large as the screen on a small one, else 1366 x 768."""
        room = self.screen().availableGeometry()
        if room.width() <= 1440:
            self.resize(room.width(), room.height())
            self.showMaximized()
        else:
            self.resize(1366, 768)
            self.show()
        if self.screens:
            self.navigate(self.screens[0].name)
        for warning in self._session.warnings:
            self.messages.error(warning)

    def watch_network(self) -> None:
        """Hear from the system when the link comes and goes. Not before the first screen is there: it costs some
        milliseconds."""
        if self._network is None:
            self._network = Connectivity(self.exchange.heard_of)
            self.exchange.heard_of(self._network.link)

    # Where the person is

    def navigate(self, screen: str, record: UUID | None = None, params: Mapping[str, Any] | None = None) -> None:
        """Go to a screen. One that the role may not see is not gone to."""
        found = next((one for one in self.screens if one.name == screen), None)
        if found is None:
            return
        if self._current:
            self.presenters[self._current].left()
        self._places.append((screen, record, params or {}))
        del self._places[:-20]
        self._current = screen
        presenter = self._presenter(found)
        presenter.opened(record, params or {})
        self.workspace.show_screen(found, presenter)

    def back(self) -> None:
        """To the place before this one."""
        if len(self._places) > 1 and self.is_open:
            self._places.pop()
            self.navigate(*self._places.pop())

    @property
    def is_open(self) -> bool:
        """Whether the workspace is what is seen, not a cover."""
        return self._covers.currentWidget() is self.workspace

    @property
    def is_hidden_by_key(self) -> bool:
        return self._covers.currentWidget() is self.neutral

    # Look

    def change_interface(self, chosen: Interface) -> None:
        """Another language, theme or text size, at once; kept for the next start. Nothing typed is lost."""
        self.interface = chosen
        self._run.run_io(settings.write_interface, self._session.home, chosen)
        self.ctx.lang = load(chosen.language)
        self.ctx.theme = read_theme(resource("theme"), chosen.theme, chosen.text_size)
        for presenter in self.presenters.values():
            presenter.ctx_changed()
        focused = self.focusWidget()
        name = focused.objectName() if focused is not None else ""
        self._build()
        target = self.workspace.findChild(QWidget, name) if name else None
        if isinstance(target, QWidget):
            target.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_idle_minutes(self, minutes: int) -> None:
        self.idle.minutes = minutes

    # Lock and hide

    def lock(self) -> None:
        """Cover everything until the passphrase is given; typing is kept first."""
        if self.isHidden() or self._covers.currentWidget() is self.cover:
            return
        self._keep_drafts()
        self._run.run(self._session.notes.locked)
        self.exchange.locked()
        self.auto_backup.begin()
        self._leftovers.clear()
        self.messages.clear()
        self.workspace.search.clear()
        self.setWindowTitle("MigDesk")
        self._covers.setCurrentWidget(self.cover)
        self.cover.gate.begin()

    def hide_now(self) -> None:
        """F12: a neutral cover, at once; pressed again it asks for the passphrase."""
        if self.is_hidden_by_key:
            self.lock()
            return
        self._covers.setCurrentWidget(self.neutral)
        self.setWindowTitle(self.ctx.lang.say(N_("Training-day planner")))
        self._leftovers.clear()
        self.repaint()
        # Saving comes after what must be quick: the typing is still in the presenters.
        QTimer.singleShot(0, self, self._keep_drafts)
        self.neutral.begin()

    def open_with(self, passphrase: str) -> None:
        """Try to take the lock away."""
        self.cover.gate.busy()
        own = self._session
        self._run.run_io(
            keys.read_own_key, own.home, own.key_proof, passphrase, own.clock,
            done=self._opened, failed=self._refused, owner=self,
        )  # fmt: skip

    # What waits

    def refresh_status(self) -> None:
        """Ask what waits and what is wrong, and show it in the status line."""
        self._run.run(syncing.status, self._session, done=self._show_status, owner=self)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        handle = self.windowHandle()
        if handle is not None:
            self.idle.watch(handle)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Typing is kept; the store is closed by whoever opened it, after this."""
        if self._current:
            self.presenters[self._current].left()
        self._stop_listening()
        self._tick.stop()
        self.idle.close()
        self.auto_sync.close()
        self.auto_backup.close()
        self.exchange.close()
        if self._network is not None:
            self._network.close()
        self._leftovers.clear()
        super().closeEvent(event)

    def _build(self) -> None:
        """Throw away what is seen and make it anew from presenters and state."""
        ctx = self.ctx
        paint_app(self._app, ctx.theme)
        self._translate()
        self.messages.clear()
        while (old := self._covers.widget(0)) is not None:
            if isinstance(old, Workspace):
                old.let_go()
            self._covers.removeWidget(old)
            old.deleteLater()
        role = ctx.lang.code_label(self._session.codes, "role", self._session.user.role)
        acts = Acts(self.navigate, self._search, self._open_found, self.lock, self.hide_now, self._decide)
        self.workspace = Workspace(ctx, self.screens, role, acts)
        self.cover = LockCover(
            ctx.theme, ctx.lang, self._session.user.display_name, self.open_with,
            lambda: forgot_under_lock(self.cover, ctx, self._opened, self._refused),
        )  # fmt: skip
        self.neutral = NeutralCover(ctx.theme, ctx.lang)
        for layer in (self.workspace, self.cover, self.neutral):
            self._covers.addWidget(layer)
        self.messages.host, self.messages.theme, self.messages.lang = self.workspace, ctx.theme, ctx.lang
        self.setWindowTitle("MigDesk")
        self.workspace.status.show_status(self._status)
        here = next((one for one in self.screens if one.name == self._current), None)
        if here is not None:
            self.workspace.show_screen(here, self.presenters[self._current])

    def _translate(self) -> None:
        if self._translator is not None:
            self._app.removeTranslator(self._translator)
        self._translator = CatalogueTranslator(self.ctx.lang, self)
        self._app.installTranslator(self._translator)

    def _bind_keys(self) -> None:
        def when_open(act: Callable[[], object]) -> Callable[[], object]:
            return lambda: act() if self.is_open else None

        shortcuts.bind(
            self,
            {
                "search": when_open(self._begin_search),
                "lock": self.lock,
                "hide": self.hide_now,
                "back": self.back,
                "sync": when_open(lambda: self.navigate("sync")),
            },
        )
        names = [screen.name for screen in self._allowed]
        shortcuts.bind_screens(self, names, lambda name: self.navigate(name) if self.is_open else None)

    def _presenter(self, screen: Screen) -> Presenter:
        found = self.presenters.get(screen.name)
        if found is None:
            found = screen.make_presenter(self.ctx)
            self.presenters[screen.name] = found
        return found

    def _set_idle(self, minutes: int) -> None:
        self.idle.minutes = minutes

    def _opened(self, _none: None) -> None:
        self._run.run(self._session.notes.unlocked)
        self.cover.gate.opened()
        self.idle.touch()
        self._covers.setCurrentWidget(self.workspace)
        self.exchange.unlocked()
        self.refresh_status()

    def _refused(self, error: MigDeskError) -> None:
        self.cover.gate.refused(*self.ctx.lang.error(error), getattr(error, "wait_s", 0))

    def _keep_drafts(self) -> None:
        for presenter in self.presenters.values():
            presenter.keep_draft()

    def _heard(self, changes: ChangeSet) -> None:
        """On the store's thread: pass it on to the GUI thread."""
        kinds = set(changes.kinds) or {"*"}
        written_here = changes.initiator != "sync"
        self._run.post(lambda: self._refresh(kinds, written_here=written_here))

    def _refresh(self, kinds: set[str], *, written_here: bool) -> None:
        if written_here:
            self.exchange.saved()
        for presenter in list(self.presenters.values()):
            presenter.refresh(kinds)
        self.refresh_status()

    def _show_status(self, status: SyncStatus) -> None:
        self._sync_status = status
        if status.wipe_due and self.on_wipe is not None:
            self.on_wipe()
            return
        if status.locked != self._is_locked:
            self._is_locked = status.locked
            self.screens = self._open_screens()
            self._build()
            self.navigate(self.screens[0].name)
        self.exchange.enrolled(status.enrolled)
        self._say_standing()

    def _say_standing(self) -> None:
        status = self._sync_status
        if status is not None:
            found = facts(status, self.exchange, self._session.clock.now())
            self._status = frame_status(status, found, self.ctx.lang, self._session.backup_trouble)
            self.workspace.status.show_status(self._status)

    def _exchange_heard(self) -> None:
        """A sync began, went on or ended, or something else is known of the link."""
        self._say_standing()
        if self.exchange.last is not self._outcome:
            self._outcome = self.exchange.last
            self.refresh_status()

    def _open_screens(self) -> list[Screen]:
        """What the role may see; of a workspace that is locked since nobody heard of it, only the way to send."""
        return [one for one in self._allowed if not self._is_locked or one.name in WHEN_LOCKED]

    def _decide(self) -> None:
        self.navigate("sync", None, {"page": "conflicts"})

    def _begin_search(self) -> None:
        self.workspace.search.begin()

    def _search(self, words: str) -> None:
        self._run.run(search.find, self._session, words, done=lambda hits: self._found(words, hits), owner=self)

    def _found(self, words: str, hits: Sequence[search.Hit]) -> None:
        shown = [
            Found(HOMES[hit.kind][1], hit.title, hit.subtitle, HOMES[hit.open_kind][0], hit.open_id)
            for hit in hits
            if hit.kind in HOMES and hit.open_kind in HOMES
        ]
        self.workspace.search.show_results(words, shown)

    def _open_found(self, found: Found) -> None:
        self.navigate(found.screen, found.record)
