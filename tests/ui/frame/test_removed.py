"""A workspace that its organisation has removed, or that nobody heard of for too long, as its user sees it."""

import gc
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from migdesk.app import Program
from migdesk.clock import SystemClock
from migdesk.server.host import ServerHost
from migdesk.server.run import RunningServer
from migdesk.services import device, enrolment_codes, people, syncing, wiping
from migdesk.services import session as sessions
from migdesk.services.reference import read_codebook
from migdesk.ui.main_window import MainWindow
from migdesk.ui.screens.people.screen import PeopleScreen
from migdesk.ui.screens.settings.screen import SettingsScreen
from migdesk.ui.screens.sync.screen import SyncScreen
from tests.server.driver import open_host
from tests.support.readable import faults
from tests.support.workspaces import PASSPHRASE, create, opened, person
from tests.ui.frame.conftest import Frame, MakeFrame


@pytest.fixture
def host(tmp_path: Path) -> Iterator[ServerHost]:
    made = open_host(tmp_path / "server", SystemClock())
    yield made
    made.close()


@pytest.fixture
def server(host: ServerHost) -> Iterator[RunningServer]:
    with RunningServer(host) as running:
        yield running


@pytest.fixture
def revoked(tmp_path: Path, host: ServerHost, server: RunningServer) -> Path:
    """A workspace with work that waits, whose device was just reported lost."""
    home, codes, clock = tmp_path / "rina", read_codebook(), SystemClock()
    session = opened(create(home, clock=clock, codes=codes), clock, codes)

    def on_it(fn: Any) -> Any:
        return fn(session.store)

    syncing.enrol(on_it, session, server.url, host.issue_code("rina", "OUTREACH", "52.03"))
    people.save(session, person())
    sessions.close(session)
    host.revoke(f"{session.keys.device_id:016x}", lost=True)
    return home


@pytest.fixture
def programs(qapp: QApplication, qtbot: QtBot) -> Iterator[Any]:
    made: list[Program] = []

    def start(home: Path) -> Program:
        program = Program(qapp, home, time.perf_counter())
        program.start()
        qtbot.waitUntil(lambda: program._loaded is not None, timeout=20_000)
        made.append(program)
        return program

    yield start
    for program in made:
        for window in (program.window, program.unlock):
            if window is not None:
                window.close()
                window.deleteLater()
        program.close()
    gc.disable()


def part(program: Program, name: str) -> Any:
    """The widget of a name on the unlock window, or None."""
    found = program.unlock.findChildren(QWidget, name) if program.unlock is not None else []
    return next((one for one in found if one.isVisible()), None)


def words_of(program: Program) -> str:
    shown = part(program, "removed.words")
    return "" if shown is None else str(shown.text())


def test_the_window_gives_way_to_plain_words(programs: Any, qtbot: QtBot, revoked: Path, host: ServerHost) -> None:
    program = programs(revoked)
    part(program, "unlock.passphrase").setText(PASSPHRASE)
    QTest.keyClick(part(program, "unlock.passphrase"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: program.window is not None or part(program, "removed.close") is not None, timeout=20_000)
    if program.window is not None:  # else it synced by itself already
        program.window.navigate("sync")
        program.window.presenters["sync"].sync()
    qtbot.waitUntil(lambda: part(program, "removed.close") is not None, timeout=20_000)
    assert "1" in words_of(program)
    qtbot.waitUntil(lambda: bool(part(program, "removed.told").text()), timeout=20_000)
    assert {one.status for one in host.devices() if one.username == "rina"} == {"wiped"}
    assert sorted(path.name for path in revoked.iterdir()) == ["removed.json"]
    QTest.mouseClick(part(program, "unlock.language.en"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "went to the server" in words_of(program))
    assert faults(qtbot, program.unlock) == []


def test_the_next_start_finishes_a_wipe_and_says_so(
    programs: Any, qtbot: QtBot, revoked: Path, host: ServerHost
) -> None:
    session = opened(revoked, SystemClock(), read_codebook())

    def on_it(fn: Any) -> Any:
        return fn(session.store)

    syncing.sync_now(on_it, session)
    order = device.due(session)
    assert order
    gone = device.wipe(session, order)
    wiping.begin(revoked, gone)  # as if the power had gone before the last file did
    (revoked / "store.db").write_bytes(b"left over")
    program = programs(revoked)
    qtbot.waitUntil(lambda: part(program, "removed.close") is not None, timeout=20_000)
    qtbot.waitUntil(lambda: bool(part(program, "removed.told").text()), timeout=20_000)
    assert not (revoked / "store.db").exists()
    assert {one.status for one in host.devices() if one.username == "rina"} == {"wiped"}


def screens(window: MainWindow) -> Any:
    return (PeopleScreen(), SyncScreen(), SettingsScreen(window))


def test_a_locked_workspace_shows_only_the_way_to_send(make_frame: MakeFrame, qtbot: QtBot) -> None:
    frame = make_frame(screens, role="SUPERVISOR")
    assert [one.name for one in frame.window.screens] == ["people", "sync", "settings"]
    lease(frame, frame.clock.now() - timedelta(days=15))
    frame.window.refresh_status()
    frame.settle(qtbot)
    assert [one.name for one in frame.window.screens] == ["sync", "settings"]
    frame.window.navigate("people")
    assert frame.window.findChild(QWidget, "sync.now") is not None
    lease(frame, frame.clock.now() + timedelta(days=15))
    frame.window.refresh_status()
    frame.settle(qtbot)
    assert [one.name for one in frame.window.screens] == ["people", "sync", "settings"]


def lease(frame: Frame, until: Any) -> None:
    """Let the server have said that the lease ends then."""
    session = frame.session
    session.lease_until = until


def test_a_pasted_or_scanned_link_fills_both_fields(
    make_frame: MakeFrame, qtbot: QtBot, host: ServerHost, server: RunningServer
) -> None:
    frame = make_frame(screens, role="OUTREACH")
    frame.window.navigate("sync")
    frame.settle(qtbot)
    key = host.identity.keys.public
    link = enrolment_codes.link_text(server.url, host.issue_code("rina", "OUTREACH", "52.03"), key)
    url, code = enrolment_codes.link_parts(link) or ("", "")
    line: Any = frame.window.findChild(QWidget, "sync.code")
    presenter: Any = frame.window.presenters["sync"]
    line.insert(link)
    line.textEdited.emit(line.text())  # what Qt says when a person pastes
    assert typed(frame) == (url, code)
    line.clear()
    presenter.type_in("", "")
    QTest.keyClicks(line, link)  # a scanner types, and presses Enter
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert typed(frame) == (url, code)
    qtbot.waitUntil(lambda: enrolled_at(frame) == server.url, timeout=20_000)
    frame.settle(qtbot)


def typed(frame: Frame) -> tuple[str, str]:
    presenter: Any = frame.window.presenters["sync"]
    return presenter.state.typed[0], presenter.state.typed[1]


def enrolled_at(frame: Frame) -> str:
    return str(frame.run.on_store(lambda: syncing.status(frame.session).server_url).result())


def test_the_keys_are_changed_by_a_button(
    make_frame: MakeFrame, qtbot: QtBot, host: ServerHost, server: RunningServer
) -> None:
    frame = make_frame(screens, role="OUTREACH")
    frame.clock.set_wall(SystemClock().now())
    session = frame.session

    def on_it(fn: Any) -> Any:
        return frame.run.on_store(lambda: fn(session.store)).result()

    syncing.enrol(on_it, session, server.url, host.issue_code("rina", "OUTREACH", "52.03"))
    before = session.keys.recipient
    frame.window.navigate("settings")
    frame.settle(qtbot)
    button: Any = frame.window.findChild(QWidget, "settings.change_keys")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    line: Any = frame.window.findChild(QWidget, "settings.recipient")
    qtbot.waitUntil(lambda: line.text() not in ("", before), timeout=20_000)
    assert line.text() == session.keys.recipient
    assert {len(one.former) for one in host.devices() if one.username == "rina"} == {1}
