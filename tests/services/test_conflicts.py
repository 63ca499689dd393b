"""Edits made apart: both laptops show the same question, and one decision settles it on both."""

from uuid import UUID

import pytest

from migdesk.domain.person import Person
from migdesk.domain.values import Missing
from migdesk.errors import RefusedError, UserError
from migdesk.services import cases, conflicts, counselling, history, people, saving, syncing
from migdesk.services.events import ChangeSet
from migdesk.services.session import Session
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import Desk, case, deliver, person
from tests.support.workspaces import counselling as meeting

Pair = tuple[Session, Session]


@pytest.fixture
def pair(desk: Desk) -> Pair:
    """Two officers of one village."""
    return desk("OUTREACH"), desk("OUTREACH", "52.03", "dewi")


def shared(pair: Pair) -> UUID:
    """One person on both laptops."""
    id = people.save(pair[0], person()).id
    deliver(*pair)
    return id


def exchange(pair: Pair) -> None:
    rina, dewi = pair
    deliver(rina, dewi)
    deliver(dewi, rina)


def test_one_question_on_both_laptops_and_one_decision(pair: Pair, clock: FakeClock) -> None:
    rina, dewi = pair
    id = shared(pair)
    clock.forward(minutes=1)
    people.save(rina, {"dependants": 2, "education": "primary"}, id)
    clock.forward(minutes=1)
    people.save(dewi, {"dependants": 3, "marital_status": "single"}, id)
    exchange(pair)
    for session in pair:
        (one,) = conflicts.list_open(session)
        assert (one.record, one.kind, one.title) == (id, "person", "Nurhayati Suhartini")
        assert (one.words.field, one.is_deletion, one.may_decide) == ("dependants", False, True)
        assert one.choices[0].value == 3
        assert {choice.value for choice in one.choices} == {2, 3}
        assert people.get(session, id).about.conflicts == 1
        assert syncing.status(session).conflicts == conflicts.count(session) == 1
        record = people.get(session, id).record
        assert (record.education, record.marital_status) == ("primary", "single")
    heard: list[ChangeSet] = []
    rina.events.subscribe(heard.append)
    conflicts.decide(rina, conflicts.list_open(rina)[0].id, 1)
    assert heard == [ChangeSet(frozenset({"person"}), frozenset({id}), "decision")]
    exchange(pair)
    for session in pair:
        assert conflicts.list_open(session) == ()
        assert people.get(session, id).record.dependants == 2


def test_names_of_authors_are_told_where_they_are_known(pair: Pair) -> None:
    rina, dewi = pair
    id = shared(pair)
    people.save(rina, {"education": Missing.DECLINED}, id)
    people.save(dewi, {"education": "primary"}, id)
    deliver(dewi, rina)
    (one,) = conflicts.list_open(rina, id)
    assert {choice.author_name for choice in one.choices} == {"Rina", ""}
    assert {choice.value for choice in one.choices} == {"declined", "primary"}
    assert one.words.codes == "education"


def test_a_settled_conflict_cannot_be_decided_again(pair: Pair) -> None:
    rina, dewi = pair
    id = shared(pair)
    people.save(rina, {"dependants": 2}, id)
    people.save(dewi, {"dependants": 3}, id)
    deliver(dewi, rina)
    (one,) = conflicts.list_open(rina)
    with pytest.raises(UserError):
        conflicts.decide(rina, one.id, 2)
    with pytest.raises(UserError):
        conflicts.decide(rina, one.id, -1)
    conflicts.decide(rina, one.id, 0)
    with pytest.raises(UserError, match="settled"):
        conflicts.decide(rina, one.id, 0)


def test_a_removal_against_an_edit_is_such_a_question(pair: Pair) -> None:
    rina, dewi = pair
    id = shared(pair)
    saving.delete(rina, Person, id)
    people.save(dewi, {"dependants": 3}, id)
    deliver(dewi, rina)
    assert people.get(rina, id).record.dependants == 3
    (one,) = conflicts.list_open(rina)
    assert one.is_deletion
    assert {choice.value for choice in one.choices} == {True, False}
    removal = next(place for place, choice in enumerate(one.choices) if choice.value is True)
    conflicts.decide(rina, one.id, removal)
    assert conflicts.list_open(rina) == ()
    assert people.page(rina).rows == ()


def test_a_conflict_in_a_case_is_for_its_circle(desk: Desk) -> None:
    rina, other = desk("OUTREACH"), desk("OUTREACH")
    dewi = desk("OUTREACH", "52.03", "dewi")
    id = cases.save(rina, case(risk_level="low")).id
    deliver(rina, other)
    cases.save(rina, {"source": "family"}, id)
    cases.save(other, {"source": "village"}, id)
    deliver(other, rina)
    for session in (rina, other):
        deliver(session, dewi)
    (one,) = conflicts.list_open(rina)
    assert one.title == cases.get(rina, id).record.case_code
    assert conflicts.list_open(dewi) == ()
    with pytest.raises(UserError, match="settled"):
        conflicts.decide(dewi, one.id, 0)


def test_who_may_not_write_may_not_decide(desk: Desk) -> None:
    rina, ana = desk("OUTREACH"), desk("OUTREACH", "52.03", "ana")
    reader = desk("CASEWORKER", "52.03", "tuti")
    who = people.save(rina, person()).id
    id = counselling.save(rina, meeting(who, rina.today())).id
    deliver(rina, ana)
    counselling.save(rina, {"duration_min": 30}, id)
    counselling.save(ana, {"duration_min": 60}, id)
    for session in (rina, ana):
        deliver(session, reader)
    (one,) = conflicts.list_open(reader)
    assert not one.may_decide
    with pytest.raises(RefusedError):
        conflicts.decide(reader, one.id, 0)


def test_history_tells_who_wrote_what(pair: Pair, clock: FakeClock) -> None:
    rina, dewi = pair
    id = shared(pair)
    first = clock.now()
    clock.forward(hours=1)
    people.save(dewi, {"dependants": 3, "note": None, "phone": Missing.DECLINED}, id)
    clock.forward(hours=1)
    people.save(dewi, {"dependants": None}, id)
    deliver(dewi, rina)
    entries = history.of(rina, id, "person")
    assert history.of(rina, id) == entries
    assert [len(entry.edits) for entry in entries] == [1, 2, 4]
    assert [entry.author_name for entry in entries] == ["", "", "Rina"]
    assert entries[-1].at == first
    edits = {edit.words.field: edit.value for edit in entries[1].edits}
    assert edits == {"dependants": 3, "phone": Missing.DECLINED}
    assert entries[0].edits[0].value is None
    assert {entry.device for entry in entries} == {rina.author.device, dewi.author.device}
    assert pytest.approx(entries[0].at.timestamp()) == clock.now().timestamp()


def test_history_of_a_removed_record_still_stands(pair: Pair) -> None:
    rina, _ = pair
    id = people.save(rina, person()).id
    saving.delete(rina, Person, id)
    latest, first = history.of(rina, id)
    assert [edit.words.label for edit in latest.edits] == ["Removed"]
    assert "Full name" in {edit.words.label for edit in first.edits}
