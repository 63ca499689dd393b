"""One log line a request: what was asked, how it ended, bytes and milliseconds. Never who, from where, or what."""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from migdesk.logs import Safe

_log = logging.getLogger(__name__)


class RequestLog:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, paths: tuple[str, ...]) -> None:
        self._app = app
        self._known = {path: Safe(path) for path in paths}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, bytes_in, bytes_out, began = 0, 0, 0, time.monotonic()

        async def counted_receive() -> Message:
            nonlocal bytes_in
            message = await receive()
            bytes_in += len(message.get("body", b""))
            return message

        async def counted_send(message: Message) -> None:
            nonlocal status, bytes_out
            if message["type"] == "http.response.start":
                status = message["status"]
            bytes_out += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, counted_receive, counted_send)
        finally:
            # A path that we do not serve may hold anything.
            path = self._known.get(scope["path"], Safe("elsewhere"))
            took = round((time.monotonic() - began) * 1000)
            _log.info("request path=%s status=%d in=%d out=%d ms=%d", path, status, bytes_in, bytes_out, took)
