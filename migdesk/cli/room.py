"""`room serve`: this workspace for colleagues in the same local network, until a signal or four hours end it."""

import queue
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future
from types import FrameType
from typing import Any, TypeVar

from migdesk.cli.console import Console
from migdesk.errors import EXIT_DONE, UserError
from migdesk.i18n.markers import N_
from migdesk.services import room
from migdesk.services.room import OpenRoom, RoomStanding
from migdesk.services.session import Session
from migdesk.store.database import Store

T = TypeVar("T")
_LOOK_S = 0.2


class Counter:
    """Lets other threads work with a store that this thread owns (`sync.runner.Runner`)."""

    def __init__(self, store: Store) -> None:
        self._store, self._owner = store, threading.get_ident()
        self._waiting: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def __call__(self, fn: Callable[[Store], T], /) -> T:
        if threading.get_ident() == self._owner:
            return fn(self._store)
        future: Future[T] = Future()

        def serve() -> None:
            try:
                future.set_result(fn(self._store))
            except BaseException as error:
                future.set_exception(error)

        self._waiting.put(serve)
        return future.result()

    def serve_until(self, done: Callable[[], bool]) -> None:
        """Do what others ask for. On the owner's thread."""
        while not done():
            try:
                self._waiting.get(timeout=_LOOK_S)()
            except queue.Empty:
                continue


def serve(console: Console) -> int:
    """Serve, say where, and say what came of it."""
    with console.session() as session:
        listen = console.args.listen or _own_address()
        counter = Counter(session.store)
        opened = room.open_room(counter, session, console.servers.start_room, listen)
        standing = opened.standing()
        words = console.lang.say(
            N_("Join this room with: {invitation} (until {time}). Stop with Ctrl+C."),
            invitation=standing.invitation, time=console.lang.time(standing.until),
        )  # fmt: skip
        console.put({"status": "ready", "address": standing.address, "code": standing.code}, words)
        console.flush()
        _wait(counter, opened)
        _end(counter, session, opened)
        _tell(console, opened.standing())
    return EXIT_DONE


def _own_address() -> str:
    found = room.addresses()
    if not found:
        raise UserError(
            N_("This laptop is in no local network."), hint=N_("Join a Wi-Fi or share one, or name it with --listen.")
        )
    return f"{found[0]}:{room.PORT}"


def _wait(counter: Counter, opened: OpenRoom) -> None:
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    before: dict[int, Any] = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        counter.serve_until(lambda: ended.is_set() or not opened.standing().open)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(counter: Counter, session: Session, opened: OpenRoom) -> None:
    """Whoever is still answered needs the store, so it is served while the room closes."""
    closing = threading.Thread(target=room.close_room, args=(counter, session, opened), name="closing")
    closing.start()
    counter.serve_until(lambda: not closing.is_alive())
    closing.join()


def _tell(console: Console, standing: RoomStanding) -> None:
    for guest in standing.guests:
        words = console.lang.say(
            N_("{user}: received {received}, sent {sent}"),
            user=guest.username, received=guest.received, sent=guest.sent,
        )  # fmt: skip
        data = {"user": guest.username, "label": guest.label, "received": guest.received, "sent": guest.sent}
        console.put(data, words)
