"""What the endpoints of one application are given, and how their refusals become answers. No routes here."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from migdesk.errors import EnvError
from migdesk.server.admission import Gate, busy
from migdesk.server.contacts import ContactNotes
from migdesk.server.counting import Counting
from migdesk.server.host import ServerHost
from migdesk.server.limits import ServerLimits
from migdesk.server.rate_limit import RateLimiter
from migdesk.server.refusal import Refusal
from migdesk.sync.wire.codec import Codec

_log = logging.getLogger(__name__)
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Parts:
    """Built once for each application. `gate` and `limiter` are of this process alone: they guard, they decide
    nothing that two processes must agree on."""

    host: ServerHost
    limits: ServerLimits
    metrics: Counting
    gate: Gate
    limiter: RateLimiter
    contacts: ContactNotes = field(default_factory=ContactNotes)
    codec: Codec = field(default_factory=Codec.shipped)

    def guarded(self, endpoint: Endpoint, *, counted: bool = True) -> Endpoint:
        """An endpoint whose refusals and failures become JSON answers; `counted` ones pass through the gate."""

        async def admitted(request: Request) -> Response:
            if not counted:
                return await endpoint(request)
            self.gate.enter()
            try:
                answer = await endpoint(request)
            except BaseException:
                self.gate.leave()
                raise
            return _Held(answer, self.gate)

        async def answer(request: Request) -> Response:
            try:
                return await admitted(request)
            except Refusal as refusal:
                return self.refused(refusal)
            except ClientDisconnect:
                # Nobody is there to read it; the log shows that the request did not end well.
                return Response(status_code=400)
            except EnvError:
                _log.exception("the surroundings fail")
                return self.refused(busy(self.limits.retry_s))
            except Exception:
                # The last resort of a server: whatever it is, the laptop gets an answer and keeps its work.
                _log.exception("a request failed")
                return self.refused(
                    Refusal(500, "failed", "The server made a mistake. Your work is kept on the laptop.")
                )

        return answer

    def refused(self, refusal: Refusal) -> Response:
        """A refusal as an answer."""
        return refusal.response(self.host.org, self.host.clock)


class _Held(Response):
    """An answer whose request is in the gate until its last byte is sent: it may be long, and the link thin."""

    def __init__(self, answer: Response, gate: Gate) -> None:
        self._answer, self._gate = answer, gate
        self.status_code = answer.status_code
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._answer(scope, receive, send)
        finally:
            self._gate.leave()


RouteGroup = Callable[[Parts], Sequence[BaseRoute]]
"""One group of routes: what it serves, made of the parts. Its endpoints pass through `Parts.guarded`."""
