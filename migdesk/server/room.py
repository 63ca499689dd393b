"""A laptop's workspace, served to colleagues in the same room: who may come in, and what they are answered. The event
loop's thread, the store through the runner of the session.

Served are the exchange and the statement of the room, nothing else. Without the code of the room everything is "not
found": who only finds the port learns neither whose laptop this is nor of which organisation.
"""

import hashlib
import hmac
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from migdesk.clock import to_ms
from migdesk.server.exchanging import carried
from migdesk.server.limits import LIMITS
from migdesk.server.rate_limit import Rate, RateLimiter
from migdesk.server.refusal import Refusal
from migdesk.server.room_certificate import RoomCertificate
from migdesk.services.room import PROOF, ROOM_PATH, Guest, RoomPlan, RoomStanding
from migdesk.store.database import Store
from migdesk.sync import known_devices
from migdesk.sync.codec import Codec
from migdesk.sync.engine import EXCHANGE_PATH
from migdesk.sync.exchange import Exchange
from migdesk.sync.hub import audience_of
from migdesk.sync.known_devices import KnownDevice
from migdesk.sync.room_statement import RoomStatement
from migdesk.vault.room_code import RoomKey
from migdesk.vault.tokens import TokenError, check_token, issuer_of

WRONG_CODES = Rate(burst=5, every_s=12)
WRONG_CODES_OF_ALL = Rate(burst=60, every_s=1)
"""Of one address, and of all together: trying out 40 bits takes longer than any room is open."""

_PRESENT = RateLimiter
_EVERYBODY = "everybody"


class RoomDesk:
    """Decides who comes in, and counts. Its figures may be read on any thread."""

    def __init__(self, plan: RoomPlan, code: str, certificate: RoomCertificate) -> None:
        self._plan, self._code = plan, code
        self._codec = Codec.shipped()
        self._key = RoomKey(code, certificate.sha256)
        self._certificate = certificate.sha256
        self.until = plan.session.clock.now() + plan.life
        self._guests: dict[int, Guest] = {}
        self._guard = threading.Lock()
        self._tries = RateLimiter(WRONG_CODES)
        self._all_tries = RateLimiter(WRONG_CODES_OF_ALL, most=1)

    def standing(self, address: str, *, open: bool) -> RoomStanding:
        """How it stands; `address` as guests type it."""
        with self._guard:
            guests = tuple(sorted(self._guests.values(), key=lambda one: one.at))
        return RoomStanding(address, self._code, self.until, guests, open)

    def app(self) -> Starlette:
        """The application. Everything but its two routes is not found."""

        async def statement(request: Request) -> Response:
            return Response(await run_in_threadpool(self._statement), media_type="application/json")

        async def exchange(request: Request) -> Response:
            made: list[Exchange] = []

            async def begun() -> Exchange:
                guest = await run_in_threadpool(self._guest, request.headers.get("authorization", ""))
                made.append(Exchange(self._plan.run, guest.row, self._plan.identity, self._codec))
                self._came(guest)
                return made[0]

            def received(one: Exchange) -> None:
                self._count(one, sum(one.tally().values()))

            return await carried(request, LIMITS, begun, received)

        routes = [
            Route(ROOM_PATH, self._guarded(statement), methods=["GET"]),
            Route(EXCHANGE_PATH, self._guarded(exchange), methods=["POST"]),
        ]

        async def nothing(request: Request, error: Exception) -> Response:
            return _nothing()

        return Starlette(routes=routes, exception_handlers={HTTPException: nothing})
