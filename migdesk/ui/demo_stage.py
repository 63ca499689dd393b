"""What the script of the demonstration stands on: hands, words, one laptop opened after another, what was found so far.

GUI thread. Programs are started through `make_program`, because only the composition root may build one.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QMainWindow

from migdesk.domain.codes import CodeBook
from migdesk.domain.kinds import SCHEMA
from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.services.demo_data import Seeded
from migdesk.ui.demo_ground import PASSPHRASE, Who
from migdesk.ui.demo_summary import Count, Step, Summary
from migdesk.ui.driver import DriveError, Driver, Stopwatch
from migdesk.ui.screen import ScreenContext


class Work(Protocol):
    """What of the background is looked at."""

    @property
    def pending(self) -> int: ...


class OpenProgram(Protocol):
    """One run of the desktop program, as `app.Program` is."""

    @property
    def run(self) -> Work | None: ...

    @property
    def window(self) -> QMainWindow | None: ...

    def start(self) -> None: ...

    def close(self) -> None: ...


MakeProgram = Callable[[QApplication, Path], OpenProgram]
WIDTH, HEIGHT = 1366, 768


@dataclass
class Day:
    """What the script is given: hands, words, and where things lie."""

    driver: Driver
    lang: Language
    codes: CodeBook
    ground: Path
    app: QApplication
    make_program: MakeProgram
    summary: Summary = field(default_factory=Summary)
    watch: Stopwatch = field(default_factory=Stopwatch)
    seeded: dict[str, Seeded | None] = field(default_factory=dict)

    def step(self, name: str, words: str) -> None:
        """A step is done: take its picture and note how long it took. `words` is a message to be translated."""
        seconds = self.watch.lap()
        self.summary.steps.append(Step(self.lang.say(words), self.driver.picture(name), seconds))
        self.watch.lap()

    def check(self, words: str, expected: object, found: object) -> None:
        """Note something that must be so. Raises DriveError if it is not."""
        self.summary.checks.append(Count(self.lang.say(words), str(expected), str(found)))
        if expected != found:
            raise DriveError(f"{words}: expected {expected}, found {found}")

    def words_of(self, codes: str, code: str) -> str:
        return self.lang.code_label(self.codes, codes, code)

    def codes_of(self, kind: str, field: str) -> str:
        """The code list of a field."""
        return SCHEMA.by_name[kind].by_name[field].codes

    @contextmanager
    def desk(self, who: Who) -> Iterator[ScreenContext]:
        """Start the program on the laptop of `who`, unlock it, and close it afterwards."""
        try:
            with self._opened(who) as ctx:
                yield ctx
        finally:
            forget(self.app)

    @contextmanager
    def _opened(self, who: Who) -> Iterator[ScreenContext]:
        program = self.make_program(self.app, who.home(self.ground))
        self.driver.busy = lambda: program.run is not None and program.run.pending > 0
        try:
            program.start()
            self.driver.find("unlock.passphrase")
            self.driver.type("unlock.passphrase", PASSPHRASE)
            if not any(step.picture.startswith("01") for step in self.summary.steps):
                self.step("unlock", N_("Unlock the officer's laptop"))
            self.driver.click("unlock.open")
            window = self.driver.wait(lambda: program.window, "the main window", 60)
            if window.width() != WIDTH and QApplication.platformName() == "offscreen":
                # The screen in memory is smaller than the one that the program is designed for.
                window.showNormal()
                window.resize(WIDTH, HEIGHT)
            self.driver.find("frame.navigation")
            self.driver.settle()
            yield context_of(window)
        except DriveError:
            # While it can still be seen.
            self.driver.busy = lambda: False
            self.driver.picture("failure")
            raise
        finally:
            if program.window is not None:
                program.window.close()
            program.close()
            self.driver.busy = lambda: False


def context_of(window: QMainWindow) -> ScreenContext:
    """What the main window gives its screens: the session, to count what is in the store."""
    found = getattr(window, "ctx", None)
    if not isinstance(found, ScreenContext):
        raise DriveError("this is not the main window")
    return found


def forget(app: QApplication) -> None:
    """Let the main window of a closed program go, so that the next one does not find it.

    It is collected here and now: Python would do it later on whatever thread runs then, and a Qt object that ends on
    another thread than its own takes the program with it.
    """
    for window in app.topLevelWidgets():
        # What belongs to it (lists under fields, file windows) goes with it.
        if isinstance(window, QMainWindow):
            window.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
