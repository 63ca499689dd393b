"""The whole line over real HTTP: enrolment, exchange, cuts in the wire, portals that answer, and what it costs."""

import datetime as dt
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from migdesk.domain.person import Person
from migdesk.errors import EnvError, RefusedError, UserError
from migdesk.server.console.desk import overview
from migdesk.server.host import ServerHost
from migdesk.server.metrics import Metrics
from migdesk.server.rate_limit import Rate
from migdesk.server.run import RunningServer
from migdesk.store import audit
from migdesk.sync.laptop.engine import sync_once
from migdesk.sync.laptop.enrol import Enrolment, enrol
from migdesk.sync.report import SyncReport
from migdesk.sync.runner import ServerRefusedError
from migdesk.sync.transport import STALL_S, HttpTransport
from migdesk.sync.wire.anchor_words import HEADER
from tests.server.driver import opened
from tests.sync.office import CODEC, VILLAGE, Node
from tests.sync.wire_proxy import WireProxy

AT_ONCE = Rate(burst=10_000, every_s=0.001)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[ServerHost]:
    with opened(tmp_path / "server") as made:
        yield made


@pytest.fixture
def wire(host: ServerHost) -> Iterator[WireProxy]:
    """The way to a running server, through a proxy that counts and cuts."""
    with RunningServer(host, sync_rate=AT_ONCE) as server, WireProxy(server.url) as proxy:
        yield proxy


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Callable[[str], Node]]:
    made: list[Node] = []

    def make(name: str) -> Node:
        made.append(Node(tmp_path, name))
        made[-1].clock.set_wall(dt.datetime.now(dt.UTC))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


def joined(node: Node, host: ServerHost, url: str, role: str = "OUTREACH") -> Enrolment:
    code = host.issue_code(node.name, role, "52.03")
    transport = HttpTransport(url)
    try:
        return enrol(node.db, transport, node.keys, code, url=url, user=node.user, label="tes", clock=node.clock)
    finally:
        transport.close()


def sync(node: Node, url: str, stall_s: float = STALL_S) -> SyncReport:
    transport = HttpTransport(url, stall_s=stall_s)
    try:
        return sync_once(node.db, transport, node.keys, codec=CODEC, clock=node.clock)
    finally:
        transport.close()


def add_person(node: Node, **more: object) -> UUID:
    return node.save(Person, {"full_name": "Baiq Nurhayati", "sex": "female", "area_code": VILLAGE} | more)


def test_from_code_to_colleague(host: ServerHost, wire: WireProxy, node: Callable[[str], Node]) -> None:
    rina, sari = node("rina"), node("sari")
    got = joined(rina, host, wire.url)
    assert (got.org, got.user.username, got.user.areas) == (host.org, "rina", ("52.03",))
    joined(sari, host, wire.url)
    add_person(rina)
    sync(rina, wire.url)
    sync(sari, wire.url)
    assert rina.state() == sari.state() != {}


def test_a_code_for_somebody_else_or_mistyped(host: ServerHost, wire: WireProxy, node: Callable[[str], Node]) -> None:
    rina = node("rina")
    transport = HttpTransport(wire.url)
    code = host.issue_code("sari", "OUTREACH", "52.03")
    with pytest.raises(RefusedError, match="another user"):
        enrol(rina.db, transport, rina.keys, code, url=wire.url, user=rina.user)
    with pytest.raises(UserError, match="mistyped"):
        enrol(rina.db, transport, rina.keys, "ABCD", url=wire.url)
    with pytest.raises(UserError, match="not connected"):
        sync(rina, wire.url)
    transport.close()


def test_a_laptop_whose_clock_is_years_off_still_syncs(
    host: ServerHost, wire: WireProxy, node: Callable[[str], Node]
) -> None:
    rina = node("rina")
    joined(rina, host, wire.url)
    rina.clock.set_wall(dt.datetime(2001, 1, 1, tzinfo=dt.UTC))
    add_person(rina)
    assert sync(rina, wire.url).sent == 1


@pytest.mark.parametrize("side", ["up", "down"])
def test_wires_cut_at_many_bytes(host: ServerHost, wire: WireProxy, node: Callable[[str], Node], side: str) -> None:
    rina, sari = node("rina"), node("sari")
    for one in (rina, sari):
        joined(one, host, wire.url)
        sync(one, wire.url)
    for at in range(0, 1600, 97):
        add_person(rina)
        for one in (rina, sari):
            wire.cut(side, at)
            try:
                sync(one, wire.url)
            except EnvError:
                wire.heal()
                sync(one, wire.url)
            wire.heal()
        assert rina.state() == sari.state()


def test_a_portal_that_answers_instead_is_trouble_with_the_link(
    node: Callable[[str], Node], host: ServerHost, wire: WireProxy
) -> None:
    rina = node("rina")
    joined(rina, host, wire.url)
    add_person(rina)
    for status in (b"200 OK", b"302 Found", b"511 Network Authentication Required"):
        page = b"HTTP/1.1 " + status + b"\r\nContent-Length: 24\r\nLocation: http://x/\r\n\r\n<html>Sign in</html>    "
        with canned(page) as url, pytest.raises(EnvError):
            sync(rina, url)
    assert sync(rina, wire.url).sent == 1


def test_a_link_that_stands_still_is_given_up(node: Callable[[str], Node], host: ServerHost, wire: WireProxy) -> None:
    rina = node("rina")
    joined(rina, host, wire.url)
    with canned(b"") as url, pytest.raises(EnvError, match="stands still"):
        sync(rina, url, stall_s=0.2)
    with pytest.raises(EnvError, match="cannot be reached"):
        sync(rina, "http://127.0.0.1:9")


def test_addresses() -> None:
    for bad in ("http://example.org", "ftp://example.org", "https://"):
        with pytest.raises(UserError):
            HttpTransport(bad)
    assert HttpTransport("example.org/").url == "https://example.org"


def test_what_an_exchange_costs(host: ServerHost, wire: WireProxy, node: Callable[[str], Node]) -> None:
    """DESIGN 10: an edit of two fields <= 950 B, nothing new <= 700 B, all above TLS, both in one request."""
    rina = node("rina")
    joined(rina, host, wire.url)
    person = add_person(rina, phone="+6281234567890")
    sync(rina, wire.url)
    sync(rina, wire.url)
    wire.reset()
    sync(rina, wire.url)
    assert wire.moved <= 700
    rina.save(Person, {"address": "Dusun Timur", "sex": "unknown"}, person)
    wire.reset()
    assert sync(rina, wire.url).requests == 1
    assert wire.moved <= 950


class canned:  # noqa: N801
    """A listener that takes one request's head and answers these bytes, or nothing."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(self._answer)
            self._done.wait()


def test_the_end_of_the_audit_is_anchored_over_the_line(
    host: ServerHost, wire: WireProxy, node: Callable[[str], Node]
) -> None:
    rina, metrics = node("rina"), Metrics()
    joined(rina, host, wire.url)
    for _ in range(2):
        add_person(rina)
    assert not sync(rina, wire.url).set_back
    with rina.store.begin() as tx:
        before = audit.head(tx).n - 1
        tx.run("DELETE FROM audit WHERE n > :n", {"n": before})
        tx.run("UPDATE audit_head SET n = :n, sha256 = :sha", {"n": before, "sha": audit.hash_of(tx, before)})
        assert audit.verify(tx) == []
    rina.clock.forward(minutes=11)
    assert sync(rina, wire.url).set_back
    found = host.db.call(lambda store: overview(store, host.author.device)).broken
    assert [(one.card.username, one.count, one.went_back) for one in found] == [("rina", 1, True)]
    host.db.call(metrics.count)
    assert b"migdesk_audit_breaks 1.0" in metrics.text()


def test_what_is_no_end_of_an_audit_is_refused(host: ServerHost, wire: WireProxy, node: Callable[[str], Node]) -> None:
    rina = node("rina")
    joined(rina, host, wire.url)
    sync(rina, wire.url)
    transport = HttpTransport(wire.url, always={HEADER: "5.nothing"})
    with closing(transport), pytest.raises(ServerRefusedError) as caught:
        sync_once(rina.db, transport, rina.keys, codec=CODEC, clock=rina.clock)
    assert (caught.value.status, caught.value.error) == (400, "malformed")
