"""Reading a request's body without trusting its length, and without losing what came before a cut. Event loop."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from types import TracebackType

from starlette.requests import Request

from migdesk.server.limits import LIMITS, ServerLimits
from migdesk.server.refusal import Refusal

_AHEAD_BYTES = 256 << 10


async def limited(request: Request, limit: int, patience: ServerLimits = LIMITS) -> AsyncIterator[bytes]:
    """The body in pieces; how long it takes in all is no matter. Raises Refusal: 413 once it is known to be longer than
    `limit` bytes, 408 when nothing comes for too long, or so little that somebody only means to hold a place."""
    too_large = Refusal(413, "too_large", "The request is too large.")
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > limit:
        raise too_large
    received, pace = 0, _Pace(patience)
    source = request.stream()
    while True:
        try:
            async with asyncio.timeout(patience.stall_s):
                piece = await anext(source, None)
        except TimeoutError as error:
            raise Refusal(408, "stalled", "Nothing arrived for too long.") from error
        if piece is None:
            return
        received += len(piece)
        if received > limit:
            raise too_large
        pace.note(len(piece))
        if piece:
            yield piece


class _Pace:
    """Bytes over a window of time."""

    def __init__(self, patience: ServerLimits) -> None:
        self._least, self._window = patience.least_bytes_s * patience.window_s, patience.window_s
        self._began, self._moved = time.monotonic(), 0

    def note(self, count: int) -> None:
        """Count bytes. Raises Refusal when a window ended with too few."""
        self._moved += count
        now = time.monotonic()
        if now - self._began >= self._window:
            if self._moved < self._least:
                raise Refusal(408, "stalled", "Too little arrived for too long.")
            self._began, self._moved = now, 0


class EagerBody:
    """Takes the body as it arrives, up to 256 KB ahead of whoever reads `pieces`.

    The web server forgets what nobody has asked for when a connection breaks. On a link that breaks every few kilobytes
    that would be all of it, each time: so the asking begins before it is even known who calls.
    """

    def __init__(self, request: Request, limit: int, patience: ServerLimits = LIMITS) -> None:
        self._source = limited(request, limit, patience)
        self._here: deque[bytes] = deque()
        self._size = 0
        self.received = 0
        """Bytes that were taken so far."""
        self._ended = False
        self._error: Exception | None = None
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> "EagerBody":
        self._task = asyncio.create_task(self._take())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        await asyncio.wait((self._task,))

    async def pieces(self) -> AsyncIterator[bytes]:
        """Everything that arrived, then the error that ended it, if one did (Refusal, ClientDisconnect)."""
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self._here or self._ended)
                data = b"".join(self._here)
                self._here.clear()
                self._size = 0
                self._changed.notify_all()
            if data:
                yield data
            elif self._error:
                raise self._error
            else:
                return

    async def _take(self) -> None:
        try:
            async for piece in self._source:
                async with self._changed:
                    await self._changed.wait_for(lambda: self._size < _AHEAD_BYTES)
                    self._here.append(piece)
                    self._size += len(piece)
                    self.received += len(piece)
                    self._changed.notify_all()
        except Exception as error:
            # Whatever it is, it belongs to the reader, behind the bytes that came before it.
            self._error = error
        async with self._changed:
            self._ended = True
            self._changed.notify_all()
