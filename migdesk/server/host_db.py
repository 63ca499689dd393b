"""How the server reaches its store: one owning thread for a SQLCipher file, a small pool for PostgreSQL."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

from migdesk.store.database import Store
from migdesk.store.worker import StoreWorker

T = TypeVar("T")
POOL_THREADS = 8


class _Submit(Protocol):
    def __call__(self, fn: Callable[[Store], T], /) -> "Future[T]": ...


class HostDb:
    """Runs functions of the store off the event loop. Close it last."""

    def __init__(self, submit: _Submit, close: Callable[[], None]) -> None:
        self._submit = submit
        self._close = close

    @classmethod
    def of_file(cls, open_store: Callable[[], Store]) -> "HostDb":
        """A SQLCipher file; `open_store` runs on the thread that will own it. Raises what it raises."""
        worker = StoreWorker(open_store)
        return cls(worker.submit, worker.close)

    @classmethod
    def of_url(cls, open_store: Callable[[], Store]) -> "HostDb":
        """PostgreSQL: one Store with an engine pool, and as many threads as it has connections."""
        store = open_store()
        pool = ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="store")

        def submit(fn: Callable[[Store], T], /) -> "Future[T]":
            return pool.submit(fn, store)

        def close() -> None:
            pool.shutdown(wait=True)
            store.close()

        return cls(submit, close)

    async def run(self, fn: Callable[[Store], T]) -> T:
        """The result of `fn(store)`, awaited. Raises what it raises."""
        return await asyncio.wrap_future(self._submit(fn))

    def call(self, fn: Callable[[Store], T]) -> T:
        """The result of `fn(store)` for callers without an event loop; it blocks."""
        return self._submit(fn).result()

    def close(self) -> None:
        """Wait for what runs, then close the store."""
        self._close()
