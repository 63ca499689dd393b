"""/metrics as an application of its own, for a listener that no laptop reaches. Event loop."""

import asyncio

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from migdesk.errors import MigDeskError
from migdesk.server.admission import Gate
from migdesk.server.host import ServerHost
from migdesk.server.metrics import MEDIA_TYPE, Metrics
from migdesk.server.probes import READY_S


def make_metrics_app(host: ServerHost, metrics: Metrics, gate: Gate) -> Starlette:
    """What `metrics` counted, and the database's own figures, at most every few seconds."""

    async def show(request: Request) -> Response:
        metrics.gate(gate.open, gate.refused)
        if metrics.due():
            try:
                async with asyncio.timeout(READY_S):
                    await host.db.run(metrics.count)
            except (TimeoutError, MigDeskError):
                # The gauge `migdesk_database_up` says so; the other figures stay as they were.
                return Response(metrics.text(), media_type=MEDIA_TYPE)
        return Response(metrics.text(), media_type=MEDIA_TYPE)

    return Starlette(routes=[Route("/metrics", show, methods=["GET"])])
