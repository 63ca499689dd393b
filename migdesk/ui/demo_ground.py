"""What the scripted day plays on: a central server as a process of its own, and three workspaces. GUI thread.

Nobody real is meant: names and numbers are made up, and the passphrase is the same everywhere and shown.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from migdesk.clock import SystemClock
from migdesk.domain.codes import CodeBook
from migdesk.errors import EnvError
from migdesk.i18n.markers import N_
from migdesk.services import demo_data, settings, syncing
from migdesk.services import session as sessions
from migdesk.services.auto_sync import When
from migdesk.services.demo_data import Seeded

PASSPHRASE = "tujuh belas perahu di Labuhan Haji"  # noqa: S105 - shown on purpose: it protects nothing real
LOMBOK, MALANG = "52.03.09.2004", "35.07.01.2001"


@dataclass(frozen=True, slots=True)
class Who:
    """A user of the demonstration."""

    username: str
    display_name: str
    role: str
    areas: tuple[str, ...]

    def home(self, ground: Path) -> Path:
        return ground / self.username


OFFICER = Who("rina", "Rina Wulandari", "OUTREACH", (LOMBOK,))
TRAINER = Who("bayu", "Bayu Prakoso", "TRAINER", (MALANG,))
SUPERVISOR = Who("sri", "Sri Handayani", "SUPERVISOR", ("52.03", "35.07"))
EVERYBODY = (OFFICER, TRAINER, SUPERVISOR)


class CentralServer:
    """`migdesk server` on loopback, for the length of a `with` block. Raises EnvError if it does not start."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def __enter__(self) -> "CentralServer":
        words = [*program(), "server", "--home", str(self._home), "--listen", "127.0.0.1:0", "--json"]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = _json(line)
            if "url" in told:
                self.url = str(told["url"])
                return self
        self.__exit__()
        raise EnvError(N_("The central server did not start."), hint=N_("Run `migdesk server` by itself to see why."))

    def __exit__(self, *_error: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=30)

    def code(self, who: Who) -> str:
        """A one-time enrolment code, issued by the command that an administrator would use."""
        words = [
            *program(), "server", "code", "--home", str(self._home), "--user", who.username, "--role", who.role,
            "--name", who.display_name, "--json", "--area", *who.areas,
        ]  # fmt: skip
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
        for line in done.stdout.splitlines():
            told = _json(line)
            if "code" in told:
                return str(told["code"])
        raise EnvError(N_("The server gave no code."), hint=N_("Run `migdesk server code` by itself to see why."))


def program() -> Sequence[str]:
    """How this program is called again: the frozen one is itself, a checkout is Python with the module."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "migdesk"]


def prepare(ground: Path, who: Who, server: CentralServer, codes: CodeBook, language: str) -> Seeded | None:
    """Make the workspace of `who`, fill it with what was before today, and enrol it. Takes a second or two."""
    clock, home = SystemClock(), who.home(ground)
    sessions.create_workspace(
        home,
        username=who.username,
        display_name=who.display_name,
        role=who.role,
        area=" ".join(who.areas),
        passphrase=PASSPHRASE,
        clock=clock,
        codes=codes,
    )
    settings.write_interface(home, settings.Interface(language))
    session = sessions.unlock(home, PASSPHRASE, clock, codes)
    try:
        # The script presses the button: what it looks at must not depend on a clock.
        settings.set_sync_when(session, When.MANUAL)
        seeded = demo_data.seed(session, number=24) if who is not SUPERVISOR else None
        syncing.enrol(lambda work: work(session.store), session, server.url, server.code(who), label=who.username)
    finally:
        sessions.close(session)
    return seeded


def quiet_platform() -> None:
    """Without a display Qt draws into memory."""
    shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform in {"win32", "darwin"}
    if not shown:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def _json(line: str) -> dict[str, object]:
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
