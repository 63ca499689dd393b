"""Is this process alive, may it get work: for supervisors and balancers."""

import asyncio
import shutil
from collections.abc import Sequence
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from migdesk.errors import EnvError
from migdesk.server.parts import Parts
from migdesk.store.database import Store

READY_S = 5.0
LEAST_FREE = 256 << 20
"""Bytes on the disk of an embedded store below which no more work is taken: what is there must still be saved."""


class State(NamedTuple):
    """What a look at the store tells: its tables are of this version; bytes free beside a file, else -1."""

    current: bool
    free: int


def routes(parts: Parts) -> Sequence[BaseRoute]:
    """/healthz and /readyz."""

    async def ready(request: Request) -> Response:
        why = await _why_not_ready(parts)
        if why:
            return JSONResponse({"status": "waiting", "why": why}, 503, headers={"retry-after": "5"})
        return JSONResponse({"status": "ready", "org": str(parts.host.org)})

    return [
        Route("/healthz", _health, methods=["GET"]),
        Route("/readyz", parts.guarded(ready, counted=False), methods=["GET"]),
    ]


async def _health(request: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


async def _why_not_ready(parts: Parts) -> str:
    """A word for what is missing; empty when work may come."""
    if parts.gate.draining:
        return "stopping"
    try:
        async with asyncio.timeout(READY_S):
            state = await parts.host.db.run(_look)
    except (TimeoutError, EnvError):
        return "database"
    if not state.current:
        return "migration"
    return "disk" if 0 <= state.free < LEAST_FREE else ""


def _look(store: Store) -> State:
    folder = store.folder
    return State(store.is_current(), shutil.disk_usage(folder).free if folder else -1)
