"""The real frame over a real workspace, and its hands: nothing is mocked, nothing is waited for by the clock."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from migdesk.app import Program
from migdesk.i18n import load
from migdesk.paths import resource
from migdesk.services import session as sessions
from migdesk.services.reference import read_areas, read_codebook
from migdesk.services.session import Session
from migdesk.services.settings import Interface
from migdesk.ui.areas import AreaFinder
from migdesk.ui.background import Background
from migdesk.ui.main_window import MainWindow
from migdesk.ui.palette import paint_app
from migdesk.ui.screen import Screen, ScreenContext
from migdesk.ui.theme import read_theme
from migdesk.vault.key_wrap import Argon2Params
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import FAST_KDF, create, opened

TODAY = date(2026, 5, 17)
MakeContext = Callable[..., ScreenContext]


class Said:
    """Messages that were shown, instead of a window to show them in."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def info(self, text: str) -> None:
        self.said.append(text)

    success = info

    def error(self, exc: Exception) -> None:
        self.said.append(str(exc))

    def ask(self, question: str, *, chosen: Callable[[bool], None], **_words: str) -> None:
        self.said.append(question)
        chosen(False)


@pytest.fixture(scope="session")
def areas() -> AreaFinder:
    return AreaFinder([(row["code"], row["name"]) for row in read_areas()], ["52.03"])


@pytest.fixture
def make_context(qapp: QApplication, areas: AreaFinder) -> MakeContext:
    """A context for widgets that need no store: words, look, code lists and areas."""
    codes = read_codebook()

    def make(language: str = "id", mode: str = "light", scale: float = 1.0) -> ScreenContext:
        theme = read_theme(resource("theme"), mode, scale)
        paint_app(qapp, theme)
        session: Any = SimpleNamespace(codes=codes)
        nothing: Any = None
        return ScreenContext(session, nothing, load(language), theme, nothing, Said(), lambda: TODAY, areas)

    return make


@dataclass
class Frame:
    """A main window with its executors, store and clock."""

    window: MainWindow
    session: Session
    run: Background
    clock: FakeClock

    def settle(self, qtbot: QtBot) -> None:
        """Wait until nothing is under way."""
        qtbot.waitUntil(lambda: self.run.pending == 0, timeout=60_000)


MakeFrame = Callable[..., Frame]


@pytest.fixture
def make_frame(qapp: QApplication, qtbot: QtBot, tmp_path: Path, areas: AreaFinder) -> Iterator[MakeFrame]:
    """Opens real windows: `make_frame(screens, role="OUTREACH", interface=Interface("en"))`."""
    store, io = ThreadPoolExecutor(1, "store"), ThreadPoolExecutor(2, "io")
    made: list[Frame] = []

    def make(
        screens: Callable[[MainWindow], Sequence[Screen]], role: str = "OUTREACH", interface: Interface | None = None
    ) -> Frame:
        clock, codes = FakeClock(), read_codebook()
        home = create(tmp_path / f"home{len(made)}", role, clock=clock, codes=codes)
        session = store.submit(opened, home, clock, codes).result()
        run = Background(store, io, lambda _error: None)
        window = MainWindow(qapp, session, run, areas, interface or Interface("en"), screens)
        frame = Frame(window, session, run, clock)
        made.append(frame)
        window.show_first()
        window.showNormal()
        window.resize(1366, 768)
        frame.settle(qtbot)
        return frame

    yield make
    for frame in made:
        frame.window.close()
        frame.settle(qtbot)
        frame.run.close()
        store.submit(sessions.close, frame.session).result()
        frame.window.deleteLater()
    store.shutdown(wait=True)
    io.shutdown(wait=True)


class Run:
    """A program and its hands, on the unlock window and, once that is gone, on the main window."""

    def __init__(self, app: QApplication, home: Path, qtbot: QtBot, clock: FakeClock | None, kdf: Argon2Params) -> None:
        self.program = Program(app, home, time.perf_counter(), clock, kdf)
        self.qtbot, self.ended = qtbot, False
        self.program.start()
        qtbot.waitUntil(lambda: self.program._loaded is not None, timeout=20_000)

    def part(self, name: str) -> Any:
        root = self.program.unlock or self.program.window
        assert root is not None
        found = root.findChildren(QWidget, name)
        assert found, name
        return next((one for one in found if one.isVisible()), found[0])

    def click(self, name: str) -> None:
        QTest.mouseClick(self.part(name), Qt.MouseButton.LeftButton)

    def wait_for_window(self) -> None:
        self.qtbot.waitUntil(lambda: self.program.window is not None, timeout=20_000)
        assert self.program.run is not None
        self.settle()

    def press(self, name: str) -> None:
        """Press a button and wait for what it does."""
        self.part(name).click()
        self.settle()

    def end(self) -> None:
        """Close the windows, then the program. Again does nothing."""
        if self.ended:
            return
        self.ended = True
        for window in (self.program.window, self.program.unlock):
            if window is not None:
                window.close()
                window.deleteLater()
        self.program.close()

    def settle(self) -> None:
        """Wait until nothing is under way, and what was just made is seen."""
        QApplication.processEvents()
        self.qtbot.waitUntil(lambda: self.program.run is None or self.program.run.pending == 0, timeout=20_000)


@pytest.fixture
def runs(qapp: QApplication, qtbot: QtBot) -> Iterator[Any]:
    """Starts the program in this process: `runs(home)`, `runs(home, clock)`. Only the derivation is made cheap."""
    made: list[Run] = []

    def start(home: Path, clock: FakeClock | None = None) -> Run:
        made.append(Run(qapp, home, qtbot, clock, FAST_KDF))
        return made[-1]

    yield start
    for run in made:
        run.end()
    gc.disable()
