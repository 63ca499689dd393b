"""A laptop's workspace, served to colleagues in the same room: who may come in, and what they are answered.

Served are the exchange and the statement of the room, nothing else. Without the code of the room everything is "not
found": who only finds the port learns neither whose laptop this is nor of which organisation. The event loop's thread;
the store through the runner of the session.
"""

import threading
from dataclasses import dataclass, replace
from functools import partial

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from migdesk.clock import to_ms
from migdesk.errors import EnvError
from migdesk.server.exchanging import carried
from migdesk.server.limits import LIMITS
from migdesk.server.parts import Endpoint
from migdesk.server.rate_limit import Rate, RateLimiter
from migdesk.server.refusal import Refusal
from migdesk.services.room import PROOF, ROOM_PATH, Guest, RoomPlan, RoomStanding
from migdesk.store.database import Store
from migdesk.sync.host.exchange import Exchange
from migdesk.sync.laptop.engine import EXCHANGE_PATH
from migdesk.sync.laptop.hub import audience_of
from migdesk.sync.trust import known_devices
from migdesk.sync.trust.known_devices import KnownDevice
from migdesk.sync.trust.room_statement import RoomStatement
from migdesk.sync.wire.codec import Codec
from migdesk.vault.room_code import RoomKey
from migdesk.vault.tokens import TokenError, check_token, issuer_of

WRONG_CODES = Rate(burst=5, every_s=12)
WRONG_CODES_OF_ALL = Rate(burst=60, every_s=1)
"""Of one address, and of all together: trying out 40 bits takes longer than any room is open."""
_ALL = "all"


@dataclass(slots=True)
class _Visits:
    """A guest, and its latest exchange, whose answer may still be on its way."""

    guest: Guest
    latest: Exchange | None = None

    def now(self) -> Guest:
        told = self.latest.told() if self.latest else 0
        return replace(self.guest, sent=self.guest.sent + told)


class RoomDesk:
    """Decides who comes in, and counts. `standing` may be asked on any thread."""

    def __init__(self, plan: RoomPlan, code: str, certificate: bytes) -> None:
        self._plan, self._code, self._certificate = plan, code, certificate
        self._codec = Codec.shipped()
        self._key = RoomKey(code, certificate)
        self._until = plan.session.clock.now() + plan.life
        self._visits: dict[int, _Visits] = {}
        self._guard = threading.Lock()
        self._blocked: dict[str, float] = {}
        self._tries = RateLimiter(WRONG_CODES)
        self._all_tries = RateLimiter(WRONG_CODES_OF_ALL)

    def standing(self, address: str, *, open: bool) -> RoomStanding:
        """How it stands; `address` as guests type it."""
        with self._guard:
            guests = tuple(one.now() for one in self._visits.values())
        return RoomStanding(address, self._code, self._until, guests, open)

    def app(self) -> Starlette:
        """The application of this room."""

        async def statement(request: Request) -> Response:
            return Response(await run_in_threadpool(self._statement), media_type="application/json")

        async def exchange(request: Request) -> Response:
            async def begun() -> Exchange:
                guest = await run_in_threadpool(self._guest, request.headers.get("authorization", ""))
                made = Exchange(self._plan.run, guest.row, self._plan.identity, self._codec)
                self._came(guest, made)
                return made

            return await carried(request, LIMITS, begun, self._received)

        async def nothing(request: Request, error: Exception) -> Response:
            return _nothing()

        routes = [
            Route(ROOM_PATH, self._guarded(statement), methods=["GET"]),
            Route(EXCHANGE_PATH, self._guarded(exchange), methods=["POST"]),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: nothing})

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        """Only for who proves to have the code; everybody else hears what a stranger hears anywhere."""

        async def answer(request: Request) -> Response:
            if not self._may_enter(request):
                return _nothing()
            clock, org = self._plan.session.clock, self._plan.identity.org
            try:
                return await endpoint(request)
            except Refusal as refusal:
                return refusal.response(org, clock)
            except ClientDisconnect:
                return Response(status_code=400)
            except EnvError:
                return Refusal(503, "busy", "The laptop is busy.", retry_after_s=LIMITS.retry_s).response(org, clock)

        return answer

    def _may_enter(self, request: Request) -> bool:
        """Whether the code is proven. After too many wrong ones no more are looked at for a while, right or wrong."""
        who = request.client.host if request.client else ""
        now = self._plan.session.clock.monotonic()
        with self._guard:
            blocked = max(self._blocked.get(who, 0.0), self._blocked.get(_ALL, 0.0)) > now
        if not blocked and self._key.is_proof(request.headers.get(PROOF, "")):
            return True
        if not blocked:
            waits = {who: self._tries.wait(who, now), _ALL: self._all_tries.wait(_ALL, now)}
            with self._guard:
                self._blocked = {key: at for key, at in self._blocked.items() if at > now}
                self._blocked.update({key: now + wait for key, wait in waits.items() if wait})
        return False

    def _statement(self) -> bytes:
        identity = self._plan.identity
        said = RoomStatement(
            identity.org, identity.keys.device_id, self._certificate, self._key.mark(identity.org), to_ms(self._until)
        )
        return said.to_json(identity.keys.sign(said.signed_bytes()))

    def _guest(self, authorization: str) -> KnownDevice:
        """The device that calls, if it is an active one of the organisation. Raises Refusal."""
        _, _, token = authorization.partition(" ")
        identity, clock = self._plan.identity, self._plan.session.clock
        try:
            device = issuer_of(token)
            found = self._plan.run(partial(_find, device=device))
            if found is None or found.row.user is None or found.row.revoked or device == identity.keys.device_id:
                raise Refusal(403, "device", "This laptop is not known here as an active one.")
            check_token(token, found.row.sign_key, audience_of(identity.org, identity.keys.device_id), clock)
        except TokenError as error:
            raise Refusal(401, error.reason, "The token is not valid here and now.") from error
        return found

    def _came(self, found: KnownDevice, exchange: Exchange) -> None:
        now, device = self._plan.session.clock.now(), found.row.device
        with self._guard:
            known = self._visits.get(device)
            before = known.now() if known else Guest(device, found.username, found.label, 0, 0, 0, now)
            self._visits[device] = _Visits(replace(before, visits=before.visits + 1, at=now), exchange)

    def _received(self, exchange: Exchange) -> None:
        count = sum(exchange.tally().values())
        with self._guard:
            for visits in self._visits.values():
                if visits.latest is exchange:
                    visits.guest = replace(visits.guest, received=visits.guest.received + count)


def _find(store: Store, *, device: int) -> KnownDevice | None:
    with store.read() as tx:
        return known_devices.find(tx, device)


def _nothing() -> Response:
    return PlainTextResponse("Not Found", 404)
