"""A room over real TLS on the loopback: who gets in, who does not, and what it carries."""

import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from migdesk.clock import SystemClock
from migdesk.domain.person import Person
from migdesk.errors import EnvError, RefusedError, UserError
from migdesk.server.host import ServerHost
from migdesk.server.room_listening import start_room
from migdesk.server.run import RunningServer
from migdesk.services import room
from migdesk.services.room import OpenRoom, RoomPlan, invitation_parts
from migdesk.sync.laptop.hub import audience_of
from migdesk.sync.transport import certificate_at
from migdesk.sync.trust.host_identity import HostIdentity
from migdesk.vault.room_code import RoomKey
from migdesk.vault.tokens import make_token
from tests.server.driver import call, opened
from tests.support.workspaces import VILLAGE
from tests.sync.room_people import LOOPBACK, Member

PERSON = {"full_name": "Baiq Nurhayati", "sex": "female", "area_code": VILLAGE}
WRONG = "0000-0000"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerHost]:
    with opened(tmp_path_factory.mktemp("server")) as made:
        yield made


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, host: ServerHost) -> Iterator[tuple[Member, Member, str]]:
    """A supervisor and an officer who know of each other, and the address of their server. No test takes their rights
    away."""
    folder = tmp_path_factory.mktemp("team")
    ibu, rina = Member(folder, "ibu", "SUPERVISOR"), Member(folder, "rina")
    try:
        with RunningServer(host) as server:
            for one in (ibu, rina):
                one.enrol(host, server.url)
            for one in (ibu, rina, ibu):
                one.sync()
            yield ibu, rina, server.url
    finally:
        for one in (ibu, rina):
            one.close()


@pytest.fixture
def shared(team: tuple[Member, Member, str]) -> Iterator[OpenRoom]:
    made = team[0].share()
    yield made
    made.stop()


def asked(address: str, path: str, **headers: str) -> tuple[int, bytes]:
    """A stranger's question."""
    context = ssl._create_unverified_context()
    request = urllib.request.Request(f"https://{address}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, context=context, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_a_room_carries_what_the_server_gets_later(team: tuple[Member, Member, str], shared: OpenRoom) -> None:
    ibu, rina, _ = team
    mine, theirs = rina.save(Person, **PERSON), ibu.save(Person, **PERSON)
    standing = shared.standing()
    report = rina.join(*standing.invitation.split())
    assert (report.sent, report.received, report.waiting, report.error) == (1, 1, 0, "")
    assert ibu.has(Person) == rina.has(Person) >= {mine, theirs}
    (guest,) = shared.standing().guests
    assert (guest.username, guest.label, guest.received, guest.sent) == ("rina", "of rina", 1, 1)
    shared.stop()
    assert not shared.standing().open
    assert ibu.sync().passed_on == 1
    assert rina.sync().sent == 1
    with pytest.raises(EnvError):
        rina.join(standing.address, standing.code)


def test_a_stranger_finds_nothing(shared: OpenRoom) -> None:
    address = shared.standing().address
    nothing = asked(address, "/")
    assert nothing[0] == 404
    for path in ("/sync/1/room", "/sync/1/exchange", "/sync/1/enrol", "/admin", "/metrics"):
        assert asked(address, path) == nothing


def test_wrong_codes_are_limited_and_tell_nothing(team: tuple[Member, Member, str], shared: OpenRoom) -> None:
    rina, standing = team[1], shared.standing()
    with pytest.raises(UserError, match="eight letters"):
        rina.join(standing.address, "ABC")
    for _ in range(6):
        with pytest.raises(RefusedError, match="did not let"):
            rina.join(standing.address, WRONG)
    with pytest.raises(RefusedError, match="did not let"):
        rina.join(standing.address, standing.code)
    assert shared.standing().guests == ()


def test_with_the_code_only_the_two_routes_are_served(shared: OpenRoom) -> None:
    standing = shared.standing()
    certificate = certificate_at(f"https://{standing.address}")
    proof = {room.PROOF: RoomKey(standing.code, certificate).proof()}
    assert asked(standing.address, "/sync/1/room", **proof)[0] == 200
    for path in ("/sync/1/enrol", "/", "/admin", "/health"):
        assert asked(standing.address, path, **proof)[0] == 404


def test_another_certificate_makes_another_proof(shared: OpenRoom) -> None:
    standing = shared.standing()
    elsewhere = RoomKey(standing.code, bytes(32)).proof()
    assert asked(standing.address, "/sync/1/room", **{room.PROOF: elsewhere})[0] == 404


def test_who_is_not_known_or_revoked_neither_comes_in_nor_is_joined(
    team: tuple[Member, Member, str], shared: OpenRoom, tmp_path: Path, host: ServerHost
) -> None:
    ibu, rina, url = team
    budi = Member(tmp_path, "budi")
    standing = shared.standing()
    try:
        budi.enrol(host, url)
        budi.sync()
        made = budi.share()
        with pytest.raises(RefusedError, match="no active device"):
            rina.join(made.standing().address, made.standing().code)
        with pytest.raises(RefusedError):
            budi.join(standing.address, standing.code)
        host.revoke(f"{budi.session.keys.device_id:016x}")
        rina.sync(), ibu.sync()
        with pytest.raises(RefusedError, match="no active device"):
            rina.join(made.standing().address, made.standing().code)
        with pytest.raises(RefusedError):
            budi.join(standing.address, standing.code)
        made.stop()
    finally:
        budi.close()
    assert standing.guests == shared.standing().guests == ()


def test_a_token_for_a_room_is_worth_nothing_at_the_server(team: tuple[Member, Member, str], host: ServerHost) -> None:
    ibu, rina, url = team
    keys = rina.session.keys
    audience = audience_of(host.org, ibu.session.keys.device_id)
    token = make_token(keys, keys.device_id, audience, SystemClock())
    answer = call(f"{url}/sync/1/exchange", "POST", b"", Authorization=f"Bearer {token}")
    assert (answer.status, answer.json["error"]) == (403, "organisation")


def test_a_room_ends_by_itself(team: tuple[Member, Member, str]) -> None:
    ibu = team[0]
    identity = HostIdentity(UUID(int=1), ibu.session.keys, bytes(8), ibu.session.user)
    made = start_room(RoomPlan(ibu.run, identity, ibu.session, LOOPBACK, timedelta(0)))
    for thread in threading.enumerate():
        if thread.name == "room":
            thread.join(30)
    assert not made.standing().open
    with pytest.raises(EnvError):
        certificate_at(f"https://{made.standing().address}")


def test_an_invitation_is_read_as_it_is_shown() -> None:
    assert invitation_parts("192.168.1.7:8441 ABCD-EFGH") == ("192.168.1.7:8441", "ABCD-EFGH")
    assert invitation_parts(" 192.168.1.7:8441  abcd efgh ") == ("192.168.1.7:8441", "abcdefgh")
    assert invitation_parts("hello") is None
