"""Programs that die at a commit. `Mortals` starts one process that forks, for each order, a laptop that syncs or a
server that serves, with a store that kills its process where it was told to: nothing of the product knows of it.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from migdesk.clock import SystemClock
from migdesk.domain.kinds import SCHEMA
from migdesk.errors import EnvError
from migdesk.server import host as host_module
from migdesk.server.run import RunningServer
from migdesk.services.reference import read_codebook
from migdesk.store.database import Store, Transaction
from migdesk.sync.laptop.engine import sync_once
from migdesk.sync.transport import HttpTransport
from migdesk.vault.device_keys import DeviceKeys
from tests.faults.http_office import AT_ONCE, PATIENT_S, HttpLaptop
from tests.support.program import ROOT, environment
from tests.sync.office import CODEC

DONE, CUT = 0, 3


@dataclass(frozen=True)
class Order:
    """Who is to live: `laptop` (a store's file, its keys, its server) or `server` (a folder). `at`: the commit it dies
    at (1, 2, ...; 0 never), before or after it; `within_s`: it dies at that moment, wherever it is."""

    role: str
    place: str = ""
    at: int = 0
    after: bool = False
    within_s: float = 0.0
    url: str = ""
    keys: str = ""


class MortalStore(Store):
    """Kills its own process before or after a commit, as the order says."""

    at, after, begun = 0, False, 0

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        MortalStore.begun += 1
        mine = MortalStore.begun == MortalStore.at
        with super().begin() as tx:
            yield tx
            if mine and not MortalStore.after:
                os.kill(os.getpid(), signal.SIGKILL)
        if mine:
            os.kill(os.getpid(), signal.SIGKILL)


class Mortals:
    """The process that forks them, for the length of a `with` block."""

    def __enter__(self) -> "Mortals":
        command = [sys.executable, "-m", "tests.faults.mortal"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=environment(), text=True
        )
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.communicate(timeout=30)

    def sync(self, one: HttpLaptop, url: str, **how: Any) -> str:
        """Let a laptop (whose store is closed here) sync in a process of its own: `done`, `cut` or `killed`."""
        place = str(one.file)
        ended = self._told(Order("laptop", place, url=url, keys=one.keys.to_secret().hex(), **how))["ended"]
        return {DONE: "done", CUT: "cut", -signal.SIGKILL: "killed", -signal.SIGALRM: "killed"}[ended]

    @contextmanager
    def serving(self, folder: Path, **how: Any) -> Iterator[str]:
        """A server in a process of its own: its address, empty if it died before. `died` tells afterwards."""
        told = self._told(Order("server", str(folder), **how))
        try:
            yield told["url"]
        finally:
            self.died = self._told(Order("stop"))["ended"] == -signal.SIGKILL

    died = False

    def _told(self, order: Order) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told


def _live_as_laptop(order: Order) -> int:
    store = MortalStore.open_file(
        Path(order.place), bytes(32), schema=SCHEMA, codes=read_codebook(), clock=SystemClock()
    )
    keys = DeviceKeys.from_secret(bytes.fromhex(order.keys))
    with closing(store), closing(HttpTransport(order.url, stall_s=PATIENT_S)) as transport:
        try:
            sync_once(lambda fn: fn(store), transport, keys, codec=CODEC)
        except EnvError:
            return CUT
    return DONE


def _live_as_server(order: Order, told: int) -> int:
    from tests.server.driver import opened

    vars(host_module)["Store"] = MortalStore
    with opened(Path(order.place)) as host, RunningServer(host, sync_rate=AT_ONCE) as running:
        os.write(told, running.url.encode())
        os.close(told)
        threading.Event().wait()
    return DONE


def _fork(order: Order) -> tuple[int, int]:
    """A child that lives as ordered: its number, and where it tells its address."""
    listen, tell = os.pipe()
    child = os.fork()
    if child:
        os.close(tell)
        return child, listen
    os.close(listen)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    MortalStore.at, MortalStore.after = order.at, order.after
    if order.within_s:
        signal.setitimer(signal.ITIMER_REAL, order.within_s)
    try:
        os._exit(_live_as_laptop(order) if order.role == "laptop" else _live_as_server(order, tell))
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)


def main() -> None:
    """Take orders until there are no more. It has no thread of its own, so that forking is safe."""
    server = 0
    for line in sys.stdin:
        order = Order(**json.loads(line))
        if order.role == "stop":
            os.kill(server, signal.SIGTERM)
            told: dict[str, Any] = {"ended": os.waitstatus_to_exitcode(os.waitpid(server, 0)[1])}
        else:
            child, listen = _fork(order)
            if order.role == "server":
                server, told = child, {"url": os.read(listen, 200).decode()}
            else:
                told = {"ended": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}
            os.close(listen)
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
