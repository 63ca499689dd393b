"""Tickets: what a server gives to whom it has just known by a signed token, to be shown instead for an hour. Pure.

A token of 260 bytes in each request is most of what a link that drops every few kilobytes has to repeat; a ticket is 32
characters. It has the same power as the token it was given for, on any process that has the server's root secret, and
it counts only as long as the device keeps the key that it was given for.
"""

import base64
import binascii
import hmac

from migdesk.clock import Clock
from migdesk.vault.key_wrap import mac

TTL_S = 3600
_PURPOSE = "ticket 1"
_PROOF = 12
_SIZE = 8 + 4 + _PROOF
_LETTERS = 32
_MARGIN_S = 30


def make_ticket(root: bytes, org: bytes, device: int, sign_key: bytes, clock: Clock, ttl_s: int = TTL_S) -> bytes:
    """24 bytes for a device that has just proven to hold `sign_key`. `root` is the server's secret."""
    told = device.to_bytes(8, "big") + (int(clock.now().timestamp()) + ttl_s).to_bytes(4, "big")
    return told + _proof(root, org, sign_key, told)


def to_text(ticket: bytes) -> str:
    """As it stands in a header: 32 characters, none of them a dot, so that it is never taken for a token."""
    return base64.urlsafe_b64encode(ticket).decode("ascii")


def read_ticket(text: str) -> bytes | None:
    """The ticket in a header, unproven; None for anything else, such as a token."""
    if len(text) != _LETTERS or not text.isascii():
        return None
    try:
        return base64.b64decode(text, b"-_", validate=True)
    except binascii.Error:
        return None


def device_of(ticket: bytes) -> int:
    """Whose it claims to be, unproven: only to look up the device."""
    return int.from_bytes(ticket[:8], "big")


def is_fresh(ticket: bytes, server_s: float) -> bool:
    """Whether a ticket may still be shown when the server's clock says `server_s` (seconds since 1970)."""
    return len(ticket) == _SIZE and int.from_bytes(ticket[8:12], "big") > server_s + _MARGIN_S


def holds(ticket: bytes, root: bytes, org: bytes, sign_key: bytes, clock: Clock) -> bool:
    """Whether this server gave it to the holder of `sign_key`, and its time is not over."""
    if len(ticket) != _SIZE or int.from_bytes(ticket[8:12], "big") < clock.now().timestamp():
        return False
    return hmac.compare_digest(ticket[12:], _proof(root, org, sign_key, ticket[:12]))


def _proof(root: bytes, org: bytes, sign_key: bytes, told: bytes) -> bytes:
    return mac(root, _PURPOSE, org + sign_key + told)[:_PROOF]
