"""One run of the desktop program in this process: unlock window, first workspace, wrong passphrase, orderly end."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from migdesk.app import main
from migdesk.clock import SystemClock
from migdesk.paths import Paths
from migdesk.services import keys, people, safekeeping
from migdesk.services import session as sessions
from migdesk.services.safekeeping import Reason
from migdesk.ui import a11y
from migdesk.ui.first_look import Look, read_look, workspaces
from migdesk.vault.keyfile import WrongPassphraseError
from tests.support.readable import faults
from tests.support.tree import ROOT
from tests.support.workspaces import FAST_KDF, PASSPHRASE, create, opened, person


def test_the_right_passphrase_opens_and_a_wrong_one_says_so(runs: Any, tmp_path: Path, qtbot: QtBot) -> None:
    run = runs(create(tmp_path / "home"))
    run.part("unlock.passphrase").setText("not this one")
    run.click("unlock.open")
    qtbot.waitUntil(lambda: run.part("unlock.problem").isVisible(), timeout=10_000)
    run.part("unlock.passphrase").setText(PASSPHRASE)
    QTest.keyClick(run.part("unlock.passphrase"), Qt.Key.Key_Return)
    run.wait_for_window()
    assert run.program.unlock is None
    window: Any = run.program.window
    assert window.windowTitle() == "MigDesk"


def test_wrong_tries_of_an_earlier_run_make_the_gate_wait(runs: Any, tmp_path: Path, qtbot: QtBot) -> None:
    home = create(tmp_path / "home")
    for _ in range(3):
        with pytest.raises(WrongPassphraseError):
            keys.read_key(home, "not this one", SystemClock(), FAST_KDF)
    run = runs(home)
    qtbot.waitUntil(lambda: run.program.unlock.gate.left > 0, timeout=5_000)
    assert not run.part("unlock.open").isEnabled()
    qtbot.waitUntil(lambda: run.part("unlock.open").isEnabled(), timeout=10_000)
    run.part("unlock.passphrase").setText(PASSPHRASE)
    run.click("unlock.open")
    run.wait_for_window()


def test_a_workspace_that_is_open_elsewhere_is_said_not_counted_as_wrong(
    runs: Any, tmp_path: Path, qtbot: QtBot
) -> None:
    home = create(tmp_path / "home")
    first = runs(home)
    first.part("unlock.passphrase").setText(PASSPHRASE)
    first.click("unlock.open")
    first.wait_for_window()
    second = runs(home)
    second.part("unlock.passphrase").setText(PASSPHRASE)
    second.click("unlock.open")
    qtbot.waitUntil(lambda: second.part("unlock.problem").isVisible(), timeout=10_000)
    assert second.program.unlock.gate.left == 0
    assert second.part("unlock.open").isEnabled()


def test_a_backup_comes_back_in_the_place_of_the_open_workspace(runs: Any, tmp_path: Path, qtbot: QtBot) -> None:
    """The window closes, the backup takes its place, and the passphrase of then opens it; what was here is kept."""
    home = create(tmp_path / "home")
    file = tmp_path / "day.mdbackup"
    session = opened(home)
    people.save(session, person(full_name="Siti"))
    safekeeping.keep(lambda fn: fn(), session, Reason.COPY, file)
    people.save(session, person(full_name="Dewi"))
    sessions.close(session)
    run = runs(home)
    run.part("unlock.passphrase").setText(PASSPHRASE)
    run.click("unlock.open")
    run.wait_for_window()
    run.program.window.bring_back(file)
    qtbot.waitUntil(lambda: run.part("unlock.problem").isVisible(), timeout=20_000)
    [kept] = (home / "backups").glob("replaced-*")
    assert str(kept) in run.part("unlock.problem").text()
    run.part("unlock.passphrase").setText(PASSPHRASE)
    run.click("unlock.open")
    run.wait_for_window()
    there = run.program._store.submit(people.listed, run.program._session).result().rows
    assert [one.record.full_name for one in there] == ["Siti"]


def test_the_first_run_makes_a_workspace_and_opens_it(runs: Any, tmp_path: Path, qtbot: QtBot) -> None:
    home = tmp_path / "new"
    run = runs(home)
    qtbot.waitUntil(lambda: run.program.unlock.findChild(QWidget, "new.name") is not None)
    qtbot.waitUntil(lambda: run.part("new.make").isVisible())
    assert a11y.audit(run.program.unlock) == []
    run.click("new.make")
    assert run.part("new.problem").isVisible()
    QTest.keyClicks(run.part("new.name"), "Rina Kartika")
    QTest.keyClicks(run.part("new.area.input"), "52.03.09.2004")
    QTest.keyClick(run.part("new.area.input"), Qt.Key.Key_Return)
    run.part("new.passphrase").setText("empat kata tidak berkaitan")
    run.part("new.passphrase_again").setText("empat kata tidak sama")
    run.click("new.make")
    assert run.part("new.problem").isVisible()
    run.click("unlock.language.en")
    qtbot.waitUntil(lambda: run.part("new.make").isVisible())
    assert run.part("new.name").text() == "Rina Kartika"
    run.part("new.passphrase_again").setText("empat kata tidak berkaitan")
    run.click("new.make")
    run.wait_for_window()
    assert Paths(home).keys_file.is_file()
    assert run.program._session.user.display_name == "Rina Kartika"
    assert run.program._session.user.username == "rina.kartika"


def test_a_new_passphrase_is_judged_while_it_is_typed_and_a_weak_one_makes_no_workspace(
    runs: Any, tmp_path: Path, qtbot: QtBot
) -> None:
    home = tmp_path / "new"
    run = runs(home)
    qtbot.waitUntil(lambda: run.program.unlock.findChild(QWidget, "new.name") is not None)
    run.click("unlock.language.en")
    qtbot.waitUntil(lambda: run.part("new.make").isVisible())
    empty = run.part("passphrase.advice").text()
    assert "Four or more words" in empty
    QTest.keyClicks(run.part("new.name"), "Rina Kartika")
    QTest.keyClicks(run.part("new.area.input"), "52.03.09.2004")
    QTest.keyClick(run.part("new.area.input"), Qt.Key.Key_Return)
    QTest.keyClicks(run.part("new.passphrase"), "kartika2026")
    qtbot.waitUntil(lambda: "own name" in run.part("passphrase.advice").text(), timeout=10_000)
    assert run.part("passphrase.strength").value() < 3
    run.part("new.passphrase_again").setText("kartika2026")
    run.click("new.make")
    qtbot.waitUntil(lambda: run.part("new.problem").isVisible(), timeout=10_000)
    assert "too easy to guess" in run.part("new.problem").text()
    assert not home.exists()
    run.part("new.passphrase").setText("empat kata tidak berkaitan")
    qtbot.waitUntil(lambda: run.part("passphrase.strength").value() == 4, timeout=10_000)
    assert run.part("passphrase.advice").text() == "Strong."
    run.part("new.passphrase").setText("")
    assert run.part("passphrase.advice").text() == empty
    assert run.part("passphrase.strength").value() == 0


def test_the_language_changes_on_the_unlock_window_and_the_passphrase_stays(runs: Any, tmp_path: Path) -> None:
    run = runs(create(tmp_path / "home"))
    run.part("unlock.passphrase").setText("half")
    run.click("unlock.language.en")
    run.qtbot.waitUntil(lambda: run.part("unlock.open").text() == "Open")
    assert run.part("unlock.passphrase").text() == "half"
    assert faults(run.qtbot, run.program.unlock) == []


def test_the_passphrase_can_be_shown_and_caps_lock_is_noticed(runs: Any, tmp_path: Path) -> None:
    run = runs(create(tmp_path / "home"))
    line = run.part("unlock.passphrase")
    QTest.keyClicks(line, "a")
    gate = run.program.unlock.gate
    assert not gate.field.caps.isVisible()
    QApplication.sendEvent(line, _key("B"))
    assert gate.field.caps.isVisible()
    line.actions()[0].trigger()
    assert line.displayText().startswith("a")


def _key(letter: str) -> Any:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent

    return QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_B, Qt.KeyboardModifier.NoModifier, letter)


def test_wrong_words_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--nonsense"]) == 2
    assert "usage" in capsys.readouterr().err


def test_looks_and_workspaces_are_read_from_whatever_is_there(tmp_path: Path) -> None:
    assert workspaces(tmp_path / "none" / "workspace") == []
    create(tmp_path / "b")
    create(tmp_path / "a")
    (tmp_path / "c").mkdir()
    assert workspaces(tmp_path / "workspace") == [tmp_path / "a", tmp_path / "b"]
    (tmp_path / "a" / "ui.json").write_text('{"language": "en", "theme": "dark", "text_size": 1.25}')
    assert read_look(tmp_path / "a") == Look("en", "dark", 1.25)
    (tmp_path / "a" / "ui.json").write_text("[nonsense")
    assert read_look(tmp_path / "a") == Look()


def test_the_unlock_window_is_painted_before_anything_heavy_is_imported() -> None:
    """In a process of its own: after the window is built, neither SQL nor services nor Babel are loaded."""
    script = (
        "import sys, time, pathlib\n"
        "from PySide6.QtWidgets import QApplication\n"
        "from migdesk.app import Program\n"
        "app = QApplication([])\n"
        "program = Program(app, pathlib.Path('nowhere'), time.perf_counter())\n"
        "program._painted = lambda: None\n"
        "program.start()\n"
        "heavy = ('sqlalchemy', 'migdesk.services', 'migdesk.store', 'migdesk.domain', 'babel', 'cryptography')\n"
        "print([name for name in sys.modules if name.startswith(heavy)])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
