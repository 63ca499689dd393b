"""The real frame over a real workspace, and its hands: nothing is mocked, nothing is waited for by the clock."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

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
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import create, opened

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
        qtbot.waitUntil(lambda: self.run.pending == 0)


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
