"""Counselling: with whom, the form of one session, what was before."""

from typing import Any

from migdesk.services import counselling, drafts, people
from migdesk.services.today import summary
from migdesk.ui.screens.counselling.presenter import CounsellingPresenter
from migdesk.ui.screens.today.presenter import TodayPresenter
from migdesk.ui.work.resuming import place_of
from tests.support.robots import Shown, Surroundings
from tests.support.workspaces import VILLAGE, person
from tests.support.workspaces import counselling as session_values


def desk_of(make_desk: Any) -> tuple[Surroundings, CounsellingPresenter, Shown]:
    desk = make_desk()
    presenter = CounsellingPresenter(desk.ctx)
    return desk, presenter, desk.add("counselling", presenter)


def test_a_session_begins_with_whom(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    people.save(desk.ctx.session, person())
    presenter.opened(None, {"new": True})
    assert shown.state.page == "choose"
    presenter.choosing.look("nurh")
    presenter.chosen(shown.state.choosing.found[0])
    assert shown.state.page == "form"
    assert shown.state.person.name == "Nurhayati Suhartini"
    assert shown.state.form.values["area_code"] == VILLAGE
    assert shown.state.form.values["date"] == desk.ctx.today()


def test_a_saved_session_is_the_persons_and_says_where_it_is(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    session = desk.ctx.session
    who = people.save(session, person()).id
    presenter.opened(None, {"new": True, "person": who})
    presenter.editing.edit("intention", "decided")
    presenter.editing.edit("destination", "HK")
    presenter.save()
    assert shown.state.form.phase == "saved"
    assert shown.state.form.open_answers > 0
    (held,) = counselling.for_person(session, who)
    assert (held.record.destination, held.record.person) == ("HK", who)
    assert shown.state.earlier == ()


def test_what_no_longer_matters_is_not_saved(make_desk: Any) -> None:
    desk, presenter, _ = desk_of(make_desk)
    who = people.save(desk.ctx.session, person()).id
    presenter.opened(None, {"new": True, "person": who})
    for name, value in (("intention", "decided"), ("destination", "HK"), ("intention", "undecided")):
        presenter.editing.edit(name, value)
    presenter.save()
    (held,) = counselling.for_person(desk.ctx.session, who)
    assert held.record.destination is None


def test_what_was_said_before_need_not_be_asked_again(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    session = desk.ctx.session
    who = people.save(session, person()).id
    counselling.save(session, session_values(who, session.today(), intention="decided", destination="TW"))
    presenter.opened(None, {"new": True, "person": who})
    assert shown.state.form.values["destination"] == "TW"
    assert len(shown.state.earlier) == 1


def test_a_draft_is_found_on_today_and_taken_up_from_there(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    session = desk.ctx.session
    who = people.save(session, person()).id
    presenter.opened(None, {"new": True, "person": who})
    presenter.editing.edit("advice", "Periksa izin P3MI.")
    presenter.left()
    presenter.opened(None, {})
    today = TodayPresenter(desk.ctx)
    view = desk.add("today", today)
    today.opened(None, {})
    (row,) = view.state.drafts
    assert row.name == "Nurhayati Suhartini"
    today.open_draft(row)
    assert shown.state.form.values["advice"] == "Periksa izin P3MI."
    assert shown.state.form.offer is None
    presenter.save()
    assert drafts.open_drafts(session) == ()
    assert summary(session).drafts == ()


def test_every_kind_of_form_has_a_place_to_be_taken_up(make_desk: Any) -> None:
    desk = make_desk()
    session = desk.ctx.session
    for spec in session.schema.kinds:
        if not spec.reference and spec.name != "attendance":
            drafts.keep(session, spec.name, {}, session.user.id)
    assert all(place_of(draft) is not None for draft in drafts.open_drafts(session))
