"""Short-lived bearer tokens (JWT, EdDSA) by which a device shows who it is. Pure but for the given clock."""

from dataclasses import dataclass
from datetime import datetime

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from migdesk.clock import Clock
from migdesk.errors import RefusedError
from migdesk.i18n.markers import N_
from migdesk.vault.device_keys import DeviceKeys

TTL_S = 300
LEEWAY_S = 600
_ALGORITHM = "EdDSA"
_MAX_LENGTH = 2000
# Time is checked here against the given clock, never by the library against the machine's.
_OPTIONS = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "require": ["iss", "aud", "iat", "exp"]}


class TokenError(RefusedError):
    """A token that is not believed. `reason`: malformed, signature, audience or clock."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            N_("The server does not accept this laptop's proof of identity."),
            hint=N_("Check the date and time of this laptop, or enrol it again."),
        )
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Claims:
    """What a checked token says."""

    device_id: int
    audience: str
    issued_at: datetime
    expires_at: datetime


def make_token(keys: DeviceKeys, device_id: int, audience: str, clock: Clock, ttl_s: int = TTL_S) -> str:
    """A token of `device_id` for the organisation `audience` (its id as text), valid for `ttl_s` seconds."""
    now = int(clock.now().timestamp())
    claims = {"iss": f"{device_id:016x}", "aud": audience, "iat": now, "exp": now + ttl_s}
    return jwt.encode(claims, keys.signing_key, algorithm=_ALGORITHM)


def issuer_of(token: str) -> int:
    """Which device a token claims to come from, unproven: only to look up its key. Raises TokenError."""
    try:
        return int(_unproven(token, "iss"), 16)
    except ValueError as error:
        raise TokenError("malformed") from error


def audience_of(token: str) -> str:
    """Which organisation a token is meant for, unproven: only to say that it is another one. Raises TokenError."""
    return _unproven(token, "aud")


def _unproven(token: str, name: str) -> str:
    if len(token) > _MAX_LENGTH:
        raise TokenError("malformed")
    try:
        return str(jwt.decode(token, options={"verify_signature": False})[name])
    except (jwt.PyJWTError, KeyError, ValueError) as error:
        raise TokenError("malformed") from error


def check_token(token: str, public: bytes, audience: str, clock: Clock, leeway_s: int = LEEWAY_S) -> Claims:
    """The claims of a token signed by `public` for `audience` and now, give or take `leeway_s`. Raises TokenError.

    A laptop's clock may be years off (DESIGN 4): reason `clock` tells it to sign again by the server's time.
    """
    try:
        key = Ed25519PublicKey.from_public_bytes(public)
        claims = jwt.decode(token, key, algorithms=[_ALGORITHM], audience=audience, options=_OPTIONS)  # type: ignore[arg-type]
        device_id, issued, expires = int(str(claims["iss"]), 16), int(claims["iat"]), int(claims["exp"])
        moments = (
            datetime.fromtimestamp(issued, clock.now().tzinfo),
            datetime.fromtimestamp(expires, clock.now().tzinfo),
        )
    except jwt.InvalidAudienceError as error:
        raise TokenError("audience") from error
    except jwt.InvalidSignatureError as error:
        raise TokenError("signature") from error
    except (jwt.PyJWTError, KeyError, ValueError, TypeError, OverflowError) as error:
        raise TokenError("malformed") from error
    now = clock.now().timestamp()
    if not issued - leeway_s <= now <= expires + leeway_s or expires - issued > 2 * TTL_S:
        raise TokenError("clock")
    return Claims(device_id, audience, *moments)
