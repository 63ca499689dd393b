"""Workspaces of several people, each with a thread that owns its store, enrolled at a real server."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from migdesk.clock import SystemClock
from migdesk.domain.record import Record
from migdesk.server.host import ServerHost
from migdesk.server.room_listening import start_room
from migdesk.services import room, syncing
from migdesk.services import session as sessions
from migdesk.services.room import OpenRoom
from migdesk.services.session import Session
from migdesk.store import records, writing
from migdesk.store.database import Store
from migdesk.sync.report import SyncReport
from tests.support import workspaces

T = TypeVar("T")
LOOPBACK = "127.0.0.1:0"


class Member:
    """One person with a laptop. `run` is the way to the store."""

    def __init__(self, folder: Path, name: str, role: str = "OUTREACH") -> None:
        self.name = name
        self._owner = ThreadPoolExecutor(1, thread_name_prefix=name)
        home = workspaces.create(folder / name, role, username=name, name=name.title(), clock=SystemClock())
        self.session: Session = self._owner.submit(workspaces.opened, home, SystemClock()).result()

    def run(self, fn: Callable[[Store], T], /) -> T:
        return self._owner.submit(fn, self.session.store).result()

    def save(self, kind: type[Record], **values: Any) -> UUID:
        def act(store: Store) -> UUID:
            with store.begin() as tx:
                return writing.save(tx, self.session.author, kind, values).id

        return self.run(act)

    def has(self, kind: type[Record]) -> set[UUID]:
        def act(store: Store) -> set[UUID]:
            with store.read() as tx:
                return {stored.record.id for stored in records.each(tx, kind, None)}

        return self.run(act)

    def enrol(self, host: ServerHost, url: str) -> None:
        role = self.session.user.role
        syncing.enrol(self.run, self.session, url, host.issue_code(self.name, role, "52.03"), label=f"of {self.name}")

    def sync(self) -> SyncReport:
        return syncing.sync_now(self.run, self.session)

    def share(self, listen: str = LOOPBACK) -> OpenRoom:
        return room.open_room(self.run, self.session, start_room, listen)

    def join(self, address: str, code: str) -> SyncReport:
        return room.join(self.run, self.session, address, code)

    def close(self) -> None:
        self._owner.submit(sessions.close, self.session).result()
        self._owner.shutdown(wait=True)
