"""A real server over HTTP behind a proxy that breaks, and two laptops; the same in one process: `two`, `server`."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from migdesk.server.host import ServerHost
from migdesk.server.run import RunningServer
from tests.faults.http_office import AT_ONCE, HttpLaptop, laptops
from tests.server.driver import call, opened
from tests.sync.conftest import laptop, nodes, postgres, server, two
from tests.sync.wire_proxy import WireProxy

__all__ = ["laptop", "nodes", "postgres", "server", "two"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("office")


@pytest.fixture(scope="module")
def host(folder: Path) -> Iterator[ServerHost]:
    """One server for the tests of a module: each of them ends with everybody in agreement."""
    with opened(folder / "server") as made:
        yield made


@pytest.fixture(scope="module")
def proxy(host: ServerHost) -> Iterator[WireProxy]:
    with RunningServer(host, sync_rate=AT_ONCE) as running, WireProxy(running.url) as made:
        # The threads that answer are made here, not in the test that first needs them.
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: call(running.url + "/readyz"), range(16)))
        yield made


@pytest.fixture
def wire(proxy: WireProxy) -> Iterator[WireProxy]:
    """The way to a running server. The whole way: `wire.url`; past the proxy: `wire.target`."""
    proxy.reset()
    yield proxy
    proxy.heal()


@pytest.fixture(scope="module")
def rina(folder: Path, host: ServerHost, proxy: WireProxy) -> Iterator[HttpLaptop]:
    """A laptop behind the proxy that has synced once."""
    with laptops(folder, host, proxy.url, "rina") as (made,):
        yield made


@pytest.fixture(scope="module")
def sari(folder: Path, host: ServerHost, proxy: WireProxy) -> Iterator[HttpLaptop]:
    """A colleague of hers in the same village."""
    with laptops(folder, host, proxy.url, "sari") as (made,):
        yield made
