"""Linux: what logind, UPower and the screen savers say on D-Bus, and how long nobody was there. GUI thread.

Imported where D-Bus may be. A bus that is not there, or a service that never answers, is silence and no error.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import SLOT, QObject, Slot
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusObjectPath, QDBusPendingCallWatcher

LOGIN, POWER = "org.freedesktop.login1", "org.freedesktop.UPower"
MANAGER, SESSION = f"{LOGIN}.Manager", f"{LOGIN}.Session"
LOGIN_PATH = "/org/freedesktop/login1"
PROPERTIES = "org.freedesktop.DBus.Properties"
SAVERS = ("org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver", "org.cinnamon.ScreenSaver", "org.mate.ScreenSaver")
ANSWER_MS = 20_000
"""Nobody waits for an answer: until it comes, any session counts as the own one, and the idle watch locks."""

AWAY: Mapping[tuple[str, str], bool] = {
    (MANAGER, "LidClosed"): True,
    (POWER, "LidIsClosed"): True,  # logind does not announce the lid on every system
    (SESSION, "LockedHint"): True,
    (SESSION, "Active"): False,  # another user's turn
}
"""Interface and property to the value that means that the person went."""

IDLE_CLOCKS = (
    ("org.gnome.Mutter.IdleMonitor", "/org/gnome/Mutter/IdleMonitor/Core", "GetIdletime", 1000),
    # Desktops disagree whether this one tells seconds or milliseconds. Taken as seconds it can only seem longer.
    ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver", "GetSessionIdleTime", 1),
)
"""Service (and interface), path, method, and how many of its units make a second."""


def slot(signature: str) -> Any:
    """A slot by its C++ name. The types of the library ask for bytes; the library itself takes text and no bytes."""
    return SLOT(signature)


class BusLock(QObject):
    """Calls `away` when the person went. Of logind and UPower only they themselves are believed, and of sessions only
    the own one once it is known; a screen saver may be anybody, who can do no more than lock."""

    def __init__(self, owner: QObject, away: Callable[[], None], system: QDBusConnection, own: QDBusConnection) -> None:
        super().__init__(owner)
        self._away, self._session = away, ""
        message, changed = slot("_said(QDBusMessage)"), slot("_changed(QString,QVariantMap,QDBusMessage)")
        if system.isConnected():
            system.connect(LOGIN, LOGIN_PATH, MANAGER, "PrepareForSleep", self, message)
            system.connect(LOGIN, "", SESSION, "Lock", self, message)
            for service in (LOGIN, POWER):
                system.connect(service, "", PROPERTIES, "PropertiesChanged", self, changed)
            call = QDBusMessage.createMethodCall(LOGIN, LOGIN_PATH, MANAGER, "GetSession")
            call.setArguments([os.environ.get("XDG_SESSION_ID") or "auto"])
            ask(self, system, call, self._session_told)
        if own.isConnected():
            for saver in SAVERS:
                own.connect("", "", saver, "ActiveChanged", self, message)

    @Slot(QDBusMessage)
    def _said(self, message: QDBusMessage) -> None:
        """Sleep and screen saver say whether it begins or ends; the session says only that it shall be locked."""
        told, of_session = message.arguments(), message.interface() == SESSION
        if (of_session and self._is_own(message.path())) or (not of_session and told and told[0] is True):
            self._away()

    @Slot(str, "QVariantMap", QDBusMessage)
    def _changed(self, interface: str, values: dict[str, Any], message: QDBusMessage) -> None:
        if interface == SESSION and not self._is_own(message.path()):
            return
        if any(AWAY.get((interface, name)) is value for name, value in values.items() if isinstance(value, bool)):
            self._away()

    def _session_told(self, answer: list[Any]) -> None:
        if answer and isinstance(answer[0], QDBusObjectPath):
            self._session = answer[0].path()

    def _is_own(self, path: str) -> bool:
        return not self._session or path == self._session


class BusIdle(QObject):
    """For how long nobody touched this computer, wherever: asks the first desktop service that knows."""

    def __init__(self, owner: QObject, own: QDBusConnection) -> None:
        super().__init__(owner)
        self._own = own

    def __call__(self, told: Callable[[float | None], None]) -> None:
        """`told(seconds)` soon, and once; None if nobody knows."""
        self._ask(0, told)

    def _ask(self, at: int, told: Callable[[float | None], None]) -> None:
        if at == len(IDLE_CLOCKS) or not self._own.isConnected():
            told(None)
            return
        name, path, method, units = IDLE_CLOCKS[at]

        def answered(answer: list[Any]) -> None:
            if answer and isinstance(answer[0], int):
                told(answer[0] / units)
            else:
                self._ask(at + 1, told)

        ask(self, self._own, QDBusMessage.createMethodCall(name, path, name, method), answered)


def ask(owner: QObject, bus: QDBusConnection, call: QDBusMessage, answered: Callable[[list[Any]], None]) -> None:
    """Send a question; `answered` gets what came back, nothing if it failed or took too long."""
    call.setAutoStartService(False)
    watcher = QDBusPendingCallWatcher(bus.asyncCall(call, ANSWER_MS), owner)

    def finished(done: QDBusPendingCallWatcher) -> None:
        reply = done.reply()
        good = reply.type() == QDBusMessage.MessageType.ReplyMessage
        done.deleteLater()
        answered(reply.arguments() if good else [])

    watcher.finished.connect(finished)
