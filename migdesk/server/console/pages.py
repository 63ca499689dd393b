"""The pages of the console behind the sign-in. Each reads or does one thing at the desk and shows it."""

from functools import partial

from starlette.responses import Response

from migdesk.clock import from_ms
from migdesk.domain.scope import Role
from migdesk.server import people, quarantine
from migdesk.server.console import desk
from migdesk.server.console.visit import Page, Visit, go
from migdesk.services.enrolment_codes import link_text, qr_svg
from migdesk.vault.enrolment import server_fingerprint

_STATES = ("open", "released", "dismissed")


async def overview(visit: Visit) -> Response:
    host = visit.parts.host
    found = await visit.run(partial(desk.overview, own_device=host.author.device))
    return visit.page(
        "overview.html", desk=found, org=str(host.org), fingerprint=server_fingerprint(host.identity.keys.public),
        quiet_days=desk.QUIET.days,
    )  # fmt: skip


async def users(visit: Visit) -> Response:
    return visit.page("users.html", users=await visit.run(desk.users), roles=_roles(visit))


async def new_user(visit: Visit) -> Response:
    return visit.page("user.html", user=None, roles=_roles(visit))


async def user(visit: Visit) -> Response:
    name = visit.request.path_params["name"]
    found = await visit.run(partial(desk.find_user, username=name))
    return visit.page("user.html", user=found, roles=_roles(visit))


async def save_user(visit: Visit) -> Response:
    name = visit.request.path_params.get("name", "")
    form = {"username": "", "display_name": "", "role": "", "areas": ""} | dict(visit.form)
    if name:
        form["username"] = name
    saved = await visit.run(partial(desk.save_user, author=visit.who.author, form=form, new=not name))
    return go(f"/users/{saved}", done="saved")


async def new_code(visit: Visit) -> Response:
    host, name = visit.parts.host, visit.request.path_params["name"]
    code = await visit.run(partial(desk.new_code, author=visit.who.author, root=host.root, username=name))
    url = f"{visit.scheme}://{visit.request.headers.get('host', '')}"
    link = link_text(url, code, host.identity.keys.public)
    # Shown this once and nowhere else: the answer of the POST itself, which no browser keeps.
    return visit.page("code.html", code=code, link=link, qr=qr_svg(link), username=name, url=url)


async def codes(visit: Visit) -> Response:
    found = [(one, name, from_ms(one.expires_ms)) for one, name in await visit.run(desk.codes)]
    return visit.page("codes.html", codes=found)


async def devices(visit: Visit) -> Response:
    host = visit.parts.host
    return visit.page("devices.html", devices=await visit.run(desk.devices), own=f"{host.author.device:016x}")


async def device(visit: Visit) -> Response:
    found = await visit.run(partial(desk.find_device, name=visit.request.path_params["device"]))
    return visit.page("device.html", device=found, own=f"{visit.parts.host.author.device:016x}")


async def revoke(visit: Visit) -> Response:
    name, lost = visit.request.path_params["device"], visit.form.get("lost") == "yes"
    await visit.run(partial(people.revoke, author=visit.who.author, name=name, lost=lost))
    return go(f"/devices/{name}", done="revoked")


async def waiting(visit: Visit) -> Response:
    state = visit.asked("state")
    state = state if state in _STATES else _STATES[0]
    return visit.page("quarantine.html", items=await visit.run(partial(desk.waiting, state=state)), state=state)


async def release(visit: Visit) -> Response:
    host = visit.parts.host
    await visit.run(
        partial(
            quarantine.release, author=visit.who.author, org=host.org, codec=visit.parts.codec,
            name=visit.request.path_params["item"],
        )
    )  # fmt: skip
    return go("/quarantine", done="released")


async def dismiss(visit: Visit) -> Response:
    item, reason = visit.request.path_params["item"], visit.form.get("reason", "")
    await visit.run(partial(quarantine.dismiss, author=visit.who.author, name=item, reason=reason))
    return go("/quarantine", done="dismissed")


async def audit(visit: Visit) -> Response:
    before, action, user = visit.asked("before"), visit.asked("action"), visit.asked("user").strip().lower()
    number = int(before) if before.isdecimal() and len(before) < 16 else 0
    rows, actions = await visit.run(partial(desk.acts, before=number, action=action, username=user))
    older = rows[-1].row.n if len(rows) == desk.AUDIT_PAGE else 0
    return visit.page("audit.html", rows=rows, actions=actions, action=action, user=user, older=older)


async def areas(visit: Visit) -> Response:
    words = visit.asked("q")[:80]
    found = await visit.run(partial(desk.areas, words=words)) if words else ()
    return visit.page("areas.html", areas=found, words=words)


def _roles(visit: Visit) -> dict[str, str]:
    return {role.value: visit.markup.label(visit.language, "role", role.value) for role in Role}


PAGES: tuple[tuple[str, str, Page], ...] = (
    ("/", "GET", overview),
    ("/users", "GET", users),
    ("/users", "POST", save_user),
    ("/new-user", "GET", new_user),
    ("/users/{name}", "GET", user),
    ("/users/{name}", "POST", save_user),
    ("/users/{name}/code", "POST", new_code),
    ("/codes", "GET", codes),
    ("/devices", "GET", devices),
    ("/devices/{device}", "GET", device),
    ("/devices/{device}/revoke", "POST", revoke),
    ("/quarantine", "GET", waiting),
    ("/quarantine/{item}/release", "POST", release),
    ("/quarantine/{item}/dismiss", "POST", dismiss),
    ("/audit", "GET", audit),
    ("/areas", "GET", areas),
)
