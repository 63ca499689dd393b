"""The page of conflicts: values side by side, one's own value, one decision for a record, and what is only news."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from migdesk.domain.person import Person
from migdesk.services import apart, conflicts, people, saving
from migdesk.services import session as sessions
from migdesk.services.session import Session
from migdesk.ui import a11y
from migdesk.ui.main_window import MainWindow
from migdesk.ui.screens.people.screen import PeopleScreen
from migdesk.ui.screens.settings.screen import SettingsScreen
from migdesk.ui.screens.sync.screen import SyncScreen
from tests.support.readable import faults
from tests.support.workspaces import VILLAGE, create, deliver, opened
from tests.ui.frame.conftest import Frame, MakeFrame

OURS = {"note": "Ingin ke Taiwan", "dependants": 2}
THEIRS = {"note": "Sudah punya paspor", "dependants": 3}


@pytest.fixture
def frame(make_frame: MakeFrame, qtbot: QtBot) -> Frame:
    def screens(window: MainWindow) -> Any:
        return (PeopleScreen(), SyncScreen(), SettingsScreen(window))

    made = make_frame(screens, role="SUPERVISOR")
    made.window.activateWindow()
    qtbot.waitUntil(made.window.isActiveWindow)
    return made


def disagree(
    session: Session, folder: Path, ours: Mapping[str, Any] | None = OURS, theirs: Mapping[str, Any] | None = THEIRS
) -> UUID:
    """Another laptop changed the same person without knowing of what we did; None removes the person."""
    create(folder, "SUPERVISOR", username="budi", name="Budi", clock=session.clock)
    other = opened(folder, session.clock, session.codes)
    id = people.save(session, {"full_name": "Sumiati", "area_code": VILLAGE, "note": "Ingin ke Malaysia"}).id
    deliver(session, other)
    for one, values in ((session, ours), (other, theirs)):
        if values is None:
            saving.delete(one, Person, id)
        else:
            people.save(one, values, id)
    deliver(other, session)
    sessions.close(other)
    return id


def apart_by(frame: Frame, qtbot: QtBot, folder: Path, **sides: Any) -> UUID:
    made: list[UUID] = []
    frame.run.run(lambda: disagree(frame.session, folder / "other", **sides), done=made.append)
    frame.settle(qtbot)
    frame.window.refresh_status()
    frame.settle(qtbot)
    return made[0]


def part(frame: Frame, name: str) -> Any:
    """The widget of a name, the one to be seen if a former one is still being deleted."""
    found = frame.window.findChildren(QWidget, name)
    assert found, name
    return next((one for one in found if one.isVisible()), found[0])


def click(frame: Frame, qtbot: QtBot, name: str) -> None:
    QTest.mouseClick(part(frame, name), Qt.MouseButton.LeftButton)
    frame.settle(qtbot)


def read(frame: Frame, qtbot: QtBot, fn: Any, *args: Any) -> Any:
    got: list[Any] = []
    frame.run.run(fn, *args, done=got.append)
    frame.settle(qtbot)
    return got[0]


def open_page(frame: Frame, qtbot: QtBot) -> None:
    click(frame, qtbot, "status.decide")
    qtbot.waitUntil(lambda: part(frame, "conflict.0").isVisible())


def number_of(card: QWidget, words: str) -> int:
    """Which question of a card has this label."""
    for number in range(9):
        block = card.findChild(QWidget, f"conflict.0.{number}")
        if block is not None and words in {label.text() for label in block.findChildren(QLabel)}:
            return number
    raise AssertionError(words)


def test_values_stand_side_by_side_and_one_act_settles_the_record(frame: Frame, qtbot: QtBot, tmp_path: Path) -> None:
    id = apart_by(frame, qtbot, tmp_path)
    assert "2 values" in part(frame, "status.decide").accessibleName()
    open_page(frame, qtbot)
    card = part(frame, "conflict.0")
    words = {label.text() for label in card.findChildren(QLabel)}
    assert {"Ingin ke Taiwan", "Sudah punya paspor", "Before: Ingin ke Malaysia", "2", "3"} <= words
    assert any("on this laptop" in one for one in words)
    assert faults(qtbot, card) == []
    assert not part(frame, "conflict.0.decide").isEnabled()
    note, dependants = number_of(card, "Note"), 1 - number_of(card, "Note")
    click(frame, qtbot, f"conflict.0.{dependants}.0")
    click(frame, qtbot, f"conflict.0.{note}.own")
    box = part(frame, f"conflict.0.{note}.input")
    assert set(box.toPlainText().split("\n")) == {"Ingin ke Taiwan", "Sudah punya paspor"}
    QTest.keyClicks(box, "Jadi: ")
    click(frame, qtbot, "conflict.0.decide")
    qtbot.waitUntil(lambda: frame.window.findChild(QWidget, "conflicts.none") is not None)
    assert read(frame, qtbot, conflicts.count, frame.session) == 0
    record = read(frame, qtbot, people.get, frame.session, id).record
    assert record.note.startswith("Jadi: ")
    assert record.dependants in {2, 3}
    assert not part(frame, "status.decide").isVisible()


def test_what_is_typed_survives_another_look_and_a_sync(frame: Frame, qtbot: QtBot, tmp_path: Path) -> None:
    apart_by(frame, qtbot, tmp_path)
    open_page(frame, qtbot)
    note = number_of(part(frame, "conflict.0"), "Note")
    click(frame, qtbot, f"conflict.0.{note}.own")
    QTest.keyClicks(part(frame, f"conflict.0.{note}.input"), "x")
    typed = part(frame, f"conflict.0.{note}.input").toPlainText()
    before = part(frame, "conflict.0")
    frame.window.presenters["sync"].refresh({"*"})
    frame.settle(qtbot)
    assert part(frame, "conflict.0") is before
    frame.window.set_idle_minutes(5)
    frame.window.change_interface(type(frame.window.interface)("id", "dark", 1.5))
    frame.settle(qtbot)
    assert part(frame, f"conflict.0.{note}.input").toPlainText() == typed
    assert faults(qtbot, part(frame, "conflict.0")) == []


def test_the_keyboard_alone_decides(frame: Frame, qtbot: QtBot, tmp_path: Path) -> None:
    apart_by(frame, qtbot, tmp_path, ours={"dependants": 2}, theirs={"dependants": 3})
    open_page(frame, qtbot)
    first = part(frame, "conflict.0.0.0")
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Space)
    assert part(frame, "conflict.0.0.0").isChecked()
    QTest.keyClick(first, Qt.Key.Key_Right)
    QTest.keyClick(frame.window.focusWidget(), Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: part(frame, "conflict.0.0.1").isChecked())
    button = part(frame, "conflict.0.decide")
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    frame.settle(qtbot)
    assert read(frame, qtbot, conflicts.count, frame.session) == 0


def test_a_new_value_that_is_wrong_is_said_beside_it_and_stays(frame: Frame, qtbot: QtBot, tmp_path: Path) -> None:
    apart_by(frame, qtbot, tmp_path, ours={"phone": "0812 3456 7890"}, theirs={"phone": "0812 3456 7899"})
    open_page(frame, qtbot)
    click(frame, qtbot, "conflict.0.0.own")
    line = part(frame, "conflict.0.0.input")
    line.selectAll()
    QTest.keyClicks(line, "12")
    click(frame, qtbot, "conflict.0.decide")
    assert read(frame, qtbot, conflicts.count, frame.session) == 1
    assert part(frame, "conflict.0.0.input").text() == "12"


@pytest.mark.parametrize("place", [0, 1])
def test_a_removal_against_an_edit(frame: Frame, qtbot: QtBot, tmp_path: Path, place: int) -> None:
    apart_by(frame, qtbot, tmp_path, ours=None, theirs={"dependants": 3})
    open_page(frame, qtbot)
    words = part(frame, f"conflict.0.0.{place}").text()
    assert words in {"Remove all the same", "Keep the record"}
    click(frame, qtbot, f"conflict.0.0.{place}")
    click(frame, qtbot, "conflict.0.decide")
    qtbot.waitUntil(lambda: frame.window.findChild(QWidget, "conflicts.none") is not None)
    assert read(frame, qtbot, people.count, frame.session) == (1 if words == "Keep the record" else 0)


def test_different_answers_are_news_that_can_be_put_away(frame: Frame, qtbot: QtBot, tmp_path: Path) -> None:
    frame.clock.forward(minutes=1)
    apart_by(frame, qtbot, tmp_path, ours={"education": "primary"}, theirs={"marital_status": "single"})
    frame.window.navigate("sync", None, {"page": "conflicts"})
    frame.settle(qtbot)
    card = part(frame, "conflicts.apart")
    assert "Highest education" in " ".join(label.text() for label in card.findChildren(QLabel))
    assert a11y.audit(card) == []
    click(frame, qtbot, "conflicts.seen")
    qtbot.waitUntil(lambda: part(frame, "conflicts.none").isVisible() is True)
    assert read(frame, qtbot, apart.recent, frame.session) == ()


def test_from_the_record_to_its_questions_and_back(frame: Frame, qtbot: QtBot, tmp_path: Path) -> None:
    id = apart_by(frame, qtbot, tmp_path)
    frame.window.navigate("people", id)
    frame.settle(qtbot)
    click(frame, qtbot, "record.decide")
    qtbot.waitUntil(lambda: part(frame, "conflict.0").isVisible())
    click(frame, qtbot, "conflict.0.open")
    qtbot.waitUntil(lambda: part(frame, "people.contact").isVisible())
