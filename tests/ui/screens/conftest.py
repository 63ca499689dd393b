"""The real window over a real workspace, driven by keys and clicks. Nothing is mocked and nothing sleeps."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from migdesk.clock import SystemClock
from migdesk.services import session as sessions
from migdesk.services.reference import read_areas, read_codebook
from migdesk.services.session import Session
from migdesk.services.settings import Interface
from migdesk.ui.areas import AreaFinder
from migdesk.ui.background import Background
from migdesk.ui.driver import Driver
from migdesk.ui.loaded import screens
from migdesk.ui.main_window import MainWindow
from tests.support.workspaces import create, opened

T = TypeVar("T")
MakeLaptop = Callable[..., "Laptop"]


@dataclass
class Laptop:
    """One open program. `do` runs a service on the store's thread and waits for it."""

    window: MainWindow
    driver: Driver
    session: Session
    run: Background

    def do(self, fn: Callable[[], T]) -> T:
        return self.run.on_store(fn).result(30)


@pytest.fixture
def make_laptop(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MakeLaptop]:
    """`make_laptop(role, area, language=..., theme=..., text_size=...)`."""
    made: list[tuple[Laptop, ThreadPoolExecutor, ThreadPoolExecutor]] = []

    def make(role: str = "OUTREACH", area: str = "52.03.09.2004", **look: object) -> Laptop:
        home = create(tmp_path / f"w{len(made)}", role, area, clock=SystemClock())
        store, io = ThreadPoolExecutor(1), ThreadPoolExecutor(2)
        session = store.submit(lambda: opened(home, SystemClock(), read_codebook())).result()
        failures: list[Exception] = []
        run = Background(store, io, failures.append)
        areas = AreaFinder([(row["code"], row["name"]) for row in read_areas()], session.user.areas)
        interface = Interface(
            str(look.get("language", "en")), str(look.get("theme", "light")), float(str(look.get("text_size", 1)))
        )
        window = MainWindow(qapp, session, run, areas, interface, screens)
        window.resize(1366, 768)
        window.show()
        driver = Driver(busy=lambda: run.pending > 0, deadline_s=15)
        window.navigate("today")
        driver.settle()
        laptop = Laptop(window, driver, session, run)
        made.append((laptop, store, io))
        return laptop

    yield make
    for laptop, store, io in made:
        laptop.driver.settle()
        laptop.window.close()
        laptop.run.close()
        store.submit(sessions.close, laptop.session).result()
        store.shutdown()
        io.shutdown()
        laptop.window.deleteLater()
    qtbot.waitUntil(lambda: not any(isinstance(one, MainWindow) for one in qapp.topLevelWidgets()))
