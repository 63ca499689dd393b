"""Serving a room, and joining one, where there is no network. `open_room` and `join` run on an io thread and reach the
store only through `run`. Who listens is given by the composition root: services know no web server.
"""

import ipaddress
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from migdesk.errors import RefusedError, UserError
from migdesk.i18n.markers import N_
from migdesk.services.events import ChangeSet
from migdesk.services.session import Session
from migdesk.store import audit, relays, settings
from migdesk.store.database import Store
from migdesk.sync.laptop import engine, hub
from migdesk.sync.progress import Progress, silent
from migdesk.sync.report import SyncReport
from migdesk.sync.runner import Runner, ServerRefusedError
from migdesk.sync.trust import known_devices, server_card
from migdesk.sync.trust.host_identity import HostIdentity
from migdesk.sync.trust.known_devices import KnownDevice
from migdesk.sync.trust.room_statement import read_statement

if TYPE_CHECKING:
    from migdesk.sync.transport import HttpTransport

LIFE = timedelta(hours=4)
PORT = 8441
ROOM_PATH = "/sync/1/room"
PROOF = "X-MigDesk-Room"
_GENERATION = "room.generation"
_PRIVATE = ("10.255.255.255", "192.168.255.255", "172.31.255.255", "169.254.255.255")


@dataclass(frozen=True, slots=True)
class Guest:
    """Who joined, by the names that are known here; counts of changes."""

    device: int
    username: str
    label: str
    visits: int
    received: int
    sent: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RoomStanding:
    """How an open room stands. `invitation` is address and code in one line, also for a QR code."""

    address: str
    code: str
    until: datetime
    guests: tuple[Guest, ...] = ()
    open: bool = True

    @property
    def invitation(self) -> str:
        return f"{self.address} {self.code}"

    @property
    def received(self) -> int:
        return sum(one.received for one in self.guests)

    @property
    def sent(self) -> int:
        return sum(one.sent for one in self.guests)


class OpenRoom(Protocol):
    """A room that is served. Any thread."""

    def standing(self) -> RoomStanding: ...

    def stop(self) -> None:
        """Finish what is being answered, then stop listening. May be called again."""


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """What a room is served with: who answers, with which store, and where it listens (`HOST:PORT`, port 0 for any)."""

    run: Runner
    identity: HostIdentity
    session: Session
    listen: str
    life: timedelta = LIFE


StartRoom = Callable[[RoomPlan], OpenRoom]
"""Begins to listen. Raises EnvError if the address is taken or is not of this laptop."""


def addresses() -> tuple[str, ...]:
    """The addresses of this laptop in its local networks, likeliest first. Sends nothing."""
    found: dict[str, None] = {}
    for target in _PRIVATE:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((target, 9))
                found[probe.getsockname()[0]] = None
            except OSError:
                continue
    return tuple(sorted((one for one in found if not ipaddress.ip_address(one).is_loopback), key=_likely))


def open_room(run: Runner, session: Session, start: StartRoom, listen: str) -> OpenRoom:
    """Serve this workspace to colleagues in the same local network, until `stop`, or for four hours.

    Raises UserError if this laptop is not enrolled or may not work, EnvError if the address cannot be used.
    """
    identity = run(partial(_identity, session=session))
    return start(RoomPlan(run, identity, session, listen))


def close_room(run: Runner, session: Session, room: OpenRoom) -> None:
    """Stop serving, and let go what was kept for guests only."""
    room.stop()
    run(partial(_closed, session=session, guests=len(room.standing().guests)))


def join(
    run: Runner,
    session: Session,
    address: str,
    code: str,
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> SyncReport:
    """Exchange with the laptop that serves a room. `address` is `HOST:PORT`; what is sent still waits for the server.

    Raises UserError for a mistyped address or code, RefusedError if whoever answers is no active device of the
    organisation or has another code, EnvError if nobody answers or the link broke.
    """
    transport, found = _found(run, session, address, code)
    try:
        return engine.sync_once(
            run, transport, session.keys, clock=session.clock, progress=progress or silent, cancel=cancel,
            lock=session.sync_lock, room=found,
        )  # fmt: skip
    finally:
        transport.close()
        run(partial(refresh, session=session))


def invitation_parts(text: str) -> tuple[str, str] | None:
    """Address and code of an invitation in one line, or None."""
    parts = text.split()
    return (parts[0], "".join(parts[1:])) if len(parts) in {2, 3} and ":" in parts[0] else None


def _found(run: Runner, session: Session, address: str, code: str) -> "tuple[HttpTransport, KnownDevice]":
    """A way to the room whose other end has proven who it is."""
    from migdesk.sync.transport import HttpTransport, certificate_at  # noqa: PLC0415 - TLS, as in `syncing`
    from migdesk.vault.device_keys import verify  # noqa: PLC0415
    from migdesk.vault.room_code import RoomKey  # noqa: PLC0415

    url = address.strip() if "://" in address else "https://" + address.strip()
    certificate = certificate_at(url)
    try:
        key = RoomKey(code, certificate)
    except ValueError as error:
        raise UserError(
            N_("The code of a room has eight letters and digits."), hint=N_("Look at it again, letter by letter.")
        ) from error
    transport = HttpTransport(url, pinned=certificate, always={PROOF: key.proof()})
    try:
        said, signed, signature = read_statement(_statement(transport))
        org = run(_org)
        found = run(partial(hub.find_hub, device=said.device, own=session.keys.device_id))
        # The code, the certificate and the key of the device belong together, or somebody stands between.
        right = (said.org, said.certificate, said.mark) == (org, certificate, key.mark(org))
        if not right or not verify(found.row.sign_key, signed, signature):
            raise RefusedError(
                N_("The laptop that serves this room cannot prove who it is."),
                hint=N_("Nothing was sent. Ask whoever serves the room for the address and the code once more."),
            )
    except BaseException:
        transport.close()
        raise
    return transport, found


def _statement(transport: "HttpTransport") -> bytes:
    try:
        return transport.get(ROOM_PATH)
    except ServerRefusedError as error:
        raise RefusedError(
            N_("The room did not let this laptop in: the code is not the one of this room."),
            hint=N_(
                "Look at it again, letter by letter. After several wrong ones the room lets nobody in for a minute."
            ),
        ) from error


def _identity(store: Store, *, session: Session) -> HostIdentity:
    session.must_write()
    with store.begin() as tx:
        card = server_card.get(tx)
        me = known_devices.find(tx, session.keys.device_id)
        if me is None or me.row.user is None or me.row.revoked:
            raise UserError(
                N_("This laptop does not know its own rights yet."), hint=N_("Sync with the server once, then share.")
            )
        generation = settings.get(tx, _GENERATION, "")
        if not generation:
            generation = secrets.token_bytes(8).hex()
            settings.put(tx, _GENERATION, generation)
        audit.append(tx, session.user.id, "room_opened")
        return HostIdentity(card.org, session.keys, bytes.fromhex(generation), me.row.user)


def _closed(store: Store, *, session: Session, guests: int) -> None:
    with store.begin() as tx:
        relays.forget_guests(tx)
        audit.append(tx, session.user.id, "room_closed", detail=str(guests))


def refresh(store: Store, *, session: Session) -> None:
    """Also after a cut: what arrived until then is there."""
    session.reload()
    session.events.publish(ChangeSet(frozenset(session.schema.by_name), initiator="sync"))


def _org(store: Store) -> UUID:
    with store.read() as tx:
        return server_card.get(tx).org


def _likely(address: str) -> tuple[bool, str]:
    return not ipaddress.ip_address(address).is_private, address
