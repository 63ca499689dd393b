"""A server on loopback and laptops that are enrolled there."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from migdesk.server.host import ServerHost
from migdesk.server.run import RunningServer
from migdesk.services import session as sessions
from tests.devices.laptops import Laptop
from tests.server.driver import open_host
from tests.support.fake_clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def host(tmp_path: Path, clock: FakeClock) -> Iterator[ServerHost]:
    made = open_host(tmp_path / "server", clock)
    yield made
    made.close()


@pytest.fixture
def url(host: ServerHost) -> Iterator[str]:
    with RunningServer(host) as server:
        yield server.url


@pytest.fixture
def laptops(tmp_path: Path, host: ServerHost, url: str, clock: FakeClock) -> Iterator[Callable[..., Laptop]]:
    made: list[Laptop] = []

    def make(name: str = "rina", role: str = "OUTREACH") -> Laptop:
        made.append(Laptop(tmp_path / f"{name}-{len(made)}", host, url, clock, name, role))
        return made[-1]

    yield make
    for one in made:
        sessions.close(one.session)
