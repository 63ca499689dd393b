"""Events, participants and the attendance list."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from migdesk.domain.training import Attendance
from migdesk.domain.validation import InvalidRecordError
from migdesk.services import training
from migdesk.services.events import ChangeSet
from migdesk.services.session import Session
from tests.support.workspaces import Desk, deliver, event

TODAY = date(2026, 3, 10)


@pytest.fixture
def budi(desk: Desk) -> Session:
    return desk("TRAINER", "52.03", "budi")


def a_day(session: Session, people: int) -> tuple[UUID, UUID, list[UUID]]:
    """An event with one session and its participants."""
    id = training.save_event(session, event(TODAY)).id
    held = training.save_session(session, {"event": id, "held_on": TODAY}).id
    rows = ({"event": id, "full_name": f"Peserta {number:03d}", "sex": "female"} for number in range(people))
    return id, held, [training.save_participant(session, row).id for row in rows]


def test_an_event_counts_its_sessions_and_participants(budi: Session) -> None:
    id, _, _ = a_day(budi, 3)
    view = training.get_event(budi, id)
    assert (view.sessions, view.participants, view.record.status) == (1, 3, "planned")
    later = training.save_event(budi, event(TODAY + timedelta(days=3), title="Nanti")).id
    assert [one.id for one in training.events(budi).rows] == [later, id]
    assert [one.full_name for one in training.participants(budi, id)] == ["Peserta 000", "Peserta 001", "Peserta 002"]


def test_a_mark_is_set_changed_and_taken_back(budi: Session) -> None:
    _, held, (one, two) = a_day(budi, 2)
    assert training.attendance(budi, held) == {}
    training.mark(budi, held, one, "present")
    training.mark(budi, held, two, "late")
    training.mark(budi, held, one, "absent")
    assert training.attendance(budi, held) == {one: "absent", two: "late"}
    training.mark(budi, held, one, None)
    training.mark(budi, held, one, None)
    assert training.attendance(budi, held) == {two: "late"}
    training.mark(budi, held, one, "excused")
    assert training.attendance(budi, held) == {one: "excused", two: "late"}


def test_marking_all_leaves_those_alone_who_are_marked(budi: Session) -> None:
    _, held, everyone = a_day(budi, 30)
    heard: list[ChangeSet] = []
    training.mark(budi, held, everyone[0], "absent")
    budi.events.subscribe(heard.append)
    assert training.mark_all(budi, held, "present") == 29
    assert training.mark_all(budi, held, "present") == 0
    marks = training.attendance(budi, held)
    assert marks[everyone[0]] == "absent"
    assert sorted(marks.values()) == ["absent"] + ["present"] * 29
    assert training.mark_all(budi, held, "late", only=everyone[:2]) == 2
    assert [len(one.ids) for one in heard] == [29, 2]


def test_two_trainers_who_mark_one_person_make_one_record(desk: Desk, budi: Session) -> None:
    _, held, (one,) = a_day(budi, 1)
    ana = desk("TRAINER", "52.03", "ana")
    deliver(budi, ana)
    first, second = training.mark(budi, held, one, "present"), training.mark(ana, held, one, "present")
    assert first is not None
    assert second is not None
    assert first.id == second.id == Attendance.spec.natural_id({"session": held, "participant": one})
    deliver(ana, budi)
    assert training.attendance(budi, held) == {one: "present"}


def test_a_participant_of_another_event_cannot_be_marked(budi: Session) -> None:
    _, held, _ = a_day(budi, 1)
    _, _, (other,) = a_day(budi, 1)
    with pytest.raises(InvalidRecordError):
        training.mark(budi, held, other, "present")
    with pytest.raises(InvalidRecordError):
        training.mark_all(budi, held, "present", only=[other])
    with pytest.raises(InvalidRecordError):
        training.mark(budi, held, other, "here")
