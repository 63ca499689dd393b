"""What was copied here does not stay on the clipboard; what others copied does."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPlainTextEdit
from pytestqt.qtbot import QtBot

from migdesk.ui.leftovers import COPIED_MS
from tests.ui.frame.conftest import Frame, MakeFrame
from tests.ui.frame.test_window import part, screens


@pytest.fixture
def frame(make_frame: MakeFrame, qtbot: QtBot) -> Frame:
    made = make_frame(screens)
    QGuiApplication.clipboard().clear()
    made.window.activateWindow()
    qtbot.waitUntil(made.window.isActiveWindow)
    return made


def copy(frame: Frame, words: str) -> None:
    """As a person does it."""
    line = part(frame, "note.line")
    line.setText(words)
    line.selectAll()
    QTest.keyClick(line, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == words


@pytest.mark.parametrize("act", ["lock", "hide_now", "close"])
def test_what_was_copied_goes_with_the_screen(frame: Frame, act: str) -> None:
    copy(frame, "Siti Aminah")
    part(frame, "note.line").clear()
    getattr(frame.window, act)()
    assert QGuiApplication.clipboard().text() == ""


def test_after_a_while_it_goes_by_itself(frame: Frame) -> None:
    limit = frame.window._leftovers.limit
    assert not limit.isActive()
    copy(frame, "Siti Aminah")
    assert limit.isActive()
    assert 30_000 <= limit.interval() == COPIED_MS <= 120_000
    limit.timeout.emit()
    assert QGuiApplication.clipboard().text() == ""
    assert frame.window.is_open


@pytest.mark.parametrize("act", ["lock", "hide_now", "close"])
def test_what_another_program_copied_meanwhile_stays(frame: Frame, act: str) -> None:
    copy(frame, "Siti Aminah")
    part(frame, "note.line").deselect()
    QGuiApplication.clipboard().setText("jadwal bus")  # offscreen cannot tell whose it is: as if from elsewhere
    getattr(frame.window, act)()
    assert QGuiApplication.clipboard().text() == "jadwal bus"
    QGuiApplication.clipboard().clear()


def test_several_lines_are_known_again(frame: Frame) -> None:
    box = QPlainTextEdit("satu\ndua", frame.window.workspace)
    box.selectAll()
    box.copy()
    assert QGuiApplication.clipboard().text() == "satu\ndua"
    frame.window.lock()
    assert QGuiApplication.clipboard().text() == ""


def test_nothing_of_what_was_copied_is_kept(frame: Frame) -> None:
    copy(frame, "Siti Aminah")
    assert b"Siti" not in b"".join(frame.window._leftovers._copied.values())


def test_a_dialog_beside_the_window_goes_too(frame: Frame) -> None:
    dialog = QFileDialog(frame.window)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.show()
    frame.window.hide_now()
    assert not dialog.isVisible()
    assert [one for one in QApplication.topLevelWidgets() if one.isVisible()] == [frame.window]
