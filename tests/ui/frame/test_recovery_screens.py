"""Recovery in the open program: a supervisor helps, end to end on two screens, and a sheet that is tried before use."""

from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from migdesk.services import people, recovery, recovery_sheet, settings
from migdesk.services import session as sessions
from migdesk.services.session import Session
from migdesk.services.settings import Interface
from migdesk.store import audit
from migdesk.ui.loaded import screens
from tests.support.fake_clock import FakeClock
from tests.support.readable import faults
from tests.support.workspaces import FAST_KDF, PASSPHRASE, create, opened, person
from tests.ui.frame.conftest import Frame, MakeFrame, Run

NEW = "sembilan rakit bambu kuning"


def made(folder: Path, clock: FakeClock, role: str = "OUTREACH") -> Path:
    home = create(folder, role, username=folder.name, name=folder.name.title(), clock=clock)
    settings.write_interface(home, Interface("en"))
    return home


def unlocked(runs: Any, home: Path, clock: FakeClock) -> Run:
    run: Run = runs(home, clock)
    run.part("unlock.passphrase").setText(PASSPHRASE)
    run.press("unlock.open")
    run.wait_for_window()
    window: Any = run.program.window
    window.navigate("settings")
    run.settle()
    return run


def acts(session: Session) -> list[str]:
    with session.store.read() as tx:
        assert audit.verify(tx) == []
        return [one.action for one in audit.entries(tx)]


def choose(run: Run, button: str, file: Path) -> None:
    """A file, in the dialog that this button opens."""
    run.part(button).click()
    root: Any = run.program.unlock or run.program.window
    dialog: Any = root.findChildren(QFileDialog)[-1]
    dialog.fileSelected.emit(str(file))
    dialog.close()
    run.settle()


def key_handed_over(runs: Any, boss: Run, home: Path, clock: FakeClock, stick: Path) -> None:
    """The supervisor shows the recovery key, and the officer's laptop takes it over once the words were compared."""
    boss.press("settings.recovery.own")
    choose(boss, "own.save", stick / "key.txt")
    said = boss.part("own.words").text()
    assert faults(boss.qtbot, boss.program.window) == []  # type: ignore[arg-type]
    boss.press("own.go")
    laptop = unlocked(runs, home, clock)
    assert laptop.part("settings.recovery.helper").text() == "Nobody yet."
    assert laptop.program.window.findChild(QWidget, "settings.recovery.answer") is None  # type: ignore[union-attr]
    laptop.press("settings.recovery.trust")
    choose(laptop, "trust.key.open", stick / "key.txt")
    laptop.press("trust.go")
    assert laptop.part("trust.words").text() == said
    laptop.part("trust.passphrase").setText(PASSPHRASE)
    assert not laptop.part("trust.go").isEnabled(), "nobody compared the words yet"
    laptop.part("trust.sure").setChecked(True)
    laptop.press("trust.go")
    laptop.settle()
    assert said in laptop.part("settings.recovery.helper").text()
    laptop.end()


def test_two_laptops_without_a_network_end_to_end(runs: Any, tmp_path: Path, qtbot: QtBot) -> None:
    """The recovery key is handed over, the passphrase is forgotten, a stick goes to the supervisor and back."""
    clock, stick = FakeClock(), tmp_path / "stick"
    stick.mkdir()
    home = made(tmp_path / "rina", clock)
    session = opened(home, clock)
    people.save(session, person(full_name="Siti"))
    sessions.close(session)
    boss = unlocked(runs, made(tmp_path / "sri", clock, "SUPERVISOR"), clock)
    key_handed_over(runs, boss, home, clock, stick)
    laptop = runs(home, clock)
    laptop.press("unlock.forgot")
    laptop.press("forgot.ask")
    choose(laptop, "forgot.request.save", stick / "request.txt")
    said = laptop.part("forgot.words").text()
    boss.press("settings.recovery.answer")
    choose(boss, "answer.request.open", stick / "request.txt")
    boss.press("answer.go")
    assert boss.part("answer.words").text() == said
    assert not boss.part("answer.go").isEnabled(), "nobody compared the words yet"
    assert faults(qtbot, boss.program.window) == []  # type: ignore[arg-type]
    boss.part("answer.sure").setChecked(True)
    boss.press("answer.go")
    choose(boss, "answer.given.save", stick / "answer.txt")
    assert "answer.txt" in boss.part("answer.given.said").text()
    noted = boss.program._store.submit(acts, boss.program._session).result()  # type: ignore[union-attr, arg-type]
    assert {"recovery_key_made", "recovery_answered"} <= set(noted)
    laptop.press("forgot.go")
    choose(laptop, "forgot.answer.open", stick / "answer.txt")
    laptop.press("forgot.go")
    laptop.part("forgot.new").setText(NEW)
    laptop.part("forgot.again").setText(NEW)
    laptop.press("forgot.go")
    laptop.wait_for_window()
    there = laptop.program._store.submit(people.listed, laptop.program._session).result().rows
    assert [one.record.full_name for one in there] == ["Siti"]
    noted = laptop.program._store.submit(acts, laptop.program._session).result()
    assert {"recovery_key_trusted", "recovered"} <= set(noted)


def part(frame: Frame, name: str) -> Any:
    found = frame.window.findChildren(QWidget, name)
    return next((one for one in found if one.isVisible()), found[0] if found else None)


def press(frame: Frame, qtbot: QtBot, name: str) -> None:
    part(frame, name).click()
    frame.settle(qtbot)


def at_settings(make_frame: MakeFrame, qtbot: QtBot, role: str = "OUTREACH") -> Frame:
    frame = make_frame(screens, role=role)
    frame.window.navigate("settings")
    frame.settle(qtbot)
    return frame


def test_what_a_supervisor_must_not_answer_is_said(make_frame: MakeFrame, qtbot: QtBot, tmp_path: Path) -> None:
    frame = at_settings(make_frame, qtbot, "SUPERVISOR")
    home = create(tmp_path / "rina", clock=frame.clock)
    officer = opened(home, frame.clock)
    key = frame.run.on_store(lambda: recovery.own_key(frame.session)).result()
    recovery.trust(lambda fn: fn(), officer, key.text, PASSPHRASE)
    asked = recovery.request(home, frame.clock).text
    press(frame, qtbot, "settings.recovery.answer")
    slip = asked.splitlines()
    slip[1] = slip[1][::-1]
    for typed, said in (("\n".join(slip), "slip in line 2"), (key.text, "no request for help")):
        part(frame, "answer.request.text").setPlainText(typed)
        press(frame, qtbot, "answer.go")
        assert said in part(frame, "answer.problem").text()
    part(frame, "answer.request.text").setPlainText(asked)
    press(frame, qtbot, "answer.go")
    assert part(frame, "answer.who").text() == "not known here"
    frame.clock.forward(hours=25)
    part(frame, "answer.sure").setChecked(True)
    press(frame, qtbot, "answer.go")
    assert "older than a day" in part(frame, "answer.problem").text()
    assert part(frame, "answer.given.text") is None
    stranger = create(tmp_path / "stranger", "SUPERVISOR", username="ani", clock=frame.clock)
    other = opened(stranger, frame.clock)
    recovery.trust(lambda fn: fn(), officer, recovery.own_key(other).text, PASSPHRASE)
    for one in (officer, other):
        sessions.close(one)
    frame.window.workspace.findChild(QWidget, "sheet").close_sheet()  # type: ignore[union-attr]
    press(frame, qtbot, "settings.recovery.answer")
    part(frame, "answer.request.text").setPlainText(recovery.request(home, frame.clock).text)
    press(frame, qtbot, "answer.go")
    part(frame, "answer.sure").setChecked(True)
    press(frame, qtbot, "answer.go")
    assert "trusts another recovery key" in part(frame, "answer.problem").text()


def code_on(frame: Any) -> str:
    """What a person copies from the screen."""
    return "-".join(part(frame, f"paper.group.{number}").text() for number in range(1, 7))


def test_a_sheet_is_made_printed_and_tried_before_it_counts(
    make_frame: MakeFrame, qtbot: QtBot, tmp_path: Path
) -> None:
    frame = at_settings(make_frame, qtbot)
    assert part(frame, "settings.recovery.sheet.standing").text() == "None yet."
    press(frame, qtbot, "settings.recovery.sheet")
    part(frame, "paper.passphrase").setText("not this one")
    press(frame, qtbot, "paper.go")
    assert "wrong" in part(frame, "paper.problem").text()
    part(frame, "paper.passphrase").setText(PASSPHRASE)
    press(frame, qtbot, "paper.go")
    code = code_on(frame)
    assert "Not tried" in part(frame, "settings.recovery.sheet.standing").text()
    part(frame, "paper.save").click()
    dialog: Any = frame.window.findChildren(QFileDialog)[-1]
    assert dialog.defaultSuffix() == "pdf"
    dialog.fileSelected.emit(str(tmp_path / "sheet.pdf"))
    dialog.close()
    frame.settle(qtbot)
    document = pypdfium2.PdfDocument(tmp_path / "sheet.pdf")
    words = document[0].get_textpage().get_text_bounded()
    assert len(document) == 1
    assert [round(side) for side in document[0].get_size()] == [595, 842]
    assert all(group in words for group in code.split("-"))
    document.close()
    assert faults(qtbot, frame.window) == []
    press(frame, qtbot, "paper.go")
    assert part(frame, "paper.group.1") is None or not part(frame, "paper.group.1").isVisible(), "typed from the paper"
    wrong = code[:-1] + ("7" if code[-1] != "7" else "8")
    for typed, said in ((code[:20], "not a recovery code"), (wrong, "not a recovery code")):
        part(frame, "paper.code").setText(typed)
        press(frame, qtbot, "paper.go")
        assert said in part(frame, "paper.problem").text()
    press(frame, qtbot, "paper.again")
    assert code_on(frame) == code
    press(frame, qtbot, "paper.go")
    part(frame, "paper.code").setText(code.lower().replace("-", " "))
    press(frame, qtbot, "paper.go")
    assert not (tmp_path / "sheet.pdf").exists(), "the file opened the workspace as well"
    press(frame, qtbot, "paper.go")
    assert "tried" in part(frame, "settings.recovery.sheet.standing").text()
    frame.window.navigate("today")
    frame.settle(qtbot)
    assert not any(one.isVisible() for one in frame.window.findChildren(QWidget, "today.make_sheet"))
    recovery_sheet.check_code(frame.session.home, code)


def test_today_reminds_until_a_sheet_was_tried(make_frame: MakeFrame, qtbot: QtBot) -> None:
    frame = make_frame(screens)
    qtbot.waitUntil(lambda: part(frame, "today.make_sheet").isVisible())
    press(frame, qtbot, "today.make_sheet")
    press(frame, qtbot, "settings.recovery.sheet")
    part(frame, "paper.passphrase").setText(PASSPHRASE)
    press(frame, qtbot, "paper.go")
    press(frame, qtbot, "paper.later")
    frame.window.navigate("today")
    frame.settle(qtbot)
    qtbot.waitUntil(lambda: part(frame, "today.make_sheet").isVisible())


def test_the_first_run_ends_with_a_sheet_that_was_tried(runs: Any, tmp_path: Path, qtbot: QtBot) -> None:
    run = runs(tmp_path / "new", FakeClock())
    qtbot.waitUntil(lambda: run.program.unlock.findChild(QWidget, "new.name") is not None)
    run.click("unlock.language.en")
    qtbot.waitUntil(lambda: run.part("new.make").isVisible())
    run.part("new.name").setText("Rina Kartika")
    run.part("new.area").set_value("52.03.09.2004")
    run.part("new.passphrase").setText(NEW)
    run.part("new.passphrase_again").setText(NEW)
    run.press("new.make")
    run.wait_for_window()
    qtbot.waitUntil(lambda: run.program.window.findChild(QWidget, "paper.group.6") is not None, timeout=20_000)
    run.settle()
    code = "-".join(run.part(f"paper.group.{number}").text() for number in range(1, 7))
    run.press("paper.go")
    run.part("paper.code").setText(code)
    run.press("paper.go")
    run.press("paper.go")
    run.settle()
    window: Any = run.program.window
    assert not any(one.isVisible() for one in window.findChildren(QWidget, "today.make_sheet"))
    session: Any = run.program._session
    found = run.program._store.submit(recovery_sheet.standing, session).result()
    assert found.tried is not None
    assert session.warnings == []
    key = recovery_sheet.open_with(tmp_path / "new", code, "tujuh sampan baru sekali", session.clock, FAST_KDF)
    run.program._store.submit(recovery.accept, session, key).result()


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_printed_sheet_is_one_page_in_both_languages(language: str, qapp: object) -> None:
    from migdesk.i18n import load
    from migdesk.prints.recovery_sheet import print_recovery_sheet

    clock = FakeClock()
    data = print_recovery_sheet("EF5H-A80S-PY8X-T8GH-NZM0-451X", load(language), owner="Rina", made_at=clock.now())
    document = pypdfium2.PdfDocument(data)
    assert len(document) == 1
    words = document[0].get_textpage().get_text_bounded()
    assert all(group in words for group in ("EF5H", "A80S", "PY8X", "T8GH", "NZM0", "451X", "Rina"))
    document.close()
