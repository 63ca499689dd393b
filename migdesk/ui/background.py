"""Work away from the GUI thread, and its results back on it. GUI thread, except where a method says otherwise.

One object delivers every result, so that nothing depends on the life of a widget. The executors are given: the store's
one thread, and a pool for network, files and key derivation. There is no other thread in the program.
"""

import logging
import sys
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar, TypeVarTuple

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal, Slot

from migdesk.errors import BugError, MigDeskError
from migdesk.i18n.markers import N_
from migdesk.ui.screen import ProgressRelay

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_log = logging.getLogger(__name__)
_PROGRESS_EVERY_S = 0.1
TURN_S = 0.001
"""How long a busy thread may keep the interpreter when the window wants it; by default Python lets it have five times
that, for each call of Qt into Python (`benchmarks.stutter`)."""


def take_short_turns() -> None:
    """Let the window have its turn soon while work goes on beside it. For the whole process, once at its start."""
    sys.setswitchinterval(TURN_S)


class Executor(Protocol):
    """What of an executor is used here; `concurrent.futures` offers it."""

    def submit(self, fn: Callable[[], T], /) -> Future[T]: ...


class _Delivery(QObject):
    """Carries a callable from any thread to the GUI thread."""

    arrived = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.arrived.connect(self._open, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def _open(self, letter: Callable[[], None]) -> None:
        letter()


class Task:
    """One piece of work under way; the `Job` of `ui.screen`."""

    def __init__(self, owner: object | None) -> None:
        self.stop = threading.Event()
        self._owner = weakref.ref(owner) if owner is not None else None

    def cancel(self) -> None:
        self.stop.set()

    @property
    def wanted(self) -> bool:
        """Whether anybody still wants the result: not cancelled, and the owner is there, in C++ too."""
        if self.stop.is_set():
            return False
        if self._owner is None:
            return True
        owner = self._owner()
        return owner is not None and (not isinstance(owner, QObject) or shiboken6.isValid(owner))


class _Relay:
    """Progress from a working thread, at most ten times a second; the last one always."""

    def __init__(self, task: Task, tell: Callable[[int, int, str], None]) -> None:
        self._task, self._tell, self._last = task, tell, 0.0

    @property
    def stop(self) -> threading.Event:
        return self._task.stop

    @property
    def cancelled(self) -> bool:
        return self._task.stop.is_set()

    def __call__(self, done: int, total: int, words: str = "") -> None:
        now = time.monotonic()
        if now - self._last >= _PROGRESS_EVERY_S or done >= total:
            self._last = now
            self._tell(done, total, words)


class Background:
    """The `Runner` of `ui.screen`. `on_error` gets errors that no caller takes."""

    def __init__(self, store: Executor, io: Executor, on_error: Callable[[MigDeskError], None]) -> None:
        self._store, self._io = store, io
        self.on_error = on_error
        self._delivery = _Delivery()
        self._open: dict[Task, Callable[[Future[Any]], None]] = {}
        self._closed = False

    @property
    def pending(self) -> int:
        """How much work has not come back yet."""
        return len(self._open)

    def run(
        self,
        fn: Callable[[*Ts], T],
        *args: *Ts,
        done: Callable[[T], None] | None = None,
        failed: Callable[[MigDeskError], None] | None = None,
        owner: object | None = None,
    ) -> Task:
        """`fn` on the store's thread, after all that was asked for before."""
        task = Task(owner)
        return self._send(self._store, task, lambda: fn(*args), done, failed)

    def run_io(
        self,
        fn: Callable[[*Ts], T],
        *args: *Ts,
        done: Callable[[T], None] | None = None,
        failed: Callable[[MigDeskError], None] | None = None,
        owner: object | None = None,
    ) -> Task:
        """`fn` on a thread of the pool."""
        task = Task(owner)
        return self._send(self._io, task, lambda: fn(*args), done, failed)

    def run_long(
        self,
        fn: Callable[[ProgressRelay], T],
        *,
        done: Callable[[T], None] | None = None,
        failed: Callable[[MigDeskError], None] | None = None,
        progress: Callable[[int, int, str], None] | None = None,
        owner: object | None = None,
    ) -> Task:
        """`fn(relay)` on a thread of the pool; it must look at `relay.cancelled` often."""
        task = Task(owner)

        def tell(step: int, total: int, words: str) -> None:
            if progress is not None:
                self.post(lambda: progress(step, total, words) if task.wanted else None)

        relay = _Relay(task, tell)
        return self._send(self._io, task, lambda: fn(relay), done, failed)

    def on_store(self, fn: Callable[[], T]) -> Future[T]:
        """From a thread of the pool: `fn` on the store's thread. Wait on the future there, never on the GUI thread."""
        return self._store.submit(fn)

    def post(self, fn: Callable[[], object]) -> None:
        """Call `fn` on the GUI thread, soon. Any thread."""
        if not self._closed:
            self._delivery.arrived.emit(fn)

    def close(self) -> None:
        """Ask all work to stop and deliver nothing more. The executors are joined by whoever made them."""
        self._closed = True
        for task in self._open:
            task.cancel()
        self._open.clear()

    def _send(
        self,
        executor: Executor,
        task: Task,
        work: Callable[[], T],
        done: Callable[[T], None] | None,
        failed: Callable[[MigDeskError], None] | None,
    ) -> Task:
        self._open[task] = lambda future: self._hand_over(task, future, done, failed)

        def finished(future: Future[T]) -> None:
            # On the working thread, which holds no callback: to let go of a widget there would destroy it there.
            self.post(lambda: self._open.pop(task, _nobody)(future))

        executor.submit(work).add_done_callback(finished)
        return task

    def _hand_over(
        self,
        task: Task,
        future: Future[T],
        done: Callable[[T], None] | None,
        failed: Callable[[MigDeskError], None] | None,
    ) -> None:
        error = future.exception()
        if error is None:
            if done is not None and task.wanted:
                done(future.result())
            return
        told = error if isinstance(error, MigDeskError) else _bug(error)
        if failed is None:
            # Nobody may lose an error because its window is gone; only a cancelled one is expected.
            if not task.stop.is_set():
                self.on_error(told)
        elif task.wanted:
            failed(told)


def _nobody(_future: Future[Any]) -> None:
    """The background was closed meanwhile."""


def _bug(error: BaseException) -> BugError:
    _log.error("unexpected error in background work", exc_info=error)
    made = BugError(
        N_("Something went wrong inside MigDesk."),
        hint=N_("What was saved is safe. Try again; if it happens again, tell your supervisor."),
    )
    made.__cause__ = error
    return made
