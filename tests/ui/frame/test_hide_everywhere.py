"""Over every screen, with records in it: no name in a title, and one key hides all of it, sheets and dialogs too."""

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)  # fmt: skip
from pytestqt.qtbot import QtBot

from migdesk.services import cases, demo_data, people, training
from migdesk.ui.capture import BLACK, EXCLUDED, CaptureGuard
from migdesk.ui.loaded import screens
from migdesk.ui.work.attachment_sheets import open_dialog
from tests.support.workspaces import case, person
from tests.ui.frame.conftest import Frame, MakeFrame

NAME = "Sumiati Rohanahasanah"
NEUTRAL = ("Training-day planner", "Perencana hari pelatihan")


def places(frame: Frame, role: str) -> list[tuple[str, Any]]:
    """Every screen that the role may see, and a record on each that shows one."""
    session, do = frame.session, frame.run.on_store
    found: list[tuple[str, Any]] = [(one.name, None) for one in frame.window.screens]
    if role == "TRAINER":
        do(lambda: demo_data.seed(session, number=2, participants=3)).result()
        rows = do(lambda: training.events(session)).result().rows
        return [*found, ("training", rows[0].record.id)]
    who = do(lambda: people.save(session, person(full_name=NAME))).result().id
    found.append(("people", who))
    if role == "CASEWORKER":
        found.append(("cases", do(lambda: cases.save(session, case())).result().id))
    return found


def words_of(root: QWidget) -> Iterator[str]:
    """Everything that can be read in a window."""
    for widget in (root, *root.findChildren(QWidget)):
        if not widget.isVisible():
            continue
        if isinstance(widget, QLabel | QLineEdit | QAbstractButton):
            yield widget.text()
        elif isinstance(widget, QTextEdit | QPlainTextEdit):
            yield widget.toPlainText()
        elif isinstance(widget, QAbstractItemView):
            model = widget.model()
            for row in range(model.rowCount()):
                for column in range(model.columnCount()):
                    yield str(model.index(row, column).data())


def to_be_seen() -> list[QWidget]:
    return [one for one in QApplication.topLevelWidgets() if one.isVisible()]


def hides(frame: Frame, qtbot: QtBot, where: str) -> None:
    """F12 pressed where the keyboard is: nothing but the planner is left, and nothing names anybody."""
    window = frame.window
    target = next(one for one in reversed(to_be_seen()) if one is not window or len(to_be_seen()) == 1)
    target.activateWindow()
    qtbot.waitUntil(target.isActiveWindow)
    QTest.keyClick(QApplication.focusWidget() or target, Qt.Key.Key_F12)
    assert window.is_hidden_by_key, where
    assert to_be_seen() == [window], where
    assert window.windowTitle() in NEUTRAL, where
    assert [one for one in window._covers.findChildren(QWidget, "frame") if one.isVisible()] == [], where
    assert not [words for words in words_of(window) if NAME in words], where


@pytest.mark.parametrize("role", ["OUTREACH", "CASEWORKER", "TRAINER"])
def test_one_key_hides_every_screen_and_no_title_names_anybody(make_frame: MakeFrame, qtbot: QtBot, role: str) -> None:
    frame = make_frame(screens, role=role)
    window = frame.window
    seen = 0
    for name, record in places(frame, role):
        window.navigate(name, record)
        frame.settle(qtbot)
        seen += any(NAME in words for words in words_of(window))
        for above in (None, ask, choose_file):
            where = f"{name} {record} {above}"
            if above is not None:
                above(frame)
            assert {one.windowTitle() for one in to_be_seen()} <= {"MigDesk", "Choose"}, where
            assert not any(NAME in one.accessibleName() for one in to_be_seen()), where
            hides(frame, qtbot, where)
            frame.settle(qtbot)
            window._covers.setCurrentWidget(window.workspace)  # as the passphrase does, which costs most of a second
            window.setWindowTitle("MigDesk")
            for sheet in window.findChildren(QWidget, "sheet"):
                sheet.close_sheet()  # type: ignore[attr-defined]
    assert seen or role == "TRAINER", "the name was on the screen before"


def ask(frame: Frame) -> None:
    frame.window.messages.ask(f"{NAME}?", safe="No", risky="Yes", chosen=lambda _go: None)


def choose_file(frame: Frame) -> None:
    open_dialog(frame.window.workspace, frame.window.ctx, "Choose").show()


def test_windows_are_excluded_once_and_blackened_where_that_is_all_there_is(
    make_frame: MakeFrame, qtbot: QtBot
) -> None:
    frame = make_frame(screens)
    asked: list[tuple[int, int]] = []

    def refuse(handle: int, how: int) -> bool:
        asked.append((handle, how))
        return how == BLACK

    guard = CaptureGuard(refuse)
    guard.look()
    guard.look()
    main = int(frame.window.winId())
    assert [one for one in asked if one[0] == main] == [(main, EXCLUDED), (main, BLACK)]
    choose_file(frame)
    guard.look()
    assert len({handle for handle, _ in asked}) == 2
