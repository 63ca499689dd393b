"""Laptops and a server come to the same records, whoever edits what and whatever is refused on the way."""

import datetime as dt
from collections.abc import Callable

import pytest

from migdesk.domain.case import Case
from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.office import User
from migdesk.domain.person import Person
from migdesk.errors import RefusedError, UserError
from migdesk.store import change_log, inbox, outbox
from migdesk.sync.laptop.engine import sync_once
from migdesk.sync.trust import server_card
from migdesk.sync.trust.host_identity import HostIdentity
from tests.sync.office import CODEC, ORG, VILLAGE, Laptop, Node, Server

DAY = dt.date(2026, 3, 9)
CASE = {"opened_on": DAY, "primary_category": "GBV", "area_code": VILLAGE, "consent_server": "yes"}
BOTH = pytest.mark.parametrize("server", ["file", "postgres"], indirect=True)


def session_of(person: object, **more: object) -> dict[str, object]:
    return {"person": person, "date": DAY, "area_code": VILLAGE, "topics": frozenset({"contract", "documents"})} | more


@BOTH
def test_a_record_reaches_the_other_laptop(two: tuple[Laptop, Laptop], server: Server) -> None:
    rina, sari = two
    person = rina.person(phone="+6281234567890")
    rina.save(CounsellingSession, session_of(person, advice="Simpan salinan paspor."))
    sent = rina.sync()
    assert (sent.sent, sent.waiting, sent.requests, sent.error) == (2, 0, 1, "")
    got = sari.sync()
    assert got.sent == 0
    assert rina.state() == sari.state() == server.state() != {}
    assert rina.state(User) == sari.state(User) == server.state(User)


def test_nothing_new_is_one_small_request(two: tuple[Laptop, Laptop]) -> None:
    rina, _ = two
    rina.person()
    rina.sync()
    rina.sync()
    before = rina.link.up + rina.link.down
    report = rina.sync()
    assert (report.requests, report.sent, report.received) == (1, 0, 0)
    assert rina.link.up + rina.link.down - before < 300


def test_different_fields_merge(two: tuple[Laptop, Laptop], server: Server) -> None:
    rina, sari = two
    person = rina.person()
    rina.sync(), sari.sync()
    rina.save(Person, {"address": "Dusun Timur"}, person)
    sari.save(Person, {"phone": "+6281234567890"}, person)
    for node in (rina, sari, rina):
        node.sync()
    assert rina.state() == sari.state() == server.state()
    values = rina.values(Person, person)
    assert values
    assert (values["address"], values["phone"]) == ("Dusun Timur", "+6281234567890")
    assert not rina.open_conflicts() + sari.open_conflicts() + server.open_conflicts()


@BOTH
def test_the_same_field_converges_and_keeps_the_loser_everywhere(two: tuple[Laptop, Laptop], server: Server) -> None:
    rina, sari = two
    person = rina.person()
    rina.sync(), sari.sync()
    rina.save(Person, {"address": "Dusun Timur"}, person)
    sari.clock.forward(minutes=5)
    sari.save(Person, {"address": "Dusun Barat"}, person)
    rina.sync()
    assert sari.sync().conflicts > 0
    rina.sync()
    assert rina.state() == sari.state() == server.state()
    for node in (rina, sari, server):
        (conflict,) = node.open_conflicts()
        assert conflict.winner.value == "Dusun Barat"
        assert [head.value for head in conflict.losers] == ["Dusun Timur"]


@BOTH
def test_a_lost_answer_doubles_nothing(two: tuple[Laptop, Laptop], server: Server) -> None:
    rina, sari = two
    rina.person()
    for _ in range(5):
        rina.link.lose_answer = True
        with pytest.raises(Exception, match="cut"):
            rina.sync()
    rina.link.heal()
    report = rina.sync()
    assert (report.sent, report.waiting) == (1, 0)
    sari.sync()
    assert rina.state() == sari.state() == server.state()
    assert log_size(server) == 1


def log_size(node: Node) -> int:
    with node.store.read() as tx:
        return len(change_log.after(tx, "52.03", 0, 1000))


def test_frozen_bytes_never_change(two: tuple[Laptop, Laptop]) -> None:
    rina, _ = two
    rina.person()
    rina.link.lose_answer = True
    with pytest.raises(Exception, match="cut"):
        rina.sync()
    with rina.store.read() as tx:
        (batch,) = outbox.pending(tx)
        body = outbox.read_batch(tx, batch.op_area, batch.lane, batch.n)
    rina.person()
    rina.link.heal()
    assert rina.sync().sent == 2
    with rina.store.read() as tx:
        assert outbox.read_batch(tx, batch.op_area, batch.lane, batch.n) == body
        assert len(outbox.undurable(tx)) == 2


@BOTH
def test_a_batch_is_let_go_once_it_is_durable(two: tuple[Laptop, Laptop], server: Server) -> None:
    rina, _ = two
    rina.person()
    rina.sync()
    with server.store.begin() as tx:
        inbox.set_durable(tx, inbox.applied_heads(tx))
    rina.sync()
    with rina.store.read() as tx:
        assert outbox.undurable(tx) == []


def test_a_server_restored_from_an_old_backup_is_filled_again(
    two: tuple[Laptop, Laptop], server: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rina, sari = two
    rina.person()
    rina.sync(), sari.sync()
    fresh = Server(tmp_path_factory.mktemp("restored"))
    fresh.identity = HostIdentity(ORG, server.keys, b"gen-0002")
    try:
        for node in (rina, sari):
            fresh.enrolled(node, "OUTREACH", "52.03")
            node.link.server = fresh
        assert rina.sync().waiting == 0
        sari.sync()
        assert rina.state() == sari.state() == fresh.state() != {}
    finally:
        fresh.store.close()


@BOTH
def test_what_the_role_may_not_write_is_quarantined_and_the_rest_goes_on(
    laptop: Callable[..., Laptop], server: Server
) -> None:
    trainer = laptop("tono", role="TRAINER")
    with trainer.store.begin() as tx:
        assert tx
    trainer.person()
    report = trainer.sync()
    assert (report.quarantined, report.waiting) == (1, 0)
    assert server.state() == {}
    with server.store.read() as tx:
        (kept,) = inbox.quarantined(tx)
    assert (kept.form, kept.device, kept.reason) == (
        "change", trainer.keys.device_id, "the role may not write this kind",
    )  # fmt: skip


def test_what_lies_outside_the_users_areas_is_quarantined(laptop: Callable[..., Laptop], server: Server) -> None:
    rina = laptop("rina", area="52.03.09")
    rina.person(area_code="52.03.01.2001")
    inside = rina.person()
    report = rina.sync()
    assert (report.sent, report.quarantined) == (2, 1)
    assert set(server.state()) == {inside}


def test_reference_records_of_a_laptop_are_refused(two: tuple[Laptop, Laptop], server: Server) -> None:
    rina, _ = two
    rina.save(User, {"username": "rina", "role": "SUPERVISOR"}, rina.user)
    assert rina.sync().quarantined == 1
    assert server.values(User, rina.user)["role"] == "OUTREACH"  # type: ignore[index]


@BOTH
def test_a_case_is_for_its_circle_and_the_supervisor_only(laptop: Callable[..., Laptop], server: Server) -> None:
    rina, sari, lead = laptop("rina"), laptop("sari"), laptop("lead", role="SUPERVISOR")
    case = rina.save(Case, CASE | {"owner": rina.user})
    rina.sync(), sari.sync(), lead.sync()
    assert set(server.state(Case)) == set(lead.state(Case)) == {case}
    assert sari.state(Case) == {}
    with sari.store.read() as tx:
        assert not [change for _, change in change_log.after(tx, "52.03", 0) if change.record == case]


def test_another_area_gets_nothing(laptop: Callable[..., Laptop]) -> None:
    rina, budi = laptop("rina"), laptop("budi", area="35.07")
    rina.person()
    rina.sync(), budi.sync()
    assert budi.state() == {}


@BOTH
def test_a_revoked_laptop_gets_nothing_and_what_it_brings_waits_in_quarantine(
    two: tuple[Laptop, Laptop], server: Server
) -> None:
    rina, sari = two
    sari.person()
    sari.sync()
    server.set_status(rina, "revoked")
    rina.person()
    report = rina.sync()
    assert report.revoked
    assert len(rina.state()) == 1
    assert len(server.state()) == 1
    with server.store.read() as tx:
        (kept,) = inbox.quarantined(tx)
    assert kept.form == "batch"


def test_a_foreign_server_is_refused_in_plain_words(two: tuple[Laptop, Laptop], server: Server) -> None:
    rina, _ = two
    rina.person()
    server.identity = HostIdentity(type(ORG)(int=5), server.keys, b"gen-0001")
    with pytest.raises(RefusedError, match="another organisation"):
        rina.sync()
    server.identity = HostIdentity(ORG, server.keys, b"gen-0001")
    assert rina.sync().sent == 1


def test_a_wrong_clock_is_learnt_and_does_no_harm(two: tuple[Laptop, Laptop], server: Server) -> None:
    rina, sari = two
    rina.clock.set_wall(dt.datetime(1970, 1, 2, tzinfo=dt.UTC))
    person = rina.person()
    rina.sync(), sari.sync()
    sari.save(Person, {"address": "Dusun Timur"}, person)
    sari.sync(), rina.sync()
    with rina.store.read() as tx:
        ahead = server_card.get(tx).clock_offset_ms
    assert abs(ahead - (server.clock.now() - rina.clock.now()).total_seconds() * 1000) < 2000
    rina.save(Person, {"address": "Dusun Barat"}, person)
    rina.sync(), sari.sync()
    assert sari.values(Person, person)["address"] == "Dusun Barat"  # type: ignore[index]
    assert not sari.open_conflicts()


def test_two_runs_never_overlap(two: tuple[Laptop, Laptop]) -> None:
    rina, _ = two
    lock = __import__("threading").Lock()
    lock.acquire()
    with pytest.raises(UserError, match="running already"):
        sync_once(rina.db, rina.link, rina.keys, codec=CODEC, clock=rina.clock, lock=lock)
    assert rina.link.exchanges == 0


def test_history_holds_each_run(two: tuple[Laptop, Laptop]) -> None:
    rina, _ = two
    rina.person()
    rina.link.cut_up = 10
    with pytest.raises(Exception, match="cut"):
        rina.sync()
    rina.link.heal()
    rina.clock.forward(minutes=1)
    rina.sync()
    with rina.store.read() as tx:
        last, first = outbox.sync_history(tx)
    assert (first["sent"], first["error"]) == (0, "The link was cut.")
    assert (last["sent"], last["error"]) == (1, "")
