"""A real server over HTTP behind a proxy that breaks, and two laptops; and the same in one process (`two`, `server`)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from migdesk.server.host import ServerHost
from migdesk.server.run import RunningServer
from tests.faults.http_office import AT_ONCE, HttpLaptop, laptops
from tests.server.driver import opened
from tests.sync.conftest import laptop, nodes, postgres, server, two
from tests.sync.wire_proxy import WireProxy

__all__ = ["laptop", "nodes", "postgres", "server", "two"]


@pytest.fixture
def host(tmp_path: Path) -> Iterator[ServerHost]:
    with opened(tmp_path / "server") as made:
        yield made


@pytest.fixture
def wire(host: ServerHost) -> Iterator[WireProxy]:
    """The way to a running server. The whole way: `wire.url`; past the proxy: `wire.straight`."""
    with RunningServer(host, sync_rate=AT_ONCE) as running, WireProxy(running.url) as proxy:
        yield proxy


@pytest.fixture
def rina(tmp_path: Path, host: ServerHost, wire: WireProxy) -> Iterator[HttpLaptop]:
    """A laptop behind the proxy that has synced once."""
    with laptops(tmp_path, host, wire.url, "rina") as (made,):
        yield made


@pytest.fixture
def sari(tmp_path: Path, host: ServerHost, wire: WireProxy) -> Iterator[HttpLaptop]:
    """A colleague of hers in the same village."""
    with laptops(tmp_path, host, wire.url, "sari") as (made,):
        yield made
