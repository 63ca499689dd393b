"""Saving through the services: defaults, problems, completeness, rules that need other records, events."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from migdesk.domain.case_codes import read_code
from migdesk.domain.person import Person
from migdesk.domain.validation import InvalidRecordError
from migdesk.domain.values import Missing, PartialDate
from migdesk.errors import UserError
from migdesk.services import cases, counselling, people, saving, training
from migdesk.services.events import ChangeSet
from migdesk.services.session import Session
from migdesk.store import change_log
from migdesk.store.errors import NotFoundError
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import FAR_VILLAGE, VILLAGE, Desk, case, event, person
from tests.support.workspaces import counselling as meeting

TODAY = date(2026, 3, 10)


@pytest.fixture
def session(desk: Desk) -> Session:
    return desk("SUPERVISOR", "52.03", "sri")


def refused(act: Any, *args: Any) -> set[tuple[str, str]]:
    """The errors for which a save is refused."""
    with pytest.raises(InvalidRecordError) as caught:
        act(*args)
    assert isinstance(caught.value, UserError)
    return {(one.field, one.rule) for one in caught.value.problems if one.is_error}


def warned(saved: saving.Saved) -> set[tuple[str, str]]:
    return {(one.field, one.rule) for one in saved.problems if one.rule != "complete"}


def test_a_person_gets_a_code_once(session: Session) -> None:
    saved = people.save(session, person())
    code = people.get(session, saved.id).record.person_code
    assert saved.created
    assert code
    assert code.startswith("P-")
    assert read_code(code) == code
    assert refused(people.save, session, {"person_code": "P-00000-00000"}, saved.id) == {("person_code", "V-22")}
    people.save(session, {"person_code": code, "dependants": 1}, saved.id)


def test_what_is_refused_is_not_written_and_what_is_open_only_marked(session: Session) -> None:
    assert refused(people.save, session, {"sex": "female"}) == {("full_name", "required"), ("area_code", "required")}
    assert people.page(session).rows == ()
    saved = people.save(session, person())
    assert not saved.complete
    assert {one.field for one in saved.problems} == {"birth_date", "migration_stage"}
    saved = people.save(session, {"birth_date": PartialDate(1994), "migration_stage": Missing.DECLINED}, saved.id)
    assert saved.complete
    assert people.get(session, saved.id).about.complete


def test_a_save_that_changes_nothing_makes_no_change(session: Session) -> None:
    heard: list[ChangeSet] = []
    stop = session.events.subscribe(heard.append)
    saved = people.save(session, person())
    again = people.save(session, {"full_name": " Nurhayati  Suhartini "}, saved.id)
    assert (saved.changed, again.changed, again.created) == (True, False, False)
    assert heard == [ChangeSet(frozenset({"person"}), frozenset({saved.id}))]
    with session.store.read() as tx:
        assert len(change_log.history(tx, saved.id)) == 1
    stop()
    people.save(session, {"dependants": 2}, saved.id)
    assert len(heard) == 1


def test_an_unknown_id_is_not_found_unless_it_may_be_made(session: Session) -> None:
    id = uuid4()
    with pytest.raises(NotFoundError):
        people.save(session, person(), id)
    assert saving.save(session, Person, person(), id, may_create=True).id == id
    assert not saving.save(session, Person, {"dependants": 3}, id, may_create=True).created


def test_a_place_must_be_known_and_within_the_own_areas(session: Session) -> None:
    assert refused(people.save, session, person(area_code=FAR_VILLAGE)) == {("area_code", "scope")}
    assert refused(people.save, session, person(area_code="52.03.09.2999")) == {("area_code", "V-19")}
    assert refused(people.save, session, person(area_code="52.03.99")) == {("area_code", "V-19")}
    people.save(session, person(area_code="52.03"))


def test_villages_of_a_regency_that_is_not_shipped_are_taken(desk: Desk) -> None:
    session = desk("OUTREACH", "31.71")
    people.save(session, person(area_code="31.71.01.1001"))


def test_v25_the_same_nik_is_refused_and_a_likeness_is_told(session: Session) -> None:
    nik = "5203094512940003"
    first = people.save(session, person(nik=nik, birth_date=PartialDate(1994, 12, 5)))
    assert refused(people.save, session, person(full_name="Lain", nik=nik)) == {("nik", "V-25")}
    people.save(session, {"nik": nik, "dependants": 1}, first.id)
    twin = people.save(session, person(full_name="Nurhayati Suhartiny"))
    assert ("full_name", "V-25") in warned(twin)
    other = people.save(session, person(full_name="Baiq Lestari"))
    assert warned(other) == set()


def test_v03_the_district_of_a_nik_is_looked_up(session: Session) -> None:
    assert warned(people.save(session, person(nik="5203094512940003"))) == set()
    assert ("nik", "V-03") in warned(people.save(session, person(full_name="Baiq", nik="5203994512940003")))
    assert ("nik", "V-03") in warned(people.save(session, person(full_name="Lale", nik="9903094512940003")))


def test_v06_and_v16_children_are_noticed(session: Session) -> None:
    child = people.save(session, person(birth_date=PartialDate(2009))).id
    saved = counselling.save(session, meeting(child, TODAY, intention="decided"))
    assert warned(saved) == {("intention", "V-06")}
    assert warned(cases.save(session, case(person=child))) == {("consent_services", "V-16")}
    adult = people.save(session, person(full_name="Baiq Lestari", birth_date=PartialDate(2007))).id
    assert warned(counselling.save(session, meeting(adult, TODAY, intention="decided"))) == set()


def test_what_a_record_belongs_to_must_be_here(session: Session) -> None:
    assert refused(counselling.save, session, meeting(uuid4(), TODAY)) == {("person", "reference")}
    assert refused(cases.save_incident, session, {"case": uuid4()}) == {("case", "reference")}
    assert refused(training.save_session, session, {"event": uuid4(), "number": 1}) == {("event", "reference")}
    no_event = {"event": uuid4(), "full_name": "Budi", "sex": "male"}
    assert refused(training.save_participant, session, no_event) == {("event", "reference")}


def test_a_session_of_counselling_names_its_counsellor(session: Session) -> None:
    who = people.save(session, person()).id
    id = counselling.save(session, meeting(who, TODAY)).id
    view = counselling.get(session, id)
    assert (view.record.counsellor, view.counsellor_name) == (session.user.id, "Sri")
    assert view.person_name == "Nurhayati Suhartini"


def test_v17_a_session_is_held_within_its_event(session: Session) -> None:
    id = training.save_event(session, event(TODAY, ends_on=TODAY + timedelta(days=1))).id
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=2)):
        assert refused(training.save_session, session, {"event": id, "held_on": day}) == {("held_on", "V-17")}
    first = training.save_session(session, {"event": id, "held_on": TODAY})
    second = training.save_session(session, {"event": id, "held_on": TODAY + timedelta(days=1)})
    assert [one.id for one in training.sessions(session, id)] == [first.id, second.id]
    assert [one.number for one in training.sessions(session, id)] == [1, 2]


def test_v14_a_case_at_high_risk_stays_open(session: Session) -> None:
    id = cases.save(session, case(risk_level="high")).id
    assert refused(cases.save, session, {"status": "closed"}, id) == {("status", "V-14")}
    cases.save(session, {"status": "closed", "risk_level": "low"}, id)
    assert cases.get(session, id).record.status == "closed"


def test_preview_says_the_same_and_writes_nothing(session: Session) -> None:
    problems = saving.preview(session, Person, {"sex": "female", "nik": "1"})
    assert {(one.field, one.rule) for one in problems if one.is_error} == {
        ("full_name", "required"), ("area_code", "required"), ("nik", "V-03"),
    }  # fmt: skip
    assert people.count(session) == 0


def test_a_removed_record_is_gone_and_comes_back(session: Session) -> None:
    id = people.save(session, person()).id
    saving.delete(session, Person, id)
    with pytest.raises(NotFoundError):
        people.get(session, id)
    saving.restore(session, Person, id)
    assert people.get(session, id).name == "Nurhayati Suhartini"


def test_the_clock_of_the_laptop_gives_the_day(session: Session, clock: FakeClock) -> None:
    # 18:30 UTC is half past one the next day in Jakarta, where the tests live.
    clock.forward(hours=16)
    assert session.today() == TODAY + timedelta(days=1)
    assert cases.get(session, cases.save(session, case()).id).record.opened_on == TODAY + timedelta(days=1)
    assert VILLAGE.startswith(session.user.areas[0])
