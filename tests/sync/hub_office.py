"""A laptop that serves a room in one process with those that join it, over the same cuttable link as the server."""

from migdesk.sync.host.exchange import Exchange
from migdesk.sync.laptop.engine import Tuning, sync_once
from migdesk.sync.laptop.hub import find_hub
from migdesk.sync.report import SyncReport
from migdesk.sync.trust import known_devices
from migdesk.sync.trust.host_identity import HostIdentity
from tests.sync.office import CODEC, ORG, Laptop, Link


class Room:
    """What a laptop answers with while it serves a room; `link` is the way of one guest."""

    def __init__(self, hub: Laptop, generation: bytes = b"room-001") -> None:
        self.hub, self.generation = hub, generation
        self._links: dict[str, Link] = {}

    def exchange(self, device: int, _audit_end: str | None = None) -> Exchange:
        """A hub keeps no ends of audits: nobody tells it one, and it would pass over the header."""
        with self.hub.store.read() as tx:
            guest, me = known_devices.find(tx, device), known_devices.find(tx, self.hub.keys.device_id)
        assert guest
        assert me
        host = HostIdentity(ORG, self.hub.keys, self.generation, me.row.user)
        return Exchange(self.hub.db, guest.row, host, CODEC)

    def link(self, guest: Laptop) -> Link:
        return self._links.setdefault(guest.name, Link(self, guest.keys.device_id))  # type: ignore[arg-type]

    def visit(self, guest: Laptop, tries: int = 1) -> SyncReport:
        """One sync of a guest in this room."""
        own = guest.keys.device_id
        room = guest.db(lambda store: find_hub(store, device=self.hub.keys.device_id, own=own))
        return sync_once(
            guest.db, self.link(guest), guest.keys, codec=CODEC, clock=guest.clock, tuning=Tuning(tries=tries),
            room=room,
        )  # fmt: skip


def meet(*laptops: Laptop) -> None:
    """Everybody hears of everybody from the server."""
    for laptop in (*laptops, *laptops):
        laptop.sync()
