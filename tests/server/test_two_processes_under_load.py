"""Two server processes on one PostgreSQL under the load of fifty laptops; one is killed and started again: no error
that a retry does not cure, and everything is there exactly once."""

import asyncio
import random
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from migdesk.domain.person import Person
from migdesk.store import change_log, inbox, records
from migdesk.store.database import Store
from tests.conftest import LONG
from tests.support.server_processes import ServerProcess
from tests.support.simulated_laptop import NotAnsweredError, SimulatedLaptop, pause
from tests.support.simulated_office import host_on, laptops

LAPTOPS, BATCHES = 50, (20 if LONG else 4)
CURABLE = {0, 408, 429, 503}
"""Broken connections, and answers that say: come again."""


class Day:
    """Laptops that come to either of two servers, one of which dies."""

    def __init__(self, place: tuple[str, Path], servers: list[ServerProcess]) -> None:
        self._place, self.servers = place, servers
        self._rng = random.Random(5)
        self.failed: list[int] = []
        self.pushed = 0
        self.restarted = 0

    async def laptop(self, laptop: SimulatedLaptop) -> None:
        """Push all, one batch after the other, to whichever server; as often as it takes."""
        for _ in range(2_000):
            waiting = len(laptop.waiting)
            try:
                more = await laptop.sync(self._rng.choice(self.servers).url)
            except NotAnsweredError as error:
                self.failed.append(error.status)
                await pause(self._rng.random() * 0.2)
                continue
            self.pushed += waiting - len(laptop.waiting)
            if not laptop.waiting and not more:
                return
        raise AssertionError("it never came through")

    async def murderer(self, total: int) -> None:
        """kill -9 one of them when a third is through, and start it again."""
        while self.pushed < total // 3:
            await pause(0.005)
        await asyncio.to_thread(self.servers[0].kill)
        url, folder = self._place
        self.servers.append(await asyncio.to_thread(started, url, folder))
        self.restarted += 1


def started(url: str, folder: Path) -> ServerProcess:
    return ServerProcess("--database", url, "--listen", "127.0.0.1:0", environment={"HOME": str(folder)})


def test_one_of_two_dies_under_load(database: Callable[..., str], tmp_path: Path) -> None:
    url = database()
    with ExitStack() as stack, host_on(url, tmp_path / "host") as host:
        all = laptops(host, LAPTOPS)
        for laptop in all:
            for _ in range(BATCHES):
                laptop.write()
        servers = [stack.enter_context(started(url, tmp_path)) for _ in range(2)]
        day = Day((url, tmp_path), servers)

        async def run() -> None:
            await asyncio.gather(day.murderer(LAPTOPS * BATCHES), *map(day.laptop, all))

        asyncio.run(run())
        stack.enter_context(servers[2])
        assert day.restarted == 1
        assert set(day.failed) <= CURABLE, sorted(set(day.failed))
        assert 0 in day.failed

        def look(store: Store) -> tuple[int, int, set[int]]:
            with store.read() as tx:
                ids = [
                    (one.device, one.counter)
                    for area in {laptop.op_area for laptop in all}
                    for _, one in change_log.after(tx, area, 0, 10_000)
                ]
                assert len(ids) == len(set(ids))
                return records.count(tx, Person), len(ids), {n for _, n in inbox.applied_heads(tx)}

        assert host.db.call(look) == (LAPTOPS * BATCHES, LAPTOPS * BATCHES, {BATCHES})
        for server in (servers[1], servers[2]):
            assert server.stop() in (0, -15)
            assert '"level": "error"' not in server.log()
