"""Laptops with real workspaces that belong to a real server on loopback, and what the server knows of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from migdesk.domain.person import Person
from migdesk.server.host import ServerHost
from migdesk.services import people, syncing
from migdesk.services import session as sessions
from migdesk.services.reference import read_codebook
from migdesk.services.session import Session
from migdesk.store import audit, records
from migdesk.store.database import Store
from migdesk.sync.wire.codec import Codec
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import create, opened, person

CODEC = Codec.shipped()


class Laptop:
    """A workspace that belongs to the server; `open` and `close` it as a program does."""

    def __init__(self, home: Path, host: ServerHost, url: str, clock: FakeClock, name: str, role: str) -> None:
        self.home, self.url, self.clock, self.codes = home, url, clock, read_codebook()
        create(home, role, "52.03", username=name, name=name.title(), clock=clock, codes=self.codes)
        self.session = opened(home, clock, self.codes)
        syncing.enrol(self.run, self.session, url, host.issue_code(name, role, "52.03", name.title()))

    def run(self, fn: Callable[[Store], Any], /) -> Any:
        return fn(self.session.store)

    def sync(self) -> Any:
        return syncing.sync_now(self.run, self.session)

    def again(self) -> Session:
        """Close and open, as after a crash: only what is stored counts."""
        sessions.close(self.session)
        self.session = opened(self.home, self.clock, self.codes)
        return self.session

    @property
    def id(self) -> str:
        return f"{self.session.keys.device_id:016x}"

    def person(self, name: str = "Baiq Nurhayati") -> Any:
        return people.save(self.session, person(full_name=name)).id


def people_of(host: ServerHost) -> list[str]:
    def look(store: Store) -> list[str]:
        with store.read() as tx:
            return sorted(str(one.record.full_name) for one in records.each(tx, Person, None))

    return host.db.call(look)


def acts(host: ServerHost) -> list[str]:
    def look(store: Store) -> list[str]:
        with store.read() as tx:
            return [one.action for one in audit.entries(tx, 50)]

    return host.db.call(look)


def card(host: ServerHost, laptop: Laptop) -> Any:
    return next(one for one in host.devices() if f"{one.device:016x}" == laptop.id)
