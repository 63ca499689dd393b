"""Sync beside its peer, in one run: time, bytes, requests, an EDGE link, links that drop, the cost of a cut.

`python -m benchmarks sync` writes results/sync.json. MIGDESK_BENCH_QUICK=1: one run of each, without the slow links of
the peer. Times are medians of runs that take turns with the peer's. The records are made up.
"""

import contextlib
import gc
import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measuring import at_most, median, ms_of
from benchmarks.server_process import ServerProcess, on_file, running
from benchmarks.sync_peer import Peer
from benchmarks.syncing import Laptop, edit_of, values_of
from benchmarks.synthetic_changes import Synthesis
from migdesk.domain.counselling import CounsellingSession
from migdesk.errors import EnvError
from migdesk.server.host import ServerHost
from migdesk.server.rate_limit import Rate
from migdesk.server.run import RunningServer
from migdesk.services import session as sessions
from tests.sync.thin_link import ThinLink
from tests.sync.wire_proxy import Ending, WireProxy

QUICK = os.environ.get("MIGDESK_BENCH_QUICK", "") not in {"", "0"}
RUNS = 1 if QUICK else 3
SIZES = (1_000, 10_000)
PROCESSES = {"PostgreSQL": "postgresql", "embedded": "file"}
"""What a server stands on, and its name for `server_process`."""
TIME_GOALS = {("push", 10_000): 0.8, ("pull", 10_000): 0.6}
FASTER_GOALS = {("push", 10_000): 4.0, ("pull", 10_000): 5.0}
BYTES_GOALS = {100: 340.0, 1_000: 280.0}
EDGE_GOALS = {"one edit": 2.0, "100 new": 5.0, "1,000 new": 28.0}
DROP_GOALS = {20_000: 1.05, 5_000: 1.10}
TRIES = 2_000
_AT_ONCE = Rate(burst=100_000, every_s=0.0001)

Rows = list[dict[str, Any]]
Found = dict[str, object]


@contextmanager
def pair() -> Iterator[tuple[Laptop, Laptop, str]]:
    """An empty server that runs, two laptops of it, and its address."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        host = stack.enter_context(on_file(folder))
        url = stack.enter_context(RunningServer(host, sync_rate=_AT_ONCE)).url
        rina, sari = (stack.enter_context(laptop(folder, host, url, name)) for name in ("rina", "sari"))
        yield rina, sari, url


@contextmanager
def laptop(folder: Path, host: ServerHost | ServerProcess, url: str, name: str) -> Iterator[Laptop]:
    """One that has synced once, so that what follows is only what is new."""
    one = Laptop(folder / name, host, url)
    try:
        one.sync()
        yield one
    finally:
        sessions.close(one.session)


def once(place: str, rows: Rows) -> tuple[float, float]:
    """Seconds of a push of these records from one laptop, and of a pull into another. The server is a process of its
    own, as the peer's is: laptop and server share no interpreter."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(running(PROCESSES[place], folder))
        rina, sari = (stack.enter_context(laptop(folder, server, server.url, name)) for name in ("rina", "sari"))
        rina.save(rows)
        gc.collect()
        push = ms_of(rina.sync) / 1000
        gc.collect()
        return push, ms_of(sari.sync) / 1000


def times(peer: Peer, rows: Rows) -> Found:
    """Each size and place, in turns with the peer."""
    ours: dict[tuple[str, str, int], list[float]] = {}
    for _ in range(RUNS):
        for place in PROCESSES:
            for size in SIZES:
                for way, seconds in zip(("push", "pull"), once(place, rows[:size]), strict=True):
                    ours.setdefault((place, way, size), []).append(seconds)
        peer.measure("time")
    found: Found = {}
    for (place, way, size), runs in ours.items():
        value, theirs = round(statistics.median(runs), 3), peer.seconds(way, size)
        goal = TIME_GOALS.get((way, size)) if place == "PostgreSQL" else None
        line: dict[str, object] = at_most(value, goal) if goal else {"value": value}
        line["runs"] = [round(one, 3) for one in runs]
        if theirs:
            line["peer"] = round(statistics.median(theirs), 3)
            line["times faster than the peer"] = round(statistics.median(theirs) / value, 2)
            if goal:
                line["at least so many times faster"] = FASTER_GOALS[way, size]
        found[f"{way} {size:,}, {place}, s"] = line
    return found


def sizes(peer: Peer, rows: Rows) -> Found:
    """Bytes above TCP of whole exchanges, heads and all, and requests."""
    found: Found = {}
    requests = []
    for size in (100, *SIZES):
        with pair() as (rina, sari, straight), WireProxy(straight) as wire:
            ids = rina.save(rows[:size])
            for way, one in (("up", rina), ("down", sari)):
                requests.append(_measured(wire, one)[1])
                theirs = peer.bytes_a_record("push" if way == "up" else "pull", size)
                found[f"bytes a new record {way}, {size:,} at once"] = _beside(
                    round(wire.moved / size, 1), BYTES_GOALS.get(size), theirs
                )
            if size == 1_000:
                found |= _small(peer, wire, rina, ids)
    found["requests of each way, no faults"] = at_most(max(requests), 1)
    return found


def _small(peer: Peer, wire: WireProxy, rina: Laptop, ids: list[Any]) -> Found:
    one_edit: list[float] = []
    nothing: list[float] = []
    requests: list[int] = []
    for n in range(5):
        rina.save([edit_of(n)], ids[n:])
        for moved in (one_edit, nothing):
            size, asked = _measured(wire, rina)
            moved.append(float(size))
            requests.append(asked)
    rina.save([edit_of(n) for n in range(100, 200)], ids[100:200])
    hundred = _measured(wire, rina)[0] / 100
    theirs_one, theirs_100, theirs_none = peer.edits(1), peer.edits(100), peer.nothing()
    return {
        "bytes of one edit of two fields": _beside(median(one_edit, 0), 950, theirs_one and theirs_one[0]),
        "bytes an edit, 100 at once": _beside(round(hundred, 1), 40, theirs_100 and theirs_100[0] / 100),
        "bytes with nothing changed": _beside(median(nothing, 0), 700, theirs_none and theirs_none[0]),
        "requests of one edit, and of nothing": _beside(max(requests), 1, theirs_none and theirs_none[1]),
    }


def _measured(wire: WireProxy, one: Laptop) -> tuple[int, int]:
    """Bytes both ways and requests of one sync."""
    wire.reset()
    report = one.sync(wire.url)
    return wire.moved, report.requests


def _beside(value: float, goal: float | None, peer: float | None) -> Found:
    line: Found = at_most(value, goal) if goal is not None else {"value": value}
    if peer:
        line |= {"peer": round(peer, 1), "times less than the peer": round(peer / value, 2)}
    return line


def edge(peer: Peer, rows: Rows) -> Found:
    """600 ms there and back, 12 KB/s up, 25 KB/s down, one segment in twenty lost; a new connection each time."""
    found: Found = {}
    with pair() as (rina, sari, url), ThinLink(url) as link:
        ids: list[Any] = []
        for name, size in (("100 new", 100), ("1,000 new", 1_000)):
            ids = rina.save(rows[len(ids) : len(ids) + size])
            line = _beside(_seconds(link, rina), EDGE_GOALS[name], peer.edge(size, "push"))
            found[f"push {name}, s"] = line
            found[f"pull {name}, s"] = _beside(_seconds(link, sari), None, peer.edge(size, "pull"))
        edits = []
        for n in range(RUNS):
            rina.save([edit_of(n)], ids[n:])
            edits.append(_seconds(link, rina))
        found["one edit, s"] = _beside(median(edits), EDGE_GOALS["one edit"], peer.edge(100, "one_edit"))
        found["nothing changed, s"] = _beside(_seconds(link, rina), None, peer.edge(100, "noop"))
    return found


def _seconds(link: ThinLink, one: Laptop) -> float:
    link.reset()
    return round(ms_of(lambda: one.sync(link.url)) / 1000, 2)


def drops(peer: Peer, rows: Rows) -> Found:
    """1,000 records on a link that is reset each time so many bytes have passed, both ways together."""
    found: Found = {}
    unbroken: dict[str, int] = {}
    for every in (0, *DROP_GOALS):
        with pair() as (rina, sari, straight), WireProxy(straight) as wire:
            rina.save(rows[:1_000])
            for way, one in (("push", rina), ("pull", sari)):
                moved, broken, finished = _dropping(wire, one, every)
                if not every:
                    unbroken[way] = moved
                    continue
                line = at_most(round(moved / unbroken[way], 3), DROP_GOALS[every], finished=finished, drops=broken)
                line["peer"] = peer.drops(way, every) or "not measured"
                found[f"{way}, a drop each {every:,} B: bytes against an unbroken run"] = line
    return found


def _dropping(wire: WireProxy, one: Laptop, every: int) -> tuple[int, int, bool]:
    wire.reset()
    if every:
        wire.drop_every(every)
    finished = any(_goes_through(one, wire.url) for _ in range(TRIES))
    wire.heal()
    return wire.moved, wire.drops, finished


def _goes_through(one: Laptop, url: str) -> bool:
    with contextlib.suppress(EnvError):
        one.sync(url)
        return True
    return False


def cuts(rows: Rows) -> Found:
    """One cut in the middle of 1,000 records: bytes that pass twice, heads of requests among them."""
    again: list[float] = []
    with pair() as (rina, sari, straight), WireProxy(straight) as wire:
        whole: dict[str, int] = {}
        for share in (0.0, 0.25, 0.5, 0.75):
            rina.save(rows[:1_000])  # the same texts in new records: as many bytes each time
            for side, one in (("up", rina), ("down", sari)):
                wire.reset()
                if share:
                    wire.cut(side, int(share * whole[side]), Ending.CLOSE)
                    assert not _goes_through(one, wire.url)
                    wire.heal()
                one.sync(wire.url)
                again.append(float(wire.moved - whole.setdefault(side, wire.moved)))
    return {"bytes again for one cut, median of push and pull": at_most(median(again[2:], 0), 1_024)}


Part = Callable[[Peer, Rows], Found]


def measure() -> Found:
    made = Synthesis(99)
    rows = [values_of(made.new(CounsellingSession.spec.name)) for _ in range(max(SIZES))]
    gc.freeze()  # what was made up here is no burden of the program's
    peer = Peer()
    peer.measure("bytes,delta")
    if not QUICK:
        peer.measure("edge", EDGE_N="100,1000")
        peer.measure("flap", FLAP_MS="20000")
    parts: dict[str, Part] = {"time": times, "bytes": sizes, "EDGE": edge, "drops": drops}
    found: Found = {name: part(peer, rows) for name, part in parts.items()}
    found["cut"] = cuts(rows)
    found["peer"] = peer.missing or peer.versions()
    return found
