"""uvicorn in this process: blocking for the command line, on a thread of its own for tests and `make run`."""

import logging
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import uvicorn
from starlette.applications import Starlette

from migdesk.errors import EnvError, UsageError, UserError
from migdesk.i18n.markers import N_
from migdesk.server.application import SYNC_RATE, make_app
from migdesk.server.host import ServerHost
from migdesk.server.rate_limit import Rate

DEFAULT_LISTEN = "127.0.0.1:8440"
_log = logging.getLogger(__name__)
_BACKLOG = 512
_SHUTDOWN_S = 10
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def tell(url: str) -> None:
    """The line that scripts wait for."""
    sys.stdout.write(f"listening on {url}\n")
    sys.stdout.flush()


def serve(
    host: ServerHost,
    listen: str = DEFAULT_LISTEN,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
    ready: Callable[[str], None] = tell,
) -> None:
    """Serve until SIGINT or SIGTERM. `listen` is `HOST:PORT`, port 0 for any; `ready` is told the address.

    Raises UsageError for a malformed `listen` or half a TLS pair, EnvError if the address is taken.
    """
    listener = _Listener(make_app(host), listen, tls_cert, tls_key)
    ready(listener.url)
    listener.run()


class RunningServer:
    """The same server on a thread, for the length of a `with` block. `url` is where it listens."""

    def __init__(
        self,
        host: ServerHost,
        listen: str = "127.0.0.1:0",
        tls_cert: Path | None = None,
        tls_key: Path | None = None,
        sync_rate: Rate = SYNC_RATE,
    ) -> None:
        self._listener = _Listener(make_app(host, sync_rate), listen, tls_cert, tls_key)
        self.url = self._listener.url
        self._thread = threading.Thread(target=self._listener.run, name="server", daemon=True)

    def __enter__(self) -> "RunningServer":
        # The socket listens already: whoever connects before the loop runs waits in the backlog.
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Finish what is being answered, then stop listening. May be called again."""
        self._listener.stop()
        self._thread.join()


class _Listener:
    def __init__(self, app: Starlette, listen: str, tls_cert: Path | None, tls_key: Path | None) -> None:
        address, port = _parse(listen)
        if (tls_cert is None) != (tls_key is None):
            raise UsageError(N_("A certificate and its key belong together: give both or none."))
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ssl_certfile=tls_cert,
            ssl_keyfile=tls_key,
            timeout_graceful_shutdown=_SHUTDOWN_S,
        )
        if tls_cert is None and address not in _LOOPBACK:
            _log.warning("listening without TLS beyond this machine: put a proxy with TLS in front")
        try:
            config.load()
        except (OSError, ssl.SSLError) as error:
            raise UserError(
                N_("The TLS certificate or its key cannot be used."), hint=N_("Give two PEM files that fit each other.")
            ) from error
        self._socket = _bind(address, port)
        bound = self._socket.getsockname()[1]
        shown = f"[{address}]" if ":" in address else address
        self.url = f"{'https' if tls_cert else 'http'}://{shown}:{bound}"
        self._server = uvicorn.Server(config)

    def run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._socket.close()

    def stop(self) -> None:
        self._server.should_exit = True


def _parse(listen: str) -> tuple[str, int]:
    address, _, port = listen.rpartition(":")
    if not address or not port.isdecimal() or int(port) > 65535:
        raise UsageError(N_("Where to listen is written HOST:PORT, for example {example}."), example=DEFAULT_LISTEN)
    return address.strip("[]"), int(port)


def _bind(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((address, port))
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        raise EnvError(
            N_("The server cannot listen there: {reason}."),
            hint=N_("Another program may use this port. Choose another one with --listen."),
            reason=error.strerror or type(error).__name__,
        ) from error
    return bound
