"""What a country asks of one server: a day of 83,762 villages, simulated with service times measured here and now.

Measured: the work of one sync (server process and PostgreSQL), and what its changes take on disk. Simulated: laptops
that come in three time zones by the hours of an office, one at a time for each core. `python -m benchmarks.country`
prints one JSON object; the figures stand in docs/deploy.md.
"""

import asyncio
import heapq
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from benchmarks.server_load import percentile, warm
from migdesk.services.reference import area_rows
from tests.support.server_processes import Cluster, ServerProcess, cluster
from tests.support.simulated_laptop import SimulatedLaptop
from tests.support.simulated_office import host_on, laptops

VILLAGES = 83_762
CHANGES_A_SYNC = 10
DAYS_A_YEAR = 250
SYNCS = 300
CORES = 2
HOURS = (0, 0, 0, 0, 0, 1, 2, 6, 17, 11, 8, 7, 5, 5, 7, 9, 10, 6, 3, 1, 1, 1, 0, 0)
"""Of a hundred syncs, how many begin in each hour of local time: when the office opens, and before it closes."""
EAST = {"81", "82", "91", "92", "93", "94", "95", "96", "97"}
MIDDLE = {"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"}
"""Provinces at UTC+9 and UTC+8; all others are at UTC+7."""


def measured(syncs: int = SYNCS) -> dict[str, float]:
    """Milliseconds of wall clock and of work, and bytes on disk, of one sync with some new records."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = stack.enter_context(cluster())
        url = postgres.database("country")
        with host_on(url, folder / "host") as host:
            all = laptops(host, 20)
        server = stack.enter_context(ServerProcess("--database", url, "--listen", "127.0.0.1:0"))
        asyncio.run(warm([server.url], all))
        for laptop in all:
            for _ in range(syncs // len(all) + 2):
                laptop.write(CHANGES_A_SYNC)
        asyncio.run(_turns(server.url, all, 2 * len(all)))
        work, disk = Work(server, postgres), _disk(postgres)
        took = asyncio.run(_turns(server.url, all, syncs - 2 * len(all)))
        done = len(took)
        return {
            "wall ms, median": percentile(took, 0.5),
            "wall ms, p95": percentile(took, 0.95),
            "work of the server ms": round(work.server() / done * 1000, 2),
            "work of PostgreSQL ms": round(work.database() / done * 1000, 2),
            "bytes on disk a change": round((_disk(postgres) - disk) / (done * CHANGES_A_SYNC)),
        }


class Work:
    """Seconds of processor time since the beginning."""

    def __init__(self, server: ServerProcess, postgres: Cluster) -> None:
        self._server = psutil.Process(server.process.pid)
        self._database = psutil.Process(postgres.pid)
        self._began = self._of([self._server]), self._of(self._family())

    def _family(self) -> list[psutil.Process]:
        return [self._database, *self._database.children(recursive=True)]

    @staticmethod
    def _of(processes: Iterable[psutil.Process]) -> float:
        return sum(sum(one.cpu_times()[:2]) for one in processes)

    def server(self) -> float:
        return self._of([self._server]) - self._began[0]

    def database(self) -> float:
        return self._of(self._family()) - self._began[1]


async def _turns(url: str, all: Sequence[SimulatedLaptop], syncs: int) -> list[float]:
    """One sync after the other; the seconds of each."""
    took = []
    for n in range(syncs):
        began = time.monotonic()
        await all[n % len(all)].sync(url)
        took.append(time.monotonic() - began)
    return took


def _disk(postgres: Cluster) -> int:
    postgres.run("CHECKPOINT")
    return int(postgres.run("COPY (SELECT pg_database_size('country')) TO STDOUT").split()[0])


def zones() -> dict[int, float]:
    """The share of the villages at each offset from UTC, by the regencies in each."""
    offsets = [
        9 if code[:2] in EAST else 8 if code[:2] in MIDDLE else 7
        for code in (str(row["code"]) for row in area_rows())
        if len(code) == 5
    ]
    return {offset: offsets.count(offset) / len(offsets) for offset in (7, 8, 9)}


def by_hour() -> list[float]:
    """How many syncs begin in each hour of a day (UTC)."""
    curve = [0.0] * 24
    for offset, share in zones().items():
        for local, count in enumerate(HOURS):
            curve[(local - offset) % 24] += VILLAGES * share * count / sum(HOURS)
    return curve


def day(curve: Sequence[float], work_s: float, cores: int = CORES, seed: int = 11) -> dict[str, float]:
    """A day of arrivals at random moments of their hour; each takes a core for as long as its work lasts, which varies
    as much as it is long (exponential: harsher than what was measured)."""
    rng = random.Random(seed)
    arrivals = sorted(3600 * (hour + rng.random()) for hour, count in enumerate(curve) for _ in range(round(count)))
    free, waits, busy = [0.0] * cores, list[float](), 0.0
    heapq.heapify(free)
    for at in arrivals:
        start, work = max(at, heapq.heappop(free)), rng.expovariate(1 / work_s)
        heapq.heappush(free, start + work)
        waits.append(start - at + work)
        busy += work
    peak = max(curve)
    return {
        "syncs": len(arrivals),
        "syncs a second in the peak hour": round(peak / 3600, 2),
        "use of the cores in the peak hour, %": round(100 * peak / 3600 * work_s / cores, 1),
        "use of the cores over the day, %": round(100 * busy / (86_400 * cores), 2),
        "answered within ms, median": percentile(waits, 0.5),
        "answered within ms, p99": percentile(waits, 0.99),
        "answered within ms, longest": percentile(waits, 1.0),
    }


def measure() -> dict[str, object]:
    found = measured()
    work_s = (found["work of the server ms"] + found["work of PostgreSQL ms"]) / 1000
    curve = by_hour()
    rush = [0.0] * 24
    rush[1] = VILLAGES
    backlog = [count * 3 for count in curve]
    changes = VILLAGES * CHANGES_A_SYNC * DAYS_A_YEAR
    return {
        "assumed": {
            "villages": VILLAGES, "syncs a day each": 1, "changes a sync": CHANGES_A_SYNC, "days a year": DAYS_A_YEAR,
            "cores": CORES, "syncs by local hour, %": HOURS, "share by UTC offset": zones(),
        },
        "measured, one sync": found,
        "syncs by hour (UTC)": [round(count) for count in curve],
        "an ordinary day": day(curve, work_s),
        "a day with three syncs each": day(backlog, work_s),
        "everybody within one hour": day(rush, work_s),
        "most syncs a second that the cores can do": round(CORES / work_s),
        "storage a year": {
            "changes": changes, "GB": round(changes * found["bytes on disk a change"] / 1e9),
        },
        "machine": {"cores here": os.cpu_count()},
    }  # fmt: skip


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
    print()
