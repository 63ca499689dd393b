"""How long the window stands still while a pull of a few thousand records runs in the background: the gaps between two
turns of a timer on the GUI thread, at rest and during the pull. `python -m benchmarks.stutter` prints one JSON object.

The server is a process of its own, as in life. The records are made up.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks import workspace
from benchmarks.measuring import at_most, child, windowless
from migdesk.domain.changes import Absent
from migdesk.domain.person import Person
from migdesk.errors import MigDeskError
from migdesk.services import session as sessions
from migdesk.services import syncing
from migdesk.services.auto_sync import When
from migdesk.services.reference import read_areas
from migdesk.services.session import Session
from migdesk.services.settings import Interface, set_sync_when
from migdesk.store import writing
from migdesk.ui.areas import AreaFinder
from migdesk.ui.background import Background, take_short_turns
from migdesk.ui.demo_ground import CentralServer, Who
from migdesk.ui.garbage import GuiGarbage
from migdesk.ui.loaded import screens
from migdesk.ui.main_window import MainWindow

RECORDS = 5_000
TICK_MS = 1
REST_S = 2.0
WAIT_S = 180.0
OFFICERS = tuple(Who(name, name.title(), "OUTREACH", ("52.03",)) for name in ("rina", "sari"))


class Gaps:
    """Milliseconds between two turns of the event loop, beyond what the timer itself waits."""

    def __init__(self, parent: QApplication) -> None:
        self.found: list[float] = []
        self._last = 0.0
        self._timer = QTimer(parent)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._turn)

    def start(self) -> None:
        self.found, self._last = [], time.perf_counter()
        self._timer.start()

    def stop(self) -> list[float]:
        self._timer.stop()
        return self.found

    def _turn(self) -> None:
        now = time.perf_counter()
        self.found.append((now - self._last) * 1000 - TICK_MS)
        self._last = now


def told(gaps: Sequence[float]) -> dict[str, float]:
    """`typical` is what a person meets at a random moment: the median gap weighted by its length."""
    ordered = sorted(gaps)
    whole, passed, typical = sum(ordered), 0.0, 0.0
    for gap in ordered:
        passed += gap
        typical = gap
        if passed >= whole / 2:
            break
    return {
        "median": round(statistics.median(ordered), 2),
        "typical": round(typical, 2),
        "p99": round(ordered[int(len(ordered) * 0.99)], 2),
        "longest": round(ordered[-1], 2),
        "count": len(ordered),
    }


def enrolled(folder: Path, server: CentralServer, who: Who) -> Session:
    session = workspace.make(folder / who.username, who.username)
    syncing.enrol(lambda work: work(session.store), session, server.url, server.code(who), label=who.username)
    return session


def filled(folder: Path, server: CentralServer, records: int) -> None:
    """Another officer's laptop wrote so many people and sent them."""
    session = enrolled(folder, server, OFFICERS[0])
    with session.store.begin() as tx:
        for change in workspace.crowd(session, records):
            values = {}
            for edit in change.edits:
                field = Person.spec.by_number[edit.register.field]
                assert not isinstance(edit.value, Absent)
                values[field.name] = field.type.from_plain(edit.value)
            writing.save(tx, session.author, Person, values)
    syncing.sync_now(lambda work: work(session.store), session)
    sessions.close(session)


def _say(error: MigDeskError) -> None:
    sys.stderr.write(f"{error}\n")


def until(done: Callable[[], bool], limit_s: float) -> float:
    """Let the window live until then; seconds. Qt's own loop runs, as in the program."""
    start, loop, look = time.perf_counter(), QEventLoop(), QTimer()
    late = QTimer()
    late.setSingleShot(True)
    late.timeout.connect(lambda: loop.exit(1))
    late.start(round(limit_s * 1000))
    look.timeout.connect(lambda: loop.quit() if done() else None)
    look.start(20)
    if loop.exec():
        raise TimeoutError
    return time.perf_counter() - start


def pulled(records: int, *, short_turns: bool) -> dict[str, object]:
    """The gaps of a window on the list of people while another laptop's people arrive. `short_turns` as in the
    program, or Python's own 5 ms."""
    if short_turns:
        take_short_turns()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    garbage = GuiGarbage()
    with tempfile.TemporaryDirectory() as at, CentralServer(Path(at) / "server") as server:
        filled(Path(at), server, records)
        store, io = ThreadPoolExecutor(1, "store"), ThreadPoolExecutor(3, "io")
        session = store.submit(enrolled, Path(at), server, OFFICERS[1]).result()
        store.submit(set_sync_when, session, When.MANUAL).result()
        run = Background(store, io, _say)
        areas = AreaFinder([(row["code"], row["name"]) for row in read_areas()], session.user.areas)
        window = MainWindow(app, session, run, areas, Interface("id"), screens)
        window.show_first()
        window.navigate("people")
        until(lambda: run.pending == 0, WAIT_S)
        gaps = Gaps(app)
        gaps.start()
        begun = time.perf_counter()
        until(lambda: time.perf_counter() - begun > REST_S, WAIT_S)
        rest = told(gaps.stop())
        gaps.start()
        window.exchange.start(asked=True)
        seconds = until(lambda: not window.exchange.running and run.pending == 0, WAIT_S)
        during = told(gaps.stop())
        last = window.exchange.last
        assert last is not None
        assert last.counts is not None, last.error
        window.close()
        run.close()
        store.submit(sessions.close, session).result()
        store.shutdown()
        io.shutdown()
    garbage.stop()
    return {"at rest, ms": rest, "during the pull, ms": during, "records": last.counts.received, "seconds": seconds}


def measure() -> dict[str, object]:
    env = windowless(LC_ALL="C.UTF-8")
    found = child("benchmarks.stutter", str(RECORDS), env=env)
    long_turns = child("benchmarks.stutter", str(RECORDS), "long", env=env)
    during = found["during the pull, ms"]
    return {
        "gap of the window during a pull, 99th percentile, ms": at_most(during["p99"], 50),
        "gap at a random moment, ms": at_most(during["typical"], 16),
        **found,
        "with Python's own turns of 5 ms, during the pull, ms": long_turns["during the pull, ms"],
    }


if __name__ == "__main__":
    print(json.dumps(pulled(int(sys.argv[1]), short_turns=len(sys.argv) < 3)))
