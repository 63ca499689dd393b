"""One request of the console: who is there, in which language, and what every answer carries. Event loop."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from migdesk.i18n.language import Language
from migdesk.server.console.markup import Markup
from migdesk.server.console.signing_in import Visitor
from migdesk.server.parts import Parts
from migdesk.store.database import Store

T = TypeVar("T")
ROOT = "/admin"
COOKIE, LANGUAGE = "migdesk_console", "migdesk_language"
FORM_MOST = 16 << 10
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
}


@dataclass(frozen=True)
class Visit:
    """What a page is given. `form` holds the fields of a POST; `visitor` is None before signing in."""

    request: Request
    parts: Parts
    markup: Markup
    language: Language
    form: Mapping[str, str]
    visitor: Visitor | None = None

    @property
    def who(self) -> Visitor:
        assert self.visitor is not None  # pages behind the sign-in have one
        return self.visitor

    @property
    def scheme(self) -> str:
        """How the browser reached us: a proxy in front that speaks TLS says so."""
        told = self.request.headers.get("x-forwarded-proto", "")
        return "https" if told == "https" else self.request.url.scheme

    async def run(self, fn: Callable[[Store], T]) -> T:
        """Work with the store on its own thread."""
        return await self.parts.host.db.run(fn)

    def asked(self, name: str) -> str:
        """A parameter of the address; empty if it is not there."""
        return str(self.request.query_params.get(name, ""))

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page in the visitor's language."""
        base = {
            "root": ROOT, "visitor": self.visitor.user if self.visitor else None,
            "csrf": self.visitor.csrf if self.visitor else "", "here": self.request.url.path, "error": "", "hint": "",
            "done": self.asked("done"),
        }  # fmt: skip
        html = self.markup.page(template, self.language, base | values)
        return HTMLResponse(html, status, headers=_HEADERS)


Page = Callable[[Visit], Awaitable[Response]]


def go(path: str, **query: str) -> Response:
    """Another page of the console, by GET."""
    to = f"{ROOT}{path}" + (f"?{urlencode(query)}" if query else "")
    return RedirectResponse(to, 303, headers=_HEADERS)
