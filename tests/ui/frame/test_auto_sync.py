"""Syncs that come by themselves in the real window: after unlocking, after a save, not while it is locked."""

from typing import Any

import pytest
from PySide6.QtNetwork import QNetworkInformation
from pytestqt.qtbot import QtBot

from migdesk.services import people
from migdesk.services.auto_sync import Link, When
from migdesk.ui.connectivity import Connectivity
from migdesk.ui.exchange import Outcome
from migdesk.ui.main_window import MainWindow
from migdesk.ui.screens.people.screen import PeopleScreen
from migdesk.ui.screens.sync.screen import SyncScreen
from tests.support.workspaces import PASSPHRASE, VILLAGE
from tests.ui.frame.conftest import Frame, MakeFrame


@pytest.fixture
def frame(make_frame: MakeFrame) -> Frame:
    def screens(window: MainWindow) -> Any:
        return (PeopleScreen(), SyncScreen())

    return make_frame(screens)


def last(frame: Frame) -> Outcome | None:
    """How the last sync ended, asked anew."""
    return frame.window.exchange.last


def wait(frame: Frame) -> float | None:
    """Seconds until the next one, asked anew."""
    return frame.window.exchange.due_in


def save_somebody(frame: Frame, qtbot: QtBot) -> None:
    frame.run.run(people.save, frame.session, {"full_name": "Sumiati", "area_code": VILLAGE})
    frame.settle(qtbot)


def test_a_laptop_without_a_server_waits_for_nothing(frame: Frame, qtbot: QtBot) -> None:
    save_somebody(frame, qtbot)
    assert not frame.window.auto_sync.armed
    assert frame.window.exchange.due_in is None


def test_soon_after_the_first_screen_and_with_growing_patience(frame: Frame, qtbot: QtBot) -> None:
    window = frame.window
    window.exchange.enrolled(True)
    assert window.auto_sync.armed
    window.auto_sync.check()
    assert last(frame) is None, "the first screen comes first"
    frame.clock.forward(seconds=5)
    window.auto_sync.check()
    frame.settle(qtbot)
    ended = last(frame)
    assert ended is not None
    assert ended.error is not None, "nobody enrolled this laptop"
    assert not ended.asked
    # What the store knows is asked for after each sync: no server, so nothing more comes by itself.
    assert not window.auto_sync.armed


def test_a_save_brings_the_next_one_forward_and_the_lock_stops_all(frame: Frame, qtbot: QtBot) -> None:
    exchange = frame.window.exchange
    exchange.rhythm.began()
    exchange.rhythm.ended(frame.clock.monotonic(), worked=True)
    exchange.rhythm.enrolled = True
    exchange.saved()
    assert wait(frame) == 30.0
    frame.window.lock()
    assert wait(frame) is None
    assert not frame.window.auto_sync.armed
    frame.window.open_with(PASSPHRASE)
    exchange.rhythm.enrolled = True
    qtbot.waitUntil(lambda: frame.window.is_open)
    exchange.rhythm.enrolled = True
    assert wait(frame) == 4.0
    exchange.choose(When.MANUAL)
    assert wait(frame) is None


def test_what_the_system_says_of_the_network_is_read_and_let_go(qtbot: QtBot) -> None:
    heard: list[Link] = []
    told = Connectivity(heard.append)
    info = QNetworkInformation.instance()
    assert (told.link == Link()) or info is not None
    told.close()
    assert heard == []
