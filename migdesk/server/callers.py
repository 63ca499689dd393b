"""Who is calling: a bearer token, signed by an enrolled device for this organisation. Default deny."""

from starlette.requests import Request

from migdesk.server import people
from migdesk.server.host import ServerHost
from migdesk.server.people import DeviceCard
from migdesk.server.refusal import Refusal
from migdesk.store.database import Store
from migdesk.vault.tokens import TokenError, audience_of, check_token, issuer_of

_WHY = {
    "clock": (401, "The date or time of the laptop is wrong."),
    "audience": (403, "This laptop belongs to another organisation."),
}


async def caller(host: ServerHost, request: Request) -> DeviceCard:
    """The device that signed the request's token, whatever its status. Raises Refusal (401, 403)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refusal(401, "token", "A bearer token is needed.")
    try:
        if audience_of(token) != str(host.org):
            raise TokenError("audience")
        device = issuer_of(token)

        def find(store: Store) -> DeviceCard | None:
            with store.read() as tx:
                return people.find_device(tx, device)

        card = await host.db.run(find)
        if card is None:
            raise Refusal(401, "device", "This laptop is not enrolled here.")
        check_token(token, card.sign_key, str(host.org), host.clock)
    except TokenError as error:
        status, message = _WHY.get(error.reason, (401, "The token is not valid."))
        raise Refusal(status, "organisation" if error.reason == "audience" else error.reason, message) from error
    return card
