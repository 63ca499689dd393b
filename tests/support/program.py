"""The program as its users have it: a process of its own, a folder, a passphrase, what it prints and its exit code."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "tujuh belas perahu di Labuhan Haji"


@dataclass(frozen=True)
class Ran:
    """One finished call."""

    code: int
    out: str
    err: str

    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects of `--json` output, one a line."""
        return [json.loads(line) for line in self.out.splitlines() if line.strip()]

    def done(self) -> "Ran":
        """This call, which must have ended well."""
        assert self.code == 0, f"exit {self.code}\n{self.out}\n{self.err}"
        return self


def environment(**more: str) -> dict[str, str]:
    """The environment of a called program: English, no window system, and nothing of the developer's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MIGDESK_", "COV_"))}
    base = {
        "MIGDESK_LANG": "en",
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": str(ROOT),
        "MIGDESK_PASSPHRASE": PASSPHRASE,
    }
    return kept | base | more


def migdesk(*args: str | Path, input: str | None = None, **env: str) -> Ran:
    """Run `python -m migdesk` with these arguments and wait for its end."""
    command = [sys.executable, "-m", "migdesk", *map(str, args)]
    ran = subprocess.run(
        command, env=environment(**env), input=input, capture_output=True, text=True, timeout=240, check=False, cwd=ROOT
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


class ServerProcess:
    """A central server on loopback, as a process of its own, for the length of a `with` block."""

    def __init__(self, home: Path, *more: str) -> None:
        self.home = home
        self._more = more
        self.url = ""

    def __enter__(self) -> "ServerProcess":
        command = [
            sys.executable,
            "-m",
            "migdesk",
            "server",
            "--home",
            str(self.home),
            "--listen",
            "127.0.0.1:0",
            *self._more,
        ]
        self._process = subprocess.Popen(
            command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "http" in line:
                self.url = "http" + line.split("http", 1)[1].split()[0].rstrip(".,")
                return self
        raise AssertionError(f"the server did not start: {self._process.stderr.read() if self._process.stderr else ''}")

    def __exit__(self, *exc: object) -> None:
        self._process.terminate()
        self._process.communicate(timeout=30)

    def code(self, user: str, role: str, area: str) -> str:
        """A one-time enrolment code."""
        ran = migdesk("server", "code", "--home", self.home, "--user", user, "--role", role, "--area", area).done()
        return ran.out.split()[-1]


class Laptop:
    """A workspace folder and the calls a script would make on it."""

    def __init__(self, home: Path, user: str, role: str, area: str) -> None:
        self.home, self.user, self.role, self.area = home, user, role, area
        migdesk("workspace", "create", "--home", home, "--user", user, "--role", role, "--area", area).done()

    def call(self, *args: str | Path, input: str | None = None) -> Ran:
        """A verb with this laptop's `--home`; a verb of two words is two arguments."""
        return migdesk(*args, "--home", self.home, input=input)

    def enrol(self, server: ServerProcess) -> None:
        code = server.code(self.user, self.role, self.area)
        self.call("enrol", "--server", server.url, "--code", code).done()

    def sync(self) -> dict[str, Any]:
        return self.call("sync", "--json").done().objects()[-1]

    def put(self, file: Path, *records: dict[str, Any]) -> list[dict[str, Any]]:
        """Save these records; the answers line by line, all of them saved."""
        file.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
        answers = migdesk("records", "put", "--home", self.home, "--json", file).done().objects()
        assert [one["status"] for one in answers] == ["saved"] * len(records), answers
        return answers

    def records(self, kind: str) -> dict[str, dict[str, Any]]:
        """All records of a kind by id."""
        return {one["id"]: one for one in self.call("records", "list", "--kind", kind, "--json").done().objects()}
