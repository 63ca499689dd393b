"""The ASGI application: routes, limits, refusals. Keeps no state of its own; everything it needs is given."""

import logging
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from migdesk.errors import EnvError
from migdesk.i18n.catalogue import load
from migdesk.server.enrolling import Denied, enrol
from migdesk.server.exchanging import exchange_answer
from migdesk.server.host import ServerHost
from migdesk.server.limited_body import limited
from migdesk.server.page import front_page
from migdesk.server.rate_limit import Rate, RateLimiter
from migdesk.server.refusal import Refusal
from migdesk.server.request_log import RequestLog
from migdesk.store.database import Store
from migdesk.sync.codec import Codec
from migdesk.vault.enrolment import EnrolmentFormError, EnrolmentRequest

_log = logging.getLogger(__name__)

ENROL, EXCHANGE = "/sync/1/enrol", "/sync/1/exchange"
MAX_ENROL_BYTES = 4096
SYNC_RATE = Rate(burst=600, every_s=0.5)
"""Wide enough for a laptop that resumes on a link that drops every few kilobytes; a loop gone wild is not."""

_SECURITY = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_DENIED = {
    "wrong": (403, "The code is wrong."),
    "expired": (403, "The code has expired. Ask for a new one."),
    "used": (403, "The code was used already. Ask for a new one."),
    "inactive": (403, "This user is not active."),
    "revoked": (403, "This laptop was revoked."),
    "slow_down": (429, "Too many wrong codes. Wait a while."),
}
Endpoint = Callable[[Request], Awaitable[Response]]


def make_app(server: ServerHost, sync_rate: Rate = SYNC_RATE) -> Starlette:
    """The application of one host; several of them, in several processes, may share one database."""
    app = _Application(server, sync_rate)
    routes = [
        Route("/", app.front, methods=["GET"]),
        Route("/healthz", app.health, methods=["GET"]),
        Route("/readyz", app.guarded(app.ready), methods=["GET"]),
        Route(ENROL, app.guarded(app.enrol), methods=["POST"]),
        Route(EXCHANGE, app.guarded(app.exchange), methods=["POST"]),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(RequestLog, paths=tuple(route.path for route in routes))],
        exception_handlers={HTTPException: app.not_served},
    )


class _Application:
    def __init__(self, server: ServerHost, sync_rate: Rate) -> None:
        self._server = server
        self._limiter = RateLimiter(sync_rate)
        self._codec = Codec.shipped()
        self._page = front_page((load("id"), load("en")))

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """An endpoint whose refusals become JSON answers."""

        async def answer(request: Request) -> Response:
            try:
                return await endpoint(request)
            except Refusal as refusal:
                return refusal.response(self._server.org, self._server.clock)
            except ClientDisconnect:
                # Nobody is there to read it; the log shows that the request did not end well.
                return Response(status_code=400)
            except EnvError:
                _log.exception("the surroundings fail")
                busy = Refusal(503, "busy", "The server cannot answer now. Try again later.", retry_after_s=30)
                return busy.response(self._server.org, self._server.clock)
            except Exception:
                # The last resort of a server: whatever it is, the laptop gets an answer and keeps its work.
                _log.exception("a request failed")
                failed = Refusal(500, "failed", "The server made a mistake. Your work is kept on the laptop.")
                return failed.response(self._server.org, self._server.clock)

        return answer

    async def front(self, request: Request) -> Response:
        return HTMLResponse(self._page, headers=_SECURITY)

    async def health(self, request: Request) -> Response:
        """The process answers."""
        return JSONResponse({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """The database answers too."""
        await self._server.db.run(_touch)
        return JSONResponse({"status": "ready", "org": str(self._server.org)})

    async def enrol(self, request: Request) -> Response:
        body = b"".join([piece async for piece in limited(request, MAX_ENROL_BYTES)])
        try:
            form = EnrolmentRequest.from_json(body)
        except EnrolmentFormError as error:
            raise Refusal(400, "malformed", "This is no enrolment request.") from error
        if not form.is_proven():
            raise Refusal(403, "proof", "The proof of the key is wrong.")
        server = self._server
        answer = await server.db.run(lambda store: enrol(store, server.identity, server.root, form))
        if isinstance(answer, Denied):
            status, message = _DENIED[answer.why]
            raise Refusal(status, answer.why, message, retry_after_s=600 if status == 429 else 0)
        return Response(answer.to_json(), media_type="application/json", headers={"cache-control": "no-store"})

    async def exchange(self, request: Request) -> Response:
        return await exchange_answer(self._server, self._codec, self._limiter, request)

    async def not_served(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        refusal = Refusal(status, "not_served", "This is not served here.")
        return refusal.response(self._server.org, self._server.clock)


def _touch(store: Store) -> None:
    with store.read():
        return
