"""Programs of two versions at the two ends (SYNC 3.14, K1): nothing that only one of them knows is lost on the way."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from migdesk.domain.changes import Change, Edit, Register
from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.person import Person
from migdesk.domain.training import Attendance, Participant, TrainingEvent, TrainingSession
from migdesk.store import applying, backup, change_log, inbox, upgrading
from migdesk.store.database import Store
from migdesk.sync.inbound.early import take_held
from tests.model.versions import OLDER, OldPerson, newer_file
from tests.sync.office import VILLAGE, Laptop, Node, Server

FULL = {
    "full_name": "Baiq Nurhayati", "sex": "female", "area_code": VILLAGE, "may_contact": "no", "address": "Dusun Timur",
    "dependants": 3, "disability": False, "note": "needs a translator", "education": "code_of_2031",
}  # fmt: skip
TALK = {
    "date": dt.date(2026, 3, 9), "area_code": VILLAGE, "topics": frozenset({"rights", "topic_of_2031"}),
    "next_date": dt.date(2026, 5, 1),
}  # fmt: skip


class Office:
    """A server and two laptops, each of one version or the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = Server(folder)
        self.rina, self.sari = Laptop(folder, "rina", self.server), Laptop(folder, "sari", self.server)
        self.nodes: dict[str, Node] = {"server": self.server, "rina": self.rina, "sari": self.sari}

    def make_older(self, *names: str) -> None:
        """These have the program of before from the beginning: what they hold is what it would have stored."""
        for name in names:
            node, path = self.nodes[name], self.folder / f"{name}.older.db"
            older = Store.open_file(path, bytes(32), schema=OLDER, codes=node.store.codes, clock=node.clock)
            with node.store.read() as tx, older.begin() as into:
                copied = ("change_log", "area_head", "replica", "setting", "user", "device")
                for table in copied:
                    for row in tx.connection.execute(tx.tables.metadata.tables[table].select()).mappings():
                        into.connection.execute(into.tables.metadata.tables[table].insert().values(dict(row)))
            node.store.close()
            node.store = older

    def upgrade(self, name: str) -> int:
        """The newer program opens what the older one left."""
        node = self.nodes[name]
        path = self.folder / f"{name}.older.db"
        node.store = newer_file(path, bytes(32), node.store.codes, node.clock, node.store)
        return upgrading.bring_up(node.store, take_held if name == "server" else None)

    def sync(self) -> None:
        for _ in range(2):
            self.rina.sync()
            self.sari.sync()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    for node in made.nodes.values():
        node.store.close()


def told(node: Node, record: UUID) -> list[Change]:
    """Every change of a record that a replica has, whole; the edits of a change have no order."""
    with node.store.read() as tx:
        found = [logged.change for logged in change_log.history(tx, record)]
    return [change._replace(edits=tuple(sorted(change.edits))) for change in found]


@pytest.mark.parametrize("older", [("server",), ("sari",), ("server", "sari"), ("rina",), ("rina", "server"), ()])
def test_unknown_fields_go_through_and_come_into_place(office: Office, older: tuple[str, ...]) -> None:
    """Every pair of versions: what rina or, if she has the older program, sari says of a person reaches the other."""
    office.make_older(*older)
    writer = office.sari if "rina" in older else office.rina
    person = writer.save(Person, FULL)
    talk = writer.save(CounsellingSession, TALK | {"person": person})
    office.sync()
    for node in office.nodes.values():
        assert told(node, person) == told(writer, person)
        assert told(node, talk) == told(writer, talk)
    for name in older:
        known = office.nodes[name].values(OldPerson, person)
        assert known == {"full_name": "Baiq Nurhayati", "sex": "female", "area_code": VILLAGE}
        assert office.upgrade(name) >= 2
        assert upgrading.bring_up(office.nodes[name].store) == 0
    office.sync()
    for node in office.nodes.values():
        assert node.values(Person, person) == FULL
        assert node.values(CounsellingSession, talk) == TALK | {"person": person}
        assert backup.verify(node.store) == []
        with node.store.read() as tx:
            assert tx.rows("SELECT 1 FROM person WHERE extra IS NOT NULL") == []


def test_an_older_laptop_edits_around_what_it_does_not_know(office: Office) -> None:
    office.make_older("sari", "server")
    person = office.rina.save(Person, FULL)
    office.sync()
    office.sari.save(OldPerson, {"full_name": "Baiq N."}, person)
    office.rina.save(Person, {"note": "speaks well", "may_contact": "yes"}, person)
    office.sync()
    assert office.rina.values(Person, person) == FULL | {
        "full_name": "Baiq N.", "note": "speaks well", "may_contact": "yes"
    }  # fmt: skip
    office.upgrade("server")
    office.upgrade("sari")
    assert (
        office.sari.values(Person, person) == office.server.values(Person, person) == office.rina.values(Person, person)
    )


def test_a_protective_value_wins_once_its_field_is_known(office: Office) -> None:
    """The older server goes by stamps, and must see after its upgrade what everybody else sees."""
    office.make_older("server")
    person = office.rina.save(Person, FULL | {"may_contact": "yes"})
    office.sync()
    office.rina.save(Person, {"may_contact": "no"}, person)
    office.sari.clock.forward(minutes=5)
    office.sari.save(Person, {"may_contact": "depends"}, person)
    office.sync()
    office.upgrade("server")
    for node in office.nodes.values():
        values = node.values(Person, person)
        assert values
        assert values["may_contact"] == "no"
        [conflict] = node.open_conflicts()
        assert [head.value for head in conflict.losers] == ["depends"]
        assert backup.verify(node.store) == []


def training(node: Node) -> UUID:
    event = node.save(TrainingEvent, {"title": "T", "area_code": VILLAGE, "starts_on": dt.date(2026, 3, 1)})
    session = node.save(TrainingSession, {"event": event, "number": 1})
    person = node.save(Participant, {"event": event, "full_name": "P", "sex": "female"})
    return node.save(Attendance, {"session": session, "participant": person, "status": "present"})


@pytest.mark.parametrize("older", [("server",), ("sari",), ("server", "sari")])
def test_a_kind_that_was_held_reaches_everybody_after_the_upgrade(office: Office, older: tuple[str, ...]) -> None:
    office.make_older(*older)
    mark = training(office.rina)
    office.sync()
    before = told(office.rina, mark)
    assert told(office.nodes[older[0]], mark) == before
    for name in older:
        office.upgrade(name)
    office.sync()
    for node in office.nodes.values():
        values = node.values(Attendance, mark)
        assert values
        assert values["status"] == "present"
        assert told(node, mark) == before
        assert backup.verify(node.store) == []


def test_what_was_held_is_judged_like_a_push(office: Office) -> None:
    """While its kind was unknown nobody could say whether the role may write it."""
    office.make_older("server")
    office.server.enrolled(office.rina, "CASEWORKER", "52.03")
    mark = training(office.rina)
    office.rina.sync()
    assert told(office.server, mark)
    office.upgrade("server")
    assert office.server.values(Attendance, mark) is None
    assert not told(office.server, mark)
    with office.server.store.read() as tx:
        kept = [inbox.read_change(one.body) for one in inbox.quarantined(tx) if one.kind == Attendance.spec.number]
    assert [change.record for change in kept] == [mark]


def test_what_a_field_cannot_hold_goes_to_quarantine_when_it_becomes_known(office: Office) -> None:
    """A value of the wrong type in a field that was unknown: the upgrade goes on, and nothing is thrown away."""
    office.make_older("server")
    person = office.rina.save(Person, FULL)
    office.rina.sync()
    number = Person.spec.by_name["dependants"].number
    wrong = Change(7, 1, 1 << 40, UUID(int=7), 1, person, VILLAGE, None, (Edit(Register(number), "many"),))
    with office.server.store.begin() as tx:
        applying.apply(tx, [wrong], origin="net")
    office.upgrade("server")
    assert office.server.values(Person, person) == FULL
    assert backup.verify(office.server.store) == []
    with office.server.store.read() as tx:
        [kept] = inbox.quarantined(tx)
        assert inbox.read_change(kept.body) == wrong


def test_an_upgrade_that_breaks_off_is_done_the_next_time(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """At each record in turn: all or nothing (K2)."""
    office.make_older("server")
    people = [office.rina.save(Person, FULL | {"full_name": f"P {n}"}) for n in range(4)]
    office.rina.sync()
    node, path = office.server, office.folder / "server.older.db"
    node.store = newer_file(path, bytes(32), node.store.codes, node.clock, node.store)
    join, left = upgrading._join_again, [0]

    def breaking(tx: Any, spec: Any, id: bytes) -> None:
        left[0] -= 1
        if not left[0]:
            raise RuntimeError
        join(tx, spec, id)

    monkeypatch.setattr(upgrading, "_join_again", breaking)
    for stop in range(1, 5):
        left[0] = stop
        with pytest.raises(RuntimeError):
            upgrading.bring_up(node.store)
        with node.store.read() as tx:
            assert len(tx.rows("SELECT 1 FROM person WHERE extra IS NOT NULL")) == 4
    monkeypatch.undo()
    assert upgrading.bring_up(node.store) == 4
    assert [node.values(Person, one) for one in people] == [FULL | {"full_name": f"P {n}"} for n in range(4)]
