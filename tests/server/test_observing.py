"""What a monitor and an administrator see: figures, log lines, last contacts; never who or where."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from migdesk.clock import SystemClock, to_ms
from migdesk.errors import EnvError
from migdesk.logs import Safe
from migdesk.server import probes
from migdesk.server.contacts import EVERY_S, ContactNotes, last_contacts
from migdesk.server.host import ServerHost
from migdesk.server.json_log import JsonScrubber, request_id
from migdesk.server.metrics import Metrics
from migdesk.server.metrics_app import make_metrics_app
from migdesk.server.run import RunningServer
from migdesk.store import contacts
from migdesk.store.database import Store
from migdesk.sync.wire.frames import End
from migdesk.vault.enrolment import new_enrolment_code
from tests.server.driver import LOMBOK_TIMUR, Caller, MovedClock, call, enrolled, opened
from tests.server.test_exchanging import NAME, batch, hello, person, push

DAY = 24 * 3600 * 1000


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def host(tmp_path: Path, clock: MovedClock) -> Iterator[ServerHost]:
    with opened(tmp_path / "server", clock) as made:
        yield made


def figures(host: ServerHost, metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    with RunningServer(host, groups=(lambda parts: make_metrics_app(host, metrics, parts.gate).routes,)) as server:
        text = call(server.url + "/metrics").body.decode()
    found = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            found[one.name, tuple(sorted(one.labels.items()))] = one.value
    return found


def test_the_figures_follow_what_happens_and_name_nobody(host: ServerHost) -> None:
    metrics = Metrics()
    with RunningServer(host, metrics=metrics) as server:
        laptop = enrolled(server, host)
        data = batch(host, laptop, person(laptop), person(laptop, counter=2, user="somebody"))
        laptop.exchange(server.url, host.org, hello(host), push(data), End()).frames()
        assert Caller().enrol(server.url, new_enrolment_code()).json["error"] == "wrong"
        call(server.url + f"/people/{NAME}")
    found = figures(host, metrics)
    assert found["migdesk_requests_total", (("route", "/sync/1/exchange"), ("status", "200"))] == 1
    assert found["migdesk_requests_total", (("route", "elsewhere"), ("status", "404"))] == 1
    assert found["migdesk_changes_total", (("outcome", "applied"),)] == 1
    assert found["migdesk_changes_total", (("outcome", "rejected"),)] == 1
    assert found["migdesk_quarantine_open", ()] == 1
    assert found["migdesk_exchange_seconds_count", ()] == 1
    assert found["migdesk_exchange_received_bytes_sum", ()] > len(data)
    assert found["migdesk_devices", (("days", "1"), ("status", "active"))] == 1
    assert found["migdesk_devices", (("days", "more"), ("status", "active"))] == 1  # the server itself
    assert found["migdesk_database_up", ()] == 1
    assert found["migdesk_enrolment_failures_total", (("why", "wrong"),)] == 1
    text = metrics.text().decode()
    for secret in ("rina", NAME, f"{laptop.keys.device_id:016x}", str(laptop.keys.device_id), LOMBOK_TIMUR):
        assert secret not in text


def test_two_applications_count_for_themselves() -> None:
    one, two = Metrics(), Metrics()
    one.request("/", 200, 0.1, 0, 0)
    assert b'migdesk_requests_total{route="/",status="200"} 1.0' in one.text()
    assert b'status="200"' not in two.text()


def test_the_application_of_the_laptops_serves_no_figures(host: ServerHost) -> None:
    with RunningServer(host, metrics=Metrics()) as server:
        assert call(server.url + "/metrics").status == 404


def test_devices_are_counted_by_their_last_contact(host: ServerHost, clock: MovedClock) -> None:
    with RunningServer(host) as server:
        for days, user in ((40, "rina"), (8, "dewi"), (0, "wati")):
            laptop = enrolled(server, host, user)
            clock.ahead -= timedelta(days=days)
            laptop.clock = clock
            laptop.exchange(server.url, host.org, hello(host), End()).frames()
            clock.ahead += timedelta(days=days)

    def count(store: Store) -> dict[int | None, int]:
        with store.read() as tx:
            return {one.days: one.count for one in contacts.device_counts(tx, to_ms(clock.now()))}

    assert host.db.call(count) == {1: 1, 14: 1, 90: 1, None: 1}


def test_a_contact_is_written_once_in_a_while(host: ServerHost, clock: MovedClock) -> None:
    def seen(store: Store) -> dict[int, int]:
        with store.read() as tx:
            return last_contacts(tx)

    laptop = Caller()
    laptop.clock = clock
    with RunningServer(host) as server:
        laptop.enrol(server.url, host.issue_code("rina", "outreach", LOMBOK_TIMUR))
        assert host.db.call(seen) == {}
        laptop.exchange(server.url, host.org, hello(host), End()).frames()
        first = host.db.call(seen)
        assert set(first) == {laptop.keys.device_id}
        clock.ahead += timedelta(seconds=EVERY_S / 2)
        laptop.exchange(server.url, host.org, hello(host), End()).frames()
        assert host.db.call(seen) == first
    clock.ahead += timedelta(seconds=EVERY_S)
    with RunningServer(host) as server:  # a process that knows nothing asks the database
        laptop.exchange(server.url, host.org, hello(host), End()).frames()
        assert host.db.call(seen)[laptop.keys.device_id] > first[laptop.keys.device_id] + EVERY_S * 1000


def test_a_process_remembers_a_bounded_number_of_contacts() -> None:
    notes = ContactNotes()
    assert [notes.due(7, now) for now in (0.0, 1.0, EVERY_S, EVERY_S + 1)] == [True, False, True, False]
    for device in range(30_000):
        notes.due(device, 0.0)
    assert len(notes._noted) <= 20_000


def test_readiness_says_what_is_missing(host: ServerHost, monkeypatch: pytest.MonkeyPatch) -> None:
    with RunningServer(host) as server:
        assert call(server.url + "/readyz").json == {"status": "ready", "org": str(host.org)}
        monkeypatch.setattr(probes, "LEAST_FREE", 1 << 60)
        answer = call(server.url + "/readyz")
        assert (answer.status, answer.json) == (503, {"status": "waiting", "why": "disk"})
        assert answer.headers["retry-after"]
        monkeypatch.undo()
        server.gate.draining = True
        assert call(server.url + "/readyz").json["why"] == "stopping"
        server.gate.draining = False
        monkeypatch.setattr(Store, "is_current", lambda store: False)
        assert call(server.url + "/readyz").json["why"] == "migration"

        def broken(store: Store) -> bool:
            raise EnvError("The server's database cannot be reached.")

        monkeypatch.setattr(Store, "is_current", broken)
        assert call(server.url + "/readyz").json["why"] == "database"
        assert call(server.url + "/healthz").json == {"status": "ok"}


@contextmanager
def lines_of(name: str) -> Iterator[list[dict[str, object]]]:
    """The JSON lines of a logger."""
    found: list[dict[str, object]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(json.loads(self.format(record)))

    handler, logger = Keep(), logging.getLogger(name)
    handler.setFormatter(JsonScrubber())
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield found
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


def test_log_lines_are_objects_that_tell_devices_apart_and_name_none(host: ServerHost) -> None:
    with lines_of("migdesk.server") as lines, RunningServer(host) as server:
        laptops = [enrolled(server, host, user) for user in ("rina", "dewi")]
        for laptop in (*laptops, laptops[0]):
            laptop.exchange(server.url, host.org, hello(host), End()).frames()
        call(server.url + "/people/Rina%20Wati?phone=0819")
    asked = [line for line in lines if line["message"] == "request"]
    assert [line["path"] for line in asked[:2]] == ["/sync/1/enrol"] * 2
    words = [line["device"] for line in asked if line["path"] == "/sync/1/exchange"]
    assert words[0] == words[2] != words[1]
    assert all(isinstance(word, str) and len(word) == 12 for word in words)
    assert len({line["id"] for line in asked}) == len(asked)
    last = asked[-1]
    assert (last["path"], last["status"], last["device"]) == ("elsewhere", 404, None)
    assert {"time", "level", "logger", "in", "out", "ms"} <= set(last)
    text = json.dumps(lines)
    for secret in ("rina", "Rina", "0819", "127.0.0.1", *(f"{one.keys.device_id:016x}" for one in laptops)):
        assert secret not in text


def test_the_lines_of_a_failure_carry_the_request_and_no_value() -> None:
    with lines_of("migdesk.server") as lines:
        token = request_id.set(Safe("abc123"))
        try:
            raise ValueError(NAME)
        except ValueError:
            logging.getLogger("migdesk.server.parts").exception("a request failed")
        finally:
            request_id.reset(token)
        logging.getLogger("migdesk.server.parts").warning("seen name=%(name)s", {"name": NAME})
    assert lines[0]["request"] == "abc123"
    assert "ValueError" in str(lines[0]["message"])
    assert lines[1]["name"] == f"<str of {len(NAME)}>"
    assert NAME not in json.dumps(lines)


def test_a_generation_that_another_process_renewed_is_taken_over(tmp_path: Path) -> None:
    clock = SystemClock()
    home = tmp_path / "server"
    with opened(home, clock) as one, opened(home, clock) as two, RunningServer(one) as server:
        laptop = enrolled(server, one)
        two.renew_generation()
        one._looked_at -= 60
        control = laptop.exchange(server.url, one.org, hello(one), End()).frames()[0]
    assert getattr(control, "generation", b"") == two.identity.generation != b""
