"""The one thread that owns a SQLCipher file, from opening to closing. Anybody may submit; nobody else touches it."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from migdesk.store.database import Store

T = TypeVar("T")


class StoreWorker:
    """Runs functions of the store one after the other, in the order of submission.

    `open` runs on the thread; when it raises, every submitted function ends with that error.
    """

    def __init__(self, open: Callable[[], Store]) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._store = self._pool.submit(open)
        self._closed = False

    def submit(self, fn: Callable[[Store], T]) -> "Future[T]":
        """The result of `fn(store)`, to come. Raises RuntimeError after `close`."""
        return self._pool.submit(lambda: fn(self._store.result()))

    def close(self) -> None:
        """Run what was submitted, close the store, end the thread. May be called again."""
        if not self._closed:
            self._closed = True
            self._pool.submit(self._close_store)
            self._pool.shutdown(wait=True)

    def _close_store(self) -> None:
        if self._store.exception() is None:
            self._store.result().close()
