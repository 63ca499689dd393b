"""The sync screen: what waits, a link that fails, a conflict decided, and the sheets for carrying data by hand."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from migdesk.services import people, settings
from migdesk.services.auto_sync import When
from migdesk.ui.main_window import MainWindow
from migdesk.ui.screens.settings.screen import SettingsScreen
from migdesk.ui.screens.sync.screen import SyncScreen
from tests.support.readable import faults
from tests.support.workspaces import VILLAGE
from tests.ui.frame.conftest import Frame, MakeFrame


@pytest.fixture
def frame(make_frame: MakeFrame, qtbot: QtBot) -> Frame:
    def screens(window: MainWindow) -> Any:
        return (SyncScreen(), SettingsScreen(window))

    made = make_frame(screens, role="SUPERVISOR")
    made.window.activateWindow()
    qtbot.waitUntil(made.window.isActiveWindow)
    return made


def part(frame: Frame, name: str) -> Any:
    """The widget of a name, the one to be seen if a former one is still being deleted."""
    found = frame.window.findChildren(QWidget, name)
    assert found, name
    return next((one for one in found if one.isVisible()), found[0])


def click(frame: Frame, qtbot: QtBot, name: str) -> None:
    QTest.mouseClick(part(frame, name), Qt.MouseButton.LeftButton)
    frame.settle(qtbot)


def test_a_laptop_that_is_not_enrolled_offers_to_connect(frame: Frame, qtbot: QtBot) -> None:
    assert part(frame, "sync.url").isVisible()
    assert not part(frame, "sync.now").isEnabled()
    click(frame, qtbot, "sync.enrol")
    qtbot.waitUntil(lambda: part(frame, "sync.outcome.warning").isVisible())


def test_a_server_that_is_not_there_is_said_in_words_and_typing_stays(frame: Frame, qtbot: QtBot) -> None:
    QTest.keyClicks(part(frame, "sync.url"), "http://127.0.0.1:9")
    QTest.keyClicks(part(frame, "sync.code"), "AAAA-BBBB-CCCC")
    click(frame, qtbot, "sync.enrol")
    qtbot.waitUntil(lambda: frame.window.findChild(QWidget, "sync.outcome.warning") is not None)
    words = [label.text() for label in part(frame, "sync.outcome.warning").findChildren(QLabel)]
    assert any(words)
    assert part(frame, "sync.url").text() == "http://127.0.0.1:9"
    assert part(frame, "sync.enrol").isEnabled()


def test_what_waits_stands_by_kind_and_the_sentence_says_what_to_do(frame: Frame, qtbot: QtBot) -> None:
    frame.run.run(people.save, frame.session, {"full_name": "Sumiati", "area_code": VILLAGE})
    frame.settle(qtbot)
    frame.window.navigate("sync")
    frame.settle(qtbot)
    assert part(frame, "sync.waiting.person").isVisible()
    assert "not connected" in part(frame, "sync.sentence").text()
    assert part(frame, "sync.url").isVisible()
    page = part(frame, "sync.screen")
    assert faults(qtbot, page) == []


def test_the_choice_of_when_to_sync_is_kept(frame: Frame, qtbot: QtBot) -> None:
    frame.window.navigate("sync")
    frame.settle(qtbot)
    assert part(frame, "sync.when.automatic").isChecked()
    click(frame, qtbot, "sync.when.manual")
    kept: list[When] = []
    frame.run.run(settings.sync_when, frame.session, done=kept.append)
    frame.settle(qtbot)
    assert kept == [When.MANUAL]
    assert frame.window.exchange.rhythm.when is When.MANUAL
    assert part(frame, "sync.when.manual").isChecked()


def test_a_bundle_needs_someone_to_seal_it_for(frame: Frame, qtbot: QtBot) -> None:
    click(frame, qtbot, "sync.export")
    sheet = part(frame, "sheet")
    assert sheet.isVisible()
    assert not part(frame, "bundle.write").isEnabled()
    assert faults(qtbot, sheet) == []
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: frame.window.findChild(QWidget, "sheet") is None)


def test_a_file_that_is_no_bundle_is_refused_in_words(frame: Frame, qtbot: QtBot, tmp_path: Path) -> None:
    wrong = tmp_path / "holiday.age"
    wrong.write_bytes(b"not a bundle at all")
    click(frame, qtbot, "sync.import")
    dialog = part(frame, "bundle.file")
    assert isinstance(dialog, QFileDialog)
    assert dialog.testOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.fileSelected.emit(str(wrong))
    dialog.close()
    frame.settle(qtbot)
    qtbot.waitUntil(lambda: frame.window.findChild(QWidget, "sync.outcome.warning") is not None)


def test_hiding_closes_the_file_window_and_covers_the_sheet(frame: Frame, qtbot: QtBot) -> None:
    click(frame, qtbot, "sync.export")
    click(frame, qtbot, "sync.import")
    QTest.keyClick(frame.window, Qt.Key.Key_F12)
    assert frame.window.is_hidden_by_key
    assert not part(frame, "sheet").isVisible()
    qtbot.waitUntil(lambda: frame.window.findChild(QWidget, "bundle.file") is None)
