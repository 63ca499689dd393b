"""How a workspace ends: by order of the organisation, or by its owner's own word. GUI thread.

Belongs to the run of the program, whose windows it exchanges; the work is done by services on their threads.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QTimer

from migdesk.errors import MigDeskError
from migdesk.services.session import Session, Wiped
from migdesk.services.wiping import Removal
from migdesk.ui.background import Background
from migdesk.ui.loaded import Loaded
from migdesk.ui.own_wipe import WipePage
from migdesk.ui.removed import RemovedPage
from migdesk.ui.unlock import UnlockWindow

LOOK_AGAIN_MS = 200


class Program(Protocol):
    """What of the run is used here."""

    run: Background | None
    unlock: UnlockWindow | None

    def leave(self, homes: list[Path]) -> Session | None:
        """Close the main window, and let the unlock window offer these; the session, still open."""
        ...

    def others(self) -> list[Path]:
        """The other workspaces beside the open or chosen one."""
        ...

    def offer(self, homes: list[Path]) -> None:
        """Let the unlock window offer these, or a new one if there is none."""
        ...

    def make_new(self) -> None: ...

    def end(self) -> None: ...


class Endings(QObject):
    """`again`: say the last page in another language."""

    def __init__(self, program: Program, loaded: Loaded) -> None:
        super().__init__()
        self._program, self._loaded = program, loaded
        self.again: Callable[[], None] | None = None

    def by_order(self) -> None:
        """The organisation ordered it, and what waited is sent: end everything that uses the workspace, then let it be
        destroyed on the store's thread."""
        session = self._program.leave([])
        if session is not None:
            self._destroy(session)

    def by_own_word(self) -> None:
        """The owner typed the word in the open workspace."""
        others = self._program.others()
        session = self._program.leave(others)
        run = self._program.run
        if session is None or run is None:
            return
        home = session.home
        run.run(
            self._loaded.wipe_by_own_word, home, session,
            done=lambda _wiped: self._program.offer(others), failed=partial(self._not_done, home),
        )  # fmt: skip

    def ask(self, home: Path) -> None:
        """On the unlock window: let the owner type the word. Needs no passphrase."""
        unlock = self._program.unlock
        if unlock is not None:
            back = partial(self._program.offer, unlock.homes)
            page = WipePage(unlock.theme, unlock.lang, home.name, lambda: self._closed(home, page), back)
            self.again = partial(self.ask, home)
            unlock.show_page(page)

    def look_at(self, home: Path, gone: Removal | None, *, cut: bool = False) -> None:
        """Say that a workspace was removed by order, unless there is another to be opened, and tell its server."""
        program = self._program
        if program.run is None:
            return
        page = None
        alone = program.unlock is not None and not program.unlock.homes
        if gone is None and not cut:
            if alone:  # what was begun by the owner is finished, and nothing tells of it
                program.make_new()
            return
        if program.unlock is not None and alone:
            page = RemovedPage(program.unlock.theme, program.unlock.lang, gone, program.end, program.make_new)
            program.unlock.show_page(page)
            self.again = partial(self.look_at, home, gone, cut=cut)
        if gone is not None:
            told = page.show_told if page is not None else _nothing
            program.run.run_io(
                self._loaded.send_receipt, home, owner=page,
                done=lambda known: told(known=known), failed=lambda _error: told(known=False),
            )  # fmt: skip

    def _destroy(self, session: Session) -> None:
        def done(gone: Removal | None) -> None:
            if gone is None:
                # A sync that was stopped has not ended yet.
                QTimer.singleShot(LOOK_AGAIN_MS, self, lambda: self._destroy(session))
            else:
                self.look_at(session.home, gone)

        if self._program.run is not None:
            self._program.run.run(
                self._loaded.wipe, session, done=done, failed=lambda _error: self.look_at(session.home, None, cut=True)
            )

    def _closed(self, home: Path, page: WipePage) -> None:
        unlock = self._program.unlock
        if self._program.run is None or unlock is None:
            return
        left = [one for one in unlock.homes if one != home]

        def done(_wiped: Wiped) -> None:
            self.again = None
            self._program.offer(left)

        def failed(error: MigDeskError) -> None:
            page.failed(" ".join(part for part in unlock.lang.error(error) if part))

        self._program.run.run_io(self._loaded.wipe_by_own_word, home, None, done=done, failed=failed, owner=page)

    def _not_done(self, home: Path, error: MigDeskError) -> None:
        unlock = self._program.unlock
        self.ask(home)
        page = unlock.findChild(WipePage) if unlock is not None else None
        if unlock is not None and page is not None:
            page.failed(" ".join(part for part in unlock.lang.error(error) if part))


def _nothing(**_known: bool) -> None:
    """Nobody looks."""
