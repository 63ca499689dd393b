"""HTTP on one connection with time-outs of progress: whoever is slow may finish, whoever stands still is let go.

uvicorn waits for ever for the head of a request, and for a reader who does not read. Event loop.
"""

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from migdesk.server.limits import ServerLimits


class PatientProtocol(H11Protocol):
    """One connection. Bodies have their own limits (`limited_body`): only there is known what is waited for."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: ServerLimits,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits
        self._look_s = min(5.0, limits.stall_s / 4, limits.head_s / 4)
        self._looking: asyncio.TimerHandle | None = None
        self._head_since: float | None = None
        self._unsent, self._unsent_since = 0, 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_since = self.loop.time()
        self._looking = self.loop.call_later(self._look_s, self._look)

    def data_received(self, data: bytes) -> None:
        if self._head_since is None and self._between_requests():
            self._head_since = self.loop.time()
        super().data_received(data)
        if not self._between_requests():
            self._head_since = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._looking is not None:
            self._looking.cancel()
        super().connection_lost(exc)

    def _between_requests(self) -> bool:
        """Nothing is asked: the next bytes are the head of a request."""
        return self.cycle is None or self.cycle.response_complete

    def _look(self) -> None:
        now = self.loop.time()
        waiting = self.transport.get_write_buffer_size()
        if not waiting or waiting != self._unsent:
            self._unsent, self._unsent_since = waiting, now
        slow_head = self._head_since is not None and now - self._head_since > self._limits.head_s
        unread = waiting and now - self._unsent_since > self._limits.stall_s
        if slow_head or unread:
            self.transport.abort()
            return
        self._looking = self.loop.call_later(self._look_s, self._look)
