"""Training: an event, its parts, and attendance that is saved mark by mark."""

from typing import Any
from uuid import UUID

from migdesk.services import training
from migdesk.services.session import Session
from migdesk.ui.screens.training.presenter import TrainingPresenter
from tests.support.robots import Shown, Surroundings
from tests.support.workspaces import event


def desk_of(make_desk: Any) -> tuple[Surroundings, TrainingPresenter, Shown]:
    desk = make_desk(role="TRAINER")
    presenter = TrainingPresenter(desk.ctx)
    return desk, presenter, desk.add("training", presenter)


def hall(session: Session, people: int = 6) -> tuple[UUID, UUID]:
    """An event of today with one session and so many participants, every other one a woman."""
    made = training.save_event(session, event(session.today())).id
    held = training.save_session(session, {"event": made, "held_on": session.today()}).id
    for number in range(people):
        sex = "male" if number % 2 else "female"
        training.save_participant(session, {"event": made, "full_name": f"Peserta {number}", "sex": sex})
    return made, held


def test_a_new_event_leads_to_its_page(make_desk: Any) -> None:
    _, presenter, shown = desk_of(make_desk)
    presenter.opened(None, {"new": True})
    presenter.editing.edit("title", "Migrasi aman")
    presenter.save()
    assert shown.state.page == "event"
    assert shown.state.event.record.title == "Migrasi aman"


def test_a_session_and_participants_are_added_to_it(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    made = training.save_event(desk.ctx.session, event(desk.ctx.today())).id
    presenter.opened(made, {})
    presenter.go(session="new")
    presenter.save()
    presenter.go(participant="new")
    for name in ("Sumiati", "Mahsun"):
        presenter.editing.edit("full_name", name)
        presenter.editing.edit("sex", "female")
        presenter.editing.edit("institution", "Desbumi")
        presenter.save_and_new()
    assert shown.state.page == "form"
    assert shown.state.form.values == {"institution": "Desbumi"}
    presenter.back()
    assert [who.full_name for who in shown.state.participants] == ["Mahsun", "Sumiati"]
    assert len(shown.state.sessions) == 1


def test_each_mark_is_saved_and_counted_by_sex(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    made, held = hall(desk.ctx.session)
    presenter.opened(made, {"attendance": held})
    first, second, *_ = shown.state.participants
    presenter.mark(first.id, "present")
    presenter.mark(second.id, "late")
    assert training.attendance(desk.ctx.session, held) == {first.id: "present", second.id: "late"}
    counts = shown.state.counts()
    assert counts["present"] == {"female": 1}
    assert counts["late"] == {"male": 1}
    assert counts[""].total() == 4


def test_the_rest_is_marked_at_once_and_undone_at_once(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    made, held = hall(desk.ctx.session)
    presenter.opened(made, {"attendance": held})
    first = shown.state.participants[0].id
    presenter.mark(first, "absent")
    presenter.mark_rest()
    assert shown.state.counts()["present"].total() == 5
    presenter.undo()
    assert training.attendance(desk.ctx.session, held) == {first: "absent"}
    presenter.undo()
    presenter.undo()
    assert training.attendance(desk.ctx.session, held) == {}
    assert shown.state.attendance == {}


def test_marking_again_changes_the_one_mark(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    made, held = hall(desk.ctx.session, 1)
    presenter.opened(made, {"attendance": held})
    who = shown.state.participants[0].id
    for status in ("present", "present", "excused"):
        presenter.mark(who, status)
    assert training.attendance(desk.ctx.session, held) == {who: "excused"}
    assert len(shown.state.undo) == 2
    presenter.undo()
    assert shown.state.attendance == {who: "present"}


def test_marks_of_a_colleague_appear(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    made, held = hall(desk.ctx.session, 2)
    presenter.opened(made, {"attendance": held})
    training.mark(desk.ctx.session, held, shown.state.participants[1].id, "late")
    presenter.refresh({"attendance"})
    assert list(shown.state.attendance.values()) == ["late"]
