"""HEAD, PUT and GET /sync/1/blobs/<sha256>: carries bytes between the connection and `sync.blob_desk`.

The event loop never waits for the database. What arrived before a cut is kept, in pieces, as it came.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from migdesk.server.callers import caller
from migdesk.server.exchanging import row_of
from migdesk.server.limited_body import EagerBody
from migdesk.server.parts import Parts
from migdesk.server.refusal import Refusal
from migdesk.store.blobs import OffsetError
from migdesk.sync.host.blob_desk import BlobDesk, NoSuchBlobError, Standing, WrongBytesError
from migdesk.sync.wire.blob_words import COMPLETE_MOST, HELD, NAME, OFFSET, SIZE
from migdesk.vault.blob_cipher import SEALED_PIECE

PATH = "/sync/1/blobs/{sha256}"
PIECE = 64 << 10
_SHA256 = re.compile(r"[0-9a-f]{64}")
_RANGE = re.compile(r"bytes=(\d{1,12})-")
_MEDIA = "application/octet-stream"


def routes(parts: Parts) -> Sequence[BaseRoute]:
    """HEAD, PUT and GET of one blob."""

    async def answer(request: Request) -> Response:
        return await _answer(parts, request)

    return [Route(PATH, parts.guarded(answer), methods=["GET", "HEAD", "PUT"])]


async def _answer(parts: Parts, request: Request) -> Response:
    """The answer to one request about one blob. Raises Refusal; ClientDisconnect when the laptop went away."""
    host = parts.host
    async with EagerBody(request, COMPLETE_MOST, parts.limits) as body:
        card = await caller(host, request)
        wait = parts.limiter.wait(card.device, host.clock.monotonic())
        if wait:
            raise Refusal(429, "slow_down", "Too many requests. Wait a while.", retry_after_s=wait)
        name = request.path_params["sha256"]
        if not _SHA256.fullmatch(name):
            raise _unknown()
        desk, sha256 = BlobDesk(host.db.call, row_of(host, card)), bytes.fromhex(name)
        try:
            if request.method == "PUT":
                return await _put(desk, sha256, request, body)
            if request.method == "HEAD":
                return _told(sha256, await run_in_threadpool(desk.look, sha256))
            return await _get(desk, sha256, request)
        except NoSuchBlobError as error:
            raise _unknown() from error


async def _put(desk: BlobDesk, sha256: bytes, request: Request, body: EagerBody) -> Response:
    offset = request.headers.get(OFFSET, "0")
    if not offset.isdecimal() or len(offset) > 12:
        raise Refusal(400, "malformed", "The offset is no number.")
    standing = await run_in_threadpool(desk.look, sha256)
    if standing.complete or standing.held != int(offset):
        return _told(sha256, standing, 200 if standing.complete else 409)
    waiting = bytearray()
    try:
        async for data in body.pieces():
            waiting += data
            whole = len(waiting) - len(waiting) % PIECE
            if whole:
                standing = await run_in_threadpool(desk.take, sha256, standing.held, bytes(waiting[:whole]))
                del waiting[:whole]
        standing = await _rest(desk, sha256, standing, waiting)
    except (ClientDisconnect, Refusal):
        await _rest(desk, sha256, standing, waiting)
        raise
    except asyncio.CancelledError:
        # The process is stopping and cannot wait for the rest: what is here is kept all the same.
        await asyncio.shield(_rest(desk, sha256, standing, waiting))
        raise
    except OffsetError as error:
        # Another connection of the same laptop went on meanwhile.
        return _told(sha256, Standing(error.held, standing.size, False), 409)
    except WrongBytesError as error:
        raise Refusal(422, "wrong_bytes", "These bytes are not what their name says. Send them again.") from error
    except ValueError as error:
        raise Refusal(413, "too_large", "More bytes came than the record says.") from error
    return _told(sha256, standing, 200 if standing.complete else 202)


async def _rest(desk: BlobDesk, sha256: bytes, standing: Standing, waiting: bytearray) -> Standing:
    """Keep what is no whole piece, too: on a thin link that may be all that came."""
    if not waiting:
        return standing
    data = bytes(waiting)
    waiting.clear()
    return await run_in_threadpool(desk.take, sha256, standing.held, data)


async def _get(desk: BlobDesk, sha256: bytes, request: Request) -> Response:
    size = await run_in_threadpool(desk.size, sha256)
    asked = _RANGE.fullmatch(request.headers.get("range", "bytes=0-"))
    start = int(asked[1]) if asked else 0
    if start >= size:
        raise Refusal(416, "range", "There is nothing behind that byte.")
    headers = _headers(sha256, Standing(size, size, True)) | {"content-length": str(size - start)}
    if start:
        headers["content-range"] = f"bytes {start}-{size - 1}/{size}"
    pieces = _pieces(desk, sha256, start, size)
    return StreamingResponse(pieces, 206 if start else 200, headers=headers, media_type=_MEDIA)


async def _pieces(desk: BlobDesk, sha256: bytes, start: int, size: int) -> AsyncIterator[bytes]:
    """As the connection takes them; ends short, which breaks the connection, if the right to them is lost meanwhile."""
    while start < size:
        try:
            data = await run_in_threadpool(desk.give, sha256, start, SEALED_PIECE)
        except NoSuchBlobError:
            return
        yield data
        start += len(data)


def _told(sha256: bytes, standing: Standing, status: int = 0) -> Response:
    """Names what it speaks of, so that nothing that answers in our place is believed."""
    return Response(status_code=status or (200 if standing.complete else 404), headers=_headers(sha256, standing))


def _headers(sha256: bytes, standing: Standing) -> dict[str, str]:
    return {
        NAME: sha256.hex()[:16],
        HELD: str(standing.held),
        SIZE: str(standing.size),
        "cache-control": "no-store",
    }


def _unknown() -> Refusal:
    return Refusal(404, "unknown", "There is no such file here.")
