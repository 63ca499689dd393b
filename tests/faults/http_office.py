"""Laptops that reach a real server over real HTTP, for tests of what happens to their bytes on the way."""

import contextlib
import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from migdesk.domain.person import Person
from migdesk.errors import EnvError
from migdesk.server.host import ServerHost
from migdesk.server.rate_limit import Rate
from migdesk.store import writing
from migdesk.store.database import Store
from migdesk.sync.laptop.engine import Tuning, sync_once
from migdesk.sync.laptop.enrol import enrol
from migdesk.sync.report import SyncReport
from migdesk.sync.transport import HttpTransport
from tests.sync.office import CODEC, VILLAGE, Node

AT_ONCE = Rate(burst=100_000, every_s=0.0001)
"""No limit on exchanges: these tests make thousands."""
PATIENT_S = 20.0
"""A stall that is none: the machine is busy, not the link dead."""


class HttpLaptop(Node):
    """An enrolled laptop. `url` is where it finds the server unless a sync says otherwise."""

    def __init__(self, folder: Path, name: str, host: ServerHost, url: str, role: str = "OUTREACH") -> None:
        super().__init__(folder, name)
        self.url, self.file = url, folder / f"{name}.db"
        self.clock.set_wall(dt.datetime.now(dt.UTC))
        code = host.issue_code(name, role, "52.03")
        with contextlib.closing(HttpTransport(url)) as transport:
            enrol(self.db, transport, self.keys, code, url=url, user=self.user, label="tes", clock=self.clock)

    def sync(self, url: str = "", stall_s: float = PATIENT_S) -> SyncReport:
        """One try, and a connection of its own."""
        self.clock.set_wall(dt.datetime.now(dt.UTC))
        with contextlib.closing(HttpTransport(url or self.url, stall_s=stall_s)) as transport:
            return sync_once(self.db, transport, self.keys, codec=CODEC, clock=self.clock, tuning=Tuning(tries=1))

    def survives(self, url: str = "", stall_s: float = PATIENT_S) -> bool:
        """Whether a sync went through; if not, then with trouble of the link and nothing else."""
        try:
            self.sync(url, stall_s)
        except EnvError:
            return False
        return True

    def reopen(self) -> None:
        """Open the store again, after another process had it."""
        self.store = Store.open_file(
            self.file, bytes(32), schema=self.store.schema, codes=self.store.codes, clock=self.clock
        )

    def until_done(self, tries: int, url: str = "") -> int:
        """How many tries a sync took on a link that breaks again and again."""
        for n in range(1, tries + 1):
            if self.survives(url):
                return n
        raise AssertionError(f"not finished after {tries} tries")

    def people(self, count: int, **more: object) -> list[UUID]:
        """New people, in one transaction."""
        values = {"full_name": "Baiq Nurhayati", "sex": "female", "area_code": VILLAGE, **more}
        with self.store.begin() as tx:
            return [writing.save(tx, self.author, Person, {**values, "phone": _phone(n)}).id for n in range(count)]

    def noisy_people(self, count: int, first: int = 0) -> list[UUID]:
        """New people with notes that no compression makes small."""
        made = []
        with self.store.begin() as tx:
            for n in range(first, first + count):
                values = {"full_name": "Baiq Nurhayati", "sex": "female", "area_code": VILLAGE, "note": noise(n)}
                made.append(writing.save(tx, self.author, Person, values).id)
        return made


def at_server(host: ServerHost, count: int = 1) -> None:
    """New people that were written at the server."""

    def save(store: Store) -> None:
        with store.begin() as tx:
            for n in range(count):
                values = {"full_name": "Sahnun", "sex": "male", "area_code": VILLAGE, "phone": _phone(n)}
                writing.save(tx, host.author, Person, values)

    host.db.call(save)


def noise(n: int) -> str:
    """A note that no compression makes smaller than 130 bytes; the same for the same number."""
    return f"Catatan {n}: {random.Random(n).randrange(10**299, 10**300)}"


def _phone(n: int) -> str:
    return f"+62812345{n % 100_000:05d}"


@contextlib.contextmanager
def laptops(folder: Path, host: ServerHost, url: str, *names: str) -> Iterator[list[HttpLaptop]]:
    """Laptops that were enrolled and have synced once; their stores are closed at the end."""
    made: list[HttpLaptop] = []
    try:
        for name in names:
            made.append(HttpLaptop(folder, name, host, url))
            made[-1].sync()
        yield made
    finally:
        for one in made:
            one.store.close()
