"""POST /sync/1/keys and /sync/1/wiped: what a device asks for itself. Reads forms; `device_acts` decides."""

import json
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from migdesk.clock import to_ms
from migdesk.server import device_acts
from migdesk.server.callers import bearer, checked
from migdesk.server.device_acts import Denied
from migdesk.server.limited_body import limited
from migdesk.server.parts import Parts
from migdesk.server.refusal import Refusal
from migdesk.sync.trust.orders import Receipt
from migdesk.sync.wire.limits import BadBatchError
from migdesk.vault.rotation import MOST_ROTATIONS, Rotation, RotationError, RotationFacts

KEYS, WIPED = "/sync/1/keys", "/sync/1/wiped"
MAX_KEYS_BYTES = 40_000
MAX_WIPED_BYTES = 4_096
_HEADERS = {"cache-control": "no-store"}
_DENIED = {
    "key": (409, "The new key does not follow from the one that is known here."),
    "revoked": (403, "This laptop was revoked."),
    "proof": (403, "A signature does not hold."),
    "device": (403, "This laptop is not enrolled here."),
    "order": (403, "There was no such order."),
}


def routes(parts: Parts) -> Sequence[BaseRoute]:
    """Both endpoints."""

    async def keys(request: Request) -> Response:
        return await _keys(parts, request)

    async def wiped(request: Request) -> Response:
        return await _wiped(parts, request)

    return [
        Route(KEYS, parts.guarded(keys), methods=["POST"]),
        Route(WIPED, parts.guarded(wiped), methods=["POST"]),
    ]


async def _keys(parts: Parts, request: Request) -> Response:
    """Change keys. The token is signed by the present key; by the newest of the statements, if this server came from a
    backup of before; or by a former key, if all of it was done already and only the answer was lost."""
    host = parts.host
    asked, facts = _rotations(await _json(parts, request, MAX_KEYS_BYTES))
    token, card = await bearer(host, request)
    wait = parts.limiter.wait(card.device, host.clock.monotonic())
    if wait:
        raise Refusal(429, "slow_down", "Too many requests. Wait a while.", retry_after_s=wait)
    try:
        checked(host, token, card.sign_key, facts[-1].new_key)
    except Refusal:
        checked(host, token, *card.former)
        if not await host.db.run(lambda store: device_acts.is_known(store, card.device, asked)):
            raise
    done = await host.db.run(lambda store: device_acts.rotate(store, host.author, host.org, card.device, asked))
    if isinstance(done, Denied):
        raise _refusal(done.why)
    body = {
        "device": f"{done.device:016x}", "sign_key": done.sign_key.hex(), "recipient": done.recipient,
        "server_time": to_ms(host.clock.now()),
    }  # fmt: skip
    return JSONResponse(body, headers=_HEADERS)


async def _wiped(parts: Parts, request: Request) -> Response:
    """A receipt. No token: the keys that would sign one are destroyed, and the receipt is its own proof."""
    host = parts.host
    body = await _json(parts, request, MAX_WIPED_BYTES)
    try:
        statement, signature = bytes.fromhex(body["statement"]), bytes.fromhex(body["signature"])
        receipt = Receipt.read(statement)
    except (KeyError, TypeError, ValueError, BadBatchError) as error:
        raise Refusal(400, "malformed", "This is no receipt.") from error
    wait = parts.limiter.wait(receipt.device, host.clock.monotonic())
    if wait:
        raise Refusal(429, "slow_down", "Too many requests. Wait a while.", retry_after_s=wait)
    why = await host.db.run(
        lambda store: device_acts.wiped(store, host.author, host.org, statement, signature, receipt)
    )
    if why:
        raise _refusal(why)
    return JSONResponse({"status": "wiped", "server_time": to_ms(host.clock.now())}, headers=_HEADERS)


async def _json(parts: Parts, request: Request, limit: int) -> dict[str, Any]:
    data = b"".join([piece async for piece in limited(request, limit, parts.limits)])
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "malformed", "This is no JSON.") from error
    if not isinstance(body, dict):
        raise Refusal(400, "malformed", "This is no JSON object.")
    return body


def _rotations(body: dict[str, Any]) -> tuple[list[Rotation], list[RotationFacts]]:
    rows = body.get("rotations")
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_ROTATIONS:
        raise Refusal(400, "malformed", "This is no change of keys.")
    try:
        asked = [Rotation.from_json(row) for row in rows]
    except RotationError as error:
        raise Refusal(400, "malformed", "This is no change of keys.") from error
    try:
        return asked, [one.facts() for one in asked]
    except RotationError as error:
        raise _refusal("proof") from error


def _refusal(why: str) -> Refusal:
    status, message = _DENIED[why]
    return Refusal(status, why, message)
