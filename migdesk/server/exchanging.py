"""POST /sync/1/exchange: carries bytes between the connection and `sync.exchange`, which knows what they mean.

The event loop never waits for the database: each piece is handed over on a worker thread, and a laptop on a thin link
holds no thread while its bytes are on the way.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from migdesk.clock import to_ms
from migdesk.errors import RefusedError
from migdesk.server import people
from migdesk.server.callers import caller, ticket_for
from migdesk.server.enrolling import LEASE
from migdesk.server.host import ServerHost
from migdesk.server.host_db import Work
from migdesk.server.limited_body import EagerBody
from migdesk.server.limits import ServerLimits
from migdesk.server.parts import Parts
from migdesk.server.people import ACTIVE, GONE, DeviceCard
from migdesk.server.refusal import Refusal
from migdesk.store.database import Transaction
from migdesk.sync.host import anchoring
from migdesk.sync.host.exchange import Exchange
from migdesk.sync.trust.host_identity import HostIdentity
from migdesk.sync.trust.senders import DeviceRow
from migdesk.sync.wire import anchor_words
from migdesk.sync.wire.anchor_words import Claim
from migdesk.sync.wire.limits import BadBatchError

MAX_EXCHANGE_BYTES = 128 << 20
"""Of one request. What arrived is kept, so that a longer one goes on where it was refused."""

_WHOLE = 64 << 10


async def exchange_answer(parts: Parts, request: Request) -> Response:
    """The answer to one exchange. Raises Refusal; ClientDisconnect when the laptop went away."""
    host = parts.host

    def author(tx: Transaction, device: int) -> DeviceRow | None:
        found = people.find_device(tx, device)
        return None if found is None else row_of(host, found)

    async def begun() -> Exchange:
        card = await caller(host, request)
        await _noted(parts, card.device)
        identity = HostIdentity(host.org, host.identity.keys, host.identity.generation)
        ticket, anchor = ticket_for(host, request, card), await _anchored(parts, request, card)
        return Exchange(host.db.call, row_of(host, card), identity, parts.codec, author, ticket, anchor)

    def received(exchange: Exchange) -> None:
        parts.metrics.changes(exchange.tally())

    return await carried(request, parts.limits, begun, received, host.db.work)


async def carried(
    request: Request,
    limits: ServerLimits,
    begin: Callable[[], Awaitable[Exchange]],
    received: Callable[[Exchange], None],
    work: Work = run_in_threadpool,
) -> Response:
    """The answer to an exchange that `begin` makes once it is known who calls; `received` hears when all is in. `work`
    runs the exchange's own functions, which wait for the store, off the event loop."""
    async with EagerBody(request, MAX_EXCHANGE_BYTES, limits) as body:
        exchange = await begin()
        await _receive(work, exchange, body)
    received(exchange)
    pieces = exchange.answer()
    try:
        begun, ended = await work(partial(_begin, pieces))
    except BadBatchError as error:
        raise _malformed(error) from error
    if ended:
        # With a length, which is shorter on the wire than pieces: most answers are small. No header says more than it
        # must: an answer to a POST is not cached, and each byte counts on a link that drops.
        return Response(begun)
    return StreamingResponse(_cut(work, begun, pieces))


async def _anchored(parts: Parts, request: Request, card: DeviceCard) -> tuple[int, ...]:
    """What is said of the end of the caller's audit chain, if it was told. Raises Refusal for what is none."""
    told = request.headers.get(anchor_words.HEADER)
    if told is None or card.status != ACTIVE or card.user is None:
        return ()
    try:
        claim = Claim.read(told)
    except BadBatchError as error:
        raise _malformed(error) from error
    take = partial(anchoring.take, device=card.device, record=card.record, user=card.user.id, claim=claim)
    return await parts.host.db.run(take)


async def _noted(parts: Parts, device: int) -> None:
    """Slow down who runs wild; note the others as heard of."""
    now = parts.host.clock.monotonic()
    wait = parts.limiter.wait(device, now)
    if wait:
        raise Refusal(429, "slow_down", "Too many exchanges. Wait a while.", retry_after_s=wait)
    if parts.contacts.due(device, now):
        await parts.host.db.run(lambda store: parts.contacts.write(store, device))


async def _receive(work: Work, exchange: Exchange, body: EagerBody) -> None:
    try:
        async for data in body.pieces():
            await work(partial(exchange.receive, data))
    except (ClientDisconnect, Refusal):
        await work(exchange.lost)
        raise
    except asyncio.CancelledError:
        # The process is stopping and cannot wait for the rest: what is here is kept all the same.
        await asyncio.shield(work(exchange.lost))
        raise
    except BadBatchError as error:
        await work(exchange.lost)
        raise _malformed(error) from error
    except RefusedError as error:
        raise Refusal(403, "organisation", "This laptop belongs to another organisation.") from error


def _begin(pieces: Iterator[bytes]) -> tuple[bytes, bool]:
    """The first bytes of an answer, and whether they are the whole of it."""
    begun = bytearray()
    for piece in pieces:
        begun += piece
        if len(begun) >= _WHOLE:
            return bytes(begun), False
    return bytes(begun), True


async def _cut(work: Work, begun: bytes, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Small pieces: the web server holds what it was given until the laptop took it."""
    piece: bytes | None = begun
    while piece is not None:
        for at in range(0, len(piece), _WHOLE):
            yield piece[at : at + _WHOLE]
        piece = await work(lambda: next(pieces, None))


def _malformed(error: BadBatchError) -> Refusal:
    return Refusal(400, "malformed", f"This is no exchange: {error.why}.")


def row_of(host: ServerHost, card: DeviceCard) -> DeviceRow:
    """The calling device as `sync` knows it."""
    lease = to_ms(host.clock.now() + LEASE)
    user = card.user if card.status == ACTIVE else None
    return DeviceRow(card.device, card.sign_key, user, card.status in GONE, lease, card.former)
