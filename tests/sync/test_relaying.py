"""A laptop that serves a room collects what others wrote and brings it to the server; nothing is doubled or lost."""

import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from migdesk.domain.case import Case
from migdesk.domain.office import Device, User
from migdesk.domain.person import Person
from migdesk.domain.scope import UserCard
from migdesk.domain.training import TrainingEvent
from migdesk.errors import EnvError, RefusedError
from migdesk.store import change_log, inbox, outbox, relays
from migdesk.sync.bundle.taking import read_bundle
from migdesk.sync.bundle.writing import write_bundle
from migdesk.sync.trust import known_devices
from migdesk.sync.wire.frames import PROTOCOL, Hello, Push, encode
from tests.sync.hub_office import Room, meet
from tests.sync.office import CODEC, ORG, VILLAGE, Laptop, Node, Server

DAY = dt.date(2026, 3, 9)
CASE = {"opened_on": DAY, "primary_category": "GBV", "area_code": VILLAGE, "consent_server": "yes"}
EVENT = {"title": "Safe migration", "starts_on": DAY, "area_code": VILLAGE}


@pytest.fixture
def three(laptop: Callable[..., Laptop]) -> tuple[Laptop, Laptop, Laptop]:
    """A supervisor whose laptop is the hub, and two officers."""
    all_of = laptop("ibu", role="SUPERVISOR"), laptop("rina"), laptop("sari")
    meet(*all_of)
    return all_of


def card_of(node: Laptop) -> UserCard | None:
    with node.store.read() as tx:
        found = known_devices.find(tx, node.keys.device_id)
    return found.row.user if found else None


def each_once(node: Node) -> bool:
    """Whether no change is in a replica's log twice."""
    with node.store.read() as tx:
        seen = [
            (change.device, change.counter)
            for area in change_log.op_areas(tx)
            for _, change in change_log.after(tx, area, 0, 10_000)
        ]
    return len(seen) == len(set(seen))


def kept(hub: Laptop) -> list[relays.RelayBatch]:
    with hub.store.read() as tx:
        return relays.waiting(tx)


def pending(laptop: Laptop) -> int:
    with laptop.store.read() as tx:
        return len(outbox.pending(tx))


def test_a_room_without_a_network_and_the_server_later(three: tuple[Laptop, Laptop, Laptop], server: Server) -> None:
    ibu, rina, sari = three
    room = Room(ibu)
    rina.person(full_name="Baiq Aminah")
    sari.person(full_name="Lalu Hasan")
    first = room.visit(rina)
    assert (first.sent, first.received, first.waiting, first.peer) == (1, 0, 0, f"{ibu.keys.device_id:016x}")
    assert room.visit(sari).received == 1
    room.visit(rina)
    assert rina.state() == sari.state() == ibu.state() != {}
    assert server.state() == {}
    assert (pending(rina), pending(sari), len(kept(ibu))) == (1, 1, 2)
    assert ibu.sync().passed_on == 2
    assert server.state() == ibu.state()
    assert kept(ibu) == []
    moved = rina.link.up
    assert (rina.sync().sent, pending(rina)) == (1, 0)
    assert rina.link.up - moved < 400, "what the hub brought is asked about, not sent again"
    sari.sync()
    assert all(map(each_once, (ibu, rina, sari, server)))


def test_the_direct_way_the_room_and_a_stick_carry_the_same(
    three: tuple[Laptop, Laptop, Laptop], server: Server, tmp_path: Path
) -> None:
    ibu, rina, sari = three
    room = Room(ibu)
    person = rina.person()
    room.visit(rina)
    write_bundle(rina.db, rina.keys, [ibu.keys.recipient, sari.keys.recipient], tmp_path / "stick", codec=CODEC)
    rina.sync()
    for node in (ibu, sari):
        read_bundle(node.db, tmp_path / "stick", node.keys.identity, user=card_of(node), codec=CODEC)
    rina.save(Person, {"phone": "+6281234567890"}, person)
    room.visit(rina), room.visit(sari)
    for node in (ibu, sari, rina):
        node.sync()
    assert ibu.state() == rina.state() == sari.state() == server.state() != {}
    assert all(map(each_once, (ibu, rina, sari, server)))
    assert not server.open_conflicts()
    assert kept(ibu) == kept(sari) == []


def test_a_cut_at_any_byte_of_the_relaying_goes_on_there(three: tuple[Laptop, Laptop, Laptop], server: Server) -> None:
    ibu, rina, _ = three
    room = Room(ibu)
    for number in range(60):
        rina.person(full_name=f"Baiq {number}", address=hashlib.sha256(b"%d" % number).hexdigest())
    room.visit(rina)
    whole = sum(batch.size for batch in kept(ibu))
    before, cuts = ibu.link.up, 0
    ibu.link.cut_up = 700
    while kept(ibu):
        try:
            ibu.sync()
        except EnvError:
            cuts += 1
        assert cuts < 100
    ibu.link.heal()
    assert cuts > 3
    heads = 2 * 300 * (cuts + 1)
    assert ibu.link.up - before < whole + heads
    ibu.sync()
    assert server.state() == rina.state()
    assert all(map(each_once, (ibu, server)))


def test_a_lost_answer_of_the_server_doubles_nothing(three: tuple[Laptop, Laptop, Laptop], server: Server) -> None:
    ibu, rina, _ = three
    rina.person()
    Room(ibu).visit(rina)
    ibu.link.lose_answer = True
    for _ in range(2):
        with pytest.raises(EnvError):
            ibu.sync()
    ibu.link.heal()
    ibu.sync()
    assert server.state() == rina.state()
    assert kept(ibu) == []


def test_a_visit_cut_at_many_bytes_goes_on(three: tuple[Laptop, Laptop, Laptop]) -> None:
    ibu, rina, sari = three
    room = Room(ibu)
    sari.person(full_name="Lalu Hasan")
    room.visit(sari)
    link = room.link(rina)
    for at in range(0, 900, 61):
        rina.person(full_name=f"Baiq {at}")
        link.cut_up, link.cut_down = (at, None) if at % 2 else (None, at)
        try:
            room.visit(rina)
        except EnvError:
            continue
    link.heal()
    room.visit(rina)
    assert rina.state() == ibu.state()
    assert each_once(ibu)
    assert each_once(rina)


def test_a_hub_that_never_comes_back_costs_nothing(three: tuple[Laptop, Laptop, Laptop], server: Server) -> None:
    ibu, rina, sari = three
    rina.person()
    Room(ibu).visit(rina)
    rina.sync(), sari.sync()
    assert pending(rina) == 0
    assert rina.state() == sari.state() == server.state() != {}


def test_a_hub_restored_to_older_data_is_told_everything_again(three: tuple[Laptop, Laptop, Laptop]) -> None:
    ibu, rina, _ = three
    rina.person()
    Room(ibu).visit(rina)
    again = Room(ibu, b"room-002").visit(rina)
    assert (again.sent, again.waiting) == (1, 0)
    assert each_once(ibu)


def test_what_went_to_the_server_first_does_not_stop_a_room(
    three: tuple[Laptop, Laptop, Laptop], server: Server
) -> None:
    ibu, rina, sari = three
    rina.person(full_name="Baiq Aminah")
    rina.sync()
    with server.store.begin() as tx:
        inbox.set_durable(tx, inbox.applied_heads(tx))
    rina.sync()
    late = rina.person(full_name="Baiq Nurul")
    room = Room(ibu)
    assert room.visit(rina).waiting == 0
    room.visit(sari)
    assert late in ibu.state()
    assert late in sari.state()
    assert ibu.sync().passed_on == 1
    assert late in server.state()


def test_a_trainers_room_never_gets_people_or_cases(laptop: Callable[..., Laptop], server: Server) -> None:
    budi, rina, sari = laptop("budi", role="TRAINER"), laptop("rina"), laptop("sari")
    meet(budi, rina, sari)
    rina.person()
    rina.save(Case, CASE)
    rina.save(TrainingEvent, EVENT)
    sari.save(TrainingEvent, EVENT)
    room = Room(budi)
    report = room.visit(rina)
    assert (report.sent, report.kept_back, report.waiting) == (1, 2, 0)
    assert room.visit(sari).received == 1
    room.visit(rina)
    assert budi.state(TrainingEvent) == rina.state(TrainingEvent) == sari.state(TrainingEvent)
    assert budi.state(Person, Case) == {}
    assert {batch.key.lane for batch in kept(budi)} == {3}
    budi.sync()
    assert (server.state(Person, Case), len(server.state(TrainingEvent))) == ({}, 2)
    rina.sync(), sari.sync()
    assert server.state(Person, Case, TrainingEvent) == rina.state(Person, Case, TrainingEvent)


def test_a_supervisors_room_sees_the_cases_and_tells_an_officer_only_of_hers(
    three: tuple[Laptop, Laptop, Laptop],
) -> None:
    ibu, rina, sari = three
    room = Room(ibu)
    case = rina.save(Case, CASE)
    given = rina.save(Case, CASE | {"owner": sari.user})
    room.visit(rina), room.visit(sari)
    assert set(ibu.state(Case)) == {case, given}
    assert set(sari.state(Case)) == {given}


def test_the_word_of_a_hub_about_users_and_devices_counts_nothing(
    three: tuple[Laptop, Laptop, Laptop], server: Server
) -> None:
    ibu, rina, sari = three
    device = Device.spec.natural_id({"sign_key": sari.keys.public})
    ibu.save(Device, {"status": "revoked"}, device)
    ibu.save(User, {"role": "SUPERVISOR"}, User.spec.natural_id({"username": "rina"}))
    Room(ibu).visit(rina)
    assert (rina.values(Device, device) or {})["status"] == "active"
    assert (rina.values(User, rina.user) or {})["role"] == "OUTREACH"
    del server


def test_who_brings_something_of_others_cannot_harm_them(three: tuple[Laptop, Laptop, Laptop], server: Server) -> None:
    """Bytes that the author signed, but as another batch or as no batch at all, and pieces of rubbish."""
    ibu, rina, _ = three
    first = rina.person()
    Room(ibu).visit(rina)
    (batch,) = kept(ibu)
    with ibu.store.read() as tx:
        body = relays.read(tx, batch.key, batch.n)
    area, device = batch.key.op_area, batch.key.device
    token = b"header.payload"
    shown = token + rina.keys.sign(token)
    pushes = [
        Push(area, 3, 1, 0, len(body), body, device),
        Push(area, batch.key.lane, 1, 0, len(shown), shown, device),
        Push(area, batch.key.lane, 1, 0, len(body), bytes(50), device),
    ]
    for push in pushes:
        exchange = server.exchange(ibu.keys.device_id)
        exchange.receive(encode(Hello(PROTOCOL, ORG.bytes, 1, b"", 0)) + encode(push))
        exchange.lost()
    with server.store.read() as tx:
        assert inbox.stream_state(tx, batch.key) == inbox.StreamState()
        assert inbox.quarantined(tx) == ()
    assert rina.sync().sent == 1
    assert first in server.state()


def test_a_revoked_author_goes_to_quarantine_and_a_revoked_hub_is_not_joined(
    three: tuple[Laptop, Laptop, Laptop], server: Server
) -> None:
    ibu, rina, sari = three
    room = Room(ibu)
    rina.person()
    room.visit(rina)
    server.set_status(rina, "revoked")
    ibu.sync()
    assert server.state() == {}
    with server.store.read() as tx:
        assert [one.reason for one in inbox.quarantined(tx)] == ["the device is revoked"]
    assert kept(ibu) == []
    server.set_status(ibu, "lost")
    sari.sync()
    with pytest.raises(RefusedError, match="no active device"):
        room.visit(sari)
