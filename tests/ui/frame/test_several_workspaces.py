"""Several workspaces on one laptop, each with its own key: chosen, changed without a network, destroyed."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from migdesk.paths import Paths
from migdesk.services import keys, people, wiping
from migdesk.services import session as sessions
from migdesk.services.instance_lock import InstanceLock
from migdesk.services.settings import Interface, write_interface
from tests.support.fake_clock import FakeClock
from tests.support.readable import faults
from tests.support.workspaces import FAST_KDF, PASSPHRASE, create, opened, person

PATIENT_MS = 20_000


@pytest.fixture
def homes(tmp_path: Path) -> tuple[Path, Path]:
    """Rina's and Budi's, side by side, in English."""
    made = create(tmp_path / "rina"), create(tmp_path / "budi", username="budi", name="Budi")
    for home in made:
        write_interface(home, Interface("en"))
    return made


def unlock(run: Any) -> None:
    line = run.part("unlock.passphrase")
    line.setText(PASSPHRASE)
    QTest.keyClick(line, Qt.Key.Key_Return)
    run.wait_for_window()


def in_window(run: Any, name: str) -> Any:
    found = run.program.window.findChildren(QWidget, name)
    assert found, name
    return found[-1]


def press(run: Any, name: str) -> None:
    QTest.mouseClick(in_window(run, name), Qt.MouseButton.LeftButton)


def settings_of(run: Any, qtbot: QtBot) -> None:
    run.program.window.navigate("settings")
    qtbot.waitUntil(lambda: run.program.run.pending == 0, timeout=PATIENT_MS)


def names_on_offer(run: Any) -> list[str]:
    return sorted(home.name for home in run.program.unlock.homes)


def test_another_workspace_is_opened_without_a_network(runs: Any, homes: tuple[Path, Path], qtbot: QtBot) -> None:
    run = runs(homes[0])
    unlock(run)
    first = run.program._session
    settings_of(run, qtbot)
    press(run, "settings.switch")
    assert run.program.window is None
    assert names_on_offer(run) == ["budi", "rina"]
    run.program.unlock.picker._pick(str(homes[1]))
    unlock(run)
    assert not first.store.is_open
    assert run.program._session.user.username == "budi"
    assert run.program._session.home == homes[1]
    sessions.close(opened(homes[0]))


def test_the_word_and_nothing_else_destroys_the_open_one(runs: Any, homes: tuple[Path, Path], qtbot: QtBot) -> None:
    session = opened(homes[0])
    people.save(session, person(full_name="Siti"))
    sessions.close(session)
    run = runs(homes[0])
    unlock(run)
    settings_of(run, qtbot)
    press(run, "settings.wipe")
    qtbot.waitUntil(lambda: "1 change exists only" in in_window(run, "wipe.count").text(), timeout=PATIENT_MS)
    assert in_window(run, "wipe.stay").hasFocus() or run.program.window.focusWidget() is in_window(run, "wipe.stay")
    for typed in ("", "yes", "WIP", "WIPE IT"):
        in_window(run, "wipe.word").setText(typed)
        assert not in_window(run, "wipe.go").isEnabled()
    QTest.keyClick(in_window(run, "wipe.stay"), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: run.program.window.findChild(QWidget, "sheet") is None)
    assert Paths(homes[0]).keys_file.exists()
    press(run, "settings.wipe")
    QTest.keyClicks(in_window(run, "wipe.word"), "wipe")
    press(run, "wipe.go")
    assert run.program.window is None
    qtbot.waitUntil(lambda: not any(homes[0].iterdir()), timeout=PATIENT_MS)
    assert wiping.find(homes[0]) is None
    with pytest.raises(Exception, match="no workspace"):
        keys.read_key(homes[0], PASSPHRASE, FakeClock(), FAST_KDF)
    qtbot.waitUntil(lambda: names_on_offer(run) == ["budi"] and run.program.run.pending == 0, timeout=PATIENT_MS)
    assert run.program.unlock.chosen == homes[1]
    unlock(run)
    assert run.program._session.user.username == "budi"


def test_on_the_unlock_window_no_passphrase_is_needed(runs: Any, homes: tuple[Path, Path], qtbot: QtBot) -> None:
    run = runs(homes[0])
    run.click("unlock.destroy")
    qtbot.waitUntil(lambda: bool(run.program.unlock.findChildren(QWidget, "wipe.word")))
    assert "nobody can count" in run.part("wipe.count").text()
    assert faults(qtbot, run.program.unlock) == []
    run.click("wipe.stay")
    qtbot.waitUntil(lambda: run.part("unlock.passphrase").isVisible())
    run.click("unlock.destroy")
    qtbot.waitUntil(lambda: run.part("wipe.word").isVisible())
    run.click("unlock.language.id")
    qtbot.waitUntil(lambda: "Ketik HAPUS" in run.part("wipe.word").accessibleName())
    QTest.keyClicks(run.part("wipe.word"), "wipe")
    assert not run.part("wipe.go").isEnabled()
    run.part("wipe.word").clear()
    QTest.keyClicks(run.part("wipe.word"), "hapus")
    run.click("wipe.go")
    qtbot.waitUntil(lambda: not any(homes[0].iterdir()), timeout=PATIENT_MS)
    qtbot.waitUntil(lambda: bool(run.program.unlock.findChildren(QWidget, "new.name")), timeout=PATIENT_MS)
    assert Paths(homes[1]).keys_file.exists()


def test_one_that_is_open_elsewhere_is_said_and_left(runs: Any, homes: tuple[Path, Path], qtbot: QtBot) -> None:
    lock = InstanceLock.take(Paths(homes[0]).lock_file)
    run = runs(homes[0])
    run.click("unlock.destroy")
    qtbot.waitUntil(lambda: bool(run.program.unlock.findChildren(QWidget, "wipe.word")))
    QTest.keyClicks(run.part("wipe.word"), "WIPE")
    run.click("wipe.go")
    qtbot.waitUntil(lambda: run.part("wipe.problem").isVisible(), timeout=PATIENT_MS)
    assert "already open" in run.part("wipe.problem").text() or "open" in run.part("wipe.problem").text()
    lock.release()
    assert Paths(homes[0]).keys_file.exists()
    assert wiping.find(homes[0]) is None


def test_what_was_begun_is_finished_at_the_next_start(runs: Any, homes: tuple[Path, Path], qtbot: QtBot) -> None:
    """The power went right after the mark was there."""
    wiping._write(homes[0], wiping._OWN_WORD)
    run = runs(homes[0])
    qtbot.waitUntil(lambda: not any(homes[0].iterdir()), timeout=PATIENT_MS)
    qtbot.waitUntil(lambda: bool(run.program.unlock.findChildren(QWidget, "new.name")), timeout=PATIENT_MS)
    assert run.program.unlock.findChildren(QWidget, "removed.words") == []
