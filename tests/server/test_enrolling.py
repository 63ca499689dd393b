"""Enrolment over real HTTP: the right code once, and every other code, laptop or form never."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from migdesk.domain.office import Device, User
from migdesk.errors import UserError
from migdesk.server.enrolling import MAX_FAILURES
from migdesk.server.host import ServerHost
from migdesk.server.run import RunningServer
from migdesk.store import change_log, records
from migdesk.store.database import Store
from migdesk.vault.device_keys import DeviceKeys
from migdesk.vault.enrolment import EnrolmentAnswer, EnrolmentRequest, new_enrolment_code
from migdesk.vault.human_code import with_check
from tests.server.driver import LOMBOK_TIMUR, Answer, Caller, MovedClock, call, enrolled, opened


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def host(tmp_path: Path, clock: MovedClock) -> Iterator[ServerHost]:
    with opened(tmp_path / "server", clock) as made:
        yield made


@pytest.fixture
def server(host: ServerHost) -> Iterator[RunningServer]:
    with RunningServer(host) as running:
        yield running


def refused(answer: Answer, host: ServerHost, status: int, error: str) -> None:
    assert (answer.status, answer.json["error"]) == (status, error)
    assert answer.json["org"] == str(host.org)


def test_a_code_enrols_a_laptop_and_says_who_is_who(host: ServerHost, server: RunningServer) -> None:
    code = host.issue_code("rina", "OUTREACH", "52.03 35.07", "Rina Wati")
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]
    laptop = Caller()
    answer = laptop.enrol(server.url, code.lower().replace("-", " "))
    assert answer.status == 200
    said = EnrolmentAnswer.from_json(answer.body)
    assert said.org == host.org
    assert said.server_sign_key == host.identity.keys.public
    assert said.generation == host.identity.generation
    assert said.device_id == laptop.keys.device_id
    assert (said.username, said.display_name, said.role) == ("rina", "Rina Wati", "OUTREACH")
    assert said.areas == ("35.07", "52.03")
    assert timedelta(days=29) < timedelta(milliseconds=said.lease_until - said.server_time) <= timedelta(days=30)
    (card,) = [one for one in host.devices() if one.device == laptop.keys.device_id]
    assert (card.status, card.username, card.recipient) == ("active", "rina", laptop.keys.recipient)


def test_the_records_of_user_and_device_are_ordinary_changes(host: ServerHost, server: RunningServer) -> None:
    laptop = enrolled(server, host)

    def look(store: Store) -> tuple[Any, Any, set[str], set[int]]:
        with store.read() as tx:
            user = records.get(tx, User, User.spec.natural_id({"username": "rina"}))
            device = records.get(tx, Device, Device.spec.natural_id({"sign_key": laptop.keys.public}))
            changes = [change for _, change in change_log.after(tx, "00", 0, 10_000)]
            names = {host_schema.by_number[change.kind].name for change in changes}
            return user.record, device.record, names, {change.device for change in changes}

    host_schema = host.db.call(lambda store: store.schema)
    user, device, kinds, authors = host.db.call(look)
    assert (user.username, user.role, user.areas, user.active) == ("rina", "OUTREACH", frozenset({"52.03"}), True)
    assert (device.sign_key, device.username, device.status) == (laptop.keys.public, "rina", "active")
    assert kinds == {"user", "device"}
    assert authors == {host.identity.keys.device_id}


def test_a_used_code_serves_its_own_laptop_again_and_no_other(host: ServerHost, server: RunningServer) -> None:
    code = host.issue_code("rina", "outreach", LOMBOK_TIMUR)
    first, second = Caller(), Caller()
    once, again = first.enrol(server.url, code), first.enrol(server.url, code)
    assert once.status == again.status == 200
    assert once.json["device_id"] == again.json["device_id"]
    refused(second.enrol(server.url, code), host, 403, "used")
    assert len(host.devices()) == 2


def test_a_second_code_moves_the_user_and_ends_the_first(host: ServerHost, server: RunningServer) -> None:
    old = host.issue_code("rina", "outreach", LOMBOK_TIMUR, "Rina Wati")
    new = host.issue_code("rina", "supervisor", "35.07")
    refused(Caller().enrol(server.url, old), host, 403, "wrong")
    said = EnrolmentAnswer.from_json(Caller().enrol(server.url, new).body)
    assert (said.role, said.areas, said.display_name) == ("SUPERVISOR", ("35.07",), "Rina Wati")


def test_a_code_lives_72_hours(host: ServerHost, server: RunningServer, clock: MovedClock) -> None:
    code = host.issue_code("rina", "outreach", LOMBOK_TIMUR)
    clock.ahead = timedelta(hours=72, seconds=1)
    refused(Caller().enrol(server.url, code), host, 403, "expired")
    code = host.issue_code("rina", "outreach", LOMBOK_TIMUR)
    clock.ahead += timedelta(hours=71)
    assert Caller().enrol(server.url, code).status == 200


def with_selector(selector: str) -> str:
    """A well-formed wrong code that names the same stored one."""
    return with_check(selector + new_enrolment_code().replace("-", "")[4:14])


def test_five_wrong_tries_end_a_code(host: ServerHost, server: RunningServer) -> None:
    for wrong, status in ((4, 200), (5, 403)):
        code = host.issue_code("rina", "outreach", LOMBOK_TIMUR)
        for _ in range(wrong):
            refused(Caller().enrol(server.url, with_selector(code[:4])), host, 403, "wrong")
        assert Caller().enrol(server.url, code).status == status


def test_a_guesser_is_slowed_down_whatever_he_names(host: ServerHost, server: RunningServer, clock: MovedClock) -> None:
    laptop, code = Caller(), host.issue_code("rina", "outreach", LOMBOK_TIMUR)
    answers = [laptop.enrol(server.url, new_enrolment_code()) for _ in range(MAX_FAILURES)]
    assert {answer.status for answer in answers} == {403}
    slow = laptop.enrol(server.url, code)
    refused(slow, host, 429, "slow_down")
    assert int(slow.headers["retry-after"]) > 0
    clock.ahead = timedelta(minutes=20)
    assert laptop.enrol(server.url, code).status == 200


def test_forms_that_are_none_are_refused(host: ServerHost, server: RunningServer) -> None:
    code = host.issue_code("rina", "outreach", LOMBOK_TIMUR)
    good = json.loads(Caller().request(code))
    broken: list[Any] = [[], "x", 5, None, {}]
    for name in good:
        broken += [{**good, name: value} for value in (None, 7, "", "zz", good[name] + "0", [good[name]])]
        broken.append({key: value for key, value in good.items() if key != name})
    for body in [json.dumps(one).encode() for one in broken] + [b"", b"{", b"\xff\xfe", b"[" * 4000]:
        answer = call(server.url + "/sync/1/enrol", "POST", body)
        assert answer.status in (400, 403), body
        assert answer.json["error"] in ("malformed", "proof")
    assert len(host.devices()) == 1
    assert Caller().enrol(server.url, code).status == 200


def test_nobody_enrols_with_the_key_of_another(host: ServerHost, server: RunningServer) -> None:
    code = host.issue_code("rina", "outreach", LOMBOK_TIMUR)
    thief, victim = DeviceKeys.generate(), DeviceKeys.generate()
    made = EnrolmentRequest.make(thief, code, "laptop")
    forged = EnrolmentRequest(made.code, victim.public, made.recipient, made.label, made.proof)
    refused(call(server.url + "/sync/1/enrol", "POST", forged.to_json()), host, 403, "proof")
    stolen = EnrolmentRequest(made.code, made.sign_key, victim.recipient, made.label, made.proof)
    refused(call(server.url + "/sync/1/enrol", "POST", stolen.to_json()), host, 403, "proof")


def test_a_revoked_laptop_cannot_enrol_again(host: ServerHost, server: RunningServer) -> None:
    laptop = enrolled(server, host)
    assert host.revoke(f"{laptop.keys.device_id:016x}"[:9]).status == "revoked"
    refused(laptop.enrol(server.url, host.issue_code("rina", "outreach", LOMBOK_TIMUR)), host, 403, "revoked")


def test_revoking_needs_one_device_and_never_takes_the_server(host: ServerHost, server: RunningServer) -> None:
    enrolled(server, host)
    for name in ("", " ", "zz", "ffffffffffffffff0"):
        with pytest.raises(UserError):
            host.revoke(name)
    with pytest.raises(UserError, match="the server itself"):
        host.revoke(f"{host.identity.keys.device_id:016x}")


@pytest.mark.parametrize(
    ("user", "role", "area"),
    [("", "outreach", "52.03"), ("Rina Wati", "outreach", "52.03"), ("rina", "king", "52.03"), ("rina", "outreach", ""),
     ("rina", "outreach", "Lombok"), ("x" * 41, "outreach", "52.03")],
)  # fmt: skip
def test_a_code_needs_a_name_a_role_and_an_area(host: ServerHost, user: str, role: str, area: str) -> None:
    with pytest.raises(UserError):
        host.issue_code(user, role, area)


def test_neither_code_nor_keys_lie_in_any_file(host: ServerHost, server: RunningServer, tmp_path: Path) -> None:
    code = host.issue_code("rina", "outreach", LOMBOK_TIMUR, "Rina Wati")
    Caller().enrol(server.url, code)
    keys = host.identity.keys
    secrets = [code, code.replace("-", ""), "Rina Wati", keys.identity, keys.to_secret().hex(), host.root.hex()]
    needles = [text.encode() for text in secrets] + [keys.to_secret(), host.root]
    files = [path for path in (tmp_path / "server").rglob("*") if path.is_file()]
    assert len(files) >= 3
    for path in files:
        data = path.read_bytes()
        assert not any(needle in data for needle in needles), path.name
