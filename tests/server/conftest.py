"""One PostgreSQL for the tests of the server in this session; those that kill theirs make their own."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.server_processes import Cluster, cluster


@pytest.fixture(scope="session")
def shared_cluster() -> Iterator[Cluster]:
    """A PostgreSQL that nobody stops."""
    with cluster() as made:
        yield made


@pytest.fixture
def database(shared_cluster: Cluster, request: pytest.FixtureRequest) -> Callable[..., str]:
    """Makes an empty database of this test; another one for another `name`."""

    def make(name: str = "") -> str:
        return shared_cluster.database(f"d{abs(hash(request.node.nodeid)):x}{name}")

    return make
