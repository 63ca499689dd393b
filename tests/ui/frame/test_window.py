"""The real window over a real workspace: going about, live look, lock, hide, search, status, settings, closing."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from migdesk.errors import UserError
from migdesk.i18n.language import Language
from migdesk.services import people
from migdesk.services.settings import Interface, read_interface
from migdesk.ui.main_window import MainWindow
from migdesk.ui.screen import Presenter, Screen, ScreenContext
from migdesk.ui.screens.settings.screen import SettingsScreen
from migdesk.ui.screens.sync.screen import SyncScreen
from migdesk.ui.widgets.toast import Toast
from tests.support.readable import faults
from tests.support.workspaces import PASSPHRASE, VILLAGE
from tests.ui.frame.conftest import Frame, MakeFrame


class NotePresenter(Presenter):
    """Keeps one line of typing, as a form does."""

    def __init__(self, ctx: ScreenContext) -> None:
        super().__init__(ctx)
        self.typed = ""
        self.kept: list[str] = []
        self.places: list[UUID | None] = []
        self.refreshed: list[set[str]] = []

    def present(self) -> None:
        if self.view is not None:
            self.view.show_state(self.typed)

    def opened(self, record: UUID | None, params: Mapping[str, Any]) -> None:
        self.places.append(record)

    def keep_draft(self) -> None:
        self.kept.append(self.typed)

    def refresh(self, kinds: set[str]) -> None:
        self.refreshed.append(kinds)


class NoteView(QWidget):
    def __init__(self, presenter: NotePresenter, words: str) -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setObjectName("note.line")
        self.line.setAccessibleName(words)
        self.line.textEdited.connect(lambda typed: setattr(presenter, "typed", typed))
        QVBoxLayout(self).addWidget(self.line)
        presenter.attach(self)

    def show_state(self, typed: str) -> None:
        self.line.setText(typed)


class NoteScreen:
    """A screen as small as a screen can be."""

    icon = "note"

    def __init__(self, name: str = "people", allowed: bool = True) -> None:
        self.name, self._allowed = name, allowed

    def title(self, lang: Language) -> str:
        return lang.say("Save")

    def allowed(self, role: str) -> bool:
        return self._allowed

    def make_presenter(self, ctx: ScreenContext) -> NotePresenter:
        return NotePresenter(ctx)

    def make_view(self, ctx: ScreenContext, presenter: NotePresenter) -> NoteView:
        return NoteView(presenter, ctx.lang.say("Save"))


def screens(window: MainWindow) -> Sequence[Screen]:
    return (NoteScreen(), NoteScreen("secret", allowed=False), SyncScreen(), SettingsScreen(window))


@pytest.fixture
def frame(make_frame: MakeFrame, qtbot: QtBot) -> Frame:
    made = make_frame(screens)
    made.window.activateWindow()
    qtbot.waitUntil(made.window.isActiveWindow)
    return made


def part(frame: Frame, name: str) -> Any:
    """The widget of a name, the one to be seen if a former one is still being deleted."""
    found = frame.window.findChildren(QWidget, name)
    assert found, name
    return next((one for one in found if one.isVisible()), found[0])


def notes(frame: Frame) -> NotePresenter:
    found = frame.window.presenters["people"]
    assert isinstance(found, NotePresenter)
    return found


def is_open(frame: Frame) -> bool:
    return frame.window.is_open


def hidden(frame: Frame) -> bool:
    return frame.window.is_hidden_by_key


def click(frame: Frame, qtbot: QtBot, name: str) -> None:
    QTest.mouseClick(part(frame, name), Qt.MouseButton.LeftButton)
    frame.settle(qtbot)


def unlock(frame: Frame, qtbot: QtBot, passphrase: str = PASSPHRASE) -> None:
    line = part(frame, "lock.passphrase")
    line.setText(passphrase)
    QTest.keyClick(line, Qt.Key.Key_Return)
    frame.settle(qtbot)


def test_only_what_the_role_may_see_is_in_the_navigation(frame: Frame) -> None:
    assert frame.window.findChild(QPushButton, "nav.people") is not None
    assert frame.window.findChild(QPushButton, "nav.secret") is None
    frame.window.navigate("secret")
    assert "secret" not in frame.window.presenters


def test_going_about_by_mouse_and_keyboard(frame: Frame, qtbot: QtBot) -> None:
    click(frame, qtbot, "nav.settings")
    assert part(frame, "settings.language").isVisible()
    QTest.keyClick(frame.window, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    assert part(frame, "nav.people").isChecked()
    QTest.keyClick(frame.window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert part(frame, "nav.settings").isChecked()


def test_leaving_a_screen_keeps_what_was_typed(frame: Frame, qtbot: QtBot) -> None:
    QTest.keyClicks(part(frame, "note.line"), "half a word")
    click(frame, qtbot, "nav.sync")
    assert notes(frame).kept[-1] == "half a word"
    click(frame, qtbot, "nav.people")
    assert part(frame, "note.line").text() == "half a word"


def test_language_theme_and_size_change_live_and_lose_no_typing(frame: Frame, qtbot: QtBot) -> None:
    line = part(frame, "note.line")
    line.setFocus()
    QTest.keyClicks(line, "Siti")
    old = frame.window.workspace
    frame.window.change_interface(Interface("id", "dark", 1.5))
    frame.settle(qtbot)
    assert frame.window.workspace is not old
    line = frame.window.workspace.findChild(QLineEdit, "note.line")
    assert line is not None
    assert line.text() == "Siti"
    assert line.hasFocus()
    assert line.accessibleName() == "Simpan"
    assert frame.window.ctx.theme.mode == "dark"
    assert read_interface(frame.session.home) == Interface("id", "dark", 1.5)
    QTest.keyClicks(line, " x")
    assert notes(frame).typed == "Siti x"


def test_settings_act_at_once(frame: Frame, qtbot: QtBot) -> None:
    frame.window.navigate("settings")
    frame.settle(qtbot)
    for name in ("settings.language.id", "settings.theme.contrast", "settings.size.1.25"):
        button = frame.window.workspace.findChild(QPushButton, name)
        assert button is not None
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        frame.settle(qtbot)
    assert read_interface(frame.session.home) == Interface("id", "contrast", 1.25)
    button = frame.window.workspace.findChild(QPushButton, "settings.idle.2")
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    frame.settle(qtbot)
    assert frame.window.idle.minutes == 2


def test_the_key_of_the_laptop_is_shown_and_copied_until_the_lock(frame: Frame, qtbot: QtBot) -> None:
    frame.window.navigate("settings")
    frame.settle(qtbot)
    assert len(part(frame, "settings.words").text().split()) >= 6
    click(frame, qtbot, "settings.copy_key")
    assert QApplication.clipboard().text().startswith("age1")
    frame.window.lock()
    assert QApplication.clipboard().text() == ""


def test_a_backup_is_made_from_the_settings(frame: Frame, qtbot: QtBot) -> None:
    frame.window.navigate("settings")
    frame.settle(qtbot)
    click(frame, qtbot, "settings.backup")
    assert list((frame.session.home / "backups").iterdir())


def test_lock_keeps_typing_asks_and_gives_back(frame: Frame, qtbot: QtBot) -> None:
    QTest.keyClicks(part(frame, "note.line"), "kept")
    QTest.keyClick(frame.window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert not is_open(frame)
    assert notes(frame).kept[-1] == "kept"
    assert not part(frame, "note.line").isVisible()
    unlock(frame, qtbot, "wrong words")
    assert not is_open(frame)
    assert part(frame, "lock.problem").isVisible()
    unlock(frame, qtbot)
    assert is_open(frame)
    assert part(frame, "note.line").text() == "kept"


def test_wrong_tries_make_the_next_one_wait(frame: Frame, qtbot: QtBot) -> None:
    frame.window.lock()
    for _ in range(3):
        unlock(frame, qtbot, "wrong words")
    assert not part(frame, "lock.open").isEnabled()
    unlock(frame, qtbot)
    assert not is_open(frame)
    frame.window.cover.gate.opened()


def test_hiding_is_quick_neutral_and_asks_on_return(frame: Frame, qtbot: QtBot) -> None:
    QTest.keyClicks(part(frame, "note.line"), "Sri")
    began = time.perf_counter()
    QTest.keyClick(frame.window, Qt.Key.Key_F12)
    took = time.perf_counter() - began
    assert took < 0.2
    assert hidden(frame)
    assert "MigDesk" not in frame.window.windowTitle()
    qtbot.waitUntil(lambda: notes(frame).kept[-1:] == ["Sri"])
    QTest.keyClicks(frame.window.neutral, "6*7=")
    assert frame.window.neutral.display.text() == "42"
    QTest.keyClick(frame.window, Qt.Key.Key_F12)
    assert not hidden(frame)
    assert not is_open(frame)
    unlock(frame, qtbot)
    assert is_open(frame)


def test_covers_swallow_the_keys_of_the_frame(frame: Frame, qtbot: QtBot) -> None:
    frame.window.lock()
    QTest.keyClick(frame.window, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(frame.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert part(frame, "nav.people").isChecked()
    assert not is_open(frame)


def test_nobody_there_for_long_enough_locks(frame: Frame, qtbot: QtBot) -> None:
    frame.settle(qtbot)
    frame.clock.forward(minutes=4)
    frame.window.idle.check()
    assert is_open(frame)
    frame.clock.forward(minutes=2)
    frame.window.idle.check()
    assert not is_open(frame)


def test_a_key_or_a_click_counts_as_somebody(frame: Frame, qtbot: QtBot) -> None:
    frame.settle(qtbot)
    frame.clock.forward(minutes=4)
    handle = frame.window.windowHandle()
    assert handle is not None
    QTest.keyClick(handle, Qt.Key.Key_Shift)
    frame.clock.forward(minutes=2)
    frame.window.idle.check()
    assert is_open(frame)


def test_a_window_that_is_closed_is_not_locked_any_more(frame: Frame, qtbot: QtBot) -> None:
    frame.settle(qtbot)
    idle = frame.window.idle
    timer = idle.findChild(QTimer)
    assert isinstance(timer, QTimer)
    assert timer.isActive()
    frame.window.close()
    assert not timer.isActive()
    assert idle.parent() is frame.window, "what has no owner outlives it, and locks what is gone"


def test_search_finds_and_opens(frame: Frame, qtbot: QtBot) -> None:
    saved: list[Any] = []
    values = {"full_name": "Sumiati Rohani", "area_code": VILLAGE}
    frame.run.run(people.save, frame.session, values, done=saved.append)
    frame.settle(qtbot)
    assert notes(frame).refreshed[-1] == {"person"}
    assert part(frame, "status.waiting").text().startswith("1 change")
    QTest.keyClick(frame.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    field = part(frame, "frame.search")
    qtbot.waitUntil(field.hasFocus)
    QTest.keyClicks(field, "sumia")
    qtbot.waitUntil(part(frame, "frame.search.results").isVisible)
    QTest.keyClick(field, Qt.Key.Key_Down)
    QTest.keyClick(part(frame, "frame.search.list"), Qt.Key.Key_Return)
    assert notes(frame).places[-1] == saved[0].id
    assert not part(frame, "frame.search.results").isVisible()


def test_nothing_found_teaches_and_escape_closes(frame: Frame, qtbot: QtBot) -> None:
    field = part(frame, "frame.search")
    field.setFocus()
    QTest.keyClicks(field, "qqqq")
    qtbot.waitUntil(part(frame, "frame.search.results").isVisible)
    assert frame.window.workspace.search.nothing.isVisible()
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not part(frame, "frame.search.results").isVisible()


def test_the_safe_button_is_the_default_of_a_question(frame: Frame, qtbot: QtBot) -> None:
    answers: list[bool] = []
    for act in (Qt.Key.Key_Return, Qt.Key.Key_Escape, None):
        frame.window.messages.ask(
            "Remove?", safe="Keep", risky="Remove", chosen=answers.append, detail="It is gone then."
        )
        safe = part(frame, "ask.safe")
        assert safe.hasFocus()
        if act is None:
            QTest.keyClick(safe, Qt.Key.Key_Tab)
            QTest.keyClick(part(frame, "ask.risky"), Qt.Key.Key_Space)
        else:
            QTest.keyClick(safe, act)
        qtbot.waitUntil(lambda: frame.window.findChild(QWidget, "sheet") is None)
    assert answers == [False, False, True]


def test_the_passphrase_is_changed_from_the_settings(frame: Frame, qtbot: QtBot) -> None:
    frame.window.navigate("settings")
    frame.settle(qtbot)
    click(frame, qtbot, "settings.passphrase")
    for name, words in (("old", PASSPHRASE), ("new", "empat kata baru lagi"), ("again", "empat kata baru lagi")):
        part(frame, f"passphrase.{name}").setText(words)
    click(frame, qtbot, "passphrase.save")
    qtbot.waitUntil(lambda: frame.window.findChild(QWidget, "sheet") is None)
    frame.window.lock()
    unlock(frame, qtbot)
    assert not is_open(frame)
    unlock(frame, qtbot, "empat kata baru lagi")
    assert is_open(frame)


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_no_control_without_a_name_and_no_clipped_words(make_frame: MakeFrame, qtbot: QtBot, scale: float) -> None:
    frame = make_frame(screens, interface=Interface("en_XA", "light", scale))
    window = frame.window
    acts: list[Callable[[], None]] = [partial(window.navigate, "sync"), partial(window.navigate, "settings")]
    for act in (*acts, window.hide_now, window.lock):
        act()
        frame.settle(qtbot)
        assert faults(qtbot, window) == []


def test_a_success_stands_in_the_bar_and_covers_nothing(frame: Frame) -> None:
    window = frame.window
    window.messages.success("Saved on this laptop")
    window.messages.success("Saved on this laptop")
    (toast,) = [one for one in window.findChildren(Toast) if one.isVisible()]
    bar = window.findChild(QWidget, "frame.bar")
    assert isinstance(bar, QWidget)
    assert toast.geometry().bottom() < bar.height()
    for name in ("frame.search", "frame.hide", "frame.lock"):
        part = window.findChild(QWidget, name)
        assert isinstance(part, QWidget)
        place = QRect(part.mapTo(window.workspace, QPoint(0, 0)), part.size())
        assert not toast.geometry().intersects(place), name
    QTest.mouseClick(toast, Qt.MouseButton.LeftButton)
    assert toast.isHidden()


def test_a_toast_shows_its_words_and_the_newest_success_tells_all(frame: Frame, qtbot: QtBot) -> None:
    messages = frame.window.messages
    for words in ("Saved.", "Saved again.", "A longer sentence about what was done just now, which needs two lines."):
        messages.success(words)
    messages.error(UserError("It did not work.", hint="Nothing is lost."))
    toasts = [one for one in frame.window.findChildren(Toast) if one.isVisible()]
    assert [one.words for one in toasts] == ["It did not work."]
    messages.success("Done.")
    toasts = [one for one in frame.window.findChildren(Toast) if one.isVisible()]
    assert {one.words for one in toasts} == {"It did not work.", "Done."}
    assert all(one.height() >= one.minimumSizeHint().height() for one in toasts)
    assert [finding for one in toasts for finding in faults(qtbot, one)] == []
