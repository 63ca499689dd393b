"""uvicorn in this process: blocking for the command line, on a thread of its own for tests and `make run`."""

import logging
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType

import uvicorn
from starlette.applications import Starlette

from migdesk import logs
from migdesk.errors import EnvError, UsageError, UserError
from migdesk.i18n.markers import N_
from migdesk.server.admission import Gate
from migdesk.server.application import make_app
from migdesk.server.counting import Counting
from migdesk.server.host import ServerHost
from migdesk.server.json_log import JsonScrubber
from migdesk.server.limits import LIMITS, SYNC_RATE, ServerLimits
from migdesk.server.parts import RouteGroup
from migdesk.server.patient_http import PatientProtocol
from migdesk.server.rate_limit import Rate

DEFAULT_LISTEN = "127.0.0.1:8440"
LOG_FORMATS = ("text", "json")
_log = logging.getLogger(__name__)
_BACKLOG = 512
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
    *,
    metrics_listen: str | None = None,
    log_format: str = "text",
    groups: Sequence[RouteGroup] = (),
) -> None:
    """Serve until SIGINT or SIGTERM. `listen` is `HOST:PORT`, port 0 for any; `ready` is told the address.

    With `metrics_listen` a monitor finds /metrics there. What happens goes to standard error. Raises UsageError for
    a malformed address or half a TLS pair, EnvError if an address is taken.
    """
    with ExitStack() as stack:
        stack.enter_context(_logging(log_format))
        limits, counting = LIMITS, Counting()
        gate = Gate(limits.open_requests, limits.retry_s)
        if metrics_listen:
            # Only where there is a monitor: its library is no part of a laptop.
            from migdesk.server.metrics import Metrics  # noqa: PLC0415
            from migdesk.server.metrics_app import make_metrics_app  # noqa: PLC0415

            counting = metrics = Metrics()
            shown = make_metrics_app(host, metrics, gate)
            figures = _Listener(shown, metrics_listen, None, None, limits)
            stack.enter_context(_on_thread(figures))
            _log.info("metrics port=%(port)d", {"port": figures.port})
        app = make_app(host, limits, counting, gate, groups)
        listener = _Listener(app, listen, tls_cert, tls_key, limits, gate)
        stack.callback(listener.close)
        ready(listener.url)
        listener.run()


@contextmanager
def _logging(log_format: str) -> Iterator[None]:
    """Our log lines on standard error; of the web server only what is wrong."""
    handler = logs.setup(None, formatter=JsonScrubber() if log_format == "json" else None)
    web = logging.getLogger("uvicorn")
    level = web.level
    web.setLevel(logging.WARNING)
    try:
        yield
    finally:
        web.setLevel(level)
        logs.teardown(handler)


@contextmanager
def _on_thread(listener: "_Listener") -> Iterator[None]:
    thread = threading.Thread(target=listener.run, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        listener.stop()
        thread.join()


class RunningServer:
    """The same server on a thread, for the length of a `with` block. `url` is where it listens."""

    def __init__(
        self,
        host: ServerHost,
        listen: str = "127.0.0.1:0",
        tls_cert: Path | None = None,
        tls_key: Path | None = None,
        sync_rate: Rate = SYNC_RATE,
        *,
        limits: ServerLimits = LIMITS,
        metrics: Counting | None = None,
        groups: Sequence[RouteGroup] = (),
    ) -> None:
        limits = replace(limits, sync_rate=sync_rate)
        self.gate = Gate(limits.open_requests, limits.retry_s)
        app = make_app(host, limits, metrics, self.gate, groups)
        self._listener = _Listener(app, listen, tls_cert, tls_key, limits, self.gate)
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
    def __init__(
        self,
        app: Starlette,
        listen: str,
        tls_cert: Path | None,
        tls_key: Path | None,
        limits: ServerLimits,
        gate: Gate | None = None,
    ) -> None:
        address, port = parse_listen(listen)
        if (tls_cert is None) != (tls_key is None):
            raise UsageError(N_("A certificate and its key belong together: give both or none."))
        config = uvicorn.Config(
            app,
            http=partial(PatientProtocol, limits=limits),  # type: ignore[arg-type]  # it is called, no more
            h11_max_incomplete_event_size=limits.head_bytes,
            limit_concurrency=limits.connections,
            timeout_keep_alive=limits.keep_alive_s,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            ssl_certfile=tls_cert,
            ssl_keyfile=tls_key,
            timeout_graceful_shutdown=limits.shutdown_s,
        )
        if tls_cert is None and address not in _LOOPBACK:
            _log.warning("listening without TLS beyond this machine: put a proxy with TLS in front")
        try:
            config.load()
        except (OSError, ssl.SSLError) as error:
            raise UserError(
                N_("The TLS certificate or its key cannot be used."), hint=N_("Give two PEM files that fit each other.")
            ) from error
        self._socket = bound_socket(address, port)
        self.port = bound = int(self._socket.getsockname()[1])
        shown = f"[{address}]" if ":" in address else address
        self.url = f"{'https' if tls_cert else 'http'}://{shown}:{bound}"
        self._server = _Server(config, gate)

    def run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self.close()

    def close(self) -> None:
        self._socket.close()

    def stop(self) -> None:
        self._server.should_exit = True


class _Server(uvicorn.Server):
    """Says at the gate that it is going away, then lets what is being answered finish."""

    def __init__(self, config: uvicorn.Config, gate: Gate | None) -> None:
        super().__init__(config)
        self._gate = gate

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._gate is not None:
            self._gate.draining = True
        await super().shutdown(sockets)


def parse_listen(listen: str) -> tuple[str, int]:
    """Address and port of `HOST:PORT`. Raises UsageError."""
    address, _, port = listen.rpartition(":")
    if not address or not port.isdecimal() or int(port) > 65535:
        raise UsageError(N_("Where to listen is written HOST:PORT, for example {example}."), example=DEFAULT_LISTEN)
    return address.strip("[]"), int(port)


def bound_socket(address: str, port: int) -> socket.socket:
    """A socket that listens there. Raises EnvError if it is taken or not of this machine."""
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
