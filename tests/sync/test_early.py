"""What comes before what it belongs to waits for it, and is judged when that is known."""

from collections.abc import Callable

import pytest

from migdesk.domain.case import Case, Incident
from migdesk.domain.person import Person
from migdesk.store import applying, backlog, change_log, inbox
from migdesk.sync.inbound.early import PATIENCE, WHY
from tests.sync.office import Laptop, Server
from tests.sync.test_exchange import CASE

Make = Callable[..., Laptop]


@pytest.fixture
def office(laptop: Make) -> tuple[Laptop, Laptop]:
    """An officer and her supervisor, who know of each other."""
    made = laptop("rina"), laptop("boss", role="SUPERVISOR")
    for node in (*made, *made):
        node.sync()
    return made


def told(node: Laptop, other: Laptop) -> None:
    """What another laptop wrote becomes known here in a way that nobody passes on."""
    with other.store.read() as tx:
        changes = [one for _, one in change_log.after(tx, "52.03", 0) if one.device == other.keys.device_id]
    with node.store.begin() as tx:
        applying.apply(tx, changes, origin="bundle")


def waiting(server: Server) -> int:
    with server.store.read() as tx:
        return backlog.count(tx)


def test_an_edit_waits_for_the_record(office: tuple[Laptop, Laptop], server: Server) -> None:
    rina, boss = office
    case = rina.save(Case, CASE | {"case_code": "K-7"})
    incident = rina.save(Incident, {"case": case})
    told(boss, rina)
    boss.save(Case, {"risk_level": "high"}, case)
    boss.save(Incident, {"place_type": "home"}, incident)
    report = boss.sync()
    assert (report.sent, report.held, report.quarantined) == (2, 2, 0)
    # Nobody is told of a record that is not known yet.
    assert server.values(Case, case) is None
    assert waiting(server) == 2
    rina.sync()
    assert waiting(server) == 0
    rina.sync(), boss.sync()
    assert rina.state(Case, Incident) == boss.state(Case, Incident) == server.state(Case, Incident)
    stored = server.values(Case, case)
    assert stored is not None
    assert (stored["case_code"], stored["risk_level"]) == ("K-7", "high")
    assert not server.open_conflicts()


def test_it_is_known_again_and_kept_once(office: tuple[Laptop, Laptop], server: Server) -> None:
    rina, boss = office
    person = rina.person()
    told(boss, rina)
    boss.save(Person, {"address": "Dusun Timur"}, person)
    boss.link.lose_answer = True
    with pytest.raises(Exception, match="cut"):
        boss.sync()
    boss.link.heal()
    boss.sync()
    assert waiting(server) == 1
    rina.sync()
    with server.store.read() as tx:
        assert len(change_log.history(tx, person)) == 2


def test_rights_are_those_of_the_record_that_came(office: tuple[Laptop, Laptop], laptop: Make, server: Server) -> None:
    """Who guesses the id of a case and writes into it before it comes is found out when it does."""
    rina, _ = office
    case = rina.save(Case, CASE)
    sari = laptop("sari")
    sari.sync()
    told(sari, rina)
    sari.save(Case, {"risk_level": "low"}, case)
    sari.sync()
    rina.sync()
    stored = server.values(Case, case)
    assert stored is not None
    assert "risk_level" not in stored
    with server.store.read() as tx:
        assert [one.reason for one in inbox.quarantined(tx)] == ["the user is not in the circle of this case"]


def test_what_waits_for_long_is_put_before_a_person(
    office: tuple[Laptop, Laptop], laptop: Make, server: Server
) -> None:
    rina, boss = office
    person = rina.person()
    told(boss, rina)
    boss.save(Person, {"address": "Dusun Timur"}, person)
    boss.sync()
    server.clock.forward(seconds=PATIENCE.total_seconds() + 60)
    boss.person()
    boss.sync()
    assert waiting(server) == 0
    with server.store.read() as tx:
        assert [one.reason for one in inbox.quarantined(tx)] == [WHY]
