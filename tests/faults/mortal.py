"""Programs that die at a commit: `python -m tests.faults.mortal` reads orders, one JSON object a line, and for each
forks a laptop that syncs or a server that serves, with a store that kills its process where it was told to.

The seam is the store's own `begin`: nothing of the program knows that it is being watched.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from migdesk.clock import SystemClock
from migdesk.domain.kinds import SCHEMA
from migdesk.errors import EnvError
from migdesk.server import host as host_module
from migdesk.server.run import _Listener  # noqa: PLC2701 - the server without a thread
from migdesk.services.reference import read_codebook
from migdesk.store.database import Store, Transaction
from tests.support.program import ROOT

PATIENCE_S = 60


@dataclass(frozen=True)
class Order:
    """Who is to live: `laptop` or `server`, where, and at which commit (1, 2, ...; 0 never) it dies: before or after."""

    role: str
    home: str
    at: int = 0
    after: bool = False
    url: str = ""
    keys: tuple[str, str] = ("", "")


class MortalStore(Store):
    """Kills its own process before or after a commit."""

    at, after, begun = 0, False, 0

    def begin(self) -> AbstractContextManager[Transaction]:
        return self._counted()

    @contextmanager
    def _counted(self) -> Iterator[Transaction]:
        cls = type(self)
        cls.begun += 1
        mine = cls.begun
        with super().begin() as tx:
            yield tx
            if mine == cls.at and not cls.after:
                os.kill(os.getpid(), signal.SIGKILL)
        if mine == cls.at:
            os.kill(os.getpid(), signal.SIGKILL)
