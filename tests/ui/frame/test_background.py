"""Work away from the GUI thread: results come back on it, in order, once, and only to those who are still there."""

import gc
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from migdesk.errors import BugError, MigDeskError, UserError
from migdesk.ui.background import Background
from migdesk.ui.screen import ProgressRelay


class Bench:
    """A background with real executors, and what came back."""

    def __init__(self) -> None:
        self.store, self.io = ThreadPoolExecutor(1), ThreadPoolExecutor(2)
        self.errors: list[MigDeskError] = []
        self.run = Background(self.store, self.io, self.errors.append)
        self.got: list[object] = []


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    made = Bench()
    yield made
    made.run.close()
    made.store.shutdown(wait=True)
    made.io.shutdown(wait=True)


def test_results_arrive_on_the_gui_thread_and_in_order(bench: Bench, qtbot: QtBot) -> None:
    here = threading.get_ident()
    where: list[tuple[int, int, bool]] = []

    def work(number: int) -> tuple[int, int]:
        return number, threading.get_ident()

    def came(out: tuple[int, int]) -> None:
        where.append((*out, threading.get_ident() == here))

    for number in range(20):
        bench.run.run(partial(work, number), done=came)
    qtbot.waitUntil(lambda: len(where) == 20)
    assert [number for number, _, _ in where] == list(range(20))
    assert len({thread for _, thread, _ in where}) == 1
    assert all(came_home for _, _, came_home in where)
    assert bench.run.pending == 0


def test_an_error_goes_to_who_asked_or_to_the_one_door(bench: Bench, qtbot: QtBot) -> None:
    def break_it() -> None:
        raise UserError("no")

    bench.run.run(break_it, failed=bench.got.append)
    bench.run.run(break_it)
    qtbot.waitUntil(lambda: len(bench.got) == 1 and len(bench.errors) == 1)
    assert isinstance(bench.got[0], UserError)


def test_an_unexpected_error_is_told_without_its_text(
    bench: Bench, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    def break_it() -> None:
        raise ZeroDivisionError("Sri Wahyuni")

    bench.run.run_io(break_it)
    qtbot.waitUntil(lambda: len(bench.errors) == 1)
    assert isinstance(bench.errors[0], BugError)
    assert "Sri" not in str(bench.errors[0])


def test_a_result_for_a_deleted_widget_is_dropped(bench: Bench, qtbot: QtBot) -> None:
    gate = threading.Event()
    widget = QWidget()
    bench.run.run_io(gate.wait, done=bench.got.append, owner=widget)
    with qtbot.waitSignal(widget.destroyed):
        widget.deleteLater()
    gate.set()
    qtbot.waitUntil(lambda: bench.run.pending == 0)
    assert bench.got == []


def test_a_result_for_a_forgotten_presenter_is_dropped(bench: Bench, qtbot: QtBot) -> None:
    class Presenter:
        pass

    gate = threading.Event()
    owner = Presenter()
    bench.run.run_io(gate.wait, done=bench.got.append, owner=owner)
    del owner
    gc.collect()
    gate.set()
    qtbot.waitUntil(lambda: bench.run.pending == 0)
    assert bench.got == []


def test_cancelled_work_hears_of_it_and_gives_nothing(bench: Bench, qtbot: QtBot) -> None:
    started = threading.Event()
    seen: list[bool] = []

    def work(relay: ProgressRelay) -> str:
        started.set()
        relay.stop.wait(5)
        seen.append(relay.cancelled)
        return "late"

    task = bench.run.run_long(work, done=bench.got.append)
    assert started.wait(5)
    task.cancel()
    qtbot.waitUntil(lambda: bench.run.pending == 0)
    assert seen == [True]
    assert bench.got == []


def test_progress_comes_throttled_and_ends_with_the_last(bench: Bench, qtbot: QtBot) -> None:
    steps: list[tuple[int, int, str]] = []

    def work(relay: ProgressRelay) -> str:
        for step in range(1, 1001):
            relay(step, 1000, "words")
        return "done"

    bench.run.run_long(work, done=bench.got.append, progress=lambda *step: steps.append(step))
    qtbot.waitUntil(lambda: bench.got == ["done"])
    assert steps[-1] == (1000, 1000, "words")
    assert len(steps) < 50


def test_an_io_thread_can_ask_the_store_thread(bench: Bench, qtbot: QtBot) -> None:
    bench.run.run_io(lambda: bench.run.on_store(threading.get_ident).result(5), done=bench.got.append)
    bench.run.run(threading.get_ident, done=bench.got.append)
    qtbot.waitUntil(lambda: len(bench.got) == 2)
    assert bench.got[0] == bench.got[1]


def test_nothing_is_delivered_after_closing(bench: Bench, qtbot: QtBot) -> None:
    gate = threading.Event()
    bench.run.run_io(gate.wait, done=bench.got.append)
    bench.run.close()
    gate.set()
    bench.io.shutdown(wait=True)
    bench.run.post(lambda: bench.got.append("post"))
    fresh = Background(bench.store, bench.store, bench.errors.append)
    fresh.run(lambda: "after", done=bench.got.append)
    qtbot.waitUntil(lambda: "after" in bench.got)
    assert bench.got == ["after"]
