"""A forgotten passphrase, from the unlock window and under the lock: every way out and every refusal, on the screen."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from migdesk.services import keys, people, recovery, recovery_sheet, settings
from migdesk.services import session as sessions
from migdesk.services.session import Session
from migdesk.services.settings import Interface
from migdesk.store import audit
from migdesk.ui.loaded import screens
from migdesk.vault.keyfile import WrongPassphraseError
from tests.support.fake_clock import FakeClock
from tests.support.readable import faults
from tests.support.workspaces import FAST_KDF, PASSPHRASE, create, opened, person
from tests.ui.frame.conftest import MakeFrame, Run

NEW = "sembilan rakit bambu kuning"


class Office:
    """A supervisor's open workspace, and the folders of officers' laptops."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, FakeClock()
        home = create(folder / "sri", "SUPERVISOR", username="sri", name="Sri", clock=self.clock)
        self.supervisor = opened(home, self.clock)

    def laptop(self, username: str = "rina", *, trusts: bool = True) -> Path:
        home = create(self.folder / username, username=username, clock=self.clock)
        settings.write_interface(home, Interface("en"))
        if trusts:
            session = opened(home, self.clock)
            people.save(session, person(full_name="Siti"))
            recovery.trust(lambda fn: fn(), session, recovery.own_key(self.supervisor).text, PASSPHRASE)
            sessions.close(session)
        return home

    def sheet(self, home: Path) -> str:
        session = opened(home, self.clock)
        code = recovery_sheet.make(lambda fn: fn(), session, PASSPHRASE)
        sessions.close(session)
        return code


@pytest.fixture
def office(tmp_path: Path) -> Any:
    made = Office(tmp_path)
    yield made
    sessions.close(made.supervisor)


def put(run: Run, name: str, words: str) -> None:
    """What was typed or pasted there."""
    field = run.part(name)
    field.setFocus()
    field.selectAll()
    QGuiApplication.clipboard().setText(words)
    field.paste()


def problem(run: Run) -> str:
    label = run.part("forgot.problem")
    return label.text() if label.isVisible() else ""


def set_new(run: Run, new: str = NEW) -> None:
    run.part("forgot.new").setText(new)
    run.part("forgot.again").setText(new)
    run.press("forgot.go")


def acts(session: Session) -> list[str]:
    with session.store.read() as tx:
        return [f"{one.action} {one.detail}" for one in audit.entries(tx)]


def test_a_supervisor_far_away_opens_it_again(runs: Any, office: Office, qtbot: QtBot, tmp_path: Path) -> None:
    home = office.laptop()
    run = runs(home, office.clock)
    run.press("unlock.forgot")
    assert run.program.unlock.findChild(QWidget, "forgot.sheet") is None or not run.part("forgot.sheet").isVisible()
    run.press("forgot.ask")
    asked = run.part("forgot.request.text").toPlainText()
    seen = recovery.look(office.supervisor, asked)
    assert seen.words == run.part("forgot.words").text()
    run.press("forgot.request.copy")
    assert QGuiApplication.clipboard().text() == asked
    run.part("forgot.request.save").click()
    dialog: Any = run.program.unlock.findChild(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "request.txt"))
    dialog.close()
    run.settle()
    assert (tmp_path / "request.txt").read_text() == f"{asked}\n"
    assert faults(qtbot, run.program.unlock) == []
    run.press("forgot.go")
    (tmp_path / "answer.txt").write_text(recovery.answer(office.supervisor, asked).lower())
    run.part("forgot.answer.open").click()
    dialog = run.program.unlock.findChildren(QFileDialog)[-1]
    dialog.fileSelected.emit(str(tmp_path / "answer.txt"))
    dialog.close()
    run.settle()
    run.press("forgot.go")
    run.part("forgot.new").setText(NEW)
    run.part("forgot.again").setText("another one than that")
    run.press("forgot.go")
    assert "not the same" in problem(run)
    set_new(run, "rina2026")
    assert "too easy to guess" in problem(run)
    set_new(run)
    run.wait_for_window()
    session: Any = run.program._session
    there, said = run.program._store.submit(lambda: (people.listed(session).rows, acts(session))).result()
    assert [one.record.full_name for one in there] == ["Siti"]
    assert [one for one in said if one.startswith("recovered ") and one.endswith("by=supervisor")] != []
    with pytest.raises(WrongPassphraseError):
        keys.read_key(home, PASSPHRASE, office.clock, FAST_KDF)


def test_every_answer_that_does_not_fit_is_refused_in_its_own_words(runs: Any, office: Office) -> None:
    home, other = office.laptop(), office.laptop("sari")
    run = runs(home, office.clock)

    def ask() -> str:
        run.press("forgot.ask")
        asked: str = run.part("forgot.request.text").toPlainText()
        run.press("forgot.go")
        return asked

    def told(answer: str) -> str:
        put(run, "forgot.answer.text", answer)
        run.press("forgot.go")
        return problem(run)

    run.press("unlock.forgot")
    first = ask()
    foreign = recovery.answer(office.supervisor, recovery.request(other, office.clock).text)
    assert "for another laptop" in told(foreign)
    assert "no answer" in told(first)
    used = recovery.answer(office.supervisor, first)
    lines = used.splitlines()
    assert "slip in line 4" in told("\n".join([*lines[:3], lines[3][::-1], *lines[4:]]))
    assert told(used) == ""
    set_new(run)
    run.wait_for_window()


def test_a_replayed_and_an_expired_answer_are_refused(runs: Any, office: Office) -> None:
    home = office.laptop()
    used = recovery.answer(office.supervisor, recovery.request(home, office.clock).text)
    recovery.open_answer(home, used, NEW, office.clock, FAST_KDF)
    before = (home / "keys.json").read_bytes()
    run = runs(home, office.clock)
    run.press("unlock.forgot")
    run.press("forgot.ask")
    asked = run.part("forgot.request.text").toPlainText()
    run.press("forgot.go")
    put(run, "forgot.answer.text", used)
    run.press("forgot.go")
    assert "used already" in problem(run)
    late = recovery.answer(office.supervisor, asked)
    put(run, "forgot.answer.text", late)
    run.press("forgot.go")
    assert problem(run) == ""
    office.clock.forward(hours=24, seconds=1)
    set_new(run)
    assert "older than a day" in problem(run), "also when it grew old while the passphrase was thought up"
    run.press("forgot.back")
    run.press("forgot.back")
    assert run.part("forgot.request.text").toPlainText() != asked, "there is a new request, without asking for it"
    run.press("forgot.go")
    put(run, "forgot.answer.text", late)
    run.press("forgot.go")
    assert "another request" in problem(run)
    assert (home / "keys.json").read_bytes() == before


def test_the_sheet_opens_it_and_a_slip_is_said(runs: Any, office: Office, qtbot: QtBot) -> None:
    home = office.laptop(trusts=False)
    code, stale = office.sheet(home), ""
    stale, code = code, office.sheet(home)
    run = runs(home, office.clock)
    run.press("unlock.forgot")
    run.press("forgot.sheet")
    for typed, said in ((code[:-1], "not a recovery code"), (stale, "does not open this workspace")):
        put(run, "forgot.code", typed)
        run.press("forgot.go")
        assert said in problem(run)
    run.click("unlock.language.id")
    assert run.part("forgot.code").text() == stale, "what was typed outlives a change of language"
    run.click("unlock.language.en")
    put(run, "forgot.code", code.lower())
    QTest.keyClick(run.part("forgot.code"), Qt.Key.Key_Return)
    run.settle()
    QTest.keyClicks(run.part("forgot.new"), NEW)
    qtbot.waitUntil(lambda: run.part("passphrase.strength").value() == 4, timeout=10_000)
    assert faults(qtbot, run.program.unlock) == []
    set_new(run)
    run.wait_for_window()
    session: Any = run.program._session
    assert any(one.endswith("by=paper") for one in run.program._store.submit(acts, session).result())


def test_a_workspace_without_any_way_says_so_and_leads_back(runs: Any, office: Office, qtbot: QtBot) -> None:
    run = runs(office.laptop(trusts=False), office.clock)
    run.press("unlock.forgot")
    said = " ".join(one.text() for one in run.program.unlock.findChildren(QWidget) if hasattr(one, "text"))
    assert "No recovery sheet was made" in said
    assert "never given a recovery key" in said
    assert faults(qtbot, run.program.unlock) == []
    run.press("forgot.back")
    run.part("unlock.passphrase").setText(PASSPHRASE)
    run.press("unlock.open")
    run.wait_for_window()


def test_under_the_lock_the_ways_are_the_same_and_typing_stays(make_frame: MakeFrame, qtbot: QtBot) -> None:
    frame = make_frame(screens)
    code = frame.run.on_store(lambda: recovery_sheet.make(lambda fn: fn(), frame.session, PASSPHRASE)).result()

    def part(name: str) -> Any:
        return next(one for one in frame.window.findChildren(QWidget, name) if one.isVisible())

    frame.window.lock()
    part("lock.forgot").click()
    frame.settle(qtbot)
    assert faults(qtbot, frame.window) == []
    part("forgot.back").click()
    assert part("lock.passphrase").hasFocus()
    part("lock.forgot").click()
    frame.settle(qtbot)
    frame.window.hide_now()
    frame.window.hide_now()
    part("forgot.sheet").click()
    QTest.keyClicks(part("forgot.code"), code)
    part("forgot.go").click()
    frame.settle(qtbot)
    part("forgot.new").setText(NEW)
    part("forgot.again").setText(NEW)
    assert not frame.window.is_open
    part("forgot.go").click()
    qtbot.waitUntil(lambda: frame.window.is_open, timeout=10_000)
    frame.settle(qtbot)
    assert any(one.endswith("by=paper") for one in frame.run.on_store(lambda: acts(frame.session)).result())
    frame.window.lock()
    assert part("lock.passphrase").isVisible()
    QApplication.processEvents()


def test_a_foreign_key_file_does_not_take_the_lock_away(make_frame: MakeFrame, qtbot: QtBot, office: Office) -> None:
    """Somebody puts the key file of a workspace of their own there, and its code."""
    frame = make_frame(screens)
    other = office.laptop("other", trusts=False)
    code = office.sheet(other)
    (frame.session.home / "keys.json").write_bytes((other / "keys.json").read_bytes())

    def part(name: str) -> Any:
        return next(one for one in frame.window.findChildren(QWidget, name) if one.isVisible())

    frame.window.lock()
    part("lock.forgot").click()
    frame.settle(qtbot)
    part("forgot.sheet").click()
    QTest.keyClicks(part("forgot.code"), code)
    part("forgot.go").click()
    frame.settle(qtbot)
    part("forgot.new").setText(NEW)
    part("forgot.again").setText(NEW)
    part("forgot.go").click()
    frame.settle(qtbot)
    frame.settle(qtbot)
    assert not frame.window.is_open
    assert "another workspace" in part("lock.problem").text()
