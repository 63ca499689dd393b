"""The routes of the admin console under /admin: signing in and out, and the guard that every page stands behind."""

import asyncio
import hmac
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.server.console import pages, signing_in
from migdesk.server.console.markup import Markup
from migdesk.server.console.signing_in import MOST_MS, Try
from migdesk.server.console.visit import COOKIE, FORM_MOST, LANGUAGE, ROOT, Page, Visit, go
from migdesk.server.limited_body import limited
from migdesk.server.parts import Endpoint, Parts
from migdesk.server.rate_limit import Rate, RateLimiter
from migdesk.server.refusal import Refusal

TRIES = Rate(burst=10, every_s=3)
"""Sign-ins of everybody together: one costs 64 MB for a moment. Accounts have waits of their own in the database."""
_AT_ONCE = 2


def routes(parts: Parts) -> Sequence[BaseRoute]:
    """The console of one application."""
    console = _Console(parts)
    made = [
        Route(ROOT + "/style.css", console.style, methods=["GET"]),
        Route(ROOT + "/sign-in", console.open(console.sign_in_page), methods=["GET"]),
        Route(ROOT + "/sign-in", console.open(console.sign_in), methods=["POST"]),
        Route(ROOT + "/sign-out", console.guarded(console.sign_out), methods=["POST"]),
        Route(ROOT + "/language", console.open(console.choose_language), methods=["POST"]),
    ]
    for path, method, page in pages.PAGES:
        made.append(Route(ROOT + path, console.guarded(page), methods=[method]))
    return made


class _Console:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._markup = Markup()
        self._tries = RateLimiter(TRIES)
        self._slow = asyncio.Semaphore(_AT_ONCE)

    async def style(self, request: Request) -> Response:
        headers = {"cache-control": "max-age=3600", "x-content-type-options": "nosniff"}
        return Response(self._markup.style, media_type="text/css", headers=headers)

    def open(self, page: Page) -> Endpoint:
        """A page for everybody."""

        async def answer(request: Request) -> Response:
            return await page(await self._visit(request))

        return self._parts.guarded(answer)

    def guarded(self, page: Page) -> Endpoint:
        """A page for who is signed in; a POST must come from a form of this console."""

        async def answer(request: Request) -> Response:
            visit = await self._visit(request)
            host, cookie = self._parts.host, request.cookies.get(COOKIE, "")
            visitor = await host.db.run(lambda store: signing_in.visitor_of(store, host.root, host.author, cookie))
            if visitor is None:
                return go("/sign-in")
            visit = replace(visit, visitor=visitor)
            if request.method == "POST" and not hmac.compare_digest(visit.form.get("csrf", ""), visitor.csrf):
                raise Refusal(403, "form", "This form is not of this visit.")
            try:
                return await page(visit)
            except UserError as error:
                message, hint = visit.language.error(error)
                return visit.page("problem.html", 400, error=message, hint=hint)

        return self._parts.guarded(answer)

    async def _visit(self, request: Request) -> Visit:
        form: dict[str, str] = {}
        if request.method == "POST":
            _same_origin(request)
            body = b"".join([piece async for piece in limited(request, FORM_MOST, self._parts.limits)])
            pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50)
            for name, value in pairs:
                form[name] = f"{form[name]} {value}" if name in form else value
        language = self._markup.language(request.cookies.get(LANGUAGE), request.headers.get("accept-language", ""))
        return Visit(request, self._parts, self._markup, language, form)

    async def sign_in_page(self, visit: Visit) -> Response:
        return visit.page("sign_in.html")

    async def sign_in(self, visit: Visit) -> Response:
        host, form = self._parts.host, visit.form
        if self._tries.wait("everybody", host.clock.monotonic()):
            return self._wrong(visit)
        name = form.get("username", "").strip().lower()[:80]
        async with self._slow:
            salt = await visit.run(lambda store: signing_in.salt_of(store, host.root, name))
            digest = await asyncio.to_thread(signing_in.stretched, form.get("passphrase", "")[:1000], salt, host.argon2)
            tried = Try(name, digest, form.get("password", "")[:20])
            cookie = await visit.run(lambda store: signing_in.sign_in(store, host.root, tried))
        if not cookie:
            return self._wrong(visit)
        answer = go("/")
        secure = visit.scheme == "https"
        answer.set_cookie(COOKIE, cookie, MOST_MS // 1000, path=ROOT, secure=secure, httponly=True, samesite="strict")
        return answer

    def _wrong(self, visit: Visit) -> Response:
        say = visit.language.say
        return visit.page(
            "sign_in.html", 403, error=say(N_("This is not right, or it is too early to try again.")),
            hint=say(N_("Check name, passphrase and the six digits, and wait for new digits.")),
        )  # fmt: skip

    async def sign_out(self, visit: Visit) -> Response:
        cookie = visit.request.cookies.get(COOKIE, "")
        await visit.run(lambda store: signing_in.sign_out(store, visit.who.user.id, cookie))
        answer = go("/sign-in")
        answer.delete_cookie(COOKIE, path=ROOT)
        return answer

    async def choose_language(self, visit: Visit) -> Response:
        answer = go("/")
        answer.set_cookie(
            LANGUAGE, visit.form.get("language", "")[:5], 365 * 86400, path=ROOT, httponly=True, samesite="strict"
        )
        return answer


def _same_origin(request: Request) -> None:
    """Browsers say where a form was. One that was elsewhere is not taken, whatever cookies it carries."""
    origin = request.headers.get("origin")
    if origin and origin != "null" and urlsplit(origin).netloc != request.headers.get("host", ""):
        raise Refusal(403, "form", "This form is not of this server.")
