"""One log line a request: what was asked, how it ended, bytes and milliseconds. Never who, from where, or what."""

import hashlib
import logging
import secrets
import time
from collections.abc import Sequence

from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from migdesk.logs import Safe
from migdesk.server.counting import Counting
from migdesk.server.json_log import request_id

_log = logging.getLogger(__name__)
_ELSEWHERE = Safe("elsewhere")
DEVICE = "device"
"""An endpoint that knows who calls puts the device's number under this name into `request.state`."""


class RequestLog:
    """ASGI middleware. A device is a word that means nothing after the next start: lines of one device can be told
    apart from others, and from no list of devices."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute], metrics: Counting) -> None:
        self._app = app
        self._metrics = metrics
        self._whole = {route.path: Safe(route.path) for route in routes if isinstance(route, Route)}
        self._others = [(one, Safe(one.path)) for one in routes if isinstance(one, Route | Mount)]
        self._salt = secrets.token_bytes(16)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, bytes_in, bytes_out, began = 0, 0, 0, time.monotonic()
        route, id = self._template(scope), Safe(secrets.token_hex(6))
        state = scope.setdefault("state", {})

        async def counted_receive() -> Message:
            nonlocal bytes_in
            message = await receive()
            bytes_in += len(message.get("body", b""))
            return message

        async def counted_send(message: Message) -> None:
            nonlocal status, bytes_out
            if message["type"] == "http.response.start":
                status = message["status"]
                if status >= 500:
                    message["headers"] = [*message.get("headers", ()), (b"x-request-id", id.encode("ascii"))]
            bytes_out += len(message.get("body", b""))
            await send(message)

        token = request_id.set(id)
        try:
            await self._app(scope, counted_receive, counted_send)
        finally:
            request_id.reset(token)
            took = time.monotonic() - began
            self._metrics.request(route, status, took, bytes_in, bytes_out)
            _log.info(
                "request path=%(path)s status=%(status)d in=%(in)d out=%(out)d ms=%(ms)d id=%(id)s device=%(device)s",
                {
                    "path": route, "status": status, "in": bytes_in, "out": bytes_out,
                    "ms": round(took * 1000), "id": id, "device": self._word(state.get(DEVICE)),
                },
            )  # fmt: skip

    def _template(self, scope: Scope) -> Safe:
        """The route as it is declared. What we do not serve may hold anything in its path."""
        found = self._whole.get(scope["path"])
        if found:
            return found
        for route, shown in self._others:
            if route.matches(scope)[0] != Match.NONE:
                return shown
        return _ELSEWHERE

    def _word(self, device: object) -> Safe | None:
        if not isinstance(device, int):
            return None
        digest = hashlib.blake2b(device.to_bytes(8, "big"), key=self._salt, digest_size=6)
        return Safe(digest.hexdigest())
