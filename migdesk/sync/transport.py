"""HTTP(S) for sync: the one module that opens sockets. Any thread but the window's; blocks while bytes move."""

import hashlib
import json
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import truststore
import urllib3

from migdesk.errors import EnvError, UserError
from migdesk.i18n.markers import N_
from migdesk.sync.runner import Reply, ServerRefusedError

CONNECT_S = 15.0
STALL_S = 30.0
"""A link on which no byte moved for so long is given up; how long it all takes is no matter."""

_PIECE = 16 << 10
_ANSWER_MOST = 64 << 10

_LEAN = {"User-Agent": urllib3.util.SKIP_HEADER, "Accept-Encoding": urllib3.util.SKIP_HEADER}
"""What urllib3 would add: bytes that say nothing to our server."""

_SAFE = N_("Nothing is lost. The sync goes on where it stopped as soon as there is a link.")
_REFUSALS = {
    "clock": (N_("The date or time of this laptop is wrong."), N_("Set the clock and sync again.")),
    "organisation": (
        N_("This server belongs to another organisation."),
        N_("Nothing was sent. Check the address of the server, or enrol this laptop there."),
    ),
    "device": (N_("The server does not know this laptop."), N_("Ask for a code and enrol it again.")),
    "wrong": (N_("The code is wrong."), N_("Look at it again, letter by letter.")),
    "expired": (N_("The code has expired."), N_("Ask for a new one.")),
    "used": (N_("The code was used already."), N_("Ask for a new one.")),
    "inactive": (N_("This user is not active."), N_("Ask your supervisor.")),
    "revoked": (N_("This laptop was revoked."), N_("Ask your supervisor.")),
    "key": (
        N_("The server does not know the key of this laptop."),
        N_("Nothing is lost. Ask for a code and enrol it again."),
    ),
    "slow_down": (N_("The server is busy."), N_("Wait a while and try again.")),
}
_OTHER = (N_("The server refused ({status})."), N_("Nothing is lost. Tell your supervisor if it goes on."))


class HttpTransport:
    """One server. Keeps a connection open between requests; not for two threads at once."""

    def __init__(
        self,
        url: str,
        *,
        ca: Path | None = None,
        stall_s: float = STALL_S,
        pinned: bytes = b"",
        always: Mapping[str, str] | None = None,
    ) -> None:
        """`url` is the server's address; `ca` a PEM file to trust instead of the system's; `pinned` the SHA-256 of the
        one certificate to trust, of a laptop that serves a room. `always`: headers of every request. Raises UserError.
        """
        parts = _address(url)
        if parts.scheme == "http" and parts.host not in {"127.0.0.1", "localhost", "[::1]"}:
            raise UserError(N_("The server's address must begin with https://."))
        self.url = parts.url.rstrip("/")
        timeout = urllib3.Timeout(connect=CONNECT_S, read=stall_s)
        more: dict[str, Any] = {}
        if pinned:
            more = {"ssl_context": _unproven(), "assert_fingerprint": pinned.hex(), "assert_hostname": False}
        elif parts.scheme == "https":
            more = {"ssl_context": _trust(ca)}
        self._always = {**_LEAN, **(always or {})}
        self._pool = urllib3.PoolManager(num_pools=1, maxsize=1, timeout=timeout, retries=False, **more)

    def post(
        self, path: str, headers: Mapping[str, str], body: Iterable[bytes], on_bytes: Callable[[int, int], None]
    ) -> Iterator[bytes]:
        """Send a body and give the pieces of the reply as they come. See `runner.Transport`."""
        try:
            data, sized = _sized(body, on_bytes)
            response = self._pool.request(
                "POST", self.url + path, body=data, headers={**self._always, **sized, **headers}, preload_content=False,
                redirect=False, decode_content=False,
            )  # fmt: skip
            try:
                if response.status != 200:
                    raise _refusal(response.status, response.read(_ANSWER_MOST))
                while piece := response.read1(_PIECE):
                    on_bytes(0, len(piece))
                    yield piece
                response.release_conn()
            finally:
                response.close()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise link_error(error) from error

    def carry(
        self, method: str, path: str, headers: Mapping[str, str], body: Iterable[bytes],
        on_bytes: Callable[[int, int], None],
    ) -> Iterator[Reply]:  # fmt: skip
        """A request about one file: first the reply's status and headers, then its bytes. See `runner.Carrier`."""
        try:
            data = _counted(body, on_bytes) if method == "PUT" else None
            response = self._pool.request(
                method, self.url + path, body=data, headers={**self._always, **headers}, preload_content=False,
                redirect=False, decode_content=False,
            )  # fmt: skip
            try:
                if response.status in (408, 429) or response.status >= 500:  # a reply to HEAD has no words of its own
                    raise EnvError(N_("The server is busy."), hint=_SAFE)
                if response.status in (401, 403):
                    raise _refusal(response.status, response.read(_ANSWER_MOST))
                yield Reply(response.status, {name.lower(): one for name, one in response.headers.items()})
                while response.status in (200, 206) and (piece := response.read1(_PIECE)):
                    on_bytes(0, len(piece))
                    yield Reply(response.status, {}, piece)
                response.drain_conn()
                response.release_conn()
            finally:
                response.close()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise link_error(error) from error

    def get(self, path: str) -> bytes:
        """A short answer to a question without a body. Raises what `post` raises."""
        try:
            response = self._pool.request("GET", self.url + path, headers=self._always, redirect=False)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise link_error(error) from error
        if response.status == 404:
            raise ServerRefusedError(N_("Nothing is served there."), status=404, error="nothing")
        if response.status != 200:
            raise _refusal(response.status, response.data[:_ANSWER_MOST])
        return response.data[:_ANSWER_MOST]

    def close(self) -> None:
        """Let the connection go."""
        self._pool.clear()


def certificate_at(url: str) -> bytes:
    """SHA-256 of the certificate that is shown at an https address, which proves nothing yet. Raises UserError for no
    address, EnvError if nobody answers."""
    parts = _address(url)
    if parts.scheme != "https":
        raise UserError(N_("The server's address must begin with https://."))
    try:
        where = (str(parts.host).strip("[]"), parts.port or 443)
        with socket.create_connection(where, CONNECT_S) as plain, _unproven().wrap_socket(plain) as shown:
            return hashlib.sha256(shown.getpeercert(binary_form=True) or b"").digest()
    except OSError as error:
        raise link_error(error) from error


def _address(url: str) -> urllib3.util.Url:
    try:
        parts = urllib3.util.parse_url(url if "://" in url else "https://" + url)
    except urllib3.exceptions.LocationParseError:
        parts = urllib3.util.Url()
    if parts.scheme not in {"http", "https"} or not parts.host:
        raise UserError(N_("This is no address of a server."), hint=N_("It looks like https://example.org."))
    return parts


def _unproven() -> ssl.SSLContext:
    """Takes any certificate: whoever uses it knows by other means which one it must be."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def _trust(ca: Path | None) -> ssl.SSLContext:
    if ca is None:
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return ssl.create_default_context(cafile=str(ca))
    except (OSError, ssl.SSLError) as error:
        raise UserError(N_("{file} is no certificate file."), file=ca.name) from error


def _sized(body: Iterable[bytes], on_bytes: Callable[[int, int], None]) -> tuple[Iterator[bytes], dict[str, str]]:
    """The body, and its length if it is one piece: shorter on the wire than chunks."""
    pieces = iter(body)
    first, second = next(pieces, b""), next(pieces, None)
    if second is None:
        return _counted([first], on_bytes), {"Content-Length": str(len(first))}
    return _counted(chain((first, second), pieces), on_bytes), {}


def _counted(body: Iterable[bytes], on_bytes: Callable[[int, int], None]) -> Iterator[bytes]:
    for piece in body:
        for start in range(0, len(piece), _PIECE):
            part = piece[start : start + _PIECE]
            yield part
            on_bytes(len(part), 0)


def _refusal(status: int, body: bytes) -> EnvError | ServerRefusedError:
    """What a reply other than 200 means; one that is not ours (a captive portal, a proxy) is trouble with the link."""
    try:
        said = json.loads(body)
        error, org, server_ms = str(said["error"]), str(said.get("org", "")), int(said.get("server_time", 0))
    except (ValueError, KeyError, TypeError):
        return EnvError(
            N_("Something between here and the server answered instead of it ({status})."),
            hint=N_("If this network asks for a sign-in in the browser, sign in first."),
            status=status,
        )
    if status == 429 or status >= 500:
        return EnvError(N_("The server is busy."), hint=_SAFE)
    message, hint = _REFUSALS.get(error, _OTHER)
    return ServerRefusedError(message, hint=hint, status=status, error=error, org=org, server_ms=server_ms)


def link_error(error: Exception) -> EnvError:
    """An error of the network in words."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return EnvError(
                N_("The server cannot prove who it is."),
                hint=N_("Nothing was sent. Check the date of this laptop, and that the address is right."),
            )
        if isinstance(cause, socket.gaierror):
            return EnvError(N_("The server's name cannot be found."), hint=_SAFE)
        cause = cause.__cause__ or cause.__context__
    stalled = isinstance(error, urllib3.exceptions.TimeoutError)
    if stalled and not isinstance(error, urllib3.exceptions.NewConnectionError):
        return EnvError(N_("The link stands still."), hint=_SAFE)
    return EnvError(N_("The server cannot be reached."), hint=_SAFE)
