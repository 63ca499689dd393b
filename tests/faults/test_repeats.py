"""W3, W4: lost acknowledgements, and requests that come twice, late, out of order or several at once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from migdesk.errors import EnvError
from migdesk.server.host import ServerHost
from migdesk.server.run import RunningServer
from migdesk.services.reference import read_codebook
from migdesk.store import outbox
from migdesk.store.outbox import FrozenBatch
from migdesk.sync.wire.frames import PROTOCOL, End, Frame, Hello, Push, encode
from migdesk.vault.tokens import make_token
from tests.faults.http_office import AT_ONCE, HttpLaptop, at_server, laptops
from tests.faults.oracle import agree, log_of, waiting_of
from tests.server.driver import CHEAP, SECRET, call, raw
from tests.support.stores import database_of
from tests.sync.wire_proxy import Ending, WireProxy

NOWHERE = "http://127.0.0.1:9"


def recorded(wire: WireProxy, one: HttpLaptop, *, lost: bool = False) -> bytes:
    """The bytes of a laptop's next request, whole; with `lost` its answer does not come back."""
    wire.reset()
    if lost:
        wire.cut("down", 0, Ending.CLOSE)
    assert one.survives() != lost
    wire.heal()
    return bytes(wire.kept["up"])


def replayed(wire: WireProxy, request: bytes) -> bytes:
    """What the server answers to these bytes."""
    return raw("http://{}:{}".format(*wire.target), request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))


@contextmanager
def served(folder: Path, url: str) -> Iterator[tuple[ServerHost, WireProxy]]:
    """A server on PostgreSQL, behind the proxy."""
    made = ServerHost.open_url(url, folder / "server", codes=read_codebook(), environment=SECRET, params=CHEAP)
    with closing(made) as host, RunningServer(host, sync_rate=AT_ONCE) as running, WireProxy(running.url) as wire:
        yield host, wire


def test_five_acknowledgements_are_lost(wire: WireProxy, host: ServerHost, rina: HttpLaptop) -> None:
    before = len(log_of(host.db.call))
    rina.people(2)
    for _ in range(5):
        wire.cut("down", 0, Ending.RESET)
        with pytest.raises(EnvError):
            rina.sync()
        wire.heal()
        assert waiting_of(rina.db) == 1
        assert len(log_of(host.db.call)) == before + 2
    assert rina.sync().sent == 2
    agree(rina.db, host.db.call)


def test_a_request_comes_again_and_again(wire: WireProxy, host: ServerHost, rina: HttpLaptop) -> None:
    """The same bytes, at once and after other ones: the network or a proxy tried again on its own."""
    requests = []
    for _ in range(3):
        rina.people(2)
        requests.append(recorded(wire, rina))
    log = log_of(host.db.call)
    for request in requests + requests[::-1]:
        assert replayed(wire, request).startswith(b"HTTP/1.1 200 ")
        assert log_of(host.db.call) == log
    rina.people(1)
    rina.sync()
    agree(rina.db, host.db.call)


def frozen(rina: HttpLaptop, sizes: tuple[int, ...]) -> list[tuple[FrozenBatch, bytes]]:
    """As many batches as sizes, frozen and not sent: the server could not be reached."""
    for size in sizes:
        rina.noisy_people(size)
        assert not rina.survives(NOWHERE)
    with rina.store.read() as tx:
        return [(one, outbox.read_batch(tx, one.op_area, one.lane, one.n)) for one in outbox.pending(tx)]


def pushed(wire: WireProxy, host: ServerHost, rina: HttpLaptop, *pushes: tuple[FrozenBatch, bytes, int, int]) -> None:
    """One request with these pieces of batches: (batch, its bytes, from, to)."""
    frames: list[Frame] = [Hello(PROTOCOL, host.org.bytes, rina.store.schema.version(), b"", 0)]
    for one, body, start, end in pushes:
        frames.append(Push(one.op_area, one.lane, one.n, start, one.size, data=body[start:end]))
    body = b"".join(map(encode, [*frames, End()]))
    token = make_token(rina.keys, rina.keys.device_id, str(host.org), rina.clock)
    assert call(wire.url + "/sync/1/exchange", "POST", body, authorization=f"Bearer {token}").status == 200


def test_batches_that_arrive_last_one_first(wire: WireProxy, host: ServerHost, rina: HttpLaptop) -> None:
    log = log_of(host.db.call)
    batches = frozen(rina, (2, 3, 4))
    for one, body in batches[::-1]:
        assert log_of(host.db.call) == log
        pushed(wire, host, rina, (one, body, 0, one.size))
    agree(rina.db, host.db.call)
    assert rina.sync().waiting == 0
    agree(rina.db, host.db.call)


def test_pieces_of_batches_that_come_mixed(wire: WireProxy, host: ServerHost, rina: HttpLaptop) -> None:
    """Halves in turn, pieces over each other, a piece behind a gap: what is missing is asked for, none doubled."""
    log = log_of(host.db.call)
    (one, first), (two, second) = frozen(rina, (40, 40))
    half = one.size // 2
    pushed(wire, host, rina, (one, first, 0, half), (two, second, 0, half), (one, first, half + 50, one.size))
    assert log_of(host.db.call) == log
    pushed(wire, host, rina, (one, first, half - 99, half + 50), (two, second, half, half + 9), (one, first, 0, 10))
    pushed(wire, host, rina, (two, second, half - 1, two.size), (one, first, half, one.size), (one, first, 0, half))
    assert rina.sync().waiting == 0
    agree(rina.db, host.db.call)


def test_the_same_laptop_several_times_at_once(
    wire: WireProxy, host: ServerHost, rina: HttpLaptop, sari: HttpLaptop
) -> None:
    rina.people(30)
    at_server(host, 5)
    at_once(wire, rina)
    rina.sync(), sari.sync(), rina.sync()
    agree(rina.db, sari.db, host.db.call)


def test_the_same_laptop_several_times_at_once_on_postgresql(postgres: str, tmp_path: Path) -> None:
    """Two processes of one device: the stream is locked in the database, so only one of them applies a batch."""
    url = database_of(postgres, tmp_path.name)
    with served(tmp_path, url) as (host, wire), laptops(tmp_path, host, wire.url, "rina", "sari") as (rina, sari):
        rina.people(30)
        at_server(host, 5)
        at_once(wire, rina)
        rina.sync(), sari.sync(), rina.sync()
        agree(rina.db, sari.db, host.db.call)


def at_once(wire: WireProxy, rina: HttpLaptop, times: int = 8) -> None:
    """The same push from as many processes; its first answer was lost, so nobody knows."""
    request = recorded(wire, rina, lost=True)
    start = threading.Barrier(times)

    def send(_: int) -> bytes:
        start.wait()
        return replayed(wire, request)

    with ThreadPoolExecutor(times) as pool:
        answers = list(pool.map(send, range(times)))
    assert all(answer.startswith(b"HTTP/1.1 200 ") for answer in answers)
