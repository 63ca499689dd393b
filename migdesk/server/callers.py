"""Who is calling: a bearer token, signed by an enrolled device for this organisation. Default deny."""

from starlette.requests import Request

from migdesk.server import people
from migdesk.server.host import ServerHost
from migdesk.server.people import DeviceCard
from migdesk.server.refusal import Refusal
from migdesk.server.request_log import DEVICE
from migdesk.store.database import Store
from migdesk.vault.tickets import device_of, holds, make_ticket, read_ticket
from migdesk.vault.tokens import TokenError, audience_of, check_token, issuer_of

_WHY = {
    "clock": (401, "clock", "The date or time of the laptop is wrong."),
    "audience": (403, "organisation", "This laptop belongs to another organisation."),
    "signature": (401, "key", "The server does not know the key of this laptop, or not any more."),
}


async def caller(host: ServerHost, request: Request) -> DeviceCard:
    """The device that signed the request's token with its present key, or that shows a ticket, whatever its status.
    Raises Refusal (401, 403).

    Error `key` for another key: the laptop then shows how its key came from the one that is known here.
    """
    token, card = await bearer(host, request)
    ticket = read_ticket(token)
    if ticket is None:
        checked(host, token, card.sign_key)
    elif not holds(ticket, host.root, host.org.bytes, card.sign_key, host.clock):
        raise Refusal(401, "ticket", "Sign again.")
    setattr(request.state, DEVICE, card.device)
    return card


def ticket_for(host: ServerHost, request: Request, card: DeviceCard) -> bytes:
    """A ticket for a caller who showed a token; empty for one who showed a ticket."""
    if read_ticket(request.headers.get("authorization", "").partition(" ")[2]) is not None:
        return b""
    return make_ticket(host.root, host.org.bytes, card.device, card.sign_key, host.clock)


async def bearer(host: ServerHost, request: Request) -> tuple[str, DeviceCard]:
    """The token of a request and the device that it claims to be of: nothing is proven yet. Raises Refusal."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refusal(401, "token", "A bearer token is needed.")
    ticket = read_ticket(token)
    try:
        if ticket is None and audience_of(token) != str(host.org):
            raise TokenError("audience")
        device = issuer_of(token) if ticket is None else device_of(ticket)
    except TokenError as error:
        raise _refusal(error) from error

    def find(store: Store) -> DeviceCard | None:
        with store.read() as tx:
            host.renew_identity(tx)
            return people.find_device(tx, device)

    card = await host.db.run(find)
    if card is None:
        if ticket is not None:
            # Of another server, perhaps: the token says of which, and who is meant.
            raise Refusal(401, "ticket", "Sign again.")
        raise Refusal(401, "device", "This laptop is not enrolled here.")
    return token, card


def checked(host: ServerHost, token: str, *keys: bytes) -> None:
    """Raises Refusal unless one of these keys signed the token, for this organisation and now."""
    why = TokenError("signature")
    for key in keys:
        try:
            check_token(token, key, str(host.org), host.clock)
        except TokenError as error:
            # A wrong clock says that the key was right.
            why = why if error.reason == "signature" else error
        else:
            return
    raise _refusal(why)


def _refusal(error: TokenError) -> Refusal:
    status, word, message = _WHY.get(error.reason, (401, error.reason, "The token is not valid."))
    return Refusal(status, word, message)
