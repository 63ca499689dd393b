"""A server and laptops in one process, each with a real store, joined by a link that can be cut at any byte."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.kinds import SCHEMA
from migdesk.domain.office import Device, User
from migdesk.domain.person import Person
from migdesk.domain.record import Record
from migdesk.errors import EnvError
from migdesk.services.reference import read_codebook
from migdesk.store import conflicts, records, writing
from migdesk.store.database import Store
from migdesk.store.writing import Author
from migdesk.sync.host import anchoring
from migdesk.sync.host.exchange import Exchange, kept_of
from migdesk.sync.laptop.engine import STREAMS_PATH, Tuning, sync_once
from migdesk.sync.report import SyncReport
from migdesk.sync.trust import known_devices, server_card
from migdesk.sync.trust.host_identity import HostIdentity
from migdesk.sync.trust.server_card import ServerCard
from migdesk.sync.wire.anchor_words import HEADER, Claim
from migdesk.sync.wire.codec import Codec
from migdesk.vault.device_keys import DeviceKeys
from tests.support.fake_clock import FakeClock

T = TypeVar("T")
VILLAGE = "52.03.09.2004"
ORG = UUID("01890000-0000-7000-8000-00000000abcd")
CODEC = Codec.shipped()


class Node:
    """A replica: a store, its keys and the clock that its store goes by."""

    def __init__(self, folder: Path, name: str, url: str = "") -> None:
        self.name, self.clock, self.keys = name, FakeClock(), DeviceKeys.generate()
        known: dict[str, Any] = {"schema": SCHEMA, "codes": read_codebook(), "clock": self.clock}
        path = folder / f"{name}.db"
        self.store = Store.open_url(url, **known) if url else Store.open_file(path, bytes(32), **known)
        self.user = User.spec.natural_id({"username": name})
        self.author = Author(self.user, self.keys.device_id)

    def db(self, fn: Callable[[Store], T], /) -> T:
        return fn(self.store)

    def save(self, kind: type[Record], values: Mapping[str, Any], id: UUID | None = None) -> UUID:
        self.clock.forward(seconds=20)
        with self.store.begin() as tx:
            return writing.save(tx, self.author, kind, values, id).id

    def values(self, kind: type[Record], id: UUID) -> dict[str, Any] | None:
        with self.store.read() as tx:
            found = records.find(tx, kind, id)
            return found.record.values() if found else None

    def state(self, *kinds: type[Record]) -> dict[UUID, dict[str, Any]]:
        """All records of these kinds, for comparing replicas."""
        found = {}
        with self.store.read() as tx:
            for kind in kinds or (Person, CounsellingSession):
                for stored in records.each(tx, kind, None):
                    found[stored.record.id] = stored.record.values()
        return found

    def open_conflicts(self) -> list[Any]:
        with self.store.read() as tx:
            return conflicts.open_conflicts(tx)


class Server(Node):
    """The central server, and the administrator who enrols laptops."""

    def __init__(self, folder: Path, url: str = "") -> None:
        super().__init__(folder, "server", url)
        self.identity = HostIdentity(ORG, self.keys, b"gen-0001")
        self.anchors = True
        self.enrolled(self, "ADMIN", "00")

    def enrolled(self, node: Node, role: str, area: str) -> None:
        user = {
            "username": node.name,
            "display_name": node.name,
            "role": role,
            "areas": frozenset({area}),
            "active": True,
        }
        self.save(User, user, User.spec.natural_id(user))
        device = {
            "sign_key": node.keys.public, "recipient": node.keys.recipient, "label": f"laptop of {node.name}",
            "username": node.name, "status": "active",
        }  # fmt: skip
        self.save(Device, device, Device.spec.natural_id(device))

    def set_status(self, node: Node, status: str) -> None:
        self.save(Device, {"status": status}, Device.spec.natural_id({"sign_key": node.keys.public}))

    def exchange(self, device: int, audit_end: str | None = None) -> Exchange:
        """`audit_end`: the header that tells it, as the server's endpoint reads it."""
        with self.store.read() as tx:
            known = known_devices.find(tx, device)
        assert known
        said: tuple[int, ...] = ()
        if audit_end is not None and self.anchors and known.row.user is not None:
            record, user = Device.spec.natural_id({"sign_key": known.row.sign_key}), known.row.user.id
            claim = Claim.read(audit_end)
            said = anchoring.take(self.store, device=device, record=record, user=user, claim=claim)
        return Exchange(self.db, known.row, self.identity, CODEC, anchor=said)


class Laptop(Node):
    """A laptop that is enrolled at a server."""

    def __init__(self, folder: Path, name: str, server: Server, role: str = "OUTREACH", area: str = "52.03") -> None:
        super().__init__(folder, name)
        self.server, self.link = server, Link(server, self.keys.device_id)
        server.enrolled(self, role, area)
        card = ServerCard("https://server", ORG, server.keys.public, server.keys.recipient, server.identity.generation)
        with self.store.begin() as tx:
            server_card.put(tx, card)

    def sync(self, tries: int = 1) -> SyncReport:
        """One sync; server and laptops share the wall clock of their offices."""
        return sync_once(self.db, self.link, self.keys, codec=CODEC, clock=self.clock, tuning=Tuning(tries=tries))

    def person(self, **more: Any) -> UUID:
        return self.save(Person, {"full_name": "Baiq Nurhayati", "sex": "female", "area_code": VILLAGE} | more)


class Link:
    """A transport. `cut_up`/`cut_down`: after how many bytes the next exchange breaks off. Counts what moved."""

    def __init__(self, server: Server, device: int) -> None:
        self.server, self.device = server, device
        self.cut_up: int | None = None
        self.cut_down: int | None = None
        self.lose_answer = False
        self.up = self.down = self.exchanges = 0

    def post(
        self, path: str, headers: Mapping[str, str], body: Iterable[bytes], on_bytes: Callable[[int, int], None]
    ) -> Iterator[bytes]:
        if path == STREAMS_PATH:
            answer = kept_of(self.server.store, self.device)
            self.down += len(answer)
            on_bytes(0, len(answer))
            yield answer
            return
        exchange, self.exchanges = self.server.exchange(self.device, headers.get(HEADER)), self.exchanges + 1
        moved = 0
        for piece in body:
            left = len(piece) if self.cut_up is None else self.cut_up - moved
            if piece[:left]:
                exchange.receive(piece[:left])
            moved += min(left, len(piece))
            self.up += min(left, len(piece))
            on_bytes(min(left, len(piece)), 0)
            if left < len(piece):
                exchange.lost()
                raise EnvError("The link was cut.")
        answer = b"".join(exchange.answer())
        if self.lose_answer:
            raise EnvError("The link was cut.")
        size = len(answer) if self.cut_down is None else min(self.cut_down, len(answer))
        for start in range(0, size, 1000):
            part = answer[start : min(size, start + 1000)]
            self.down += len(part)
            on_bytes(0, len(part))
            yield part
        if size < len(answer):
            raise EnvError("The link was cut.")

    def heal(self) -> None:
        self.cut_up = self.cut_down = None
        self.lose_answer = False
