"""What one process takes on: how many at once, how slow, how long; and what it does while it stops."""

import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from migdesk.server.admission import Gate, busy
from migdesk.server.host import ServerHost
from migdesk.server.limits import LIMITS, ServerLimits
from migdesk.server.parts import Parts
from migdesk.server.refusal import Refusal
from migdesk.server.run import RunningServer
from migdesk.sync.wire.frames import End, encode
from tests.conftest import LONG
from tests.server.driver import Caller, call, enrolled, opened
from tests.server.test_exchanging import hello

QUICK = replace(LIMITS, stall_s=1.0, head_s=1.5, window_s=1.0, least_bytes_s=10)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[ServerHost]:
    with opened(tmp_path / "server") as made:
        yield made


@contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    address, port = url.removeprefix("http://").split(":")
    with socket.create_connection((address, int(port)), timeout=60) as connection:
        yield connection


def head(laptop: Caller, host: ServerHost, length: int) -> bytes:
    return (
        f"POST /sync/1/exchange HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {laptop.token(host.org)}\r\n"
        f"Connection: close\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def rest(connection: socket.socket) -> bytes:
    """Everything until the server closes."""
    pieces = []
    try:
        while piece := connection.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        return b"".join(pieces)
    return b"".join(pieces)


def empties(gate: Gate) -> bool:
    """Whether nobody is left in a gate; who was served leaves a moment after the last byte."""
    end, pause = time.monotonic() + 10, threading.Event()
    while gate.open and time.monotonic() < end:
        pause.wait(0.01)
    return gate.open == 0


def test_the_figures_are_those_of_the_documents() -> None:
    assert 30 <= LIMITS.stall_s <= 40
    assert LIMITS.least_bytes_s < 100
    assert LIMITS.head_s * 100 > 2_000


def test_a_gate_lets_so_many_in_and_spreads_the_others_over_time() -> None:
    gate = Gate(2, 10)
    gate.enter()
    gate.enter()
    with pytest.raises(Refusal) as refused:
        gate.enter()
    assert (refused.value.status, refused.value.error) == (503, "busy")
    gate.leave()
    gate.enter()
    assert (gate.open, gate.refused) == (2, 1)
    waits = {round(busy(10).retry_after_s, 2) for _ in range(50)}
    assert 10 <= min(waits) < max(waits) < 20
    assert len(waits) > 20


def test_who_comes_on_top_is_told_to_come_again(host: ServerHost) -> None:
    limits = replace(LIMITS, open_requests=2)
    with RunningServer(host, limits=limits) as server:
        laptop = enrolled(server, host)
        body = encode(hello(host)) + encode(End())
        with connected(server.url) as first, connected(server.url) as second:
            for one in (first, second):
                one.sendall(head(laptop, host, len(body)) + body[:10])
            answers = [laptop.exchange(server.url, host.org, hello(host), End()) for _ in range(30)]
            refused = [answer for answer in answers if answer.status == 503]
            assert refused
            assert refused[-1].json["error"] == "busy"
            assert 15 <= int(refused[-1].headers["retry-after"]) <= 30
            assert call(server.url + "/healthz").status == call(server.url + "/readyz").status == 200
            for one in (first, second):
                one.sendall(body[10:])
                assert rest(one).startswith(b"HTTP/1.1 200")
        assert laptop.exchange(server.url, host.org, hello(host), End()).status == 200
        assert empties(server.gate)


def test_three_hundred_in_the_morning_are_all_served_in_the_end(host: ServerHost) -> None:
    """SYNC P1 (CHT #6246): each is answered at once or told to wait; nobody hangs and nobody is lost."""
    with RunningServer(host, limits=replace(LIMITS, open_requests=8)) as server:
        laptop = enrolled(server, host)

        def come(_: int) -> int:
            for tries in range(1, 400):
                status = laptop.exchange(server.url, host.org, hello(host), End()).status
                if status == 200:
                    return tries
                assert status in (429, 503)
            raise AssertionError("never served")

        with ThreadPoolExecutor(24) as pool:
            assert len(list(pool.map(come, range(300 if LONG else 60)))) >= 60
        assert empties(server.gate)


def test_a_body_that_stands_still_is_given_up_and_what_came_is_told(host: ServerHost) -> None:
    with RunningServer(host, limits=QUICK) as server, connected(server.url) as connection:
        laptop = enrolled(server, host)
        connection.sendall(head(laptop, host, 500) + encode(hello(host)))
        began = monotonic()
        answer = rest(connection)
        assert answer.startswith(b"HTTP/1.1 408"), answer
        assert 0.5 < monotonic() - began < 10


def trickled(url: str, text: bytes, bytes_s: int, pause: threading.Event) -> bytes:
    """Send so many bytes a second, in ten pieces a second."""
    with connected(url) as connection:
        step = max(1, bytes_s // 10)
        for at in range(0, len(text), step):
            connection.sendall(text[at : at + step])
            pause.wait(0.1)
        return rest(connection)


def test_a_trickle_finishes(host: ServerHost) -> None:
    """100 bytes a second; in the short profile with time-outs thirty times shorter and bytes as many times faster."""
    limits = ServerLimits() if LONG else QUICK
    with RunningServer(host, limits=limits) as server:
        laptop = enrolled(server, host)
        body = encode(hello(host)) + encode(End())
        text = head(laptop, host, len(body)) + body
        answer = trickled(server.url, text, 100 if LONG else 600, threading.Event())
        assert answer.startswith(b"HTTP/1.1 200"), answer


@pytest.mark.parametrize("text", [b"", b"POST /sync/1/exchange HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_a_head_that_never_ends_is_let_go(host: ServerHost, text: bytes) -> None:
    with RunningServer(host, limits=QUICK) as server, connected(server.url) as connection:
        began = monotonic()
        connection.sendall(text)
        assert rest(connection) == b""
        assert 1 < monotonic() - began < 10


def test_drops_that_only_hold_a_place_are_ended(host: ServerHost) -> None:
    """A byte now and then is progress for a while, and then too little."""
    with RunningServer(host, limits=replace(QUICK, stall_s=5)) as server, connected(server.url) as connection:
        laptop, pause, began = enrolled(server, host), threading.Event(), monotonic()
        connection.sendall(head(laptop, host, 500))
        connection.settimeout(0.3)
        answer = b""
        while not answer and monotonic() - began < 20:
            try:
                connection.sendall(b"\0")
                answer = connection.recv(100)
            except TimeoutError:
                pause.wait(0.05)
        assert answer.startswith(b"HTTP/1.1 408") or answer.startswith(b"HTTP/1.1 400"), answer


def test_a_reader_who_does_not_read_is_let_go(host: ServerHost) -> None:
    """An answer longer than what the connection holds on its way, and nobody takes it."""

    def long_one(parts: Parts) -> list[Route]:
        async def answer(request: Request) -> Response:
            async def pieces() -> AsyncIterator[bytes]:
                for _ in range(2000):
                    yield bytes(64 << 10)

            return StreamingResponse(pieces())

        return [Route("/long", parts.guarded(answer))]

    with RunningServer(host, limits=QUICK, groups=(long_one,)) as server, connected(server.url) as connection:
        connection.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        began = monotonic()
        while server.gate.open and monotonic() - began < 20:
            threading.Event().wait(0.05)
        assert empties(server.gate)


def test_what_is_being_sent_is_finished_when_the_server_stops(host: ServerHost) -> None:
    server = RunningServer(host)
    body = encode(hello(host)) + encode(End())
    with server:
        laptop = enrolled(server, host)
        with connected(server.url) as connection:
            connection.sendall(head(laptop, host, len(body)) + body[:20])
            while not server.gate.open:
                threading.Event().wait(0.01)
            stopping = threading.Thread(target=server.stop)
            stopping.start()
            while not server.gate.draining:
                threading.Event().wait(0.01)
            connection.sendall(body[20:])
            assert rest(connection).startswith(b"HTTP/1.1 200")
            stopping.join()
