"""The card of a room: sharing and joining in the real window; locking the laptop ends it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from migdesk.server.room_listening import start_room
from migdesk.server.run import RunningServer
from migdesk.services import syncing
from migdesk.services.room import invitation_parts
from migdesk.services.settings import Interface
from migdesk.ui.main_window import MainWindow
from migdesk.ui.screens.sync.screen import SyncScreen
from tests.server.driver import opened
from tests.support.readable import faults
from tests.ui.frame.conftest import Frame, MakeFrame


@pytest.fixture
def frame(make_frame: MakeFrame, qtbot: QtBot, tmp_path: Path) -> Iterator[Frame]:
    """An enrolled laptop in a network that is its own loopback."""

    def screens(window: MainWindow) -> Any:
        return (SyncScreen(),)

    made = make_frame(screens, role="SUPERVISOR", interface=Interface("en", "dark"))

    def run(fn: Any) -> Any:
        return made.run.on_store(lambda: fn(made.session.store)).result(30)

    with opened(tmp_path / "server", made.clock) as host, RunningServer(host) as server:
        syncing.enrol(run, made.session, server.url, host.issue_code("rina", "SUPERVISOR", "52.03"))
        for _ in range(2):
            syncing.sync_now(run, made.session)
    room = made.window.exchange.room
    room.addresses, room.port = lambda: ("127.0.0.1",), 0
    room.offer(start_room)
    made.window.navigate("sync")
    made.settle(qtbot)
    yield made
    room.stop()
    qtbot.waitUntil(lambda: room.work == "")


def part(frame: Frame, name: str) -> Any:
    """The widget of a name, the one to be seen if a former one is still being deleted."""
    found = frame.window.findChildren(QWidget, name)
    assert found, name
    return next((one for one in found if one.isVisible()), found[0])


def click(frame: Frame, name: str) -> None:
    QTest.mouseClick(part(frame, name), Qt.MouseButton.LeftButton)


def words(frame: Frame) -> str:
    return " ".join(label.text() for label in part(frame, "sync.room").findChildren(QLabel) if label.isVisible())


def test_sharing_shows_one_line_to_type_and_ends_with_the_lock(frame: Frame, qtbot: QtBot) -> None:
    room = frame.window.exchange.room
    click(frame, "sync.room.share")
    qtbot.waitUntil(lambda: room.work == "serving")
    assert invitation_parts(part(frame, "sync.room.invitation").text()) is not None
    assert "Nobody has joined yet." in words(frame)
    card = part(frame, "sync.room")
    assert faults(qtbot, card) == []
    frame.window.lock()
    qtbot.waitUntil(lambda: room.work == "" and room.standing is None)


def test_joining_takes_a_whole_invitation_and_says_in_words_that_nobody_answers(frame: Frame, qtbot: QtBot) -> None:
    click(frame, "sync.room.join")
    QTest.keyClicks(part(frame, "sync.room.address"), "127.0.0.1:9")
    QTest.keyClicks(part(frame, "sync.room.code"), "ABCD-EFGH")
    click(frame, "sync.room.go")
    qtbot.waitUntil(lambda: frame.window.exchange.room.work == "" and "cannot be reached" in words(frame))
    assert part(frame, "sync.room.join").isVisible()
