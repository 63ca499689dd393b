"""The ASGI application: the groups of routes, put together. Keeps no state of its own; everything it needs is given.

A new group of endpoints is a function `routes(parts)` in a module of its own, and one more name in `GROUPS`.
"""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from migdesk.i18n.catalogue import load
from migdesk.server import blob_endpoints, device_endpoints, openapi, probes
from migdesk.server.admission import Gate
from migdesk.server.callers import caller
from migdesk.server.console import web as console
from migdesk.server.counting import Counting
from migdesk.server.enrolling import Denied, enrol
from migdesk.server.exchanging import exchange_answer
from migdesk.server.host import ServerHost
from migdesk.server.limited_body import limited
from migdesk.server.limits import LIMITS, ServerLimits
from migdesk.server.page import front_page
from migdesk.server.parts import Parts, RouteGroup
from migdesk.server.rate_limit import RateLimiter
from migdesk.server.refusal import Refusal
from migdesk.server.request_log import RequestLog
from migdesk.sync.host.exchange import kept_of
from migdesk.vault.enrolment import EnrolmentFormError, EnrolmentRequest

ENROL, EXCHANGE, STREAMS = "/sync/1/enrol", "/sync/1/exchange", "/sync/1/streams"
MAX_ENROL_BYTES = 40_000
"""A laptop that changed its keys often shows how each came from the one before."""

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
    "key": (403, "The id of this laptop belongs to another key."),
    "slow_down": (429, "Too many wrong codes. Wait a while."),
}


def make_app(
    server: ServerHost,
    limits: ServerLimits = LIMITS,
    metrics: Counting | None = None,
    gate: Gate | None = None,
    groups: Sequence[RouteGroup] = (),
) -> Starlette:
    """The application of one host; several of them, in several processes, may share one database.

    `groups` are served beside those of every server (`GROUPS`).
    """
    counting = metrics or Counting()
    parts = Parts(
        server, limits, counting, gate or Gate(limits.open_requests, limits.retry_s), RateLimiter(limits.sync_rate)
    )
    routes = [route for group in (*GROUPS, *groups) for route in group(parts)]

    async def not_served(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return parts.refused(Refusal(status, "not_served", "This is not served here."))

    return Starlette(
        routes=routes,
        middleware=[Middleware(RequestLog, routes=tuple(routes), metrics=counting)],
        exception_handlers={HTTPException: not_served},
    )


def page(parts: Parts) -> Sequence[BaseRoute]:
    """What a person sees who opens the address."""
    html = front_page((load("id"), load("en")))

    async def front(request: Request) -> Response:
        return HTMLResponse(html, headers=_SECURITY)

    return [Route("/", front, methods=["GET"]), *openapi.routes()]


def enrolment(parts: Parts) -> Sequence[BaseRoute]:
    """POST /sync/1/enrol."""
    server, limits = parts.host, parts.limits

    async def answer(request: Request) -> Response:
        body = b"".join([piece async for piece in limited(request, MAX_ENROL_BYTES, limits)])
        try:
            form = EnrolmentRequest.from_json(body)
        except EnrolmentFormError as error:
            raise Refusal(400, "malformed", "This is no enrolment request.") from error
        if not form.is_proven():
            raise Refusal(403, "proof", "The proof of the key is wrong.")
        found = await server.db.run(lambda store: enrol(store, server.identity, server.root, form))
        if isinstance(found, Denied):
            parts.metrics.enrolment_failed(found.why)
            status, message = _DENIED[found.why]
            raise Refusal(status, found.why, message, retry_after_s=600 if status == 429 else 0)
        return Response(found.to_json(), media_type="application/json", headers={"cache-control": "no-store"})

    return [Route(ENROL, parts.guarded(answer), methods=["POST"])]


def exchange(parts: Parts) -> Sequence[BaseRoute]:
    """POST /sync/1/exchange and /sync/1/streams."""

    async def answer(request: Request) -> Response:
        return await exchange_answer(parts, request)

    async def kept(request: Request) -> Response:
        """POST /sync/1/streams, nothing in it: where a laptop goes on that was cut."""
        card = await caller(parts.host, request)
        return Response(await parts.host.db.run(lambda store: kept_of(store, card.device)))

    return [
        Route(EXCHANGE, parts.guarded(answer), methods=["POST"]),
        Route(STREAMS, parts.guarded(kept), methods=["POST"]),
    ]


GROUPS: tuple[RouteGroup, ...] = (
    page, probes.routes, enrolment, exchange, device_endpoints.routes, blob_endpoints.routes, console.routes,
)  # fmt: skip
