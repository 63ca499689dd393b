"""Windows: which messages to a window mean that the person went, and how long nobody was there. GUI thread.

Reading a message is plain arithmetic over its bytes and is tested everywhere; asking for messages happens on Windows.
"""

import ctypes
import struct
import sys
from collections.abc import Callable
from ctypes import wintypes
from uuid import UUID

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QCoreApplication, QObject
from PySide6.QtWidgets import QWidget

WM_POWERBROADCAST, WM_WTSSESSION_CHANGE = 0x0218, 0x02B1
CONSOLE_DISCONNECT, REMOTE_DISCONNECT, SESSION_LOGOFF, SESSION_LOCK = 2, 4, 6, 7
SUSPEND, SETTING_CHANGED = 0x0004, 0x8013
LID = UUID("ba3e0f4d-b817-4094-a2d1-d56379e6a0f3")
_SETTING = struct.Struct("<16sLL")
"""GUID of the power setting, length of its value, and the value."""
_LID_LENGTH, _LID_CLOSED = 4, 0


def means_away(message: int, what: int, setting: bytes) -> bool:
    """Whether a message says so. `what` is its wParam; `setting` what its lParam points at, empty for nothing."""
    if message == WM_WTSSESSION_CHANGE:
        return what in (SESSION_LOCK, CONSOLE_DISCONNECT, REMOTE_DISCONNECT, SESSION_LOGOFF)
    if message != WM_POWERBROADCAST:
        return False
    if what != SETTING_CHANGED or len(setting) < _SETTING.size:
        return what == SUSPEND
    guid, length, value = _SETTING.unpack(setting[: _SETTING.size])
    return UUID(bytes_le=guid) == LID and length == _LID_LENGTH and value == _LID_CLOSED


def read_message(address: int) -> tuple[int, int, bytes]:
    """Number, wParam and setting of the `MSG` at this address."""
    found = wintypes.MSG.from_address(address)
    is_setting = found.message == WM_POWERBROADCAST and found.wParam == SETTING_CHANGED and found.lParam
    return found.message, found.wParam, ctypes.string_at(found.lParam, _SETTING.size) if is_setting else b""


class NativeMessages(QAbstractNativeEventFilter):
    """Hears every message to the program's windows while it is installed; takes none away."""

    def __init__(self, away: Callable[[], None]) -> None:
        super().__init__()
        self._away = away

    def nativeEventFilter(self, kind: QByteArray | bytes | bytearray | memoryview, message: int) -> object:
        name = kind.data() if isinstance(kind, QByteArray) else bytes(kind)
        if name == b"windows_generic_MSG" and means_away(*read_message(int(message))):
            self._away()
        return False, 0


class WindowsLock(QObject):
    """Calls `away` when the person went, as long as `window` is there."""

    def __init__(self, window: QWidget, away: Callable[[], None]) -> None:
        super().__init__(window)
        self._messages = messages = NativeMessages(away)
        app = QCoreApplication.instance()
        if app is not None:
            app.installNativeEventFilter(messages)
            self.destroyed.connect(lambda: app.removeNativeEventFilter(messages))
        register(int(window.winId()))


def register(handle: int) -> None:
    """Have Windows tell this window of the session and of the lid. What it will not tell is not heard of."""
    if sys.platform == "win32":
        user = ctypes.WinDLL("user32")
        user.RegisterPowerSettingNotification.argtypes = [wintypes.HANDLE, ctypes.c_char_p, wintypes.DWORD]
        user.RegisterPowerSettingNotification.restype = wintypes.HANDLE
        user.RegisterPowerSettingNotification(handle, LID.bytes_le, 0)
        session = ctypes.WinDLL("wtsapi32")
        session.WTSRegisterSessionNotification.argtypes = [wintypes.HWND, wintypes.DWORD]
        session.WTSRegisterSessionNotification(handle, 0)


def windows_idle(told: Callable[[float | None], None]) -> None:
    """`told(seconds)` since somebody last touched this computer, wherever; None if Windows does not say."""
    seconds = None
    if sys.platform == "win32":

        class LastInput(ctypes.Structure):
            _fields_ = (("size", wintypes.UINT), ("tick", wintypes.DWORD))

        last = LastInput(ctypes.sizeof(LastInput), 0)
        if ctypes.WinDLL("user32").GetLastInputInfo(ctypes.byref(last)):
            now = ctypes.WinDLL("kernel32").GetTickCount()
            seconds = ((now - last.tick) & 0xFFFFFFFF) / 1000  # both counters begin anew after 49 days
    told(seconds)
