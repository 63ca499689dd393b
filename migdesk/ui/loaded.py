"""Everything that is too heavy to import before the unlock window is painted. Importing this module is the loading."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from migdesk.clock import Clock
from migdesk.errors import MigDeskError
from migdesk.i18n.language import Language
from migdesk.services import device, keys, restoring, safekeeping, settings
from migdesk.services import session as sessions
from migdesk.services.backups import Restored
from migdesk.services.reference import read_areas, read_codebook
from migdesk.services.room import StartRoom
from migdesk.services.session import Session, Wiped
from migdesk.services.wiping import Removal
from migdesk.ui import system_lock
from migdesk.ui.areas import AreaFinder
from migdesk.ui.background import Background
from migdesk.ui.capture import exclude_windows
from migdesk.ui.main_window import MainWindow
from migdesk.ui.new_workspace import NewWorkspace
from migdesk.ui.recovery.paper_sheet import open_paper
from migdesk.ui.screen import Screen
from migdesk.ui.screens.audit.screen import AuditScreen
from migdesk.ui.screens.cases.screen import CasesScreen
from migdesk.ui.screens.counselling.screen import CounsellingScreen
from migdesk.ui.screens.people.screen import PeopleScreen
from migdesk.ui.screens.settings.screen import SettingsScreen
from migdesk.ui.screens.sync.screen import SyncScreen
from migdesk.ui.screens.today.screen import TodayScreen
from migdesk.ui.screens.training.screen import TrainingScreen

if TYPE_CHECKING:
    from migdesk.services.keys import Cost

SYSTEM_AFTER_MS = 1_000


class Loaded:
    """Code lists and areas, read once, and what is made of them. Made on a thread of the pool."""

    def __init__(self, clock: Clock, kdf: "Cost | None" = None) -> None:
        self.codes = read_codebook()
        self._areas = [(row["code"], row["name"]) for row in read_areas()]
        self._clock, self._kdf = clock, kdf

    def areas(self, favour: Sequence[str]) -> AreaFinder:
        """A finder that puts areas within `favour` first."""
        return AreaFinder(self._areas, favour)

    def roles(self, lang: Language) -> list[tuple[str, str]]:
        """Roles to choose from, with their words."""
        return [(entry.code, lang.code_label(self.codes, "role", entry.code)) for entry in self.codes["role"].entries]

    def open_session(self, home: Path, key: bytes) -> Session:
        """On the thread that will own the store."""
        return sessions.open_session(home, key, self._clock, self.codes, kdf=self._kdf)

    def wait_left(self, home: Path) -> int:
        """Seconds until the next try at the passphrase. A thread of the pool."""
        return keys.wait_left(home, self._clock)

    def create(self, home: Path, new: NewWorkspace) -> bytes:
        """Make the workspace; its key. A thread of the pool: the new store is closed again before this returns."""
        sessions.create_workspace(
            home,
            username=new.username,
            display_name=new.display_name,
            role=new.role,
            area=new.area,
            passphrase=new.passphrase,
            clock=self._clock,
            codes=self.codes,
            kdf=self._kdf,
        )
        return keys.read_key(home, new.passphrase, self._clock, self._kdf)

    def wipe(self, session: Session) -> Removal | None:
        """Carry out an order to destroy the workspace; None while it is not yet time. On the store's thread."""
        order = device.due(session)
        return None if order is None else device.wipe(session, order)

    def wipe_by_own_word(self, home: Path, session: Session | None) -> Wiped:
        """Destroy the workspace because its owner says so. On the store's thread if it is open."""
        return sessions.wipe(home, session)

    def close(self, session: Session) -> None:
        """Close the workspace, with a backup if one is due. On the store's thread."""
        try:
            safekeeping.at_close(session)
        finally:
            sessions.close(session)

    def bring_back(self, session: Session, file: Path) -> Restored:
        """Put a backup in the place of the open workspace, which is closed for it. On the store's thread."""
        return restoring.restore_open(session, file)

    def removed(self, home: Path) -> Removal | None:
        """What is left of a workspace that was removed by order. A thread of the pool."""
        return device.removed(home)

    def send_receipt(self, home: Path) -> bool:
        """Tell the server that a workspace is gone. A thread of the pool."""
        return device.send_receipt(home)

    def open_paper(self, window: MainWindow, key: bytes) -> None:
        """The first thing in a new workspace: its recovery sheet, made and tried, or put off."""

        def changed() -> None:
            for presenter in window.presenters.values():
                presenter.refresh({"*"})

        open_paper(window.workspace, window.ctx, key=key, changed=changed)

    def make_window(
        self, app: QApplication, session: Session, run: Background, start_room: StartRoom | None = None
    ) -> MainWindow:
        """The main window over an open session, not shown yet. `start_room` lets it be served to a room."""
        interface = settings.read_interface(session.home)
        window = MainWindow(app, session, run, self.areas(session.user.areas), interface, screens)
        window.exchange.room.offer(start_room)
        exclude_windows(app)
        QTimer.singleShot(SYSTEM_AFTER_MS, window, window.watch_network)
        QTimer.singleShot(SYSTEM_AFTER_MS, window, lambda: system_lock.listen(window, window.lock, window.idle))
        return window


def screens(window: MainWindow) -> Sequence[Screen]:
    """The screens in the order of the navigation."""
    found: Iterable[Screen] = (
        TodayScreen(),
        PeopleScreen(),
        CounsellingScreen(),
        CasesScreen(),
        TrainingScreen(),
        SyncScreen(),
        AuditScreen(),
        SettingsScreen(window),
    )
    return tuple(found)


def wait_after(error: MigDeskError) -> int | None:
    """Seconds to wait after a wrong passphrase; None if the folder or the disk is at fault."""
    return getattr(error, "wait_s", None)
