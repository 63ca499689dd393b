"""What the server answers, as an OpenAPI 3.1 document: one declaration, served at /openapi.json, fuzzed by the tests.

The frames inside of an exchange are binary and written down in docs/protocol.md. Pure but for its route.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from migdesk import __version__
from migdesk.sync.wire.blob_words import OFFSET

PATH = "/openapi.json"
Json = dict[str, Any]

_BINARY: Json = {"application/octet-stream": {}}
_DIGITS = {"type": "string", "pattern": "^[0-9a-f]*$"}
_ORG = {"type": "string", "format": "uuid"}
_MS = {"type": "integer", "description": "milliseconds since 1970-01-01 UTC"}


def _object(required: Mapping[str, Json], **more: Json) -> Json:
    return {"type": "object", "required": list(required), "properties": {**required, **more}}


SCHEMAS: Json = {
    "Error": _object(
        {
            "error": {"type": "string", "pattern": "^[a-z_]+$", "description": "a word for programs"},
            "message": {"type": "string", "description": "an English sentence for people"},
            "org": _ORG,
            "server_time": _MS,
        }
    ),
    "Enrolment": _object(
        {
            "code": {"type": "string", "maxLength": 64},
            "sign_key": _DIGITS | {"minLength": 64, "maxLength": 64},
            "recipient": {"type": "string", "maxLength": 200},
            "label": {"type": "string", "maxLength": 200},
            "proof": _DIGITS | {"minLength": 128, "maxLength": 128},
        }
    ),
    "Rotations": _object({"rotations": {"type": "array", "minItems": 1, "maxItems": 64, "items": {"type": "object"}}}),
    "Keys": _object({"device": _DIGITS, "sign_key": _DIGITS, "recipient": {"type": "string"}, "server_time": _MS}),
    "Receipt": _object({"statement": _DIGITS, "signature": _DIGITS | {"minLength": 128, "maxLength": 128}}),
    "Wiped": _object({"status": {"const": "wiped"}, "server_time": _MS}),
    "Enrolled": {"type": "object", "description": "who serves, and who the laptop now is: see docs/protocol.md"},
    "Health": _object({"status": {"const": "ok"}}),
    "Ready": _object({"status": {"const": "ready"}, "org": _ORG}),
    "Waiting": _object(
        {"status": {"const": "waiting"}, "why": {"enum": ["database", "migration", "disk", "stopping"]}}
    ),
}

_WHY = {
    400: "malformed",
    401: "no token, or one that is not believed; `clock`: sign again by server_time",
    403: "not allowed, or of another organisation",
    404: "not here",
    405: "not with this method",
    408: "nothing arrived for too long",
    409: "it does not fit what is here",
    413: "too large",
    416: "there is no such part",
    422: "the bytes are not what their name says",
    429: "too often: wait as long as Retry-After says",
    503: "cannot now: wait as long as Retry-After says",
}


def _ref(name: str) -> Json:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _refusals(*statuses: int) -> Json:
    """Answers that say no; 503 may come from everywhere."""
    found: Json = {}
    for status in (*statuses, 503):
        headers = {"Retry-After": {"schema": {"type": "integer"}}} if status in (429, 503) else {}
        found[str(status)] = {"description": _WHY[status], "content": _ref("Error"), "headers": headers}
    return found


def _answer(description: str, content: Json | None = None) -> Json:
    return {"description": description, "content": content} if content else {"description": description}


def _bare(*statuses: int) -> Json:
    """Answers that say no without words: to HEAD, and where the headers tell how much is here."""
    return {str(status): {"description": _WHY[status]} for status in statuses}


_BLOB: Json = {
    "name": "sha256", "in": "path", "required": True,
    "schema": _DIGITS | {"minLength": 64, "maxLength": 64}, "description": "SHA-256 of the sealed bytes",
}  # fmt: skip
_TOKEN: list[Json] = [{"token": []}]
_BODY = {"required": True, "content": _BINARY}

PATHS: Json = {
    "/healthz": {"get": {"summary": "The process answers.", "responses": {"200": _answer("alive", _ref("Health"))}}},
    "/readyz": {
        "get": {
            "summary": "The database answers, its tables are current and there is room.",
            "responses": {
                "200": _answer("work may come", _ref("Ready")),
                "503": _answer("no work now", _ref("Waiting")),
            },
        }
    },
    "/sync/1/enrol": {
        "post": {
            "summary": "A one-time code and a proof of the key make a laptop known.",
            "requestBody": {"required": True, "content": _ref("Enrolment")},
            "responses": {"200": _answer("enrolled", _ref("Enrolled")), **_refusals(400, 403, 408, 413, 429)},
        }
    },
    "/sync/1/exchange": {
        "post": {
            "summary": "One exchange: frames in, frames out (docs/protocol.md).",
            "security": _TOKEN,
            "requestBody": _BODY,
            "responses": {
                "200": _answer("frames, ending with END; without a content type"),
                **_refusals(400, 401, 403, 408, 413, 429),
            },
        }
    },
    "/sync/1/streams": {
        "post": {
            "summary": "After a cut: what is kept of the device's own batches; frames out, nothing in.",
            "security": _TOKEN,
            "responses": {"200": _answer("frames, ending with END; without a content type"), **_refusals(401, 403)},
        }
    },
    "/sync/1/keys": {
        "post": {
            "summary": "A device changes its keys; the token is signed by the present one.",
            "security": _TOKEN,
            "requestBody": {"required": True, "content": _ref("Rotations")},
            "responses": {"200": _answer("changed", _ref("Keys")), **_refusals(400, 401, 403, 408, 409, 413, 429)},
        }
    },
    "/sync/1/wiped": {
        "post": {
            "summary": "The receipt of a device that destroyed its workspace as it was ordered to.",
            "requestBody": {"required": True, "content": _ref("Receipt")},
            "responses": {"200": _answer("noted", _ref("Wiped")), **_refusals(400, 403, 408, 413, 429)},
        }
    },
    "/sync/1/blobs/{sha256}": {
        "parameters": [_BLOB],
        "head": {
            "summary": "How much of a blob is here.",
            "security": _TOKEN,
            "responses": {"200": _answer("all of it"), **_bare(401, 403, 404, 429, 503)},
        },
        "get": {
            "summary": "A blob, or what of it is behind a byte.",
            "security": _TOKEN,
            "parameters": [{"name": "Range", "in": "header", "schema": {"type": "string", "pattern": r"^bytes=\d+-$"}}],
            "responses": {
                "200": _answer("all of it", _BINARY), "206": _answer("the rest", _BINARY),
                **_refusals(401, 403, 404, 416, 429),
            },
        },
        "put": {
            "summary": "Bytes of a blob from an offset on.",
            "security": _TOKEN,
            "parameters": [{"name": OFFSET, "in": "header", "schema": {"type": "string", "pattern": r"^\d{1,12}$"}}],
            "requestBody": _BODY,
            "responses": {
                "200": _answer("complete"), "202": _answer("kept; more is needed"),
                **_bare(409), **_refusals(400, 401, 403, 404, 408, 413, 422, 429),
            },
        },
    },
}  # fmt: skip


def document() -> Json:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "MigDesk central server", "version": __version__, "license": {"name": "Apache-2.0"}},
        "paths": PATHS,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "EdDSA, signed by the device's key",
                }
            },
        },
    }


def routes() -> Sequence[BaseRoute]:
    """GET /openapi.json."""
    told = document()

    async def show(request: Request) -> Response:
        return JSONResponse(told)

    return [Route(PATH, show, methods=["GET"])]
