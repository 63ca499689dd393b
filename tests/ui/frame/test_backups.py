"""Backups seen by the person: by themselves when nobody is there, the card in the settings, the reminder on Today."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from migdesk.paths import Paths
from migdesk.services import people, safekeeping
from migdesk.services.safekeeping import automatic
from migdesk.ui.auto_backup import AGAIN_AFTER_S, QUIET_S
from migdesk.ui.loaded import screens
from tests.support.workspaces import person
from tests.ui.frame.conftest import Frame, MakeFrame


@pytest.fixture
def frame(make_frame: MakeFrame) -> Frame:
    return make_frame(screens)


def part(frame: Frame, name: str) -> Any:
    found = frame.window.findChild(QWidget, name)
    assert found is not None, name
    return found


def words(frame: Frame, name: str) -> str:
    label: QLabel = part(frame, name)
    return label.text()


def made(frame: Frame) -> int:
    return len(automatic(Paths(frame.session.home).backups))


def save(frame: Frame, qtbot: QtBot) -> None:
    frame.run.run(lambda: people.save(frame.session, person()))
    frame.settle(qtbot)


def reminded(frame: Frame) -> bool:
    """Whether Today shows the reminder; what it showed before may not be deleted yet."""
    return any(one.isVisible() for one in frame.window.findChildren(QWidget, "today.copy_away"))


def settings(frame: Frame, qtbot: QtBot) -> None:
    frame.window.navigate("settings")
    frame.settle(qtbot)


def test_a_backup_comes_when_nobody_types_and_not_before(frame: Frame, qtbot: QtBot) -> None:
    save(frame, qtbot)
    frame.window.auto_backup.check()
    frame.settle(qtbot)
    assert made(frame) == 0
    frame.clock.forward(seconds=QUIET_S)
    frame.window.auto_backup.check()
    frame.settle(qtbot)
    assert made(frame) == 1
    settings(frame, qtbot)
    assert "Made and verified" in words(frame, "settings.backup.last")


def test_locking_makes_one_too(frame: Frame, qtbot: QtBot) -> None:
    frame.window.lock()
    frame.settle(qtbot)
    assert made(frame) == 1


def test_a_window_that_is_closed_makes_none_any_more(frame: Frame, qtbot: QtBot) -> None:
    frame.window.close()
    frame.window.lock()
    assert frame.run.pending == 0
    frame.settle(qtbot)
    assert made(frame) == 0


def test_what_is_in_the_way_stands_in_the_status_line_until_it_is_gone(frame: Frame, qtbot: QtBot) -> None:
    save(frame, qtbot)
    folder = Paths(frame.session.home).backups
    folder.write_text("in the way")
    frame.clock.forward(seconds=QUIET_S)
    frame.window.auto_backup.check()
    frame.settle(qtbot)
    assert "No backup was made" in part(frame, "status.problem").text()
    settings(frame, qtbot)
    assert "No backup was made" in words(frame, "settings.backup.trouble")
    save(frame, qtbot)
    folder.unlink()
    frame.window.auto_backup.check()
    frame.settle(qtbot)
    assert made(frame) == 0, "not every minute"
    frame.clock.forward(seconds=AGAIN_AFTER_S)
    frame.window.auto_backup.check()
    frame.settle(qtbot)
    assert made(frame) == 1
    assert part(frame, "status.problem").text() == ""


def test_a_copy_is_put_where_the_person_says(frame: Frame, qtbot: QtBot, tmp_path: Path) -> None:
    settings(frame, qtbot)
    assert "No copy" in words(frame, "settings.backup.copied")
    part(frame, "settings.backup.copy").click()
    dialog: Any = frame.window.findChild(QFileDialog)
    assert dialog.defaultSuffix() == "mdbackup"
    target = tmp_path / "stick.mdbackup"
    dialog.fileSelected.emit(str(target))
    dialog.close()
    frame.settle(qtbot)
    assert target.exists()
    assert "on the disk of this laptop" in words(frame, "settings.backup.copied")


def test_the_settings_can_be_left_and_rebuilt_while_one_is_made(frame: Frame, qtbot: QtBot) -> None:
    settings(frame, qtbot)
    part(frame, "settings.backup").click()
    frame.window.navigate("today")
    frame.window.change_interface(frame.window.interface)
    frame.settle(qtbot)
    assert len(list(Paths(frame.session.home).backups.iterdir())) == 1


def test_today_reminds_after_two_weeks_and_leads_to_the_settings(
    frame: Frame, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert not reminded(frame)
    frame.clock.forward(days=15)
    frame.window.navigate("today")
    frame.settle(qtbot)
    part(frame, "today.copy_away").click()
    frame.settle(qtbot)
    assert part(frame, "settings.backup.copy").isVisible()
    monkeypatch.setattr(safekeeping, "_is_apart", lambda _folder, _home: True)
    dialog_target = tmp_path / "away.mdbackup"
    part(frame, "settings.backup.copy").click()
    dialog: Any = frame.window.findChild(QFileDialog)
    dialog.fileSelected.emit(str(dialog_target))
    dialog.close()
    frame.settle(qtbot)
    assert str(tmp_path) in words(frame, "settings.backup.copied")
    frame.window.navigate("today")
    frame.settle(qtbot)
    assert not reminded(frame)


def test_a_backup_is_looked_at_before_it_comes_back(frame: Frame, qtbot: QtBot, tmp_path: Path) -> None:
    save(frame, qtbot)
    settings(frame, qtbot)
    part(frame, "settings.backup").click()
    frame.settle(qtbot)
    [file] = Paths(frame.session.home).backups.iterdir()
    save(frame, qtbot)
    asked: list[Path] = []
    frame.window.bring_back = asked.append
    for press in ("restore.stay", "restore.go"):
        part(frame, "settings.backup.restore").click()
        dialog: Any = frame.window.findChildren(QFileDialog)[-1]
        dialog.fileSelected.emit(str(file))
        dialog.close()
        frame.settle(qtbot)
        shown = " ".join(one.text() for one in part(frame, "sheet").findChildren(QLabel))
        assert "1 record would be gone" in shown
        assert str(file.parent) in shown
        assert frame.window.focusWidget() is part(frame, "restore.stay")
        assert asked == []
        part(frame, press).click()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert asked == [file]
