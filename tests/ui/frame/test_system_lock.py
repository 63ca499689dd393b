"""The system says that the person went: over a real D-Bus, and from the bytes of Windows' messages."""

import ctypes
from collections.abc import Callable, Iterator
from ctypes import wintypes
from typing import Any

import pytest
from PySide6.QtCore import ClassInfo, QObject, Qt, Slot
from PySide6.QtDBus import QDBusConnection, QDBusObjectPath
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from migdesk.ui import system_lock
from migdesk.ui.bus_lock import LOGIN, LOGIN_PATH, MANAGER, POWER, SESSION, BusIdle, BusLock, slot
from migdesk.ui.idle import IdleWatch
from migdesk.ui.windows_lock import LID, NativeMessages, means_away, read_message
from tests.support.fake_clock import FakeClock
from tests.support.private_bus import Bus, changed, needs_daemon, private_bus, say
from tests.ui.frame.conftest import Frame, MakeFrame
from tests.ui.frame.test_window import screens

OWN, OTHER = f"{LOGIN_PATH}/session/_31", f"{LOGIN_PATH}/session/_32"
SAVER = "org.freedesktop.ScreenSaver"
PATIENT_MS = 30_000
named: Any = ClassInfo


@named({"D-Bus Interface": MANAGER})
class Manager(QObject):
    """As much of logind as is asked."""

    asked: str = ""

    @Slot(str, result=QDBusObjectPath)
    def GetSession(self, name: str) -> QDBusObjectPath:
        self.asked = name
        return QDBusObjectPath(OWN)


@named({"D-Bus Interface": "org.gnome.Mutter.IdleMonitor"})
class Mutter(QObject):
    """A desktop that knows how long nobody was there."""

    idle_ms: int = 0

    @Slot(result="qulonglong")
    def GetIdletime(self) -> int:
        return self.idle_ms


@pytest.fixture
def bus() -> Iterator[Bus]:
    with private_bus() as made:
        yield made


class Desk(QObject):
    """A program that listens, and the services that speak. All of it on one connection, so that a mark that comes
    after a signal of the same sender shows that the signal was heard."""

    def __init__(self, bus: Bus, qtbot: QtBot) -> None:
        super().__init__()
        self._qtbot, self.times, self._marks = qtbot, 0, 0
        self.login, self.power, self.stranger = bus.join(LOGIN), bus.join(POWER), bus.join()
        self._manager = Manager()
        assert self.login.registerObject(LOGIN_PATH, self._manager, QDBusConnection.RegisterOption.ExportAllSlots)
        ours = bus.join()
        ours.connect("", "", "test.Mark", "Done", self, slot("marked()"))
        self.lock = BusLock(self, self._away, ours, ours)
        qtbot.waitUntil(lambda: self.lock._session == OWN, timeout=PATIENT_MS)
        assert self._manager.asked == "31"

    def after(self, sender: QDBusConnection, act: Callable[[], None]) -> int:
        """How often the person went because of what `act` let `sender` say."""
        before, marks = self.times, self._marks
        act()
        say(sender, "/mark", "test.Mark", "Done")
        self._qtbot.waitUntil(lambda: self._marks > marks, timeout=PATIENT_MS)
        return self.times - before

    @Slot()
    def marked(self) -> None:
        self._marks += 1

    def _away(self) -> None:
        self.times += 1


@pytest.fixture
def desk(bus: Bus, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("XDG_SESSION_ID", "31")
    made = Desk(bus, qtbot)
    yield made
    made.deleteLater()


@needs_daemon
def test_sleep_lid_lock_and_the_turn_of_another_user_lock(desk: Desk) -> None:
    login, power = desk.login, desk.power
    assert desk.after(login, lambda: say(login, LOGIN_PATH, MANAGER, "PrepareForSleep", True)) == 1
    assert desk.after(login, lambda: say(login, LOGIN_PATH, MANAGER, "PrepareForSleep", False)) == 0
    assert desk.after(login, lambda: say(login, OWN, SESSION, "Lock")) == 1
    assert desk.after(login, lambda: say(login, OWN, SESSION, "Unlock")) == 0
    for interface, path, name, away in (
        (SESSION, OWN, "Active", False),
        (SESSION, OWN, "LockedHint", True),
        (MANAGER, LOGIN_PATH, "LidClosed", True),
    ):
        for value in (away, not away):
            told = desk.after(login, lambda: changed(login, path, interface, {name: value}))  # noqa: B023
            assert told == (value is away), name
    assert desk.after(power, lambda: changed(power, "/org/freedesktop/UPower", POWER, {"LidIsClosed": True})) == 1
    assert desk.after(login, lambda: changed(login, OWN, SESSION, {"IdleHint": True, "User": [7, "/x"]})) == 0


@needs_daemon
def test_a_screen_saver_of_any_desktop_locks_when_it_begins(desk: Desk) -> None:
    saver = desk.stranger
    for name in ("org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver"):
        assert desk.after(saver, lambda: say(saver, "/ScreenSaver", name, "ActiveChanged", True)) == 1  # noqa: B023
        assert desk.after(saver, lambda: say(saver, "/ScreenSaver", name, "ActiveChanged", False)) == 0  # noqa: B023


@needs_daemon
def test_the_session_of_another_user_and_a_false_logind_lock_nothing(desk: Desk) -> None:
    login, stranger = desk.login, desk.stranger
    assert desk.after(login, lambda: say(login, OTHER, SESSION, "Lock")) == 0
    assert desk.after(login, lambda: changed(login, OTHER, SESSION, {"Active": False})) == 0
    assert desk.after(stranger, lambda: say(stranger, LOGIN_PATH, MANAGER, "PrepareForSleep", True)) == 0
    assert desk.after(stranger, lambda: changed(stranger, OWN, SESSION, {"LockedHint": True})) == 0
    nonsense = (("yes",), (), (1, 2), (["x"],))
    for told in nonsense:
        assert desk.after(stranger, lambda: say(stranger, "/", SAVER, "ActiveChanged", *told)) == 0  # noqa: B023


@needs_daemon
def test_the_desktop_is_asked_how_long_nobody_was_there(bus: Bus, qtbot: QtBot, qapp: QApplication) -> None:
    owner, clock, locked = QObject(), FakeClock(), []
    idle = IdleWatch(owner, clock, 5, lambda: locked.append(clock.now()))
    idle.elsewhere = BusIdle(idle, bus.join())
    told: list[float | None] = []
    idle.elsewhere(told.append)
    qtbot.waitUntil(lambda: told == [None], timeout=PATIENT_MS)
    desktop, mutter = bus.join("org.gnome.Mutter.IdleMonitor"), Mutter()
    where = "/org/gnome/Mutter/IdleMonitor/Core"
    assert desktop.registerObject(where, mutter, QDBusConnection.RegisterOption.ExportAllSlots)
    mutter.idle_ms = 60_000
    for _ in range(3):
        clock.forward(minutes=2)
        idle.check()
    qtbot.waitUntil(lambda: idle.passed_s == 60, timeout=PATIENT_MS)
    assert locked == []
    mutter.idle_ms = 5 * 60_000
    for _ in range(2):
        clock.forward(minutes=2)
        idle.check()
    qtbot.waitUntil(lambda: len(locked) == 1, timeout=PATIENT_MS)
    owner.deleteLater()


def test_somebody_in_another_program_is_there_but_a_long_sleep_locks(qapp: QApplication) -> None:
    owner, clock, locked = QObject(), FakeClock(), []
    asked: list[Callable[[float | None], None]] = []
    idle = IdleWatch(owner, clock, 5, lambda: locked.append(clock.now()))
    idle.elsewhere = asked.append
    for _ in range(3):
        clock.forward(minutes=2)
        idle.check()
    assert (len(asked), locked) == (1, [])
    asked.pop()(0.0)
    idle.check()
    assert locked == []
    clock.forward(minutes=6)
    idle.check()
    assert len(locked) == 1, "it slept: whoever woke it may be anybody, whatever the system says"
    assert asked == []
    for _ in range(4):
        clock.forward(minutes=2)
        idle.check()
    assert len(locked) == 2, "the system never answered"
    owner.deleteLater()


def test_the_first_key_after_a_sleep_does_not_count_as_being_there(make_frame: MakeFrame) -> None:
    frame = make_frame(screens)
    frame.clock.forward(minutes=6)
    handle = frame.window.windowHandle()
    assert handle is not None
    QTest.keyClick(handle, Qt.Key.Key_Shift)
    assert not frame.window.is_open


def test_a_desktop_without_any_bus_is_no_error(make_frame: MakeFrame) -> None:
    frame = make_frame(screens)
    nowhere = QDBusConnection("nowhere")
    assert not nowhere.isConnected()
    BusLock(frame.window, frame.window.lock, nowhere, nowhere)
    idle = BusIdle(frame.window.idle, nowhere)
    frame.window.idle.elsewhere = idle
    locks_by_itself(frame)


def test_listening_on_this_very_system_locks_as_before(make_frame: MakeFrame) -> None:
    frame = make_frame(screens)
    system_lock.listen(frame.window, frame.window.lock, frame.window.idle)
    assert frame.window.is_open
    frame.clock.forward(minutes=6)
    frame.window.idle.check()
    assert not frame.window.is_open


def locks_by_itself(frame: Frame) -> None:
    for _ in range(3):
        frame.clock.forward(minutes=2)
        frame.window.idle.check()
    assert not frame.window.is_open


WINDOWS = (
    (0x02B1, 7, b"", True),  # the session was locked
    (0x02B1, 8, b"", False),  # and unlocked
    (0x02B1, 2, b"", True),  # another user's turn at this keyboard
    (0x02B1, 1, b"", False),
    (0x0218, 4, b"", True),  # to sleep
    (0x0218, 18, b"", False),  # and awake
    (0x0218, 0x8013, LID.bytes_le + b"\4\0\0\0" + b"\0\0\0\0", True),
    (0x0218, 0x8013, LID.bytes_le + b"\4\0\0\0" + b"\1\0\0\0", False),  # the lid is open
    (0x0218, 0x8013, LID.bytes + b"\4\0\0\0" + b"\0\0\0\0", False),  # another setting
    (0x0218, 0x8013, LID.bytes_le, False),  # cut short
    (0x0100, 4, b"", False),  # a key
)


@pytest.mark.parametrize(("message", "what", "setting", "away"), WINDOWS)
def test_windows_messages_are_read_from_memory(message: int, what: int, setting: bytes, away: bool) -> None:
    assert means_away(message, what, setting) is away
    kept = ctypes.create_string_buffer(setting, max(24, len(setting)))
    told = wintypes.MSG(message=message, wParam=what, lParam=ctypes.addressof(kept) if setting else 0)
    found = read_message(ctypes.addressof(told))
    assert found[:2] == (message, what)
    heard: list[int] = []
    filter = NativeMessages(lambda: heard.append(1))
    whole = setting if len(setting) in (0, 24) else b""
    if whole == setting:
        assert filter.nativeEventFilter(b"windows_generic_MSG", ctypes.addressof(told)) == (False, 0)
        assert bool(heard) is away
    heard.clear()
    filter.nativeEventFilter(b"xcb_generic_event_t", 0)
    assert heard == []
