"""The exchange over real HTTP: who may speak, what is kept of a cut, and what a revoked laptop hears."""

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from migdesk.clock import SystemClock, new_id, to_ms
from migdesk.domain.changes import Change, Edit, Register
from migdesk.domain.office import User
from migdesk.domain.person import Person
from migdesk.server.host import ServerHost
from migdesk.server.rate_limit import Rate
from migdesk.server.run import RunningServer
from migdesk.store import records
from migdesk.store.database import Store
from migdesk.sync.wire.batch import NO_PREVIOUS, BatchHead, build
from migdesk.sync.wire.codec import Codec
from migdesk.sync.wire.frames import Ack, Ask, Control, End, Frame, Hello, Pull, Push, State, encode
from tests.server.driver import LOMBOK_TIMUR, Caller, MovedClock, call, cut, enrolled, opened

VILLAGE = "52.03.09.2004"
NAME = "Nurhayati Suhartiningsih"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[ServerHost]:
    with opened(tmp_path / "server") as made:
        yield made


@pytest.fixture
def server(host: ServerHost) -> Iterator[RunningServer]:
    with RunningServer(host) as running:
        yield running


def hello(host: ServerHost, org: UUID | None = None, generation: bytes = b"") -> Hello:
    return Hello(1, (org or host.org).bytes, 1, generation, to_ms(SystemClock().now()))


def person(laptop: Caller, user: str = "rina", counter: int = 1, name: str = NAME) -> Change:
    """A new person, as the laptop of `user` would write it."""
    values = {"full_name": name, "area_code": VILLAGE}
    edits = tuple(Edit(Register(Person.spec.by_name[key].number), value) for key, value in values.items())
    return Change(
        laptop.keys.device_id, counter, to_ms(SystemClock().now()) << 16, User.spec.natural_id({"username": user}),
        Person.spec.number, new_id(SystemClock()), VILLAGE, None, edits,
    )  # fmt: skip


def batch(host: ServerHost, laptop: Caller, *changes: Change, n: int = 1, previous: bytes = NO_PREVIOUS) -> bytes:
    head = BatchHead(
        host.org, LOMBOK_TIMUR, int(Person.spec.lane), laptop.keys.device_id, n, previous, 1,
        changes[0].counter, changes[-1].counter, to_ms(SystemClock().now()),
    )  # fmt: skip
    return build(head, changes, laptop.keys.sign, Codec.shipped())


def push(data: bytes, n: int = 1, offset: int = 0) -> Push:
    return Push(LOMBOK_TIMUR, int(Person.spec.lane), n, offset, len(data), data[offset:])


def kinds(frames: list[Frame]) -> list[str]:
    return [type(frame).__name__ for frame in frames]


def asked(laptop: Caller, server: RunningServer, host: ServerHost) -> Iterator[Ack]:
    """How far the stream is, asked again and again: the server may not have noticed yet that a connection broke."""
    ask = Ask(LOMBOK_TIMUR, int(Person.spec.lane), 0)
    for _ in range(200):
        frames = laptop.exchange(server.url, host.org, hello(host), ask, End()).frames()
        yield [frame for frame in frames if isinstance(frame, Ack)][-1]


def people_of(host: ServerHost) -> int:
    def count(store: Store) -> int:
        with store.read() as tx:
            return records.count(tx, Person)

    return host.db.call(count)


def test_the_first_exchange_brings_what_everybody_knows(host: ServerHost, server: RunningServer) -> None:
    laptop = enrolled(server, host)
    frames = laptop.exchange(server.url, host.org, hello(host), End()).frames()
    control = frames[0]
    assert isinstance(control, Control)
    assert (control.org, control.generation, control.revoked) == (host.org.bytes, host.identity.generation, False)
    assert 0 < control.lease_until_ms - control.server_ms <= timedelta(days=30) / timedelta(milliseconds=1)
    assert kinds(frames)[-1] == "End"
    assert {frame.op_area for frame in frames if isinstance(frame, Pull)} == {"00"}


def test_a_pushed_batch_is_applied_once_and_named_in_the_answer(host: ServerHost, server: RunningServer) -> None:
    laptop = enrolled(server, host)
    data = batch(host, laptop, person(laptop))
    for _ in range(2):
        frames = laptop.exchange(server.url, host.org, hello(host), push(data), End()).frames()
        ack = next(frame for frame in frames if isinstance(frame, Ack))
        assert (ack.state, ack.n, ack.sha256) == (State.APPLIED, 1, hashlib.sha256(data).digest())
        assert people_of(host) == 1


def test_a_cut_keeps_what_arrived(host: ServerHost, server: RunningServer) -> None:
    laptop = enrolled(server, host)
    noise = [person(laptop, counter=one, name=os.urandom(80).hex()) for one in range(1, 60)]
    data = batch(host, laptop, *noise)
    whole = encode(hello(host)) + encode(push(data)) + encode(End())
    head = (
        f"POST /sync/1/exchange HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {laptop.token(host.org)}\r\n"
        f"Content-Length: {len(whole)}\r\n\r\n"
    ).encode()
    cut(server.url, head + whole[: len(whole) // 2])
    ack = next(one for one in asked(laptop, server, host) if one.offset)
    assert ack.state == State.RECEIVED
    assert len(data) // 3 < ack.offset < len(data)
    frames = laptop.exchange(server.url, host.org, hello(host), push(data, offset=ack.offset), End()).frames()
    assert any(isinstance(frame, Ack) and frame.state == State.APPLIED for frame in frames)
    assert people_of(host) == 59


def test_a_revoked_laptop_hears_so_and_its_late_work_is_kept_aside(host: ServerHost, server: RunningServer) -> None:
    laptop = enrolled(server, host)
    host.revoke(f"{laptop.keys.device_id:016x}")
    data = batch(host, laptop, person(laptop))
    frames = laptop.exchange(server.url, host.org, hello(host), push(data), End()).frames()
    assert isinstance(frames[0], Control)
    assert frames[0].revoked
    assert "Pull" not in kinds(frames)
    assert any(isinstance(frame, Ack) and frame.state == State.REFUSED for frame in frames)
    assert people_of(host) == 0


def test_laptops_of_others_are_refused_by_name(host: ServerHost, server: RunningServer, tmp_path: Path) -> None:
    laptop = enrolled(server, host)
    cases = [
        (Caller().exchange(server.url, host.org, End()), 401, "device"),
        (Caller().exchange(server.url, new_id(SystemClock()), End()), 403, "organisation"),
        (laptop.exchange(server.url, new_id(SystemClock()), End()), 403, "organisation"),
        (laptop.exchange(server.url, host.org, hello(host, new_id(SystemClock())), End()), 403, "organisation"),
        (call(server.url + "/sync/1/exchange", "POST", b""), 401, "token"),
        (call(server.url + "/sync/1/exchange", "POST", b"", authorization="Basic eDp5"), 401, "token"),
        (call(server.url + "/sync/1/exchange", "POST", b"", authorization="Bearer a.b.c"), 401, "malformed"),
    ]
    for answer, status, error in cases:
        assert (answer.status, answer.json["error"]) == (status, error)
        assert answer.json["org"] == str(host.org)


def test_a_token_signed_by_another_key_is_refused(host: ServerHost, server: RunningServer) -> None:
    laptop, thief = enrolled(server, host), Caller()
    thief.keys.device_id = laptop.keys.device_id
    answer = thief.exchange(server.url, host.org, hello(host), End())
    assert (answer.status, answer.json["error"]) == (401, "key")


def test_a_laptop_years_off_learns_the_time_and_comes_again(host: ServerHost, server: RunningServer) -> None:
    laptop = enrolled(server, host)
    clock = MovedClock(timedelta(days=-9000))
    laptop.clock = clock
    answer = laptop.exchange(server.url, host.org, hello(host), End())
    assert (answer.status, answer.json["error"]) == (401, "clock")
    clock.ahead += timedelta(milliseconds=answer.json["server_time"] - to_ms(clock.now()))
    assert laptop.exchange(server.url, host.org, hello(host), End()).status == 200


@pytest.mark.parametrize("body", [b"", b"\0", b"GET / HTTP/1.1", b"\0\0\0\0\0", b"\xff" * 5000, encode(End())])
def test_bytes_that_are_no_exchange_are_refused(host: ServerHost, server: RunningServer, body: bytes) -> None:
    laptop = enrolled(server, host)
    bearer = f"Bearer {laptop.token(host.org)}"
    answer = call(server.url + "/sync/1/exchange", "POST", body, authorization=bearer)
    assert (answer.status, answer.json["error"]) == (400, "malformed")


def test_a_request_without_its_end_is_not_answered_as_whole(host: ServerHost, server: RunningServer) -> None:
    laptop = enrolled(server, host)
    data = batch(host, laptop, person(laptop))
    answer = laptop.exchange(server.url, host.org, hello(host), push(data))
    assert answer.status == 400
    again = laptop.exchange(server.url, host.org, hello(host), push(data), End()).frames()
    assert any(isinstance(frame, Ack) and frame.state == State.APPLIED for frame in again)
    assert people_of(host) == 1


def test_a_laptop_that_runs_wild_is_slowed_down_and_no_other(host: ServerHost) -> None:
    with RunningServer(host, sync_rate=Rate(burst=2, every_s=600)) as server:
        wild, calm = enrolled(server, host), enrolled(server, host, "dewi")
        answers = [wild.exchange(server.url, host.org, hello(host), End()) for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert answers[2].json["error"] == "slow_down"
        assert 0 < int(answers[2].headers["retry-after"]) <= 600
        assert calm.exchange(server.url, host.org, hello(host), End()).status == 200


def test_what_one_pushes_another_of_the_area_pulls(host: ServerHost, server: RunningServer) -> None:
    officer, colleague = enrolled(server, host), enrolled(server, host, "dewi")
    trainer = enrolled(server, host, "budi", "trainer")
    data = batch(host, officer, person(officer))
    officer.exchange(server.url, host.org, hello(host), push(data), End()).frames()

    def areas(laptop: Caller) -> set[str]:
        frames = laptop.exchange(server.url, host.org, hello(host), End()).frames()
        return {frame.op_area for frame in frames if isinstance(frame, Pull)}

    assert areas(colleague) == {"00", LOMBOK_TIMUR}
    assert areas(officer) == areas(trainer) == {"00"}
