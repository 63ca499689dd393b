"""Several questions about one record answered in one act, with new values too; and edits made apart that both stand."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from migdesk.domain.person import Person
from migdesk.domain.validation import InvalidRecordError
from migdesk.domain.values import Missing, PartialDate
from migdesk.errors import UserError
from migdesk.services import apart, cases, conflicts, history, people, saving
from migdesk.services.conflicts import Answer, OpenConflict
from migdesk.services.session import Session
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import FAR_VILLAGE, Desk, case, deliver, person

Pair = tuple[Session, Session]


@pytest.fixture
def pair(desk: Desk) -> Pair:
    """Two officers of one village."""
    return desk("OUTREACH"), desk("OUTREACH", "52.03", "dewi")


def shared(pair: Pair, **more: object) -> UUID:
    """One person on both laptops."""
    id = people.save(pair[0], person(**more)).id
    deliver(*pair)
    return id


def exchange(pair: Pair) -> None:
    rina, dewi = pair
    deliver(rina, dewi)
    deliver(dewi, rina)


def about(found: Sequence[OpenConflict], field: str) -> OpenConflict:
    return next(one for one in found if one.words.field == field)


def test_several_answers_and_a_new_value_settle_a_record_everywhere(pair: Pair, clock: FakeClock) -> None:
    rina, dewi = pair
    id = shared(pair, note="Ingin ke Malaysia", dependants=1)
    clock.forward(minutes=1)
    people.save(rina, {"note": "Ingin ke Taiwan", "dependants": 2, "education": "primary"}, id)
    clock.forward(minutes=1)
    people.save(dewi, {"note": "Sudah punya paspor", "dependants": 3, "education": "lower_sec"}, id)
    exchange(pair)
    (record,) = conflicts.by_record(rina)
    assert (record.record, record.title, record.may_decide) == (id, "Nurhayati Suhartini", True)
    note, dependants, education = (about(record.questions, name) for name in ("note", "dependants", "education"))
    assert (note.before_known, note.before) == (True, "Ingin ke Malaysia")
    assert (dependants.before_known, dependants.before) == (True, 1)
    assert (education.before_known, education.before) == (True, None)
    assert {(choice.value, choice.own) for choice in dependants.choices} == {(2, True), (3, False)}
    both = "Ingin ke Taiwan. Sudah punya paspor."
    answers = (Answer(note.id, None, both), Answer(dependants.id, 1), Answer(education.id, None, "upper_sec"))
    clock.forward(minutes=1)
    conflicts.decide_all(rina, id, answers)
    exchange(pair)
    for session in pair:
        assert conflicts.list_open(session) == ()
        held = people.get(session, id)
        assert (held.record.note, held.record.dependants, held.record.education) == (both, 2, "upper_sec")
        assert held.about.conflicts == 0
    latest = history.of(dewi, id)[0]
    assert {edit.words.field: edit.decided for edit in latest.edits} == {
        "note": True, "dependants": True, "education": True,
    }  # fmt: skip
    assert not any(edit.decided for entry in history.of(dewi, id)[1:] for edit in entry.edits)


def test_what_came_before_is_found_through_a_chain_of_edits(pair: Pair) -> None:
    rina, dewi = pair
    id = shared(pair, dependants=1)
    people.save(rina, {"dependants": 2}, id)
    people.save(rina, {"dependants": 4}, id)
    people.save(dewi, {"dependants": 3}, id)
    exchange(pair)
    for session in pair:
        (one,) = conflicts.list_open(session)
        assert (one.before_known, one.before) == (True, 1)


def test_a_new_value_is_judged_like_a_typed_one_and_nothing_is_written(pair: Pair) -> None:
    rina, dewi = pair
    id = shared(pair)
    people.save(rina, {"birth_date": PartialDate(1990, 1, 1), "dependants": 2}, id)
    people.save(dewi, {"birth_date": PartialDate(1991, 1, 1), "dependants": 3}, id)
    exchange(pair)
    found = conflicts.list_open(rina)
    born, dependants = about(found, "birth_date"), about(found, "dependants")
    future = Answer(born.id, None, PartialDate(2090))
    with pytest.raises(InvalidRecordError) as caught:
        conflicts.decide_all(rina, id, (Answer(dependants.id, 0), future))
    assert [problem.field for problem in caught.value.problems] == ["birth_date"]
    assert len(conflicts.list_open(rina)) == 2
    conflicts.decide_all(rina, id, (Answer(born.id, None, Missing.UNKNOWN), Answer(dependants.id, None, None)))
    record = people.get(rina, id).record
    assert (record.birth_date, record.dependants) == (Missing.UNKNOWN, None)


def test_nothing_is_decided_of_a_record_with_answers_of_another(pair: Pair) -> None:
    rina, dewi = pair
    first, second = shared(pair), shared(pair, full_name="Sumiati")
    for id in (first, second):
        people.save(rina, {"dependants": 2}, id)
        people.save(dewi, {"dependants": 3}, id)
    exchange(pair)
    (one,) = conflicts.list_open(rina, second)
    with pytest.raises(UserError, match="settled"):
        conflicts.decide_all(rina, first, (Answer(one.id, 0),))
    with pytest.raises(UserError, match="settled"):
        conflicts.decide_all(rina, first, ())
    assert conflicts.count(rina) == 2


@pytest.mark.parametrize("removed", [True, False])
def test_a_removal_settles_the_rest_and_a_kept_record_keeps_what_is_decided_with_it(pair: Pair, removed: bool) -> None:
    rina, dewi = pair
    id = shared(pair)
    saving.delete(rina, Person, id)
    people.save(dewi, {"dependants": 3}, id)
    exchange(pair)
    people.save(rina, {"education": "primary"}, id)
    people.save(dewi, {"education": "lower_sec"}, id)
    exchange(pair)
    (record,) = conflicts.by_record(dewi)
    assert [one.is_deletion for one in record.questions] == [True, False]
    removal, education = record.questions
    place = next(n for n, choice in enumerate(removal.choices) if choice.value is removed)
    conflicts.decide_all(dewi, id, (Answer(removal.id, place), Answer(education.id, None, "upper_sec")))
    exchange(pair)
    for session in pair:
        assert conflicts.list_open(session) == ()
        rows = people.page(session).rows
        assert len(rows) == (0 if removed else 1)
        if not removed:
            assert people.get(session, id).record.education == "upper_sec"


def test_protective_and_higher_rules_say_why_a_value_is_shown(desk: Desk) -> None:
    rina, other = desk("OUTREACH"), desk("OUTREACH")
    id = cases.save(rina, case(risk_level="low")).id
    deliver(rina, other)
    cases.save(rina, {"risk_level": "high", "consent_statistics": "yes"}, id)
    cases.save(other, {"risk_level": "medium", "consent_statistics": "withdrawn"}, id)
    deliver(other, rina)
    found = {one.words.field: one for one in conflicts.list_open(rina)}
    assert (found["risk_level"].rule, found["risk_level"].choices[0].value) == ("higher", "high")
    assert {one.rule for one in found.values()} <= {"higher", "protective"}


def test_different_things_written_apart_are_told_once_and_not_again(pair: Pair, clock: FakeClock) -> None:
    rina, dewi = pair
    id = shared(pair)
    clock.forward(hours=1)
    people.save(rina, {"education": "primary"}, id)
    clock.forward(hours=1)
    people.save(dewi, {"marital_status": "single"}, id)
    exchange(pair)
    assert conflicts.list_open(rina) == ()
    for session in pair:
        (one,) = apart.recent(session)
        assert (one.record, one.title) == (id, "Nurhayati Suhartini")
        assert [[edit.words.field for edit in side.edits] for side in one.sides] == [["education"], ["marital_status"]]
        assert sorted(side.own for side in one.sides) == [False, True]
    apart.see(rina, apart.recent(rina))
    assert apart.recent(rina) == ()
    assert len(apart.recent(dewi)) == 1
    clock.forward(days=20)
    assert apart.recent(dewi) == ()


def test_who_knew_the_others_work_did_not_write_apart(pair: Pair, clock: FakeClock) -> None:
    rina, dewi = pair
    id = shared(pair)
    clock.forward(hours=1)
    people.save(rina, {"education": "primary"}, id)
    clock.forward(hours=1)
    deliver(rina, dewi)
    clock.forward(hours=1)
    people.save(dewi, {"marital_status": "single"}, id)
    assert apart.recent(dewi) == ()


def test_the_same_answer_edited_apart_is_a_question_not_news(pair: Pair, clock: FakeClock) -> None:
    rina, dewi = pair
    id = shared(pair)
    people.save(rina, {"dependants": 2}, id)
    people.save(dewi, {"dependants": 3}, id)
    exchange(pair)
    assert apart.recent(rina) == ()


def test_nobody_outside_the_circle_hears_of_a_case_written_apart(desk: Desk, clock: FakeClock) -> None:
    rina, other = desk("OUTREACH"), desk("OUTREACH")
    dewi = desk("OUTREACH", "52.03", "dewi")
    id = cases.save(rina, case()).id
    deliver(rina, other)
    clock.forward(hours=1)
    cases.save(rina, {"source": "family"}, id)
    clock.forward(hours=1)
    cases.save(other, {"status": "closed"}, id)
    deliver(other, rina)
    for session in (rina, other):
        deliver(session, dewi)
    assert len(apart.recent(rina)) == 1
    assert apart.recent(dewi) == ()


def test_a_place_outside_the_own_area_is_no_new_value(pair: Pair) -> None:
    rina, dewi = pair
    id = shared(pair)
    people.save(rina, {"area_code": "52.03.01.2001"}, id)
    people.save(dewi, {"area_code": "52.03.01.2003"}, id)
    exchange(pair)
    (one,) = conflicts.list_open(rina)
    with pytest.raises(InvalidRecordError):
        conflicts.decide_all(rina, id, (Answer(one.id, None, FAR_VILLAGE),))
    conflicts.decide_all(rina, id, (Answer(one.id, None, "52.03.01.2004"),))
    exchange(pair)
    assert people.get(dewi, id).record.area_code == "52.03.01.2004"
