"""A real D-Bus daemon for one test, with nobody on it but who the test puts there."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PySide6.QtDBus import QDBusConnection, QDBusMessage

DAEMON = shutil.which("dbus-daemon")
needs_daemon = pytest.mark.skipif(DAEMON is None, reason="no dbus-daemon on this computer")
_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:dir={folder}</listen><auth>EXTERNAL</auth><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


class Bus:
    """Connections to it, closed with it."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._names: list[str] = []

    def join(self, *services: str) -> QDBusConnection:
        """Somebody on the bus, under these well-known names."""
        name = uuid4().hex
        joined = QDBusConnection.connectToBus(self._address, name)
        assert joined.isConnected(), joined.lastError().message()
        self._names.append(name)
        for service in services:
            assert joined.registerService(service)
        return joined

    def close(self) -> None:
        for name in self._names:
            QDBusConnection.disconnectFromBus(name)


@contextmanager
def private_bus() -> Iterator[Bus]:
    """One daemon; ended with the block."""
    assert DAEMON is not None
    with tempfile.TemporaryDirectory(prefix="bus") as folder:  # a socket's path must be short
        config = Path(folder) / "bus.conf"
        config.write_text(_CONFIG.format(folder=folder), "utf-8")
        command = [DAEMON, f"--config-file={config}", "--nofork", "--nopidfile", "--print-address=1"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as daemon:
            assert daemon.stdout is not None
            bus = Bus(daemon.stdout.readline().strip())
            try:
                yield bus
            finally:
                bus.close()
                daemon.terminate()


def say(bus: QDBusConnection, path: str, interface: str, member: str, *told: Any) -> None:
    """Send a signal."""
    message = QDBusMessage.createSignal(path, interface, member)
    message.setArguments(list(told))
    assert bus.send(message)


def changed(bus: QDBusConnection, path: str, interface: str, values: dict[str, Any], names: Sequence[str] = ()) -> None:
    """Say that properties have other values, as every service does."""
    say(bus, path, "org.freedesktop.DBus.Properties", "PropertiesChanged", interface, values, list(names))
