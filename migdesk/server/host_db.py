"""How the server reaches its store: one owning thread for a SQLCipher file, a small pool for PostgreSQL."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

from starlette.concurrency import run_in_threadpool

from migdesk.store.database import Store
from migdesk.store.worker import StoreWorker

T = TypeVar("T")
POOL_THREADS = 8


class _Submit(Protocol):
    def __call__(self, fn: Callable[[Store], T], /) -> "Future[T]": ...


class Work(Protocol):
    """Runs a function that may wait for the store off the event loop; its result, awaited."""

    def __call__(self, fn: Callable[[], T], /) -> Awaitable[T]: ...


class HostDb:
    """Runs functions of the store off the event loop. Close it last."""

    def __init__(self, submit: _Submit, close: Callable[[], None], threads: "_StoreThreads | None" = None) -> None:
        self._submit = submit
        self._close = close
        self._threads = threads

    @classmethod
    def of_file(cls, open_store: Callable[[], Store]) -> "HostDb":
        """A SQLCipher file; `open_store` runs on the thread that will own it. Raises what it raises."""
        worker = StoreWorker(open_store)
        return cls(worker.submit, worker.close)

    @classmethod
    def of_url(cls, open_store: Callable[[], Store]) -> "HostDb":
        """PostgreSQL: one Store with an engine pool, and as many threads as it has connections."""
        store = open_store()
        threads = _StoreThreads(store)

        def submit(fn: Callable[[Store], T], /) -> "Future[T]":
            return threads.pool.submit(fn, store)

        def close() -> None:
            threads.pool.shutdown(wait=True)
            store.close()

        return cls(submit, close, threads)

    async def run(self, fn: Callable[[Store], T]) -> T:
        """The result of `fn(store)`, awaited. Raises what it raises."""
        return await asyncio.wrap_future(self._submit(fn))

    async def work(self, fn: Callable[[], T]) -> T:
        """The result of `fn()`, which may `call`, off the event loop. On PostgreSQL the whole of it runs on one thread
        of the pool: to change threads for each transaction would cost as much as the transaction."""
        if self._threads is None:
            return await run_in_threadpool(fn)
        return await asyncio.wrap_future(self._threads.pool.submit(fn))

    def call(self, fn: Callable[[Store], T]) -> T:
        """The result of `fn(store)` for callers without an event loop; it blocks."""
        own = None if self._threads is None else self._threads.own()
        return self._submit(fn).result() if own is None else fn(own)

    def close(self) -> None:
        """Wait for what runs, then close the store."""
        self._close()


class _StoreThreads:
    """As many threads as there are connections; each knows that it is one of them."""

    def __init__(self, store: Store) -> None:
        self._local = threading.local()
        self._store = store
        self.pool = ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="store", initializer=self._enter)

    def _enter(self) -> None:
        self._local.store = self._store

    def own(self) -> Store | None:
        """The store, if the caller is on one of the threads."""
        return getattr(self._local, "store", None)
