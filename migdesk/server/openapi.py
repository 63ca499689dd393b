"""What the server answers, as an OpenAPI 3.1 document: one declaration, served at /openapi.json and fuzzed by the tests.

The frames inside of an exchange are binary and written down in docs/protocol.md. Pure but for its route.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from migdesk import __version__

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
            "version": {"type": "integer", "const": 1},
            "code": {"type": "string", "maxLength": 64},
            "sign_key": _DIGITS | {"minLength": 64, "maxLength": 64},
            "recipient": {"type": "string", "maxLength": 200},
            "label": {"type": "string", "maxLength": 200},
            "proof": _DIGITS | {"minLength": 128, "maxLength": 128},
        }
    ),
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
                "200": _answer("frames, ending with END", _BINARY), **_refusals(400, 401, 403, 408, 413, 429)
            },
        }
    },
}  # fmt: skip


def document(more: Mapping[str, Json] | None = None) -> Json:
    """The whole document; `more` are paths of groups that only some servers have."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "MigDesk central server", "version": __version__, "license": {"name": "Apache-2.0"}},
        "paths": {**PATHS, **(more or {})},
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
