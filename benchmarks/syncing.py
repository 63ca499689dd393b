"""What a sync costs over HTTP on loopback, with the server in a process of its own: time of 1,000 and 10,000 new
records up and down, bytes and requests. `python -m benchmarks.syncing` prints one JSON object. All of it is made up."""

import gc
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks import workspace
from benchmarks.measuring import at_most, median, ms_of, rss_mb
from benchmarks.server_process import ServerProcess, running
from benchmarks.synthetic_changes import Synthesis
from migdesk.domain.changes import Absent, Change
from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.values import Missing
from migdesk.server.host import ServerHost
from migdesk.services import session as sessions
from migdesk.services.session import Session
from migdesk.store import writing
from migdesk.sync.laptop.engine import sync_once
from migdesk.sync.laptop.enrol import enrol
from migdesk.sync.report import SyncReport
from migdesk.sync.transport import HttpTransport
from migdesk.sync.wire.codec import Codec
from tests.sync.wire_proxy import WireProxy

SIZES = (1_000, 10_000)
SMALL = 5
_CODEC = Codec.shipped()
_SPEC = CounsellingSession.spec


class Laptop:
    """A workspace that is enrolled at a server."""

    def __init__(self, home: Path, host: ServerHost | ServerProcess, url: str) -> None:
        self.session: Session = workspace.make(home, home.name)
        self._url = url
        with closing(HttpTransport(url)) as transport:
            code = host.issue_code(home.name, "OUTREACH", "52.03")
            enrol(lambda fn: fn(self.session.store), transport, self.session.keys, code, url=url, label="bench")

    def save(self, rows: list[dict[str, Any]], ids: list[UUID] | None = None) -> list[UUID]:
        """Write these records in one transaction, as an import does; with `ids`, over those."""
        with self.session.store.begin() as tx:
            return [
                writing.save(tx, self.session.author, CounsellingSession, row, ids[n] if ids else None).id
                for n, row in enumerate(rows)
            ]

    def sync(self, url: str = "") -> SyncReport:
        with closing(HttpTransport(url or self._url)) as transport:
            return sync_once(lambda fn: fn(self.session.store), transport, self.session.keys, codec=_CODEC)


def cpu_s() -> float:
    """Seconds of CPU that this process took."""
    return time.process_time()


def values_of(change: Change) -> dict[str, Any]:
    """The fields of a made-up record, as a form would hand them over."""
    row: dict[str, Any] = {}
    for edit in change.edits:
        field = _SPEC.by_number[edit.register.field]
        if edit.register.element:
            row[field.name] = row.get(field.name, frozenset()) | {edit.register.element}
        elif isinstance(edit.value, Absent):
            row[field.name] = Missing(edit.value.why)
        else:
            row[field.name] = field.type.from_plain(edit.value)
    return row


def moved(folder: Path, server: ServerProcess, rows: Mapping[int, list[dict[str, Any]]]) -> dict[str, object]:
    """New records up from one laptop and down to an empty one, size by size."""
    found: dict[str, object] = {}
    for size, these in rows.items():
        source = Laptop(folder / f"rina{size}", server, server.url)
        source.sync()
        source.save(these)
        reports: list[SyncReport] = []
        before = cpu_s(), server.used()["cpu_s"]
        push_s = round(ms_of(lambda: reports.append(source.sync())) / 1000, 3)  # noqa: B023 - called at once
        used = {"CPU of the laptop, s": round(cpu_s() - before[0], 3)}
        used["CPU of the server, s"] = round(server.used()["cpu_s"] - before[1], 3)
        sent = reports[-1]
        assert sent.sent == size, sent
        more = {"requests": sent.requests, "bytes a record up": round(sent.bytes_up / size, 1), **used}
        found[f"push {size}, s"] = at_most(push_s, 0.8, **more) if size == 10_000 else {"value": push_s, **more}
        sessions.close(source.session)
    target = Laptop(folder / "sari", server, server.url)
    before, memory = (cpu_s(), server.used()["cpu_s"]), rss_mb()
    pull_s = round(ms_of(lambda: reports.append(target.sync())) / 1000, 3)
    got, whole = reports[-1], sum(rows)
    assert got.received >= whole, got
    more = {"records": got.received, "requests": got.requests, "bytes a record down": round(got.bytes_down / whole, 1)}
    more |= {"CPU of the laptop, s": round(cpu_s() - before[0], 3), "MB more than before": round(rss_mb() - memory, 1)}
    more |= {"CPU of the server, s": round(server.used()["cpu_s"] - before[1], 3)}
    # The goal is of 10,000 records; the laptop pulls all that was pushed.
    found["pull 10,000 (as part of all), s"] = at_most(round(pull_s * 10_000 / whole, 3), 0.6, **more)
    sessions.close(target.session)
    return found


def small(folder: Path, server: ServerProcess, rows: list[dict[str, Any]]) -> dict[str, object]:
    """Bytes above TLS of whole exchanges, headers too, and of batches."""
    with WireProxy(server.url) as wire:
        laptop = Laptop(folder / "wati", server, wire.url)
        laptop.sync()
        ids = laptop.save(rows[:1000])
        per_1000 = laptop.sync().bytes_up / 1000
        laptop.save(rows[1000:1100])
        per_100 = laptop.sync().bytes_up / 100
        laptop.sync()
        edits: list[float] = []
        nothing: list[float] = []
        asked: list[int] = []
        for n in range(SMALL):
            laptop.save([edit_of(n)], ids[n:])
            for sizes in (edits, nothing):
                wire.reset()
                asked.append(laptop.sync().requests)
                sizes.append(float(wire.moved))
        laptop.save([edit_of(n) for n in range(100, 200)], ids[100:200])
        per_edit = laptop.sync().bytes_up / 100
        sessions.close(laptop.session)
    return {
        "bytes a new record, 100 at once": at_most(round(per_100, 1), 340),
        "bytes a new record, 1,000 at once": at_most(round(per_1000, 1), 280),
        "bytes of one edit of two fields, whole exchange": at_most(median(edits, 0), 950),
        "bytes an edit, 100 at once": at_most(round(per_edit, 1), 40),
        "bytes with nothing changed": at_most(median(nothing, 0), 700),
        "requests of each of these": at_most(max(asked), 1),
    }


def edit_of(n: int) -> dict[str, Any]:
    """Two small fields, as after a telephone call; never what was there before."""
    return {"duration_min": 101 + n, "intention": "decided" if n % 2 else "considering"}


def measure() -> dict[str, object]:
    office = Synthesis(99)
    rows = [values_of(office.new(_SPEC.name)) for _ in range(max(SIZES))]
    sizes = {size: rows[:size] for size in SIZES}
    # As in the desktop program, where the collector runs on the window's thread alone (`ui.garbage`).
    gc.freeze()
    gc.disable()
    found: dict[str, object] = {}
    for name, store in (("embedded", "file"), ("PostgreSQL", "postgresql")):
        with tempfile.TemporaryDirectory() as at, running(store, Path(at) / "host") as server:
            found[name] = moved(Path(at), server, sizes)
            if name == "embedded":
                found["bytes"] = small(Path(at), server, rows)
    return found


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
    print()
