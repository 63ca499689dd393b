"""Every declared endpoint under schemathesis: whatever is sent, the answer is a declared one, and never a 5xx."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from starlette.routing import Route

from migdesk.server import openapi
from migdesk.server.application import make_app
from migdesk.server.host import ServerHost
from migdesk.server.rate_limit import Rate
from migdesk.server.run import RunningServer
from tests.conftest import LONG
from tests.server.driver import Caller, call, enrolled, opened

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

EXAMPLES = 300 if LONG else 12
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = [
    (path, method)
    for path, item in openapi.document()["paths"].items()
    for method in item
    if method in ("get", "head", "post", "put")
]
NOT_JSON = {("/", "GET"), ("/", "HEAD"), (openapi.PATH, "GET"), (openapi.PATH, "HEAD")}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerHost]:
    with opened(Path(tmp_path_factory.mktemp("fuzz")) / "server") as made:
        yield made


@pytest.fixture(scope="module")
def server(host: ServerHost) -> Iterator[RunningServer]:
    with RunningServer(host, sync_rate=Rate(100_000, 0.0001)) as running:
        yield running


@pytest.fixture(scope="module")
def laptop(server: RunningServer, host: ServerHost) -> Caller:
    return enrolled(server, host)


@pytest.fixture(scope="module")
def schema(server: RunningServer) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return schemathesis.openapi.from_url(server.url + openapi.PATH)


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=[f"{method} {path}" for path, method in OPERATIONS])
@pytest.mark.filterwarnings("ignore")
def test_each_operation_answers_as_declared(
    schema: Any, host: ServerHost, laptop: Caller, path: str, method: str
) -> None:
    operation = schema[path][method.upper()]

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        for headers in ({}, {"authorization": f"Bearer {laptop.token(host.org)}"}):
            response = case.call(headers=headers, timeout=30)
            case.validate_response(response, checks=CHECKS)

    run()


def test_every_route_is_declared_and_nothing_else(host: ServerHost) -> None:
    served = {
        (route.path, method)
        for route in make_app(host).routes
        if isinstance(route, Route) and not route.path.startswith("/admin")
        for method in route.methods or ()
    }
    declared = {(path, method.upper()) for path, method in OPERATIONS}
    # Starlette answers HEAD wherever it answers GET.
    heads = {(path, "HEAD") for path, method in declared if method == "GET"}
    assert served - NOT_JSON == declared | (heads & served)


def test_the_document_names_the_errors_as_they_are(server: RunningServer) -> None:
    told = call(server.url + openapi.PATH).json
    assert told["openapi"].startswith("3.1")
    error = call(server.url + "/nowhere").json
    assert set(error) == set(told["components"]["schemas"]["Error"]["required"])
