"""Composition root of the desktop program: builds the objects and hands them in. Starts the unlock window before
anything heavy is imported; the store's thread and the pool are made and joined here.

What the unlock window needs and is free of Qt is imported above it: of each module that is imported after PySide6,
PySide6 reads the source.
"""

import gc
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from migdesk.clock import Clock, SystemClock
from migdesk.i18n import load
from migdesk.i18n.markers import N_
from migdesk.paths import Paths, default_home, resource
from migdesk.ui.first_look import Look, is_removed, read_look, removed, workspaces
from migdesk.ui.start import home_of, tell
from migdesk.ui.theme import read_theme

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from PySide6.QtWidgets import QApplication

    from migdesk.services.backups import Restored
    from migdesk.services.room import OpenRoom, RoomPlan
    from migdesk.services.session import Session
    from migdesk.ui.background import Background
    from migdesk.ui.endings import Endings
    from migdesk.ui.garbage import GuiGarbage
    from migdesk.ui.loaded import Loaded
    from migdesk.ui.main_window import MainWindow
    from migdesk.ui.unlock import UnlockWindow
    from migdesk.ui.unlock_pages import UnlockPages
    from migdesk.vault.key_wrap import Argon2Params


def main(argv: Sequence[str]) -> int:
    """Run the desktop program. `argv` may hold `--home DIR`. Returns the exit code; 2 for wrong use."""
    started = time.perf_counter()
    home, wrong = home_of(argv)
    if wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    # For the whole run: from the first paint on `GuiGarbage` collects, and before it there is only what stays.
    gc.disable()
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415 - nothing is imported that this run does not need

    tell("Qt imported", started)
    # Before the application exists, so that the platform's own style is never made.
    QApplication.setStyle("Fusion")
    app = QApplication(sys.argv[:1])
    app.setApplicationName("MigDesk")
    program = Program(app, home, started)
    program.start()
    code = app.exec()
    program.close()
    gc.enable()
    return code


def demo(argv: Sequence[str]) -> int:
    """`migdesk demo [--out DIR] [--headless]`: a scripted day in the real windows."""
    from migdesk.ui.demo_day import run_demo  # noqa: PLC0415

    return run_demo(argv, lambda app, home: Program(app, home, time.perf_counter()))


class Program:
    """The life of one run: unlock window, session, main window, orderly end."""

    def __init__(
        self,
        app: "QApplication",
        home: Path | None,
        started: float,
        clock: Clock | None = None,
        kdf: "Argon2Params | None" = None,
    ) -> None:
        self._app, self._started = app, started
        self._clock, self._kdf = clock or SystemClock(), kdf
        self._home = home
        self._store: ThreadPoolExecutor | None = None
        self._io: ThreadPoolExecutor | None = None
        self.run: Background | None = None
        self.unlock: UnlockWindow | None = None
        self.window: MainWindow | None = None
        self._session: Session | None = None
        self._loaded: Loaded | None = None
        self._waiting: list[Callable[[], None]] = []
        self._pages: UnlockPages | None = None
        self._fresh_key = b""
        self._garbage: GuiGarbage | None = None
        self._gone: list[Path] = []
        self._endings: Endings | None = None

    def start(self) -> None:
        """Show the unlock window and nothing else."""
        homes, self._gone = workspaces(default_home()), removed(default_home())
        if self._home is not None:
            self._gone = [self._home] if is_removed(self._home) else []
            homes = [self._home] if Paths(self._home).keys_file.is_file() and not self._gone else []
        chosen = homes[0] if homes else self._home or default_home()
        self._show_unlock(read_look(chosen), homes, chosen)

    def _show_unlock(self, look: Look, homes: list[Path], chosen: Path) -> None:
        from migdesk.ui.palette import paint_app  # noqa: PLC0415
        from migdesk.ui.unlock import UnlockActs, UnlockWindow  # noqa: PLC0415

        theme = read_theme(resource("theme"), look.theme, look.text_size)
        paint_app(self._app, theme)
        self._pages = None
        self.unlock = UnlockWindow(
            theme,
            load(look.language),
            homes,
            chosen,
            UnlockActs(self._open, self.make_new, self._speak, self._hold, self._ask_to_wipe, self._forgot),
            painted=self._painted if self._store is None else _nothing,
        )
        self.unlock.show()

    def close(self) -> None:
        """Ask work to stop, close the session on its own thread, and join both executors."""
        if self.run is not None:
            self.run.close()
        if self._store is not None:
            if self._session is not None and self._loaded is not None:
                self._store.submit(self._loaded.close, self._session)
            self._store.shutdown(wait=True)
        if self._io is not None:
            self._io.shutdown(wait=True)
        if self._garbage is not None:
            self._garbage.stop()

    def _painted(self) -> None:
        tell("first paint", self._started)
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

        from migdesk.ui.background import Background, take_short_turns  # noqa: PLC0415
        from migdesk.ui.garbage import GuiGarbage  # noqa: PLC0415

        take_short_turns()
        self._store = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._io = ThreadPoolExecutor(3, thread_name_prefix="io")
        self.run = Background(self._store, self._io, self._say_error)
        self._garbage = GuiGarbage()
        self.run.run_io(_load, self._clock, self._kdf, done=self._ready)
        if self.unlock is not None and not self.unlock.homes and not self._gone:
            self.make_new()

    def _ready(self, loaded: "Loaded") -> None:
        from migdesk.ui.endings import Endings  # noqa: PLC0415

        self._loaded, self._endings = loaded, Endings(self, loaded)
        tell("everything imported", self._started)
        for home in self._gone:
            assert self.run is not None
            self.run.run_io(loaded.removed, home, done=partial(self._endings.look_at, home))
        if self.unlock is not None and self.unlock.homes:
            self._hold(self.unlock.chosen)
        waiting, self._waiting = self._waiting, []
        for act in waiting:
            act()

    def _hold(self, home: Path) -> None:
        """Let the gate wait as long as wrong tries of before ask for, those of an earlier run included."""

        def hold(seconds: int) -> None:
            if self.unlock is not None and self.unlock.gate is not None and self.unlock.chosen == home:
                self.unlock.gate.hold(seconds)

        if self.run is not None and self._loaded is not None:
            self.run.run_io(self._loaded.wait_left, home, done=hold)

    def _ask_to_wipe(self, home: Path) -> None:
        self._when_ready(lambda: self._endings.ask(home) if self._endings is not None else None)

    def _when_ready(self, act: Callable[[], None]) -> None:
        if self._loaded is None:
            self._waiting.append(act)
        else:
            act()

    def _open(self, home: Path, passphrase: str) -> None:
        assert self.unlock is not None
        assert self.unlock.gate is not None
        self.unlock.gate.busy()
        self._read_key(home, passphrase)

    def _read_key(self, home: Path, passphrase: str) -> None:
        from migdesk.services.keys import read_key  # noqa: PLC0415

        assert self.run is not None
        # The derivation takes most of a second and needs none of what is still being imported.
        self.run.run_io(
            read_key,
            home,
            passphrase,
            self._clock,
            self._kdf,
            done=lambda key: self._when_ready(lambda: self._open_session(home, key)),
            failed=self._refused,
        )

    def _open_session(self, home: Path, key: bytes) -> None:
        assert self.run is not None
        assert self._loaded is not None
        self.run.run(self._loaded.open_session, home, key, done=self._opened, failed=self._refused)

    def _open_made(self, home: Path, key: bytes, fresh: bool) -> None:
        """Open a workspace that was just made, or whose passphrase was just set anew."""
        self._fresh_key = key if fresh else b""
        self._open_session(home, key)

    def _opened(self, session: "Session") -> None:
        assert self.run is not None
        assert self._loaded is not None
        assert self._endings is not None
        self._session = session
        self.window = self._loaded.make_window(self._app, session, self.run, _start_room)
        self.window.on_wipe, self.window.bring_back = self._endings.by_order, self._bring_back
        self.window.switch, self.window.wipe = self._switch, self._endings.by_own_word
        self.window.show_first()
        if self._fresh_key:
            self._loaded.open_paper(self.window, self._fresh_key)
            self._fresh_key = b""
        if self.unlock is not None:
            self.unlock.close()
            self.unlock.deleteLater()
            self.unlock = None
        tell("home screen", self._started)

    def _switch(self) -> None:
        """Close the open workspace and ask for the passphrase of another, or of this one again. Needs no network."""
        home = self._session.home if self._session is not None else default_home()
        session = self.leave([*self.others(), home])
        if session is not None and self._store is not None and self._loaded is not None:
            self._store.submit(self._loaded.close, session)

    def others(self) -> list[Path]:
        """The workspaces beside the one that is open or chosen."""
        here = (
            self._session.home if self._session is not None else self.unlock.chosen if self.unlock else default_home()
        )
        return [home for home in workspaces(here) if home != here]

    def offer(self, homes: list[Path]) -> None:
        """Let the unlock window offer these workspaces, or a new one if there is none."""
        if self.unlock is not None:
            self.unlock.offer(homes)
            if not homes:
                self.make_new()

    def end(self) -> None:
        self._app.quit()

    def _bring_back(self, file: Path) -> None:
        """Put a backup in the place of the open workspace, then ask for the passphrase of then."""
        session = self.leave([self._session.home] if self._session is not None else [])
        if session is None:
            return
        assert self.run is not None
        assert self._loaded is not None
        assert self.unlock is not None
        assert self.unlock.gate is not None
        self.unlock.gate.busy()
        self.run.run(self._loaded.bring_back, session, file, done=self._brought_back, failed=self._refused)

    def _brought_back(self, done: "Restored") -> None:
        if self.unlock is None or self.unlock.gate is None:
            return
        words = N_("The backup is back. What was here before is kept in {folder}.")
        self.unlock.gate.failed(self.unlock.lang.say(words, folder=done.kept))

    def leave(self, homes: list[Path]) -> "Session | None":
        """Close the window and forget the session, which whoever called closes; the unlock window is there again and
        offers these workspaces."""
        from migdesk.ui.background import Background  # noqa: PLC0415

        window, session = self.window, self._session
        if window is None or session is None:
            return None
        assert self.run is not None
        self.window = self._session = None
        look = Look(window.interface.language, window.interface.theme, window.interface.text_size)
        # The window takes every other one with it when it closes, and the program would end with the last of them.
        self._app.setQuitOnLastWindowClosed(False)
        window.close()
        window.deleteLater()
        self._show_unlock(look, homes, homes[0] if homes else session.home)
        self._app.setQuitOnLastWindowClosed(True)
        self.run.close()
        # The old one delivers nothing more: whatever was under way was about a workspace that is no more.
        self.run = Background(self._store, self._io, self._say_error)  # type: ignore[arg-type]
        return session

    def _refused(self, error: Exception) -> None:
        from migdesk.errors import MigDeskError  # noqa: PLC0415
        from migdesk.ui.loaded import wait_after  # noqa: PLC0415

        if self.unlock is None or self.unlock.gate is None or not isinstance(error, MigDeskError):
            return
        message, hint = self.unlock.lang.error(error)
        wait_s = wait_after(error)
        if wait_s is None:
            self.unlock.gate.failed(message, hint)
        else:
            self.unlock.gate.refused(message, hint, wait_s)

    def _say_error(self, error: Exception) -> None:
        """Errors that nobody waits for, before there is a main window."""
        self._refused(error)

    def make_new(self) -> None:
        self._when_ready(lambda: self._show_page(lambda pages: pages.new()))

    def _forgot(self, home: Path) -> None:
        self._when_ready(lambda: self._show_page(lambda pages: pages.forgotten(home)))

    def _show_page(self, show: "Callable[[UnlockPages], None]") -> None:
        from migdesk.ui.unlock_pages import UnlockPages  # noqa: PLC0415

        if self.unlock is None or self._loaded is None or self.run is None:
            return
        if self._endings is not None:
            self._endings.again = None
        self._pages = UnlockPages(
            self.unlock, self.run, self._loaded, clock=self._clock, kdf=self._kdf,
            opened=self._open_made, free_home=self._free_home,
        )  # fmt: skip
        show(self._pages)

    def _free_home(self, username: str) -> Path:
        """The folder that was asked for, else one named like the user beside the other workspaces."""
        if self._home is not None and not Paths(self._home).keys_file.exists():
            return self._home
        return default_home().parent / username

    def _speak(self, code: str) -> None:
        """Another language on the unlock window; it becomes the workspace's own when it is changed in the settings."""
        if self.unlock is None:
            return
        self.unlock.set_language(self.unlock.theme, load(code))
        if self._pages is not None and self._pages.shown:
            self._pages.speak()
        elif self._endings is not None and self._endings.again is not None:
            self._endings.again()


def _nothing() -> None:
    """It was painted before."""


def _start_room(plan: "RoomPlan") -> "OpenRoom":
    """Serve the open workspace to a room: the web server is loaded when somebody first does so."""
    from migdesk.server.room_listening import start_room  # noqa: PLC0415

    return start_room(plan)


def _load(clock: Clock, kdf: "Argon2Params | None") -> "Loaded":
    from migdesk.ui.loaded import Loaded  # noqa: PLC0415

    return Loaded(clock, kdf)
