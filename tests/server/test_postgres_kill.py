"""PostgreSQL killed in the middle of pushes and started again: the server says 503 meanwhile, recovers by itself, and
nothing is lost or doubled."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from migdesk.domain.person import Person
from migdesk.errors import EnvError
from migdesk.server.host import ServerHost
from migdesk.server.run import RunningServer
from migdesk.store import postgres as engine
from migdesk.store import records
from migdesk.store.database import Store
from tests.conftest import LONG
from tests.server.driver import call
from tests.support.server_processes import Cluster, cluster
from tests.support.simulated_laptop import NotAnsweredError, SimulatedLaptop, pause
from tests.support.simulated_office import host_on, laptops

LAPTOPS, BATCHES, KILLS = 8, 12, (5 if LONG else 1)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL that may be killed, as long as it runs again at the end."""
    with cluster() as made:
        yield made


class Killer:
    """Kills the database when so many batches are through, and starts it again."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.pushed = 0
        self.refused: list[int] = []
        self.killed = 0

    async def run(self, total: int) -> None:
        for kill in range(1, KILLS + 1):
            while self.pushed < total * kill // (KILLS + 1):
                await pause(0.005)
            await asyncio.to_thread(self._cluster.kill)
            refused = len(self.refused)
            for _ in range(400):
                if len(self.refused) > refused:
                    break
                await pause(0.01)
            await asyncio.to_thread(self._cluster.start)
            self.killed += 1


async def push_all(laptop: SimulatedLaptop, url: str, killer: Killer) -> None:
    """Push every waiting batch, again and again if need be, as a laptop does."""
    for _ in range(3_000):
        try:
            before = len(laptop.waiting)
            more = await laptop.sync(url)
            killer.pushed += before - len(laptop.waiting)
            if not laptop.waiting and not more:
                return
        except NotAnsweredError as error:
            killer.refused.append(error.status)
            await pause(0.02)
    raise AssertionError("it never came through")


def count(host: ServerHost) -> int:
    def look(store: Store) -> int:
        with store.read() as tx:
            return records.count(tx, Person)

    return host.db.call(look)


def test_pushes_survive_the_death_of_the_database(postgres: Cluster, tmp_path: Path) -> None:
    with host_on(postgres.database("pushes"), tmp_path / "host") as host:
        all = laptops(host, LAPTOPS)
        for laptop in all:
            for _ in range(BATCHES):
                laptop.write(2)
        killer = Killer(postgres)

        async def run(url: str) -> None:
            await asyncio.gather(killer.run(LAPTOPS * BATCHES), *(push_all(one, url, killer) for one in all))

        with RunningServer(host) as server:
            asyncio.run(run(server.url))
            assert killer.killed == KILLS
            assert set(killer.refused) == {503}
            assert count(host) == LAPTOPS * BATCHES * 2
            assert call(server.url + "/readyz").status == 200


def test_a_server_finds_its_database_again(postgres: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Readiness follows the database; connections of before cost one error each, if they were trusted unseen."""
    monkeypatch.setattr(engine, "_TRUSTED_S", 60.0)
    with host_on(postgres.database("ready"), tmp_path / "host") as host, RunningServer(host) as server:
        assert call(server.url + "/readyz").status == 200
        assert count(host) == 0
        postgres.kill()
        answer = call(server.url + "/readyz")
        assert (answer.status, answer.json["why"]) == (503, "database")
        assert call(server.url + "/healthz").status == 200
        postgres.start()
        assert sum(_fails(host) for _ in range(20)) <= engine.POOL
        assert count(host) == 0
        assert call(server.url + "/readyz").status == 200


def _fails(host: ServerHost) -> bool:
    try:
        count(host)
    except EnvError:
        return True
    return False
