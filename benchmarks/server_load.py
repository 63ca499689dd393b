"""Small exchanges a second of real server processes on PostgreSQL, all on this machine with the simulated laptops.

A small exchange: a connection, a signed token, one new record pushed in a batch, whatever is new pulled. Laptops come
at random moments and do not wait for each other; time counts from the moment that each one meant to begin.
`python -m benchmarks.server_load` prints one JSON object.
"""

import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.measuring import at_most
from tests.support.server_processes import ServerProcess, cluster
from tests.support.simulated_laptop import NotAnsweredError, SimulatedLaptop
from tests.support.simulated_office import host_on, laptops

LAPTOPS = 60
SECONDS = 12.0
RATES = (50, 100, 130)
GOAL_RATE, GOAL_MS = 100, 200


class Office:
    """Laptops that take turns, so that none has two exchanges at once."""

    def __init__(self, urls: Sequence[str], ready: Sequence[SimulatedLaptop]) -> None:
        self._urls, self._free = urls, list(ready)
        self._rng = random.Random(7)
        self.took: list[float] = []
        self.failed = 0

    async def come(self, at: float) -> None:
        """One exchange of the laptop that rested longest, meant to begin at a moment (monotonic)."""
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        while not self._free:
            await asyncio.sleep(0.001)
        laptop = self._free.pop(0)
        try:
            await laptop.sync(self._rng.choice(self._urls))
            self.took.append(time.monotonic() - at)
        except NotAnsweredError:
            self.failed += 1
        finally:
            self._free.append(laptop)

    async def run(self, rate: float, seconds: float) -> None:
        """Laptops come at random moments, so many a second."""
        at, end, tasks = time.monotonic() + 0.1, time.monotonic() + 0.1 + seconds, []
        while at < end:
            tasks.append(asyncio.create_task(self.come(at)))
            at += self._rng.expovariate(rate)
        await asyncio.gather(*tasks)


async def warm(urls: Sequence[str], all: Sequence[SimulatedLaptop]) -> None:
    """Everybody has what there is, on every process."""
    for laptop in all:
        for url in urls:
            while await laptop.sync(url, most=0):
                continue


def percentile(samples: Sequence[float], share: float) -> float:
    """The value in milliseconds that this share of the samples does not exceed."""
    ordered = sorted(samples)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 1)


def at_rate(urls: Sequence[str], all: Sequence[SimulatedLaptop], rate: int, seconds: float) -> dict[str, object]:
    """What happens when laptops come at this rate."""
    for laptop in all:
        for _ in range(int(rate * seconds / len(all) * 1.5) + 4):
            laptop.write()
    office = Office(urls, all)
    began = time.monotonic()
    asyncio.run(office.run(rate, seconds))
    return {
        "asked a second": rate,
        "done a second": round(len(office.took) / (time.monotonic() - began), 1),
        "failed": office.failed,
        "ms": {"median": percentile(office.took, 0.5), "p95": percentile(office.took, 0.95),
               "p99": percentile(office.took, 0.99)},
    }  # fmt: skip


def load(processes: int, seconds: float = SECONDS, rates: Sequence[int] = RATES) -> list[dict[str, object]]:
    """One or more server processes on one fresh database."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(cluster()).database("load")
        with host_on(url, folder / "host") as host:
            all = laptops(host, LAPTOPS)
        servers = [
            stack.enter_context(ServerProcess("--database", url, "--listen", "127.0.0.1:0", environment=_alone(folder)))
            for _ in range(processes)
        ]
        urls = [server.url for server in servers]
        asyncio.run(warm(urls, all))
        at_rate(urls, all, 40, 3)
        return [at_rate(urls, all, rate, seconds) for rate in rates]


def _alone(folder: Path) -> dict[str, str]:
    return {"HOME": str(folder), "XDG_DATA_HOME": str(folder)}


def measure() -> dict[str, object]:
    found: dict[str, object] = {}
    for processes in (1, 2):
        runs = load(processes)
        found[f"{processes} process{'es' if processes > 1 else ''}"] = runs
        at_goal = next(run for run in runs if run["asked a second"] == GOAL_RATE)
        spread = at_goal["ms"]
        assert isinstance(spread, dict)
        found[f"p99 at {GOAL_RATE} a second, ms, {processes}"] = at_most(spread["p99"], GOAL_MS)
    return found


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
    print()
