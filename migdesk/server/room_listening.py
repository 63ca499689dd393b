"""Opens a room on a local network: certificate, socket, a thread of its own, an end after some hours. Any thread."""

import asyncio
import socket
import threading
from functools import partial

import uvicorn
from starlette.applications import Starlette

from migdesk.server.limits import LIMITS
from migdesk.server.patient_http import PatientProtocol
from migdesk.server.room import RoomDesk
from migdesk.server.room_certificate import RoomCertificate, make_certificate
from migdesk.server.run import bound_socket, parse_listen
from migdesk.services.room import RoomPlan, RoomStanding
from migdesk.vault.room_code import new_room_code

_SHUTDOWN_S = 3
_GUESTS = 100


def start_room(plan: RoomPlan) -> "ServedRoom":
    """Begin to serve (`services.room.StartRoom`). Raises UsageError for a malformed address, EnvError if it is taken or
    none of this laptop's."""
    address, port = parse_listen(plan.listen)
    bound = bound_socket(address, port)
    try:
        certificate = make_certificate(plan.session.home, plan.session.clock.now())
        return ServedRoom(plan, bound, certificate)
    except BaseException:
        bound.close()
        raise


class ServedRoom:
    """An open room (`services.room.OpenRoom`)."""

    def __init__(self, plan: RoomPlan, bound: socket.socket, certificate: RoomCertificate) -> None:
        self._desk = RoomDesk(plan, new_room_code(), certificate.sha256)
        host, port = bound.getsockname()[:2]
        self._address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._socket = bound
        self._server = _Server(_config(self._desk.app(), certificate), plan.life.total_seconds())
        self._thread = threading.Thread(target=self._run, name="room", daemon=True)
        self._thread.start()

    def standing(self) -> RoomStanding:
        """How it stands. Any thread."""
        open = self._thread.is_alive() and not self._server.should_exit
        return self._desk.standing(self._address, open=open)

    def stop(self) -> None:
        """Finish what is being answered, then stop listening. May be called again."""
        self._server.should_exit = True
        self._thread.join()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._socket.close()


class _Server(uvicorn.Server):
    """Ends by itself after `life_s` seconds."""

    def __init__(self, config: uvicorn.Config, life_s: float) -> None:
        super().__init__(config)
        self._life_s = life_s

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        asyncio.get_running_loop().call_later(self._life_s, self._end)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        # A guest that fell asleep does not answer a goodbye.
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)

    def _end(self) -> None:
        self.should_exit = True


def _config(app: Starlette, certificate: RoomCertificate) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        http=partial(PatientProtocol, limits=LIMITS),  # type: ignore[arg-type]  # it is called, no more
        h11_max_incomplete_event_size=LIMITS.head_bytes,
        limit_concurrency=_GUESTS,
        timeout_keep_alive=LIMITS.keep_alive_s,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ssl_context_factory=lambda _config, _default: certificate.context,
        timeout_graceful_shutdown=_SHUTDOWN_S,
    )
    config.load()
    return config
