"""People: the list, the search before someone new, the form and its draft, the profile."""

from typing import Any

from migdesk.domain.values import PartialDate
from migdesk.services import counselling, drafts, people
from migdesk.ui.screens.people.presenter import PeoplePresenter
from tests.support.robots import Shown, Surroundings
from tests.support.workspaces import VILLAGE, person
from tests.support.workspaces import counselling as session_values


def desk_of(make_desk: Any, **more: Any) -> tuple[Surroundings, PeoplePresenter, Shown]:
    desk = make_desk(**more)
    presenter = PeoplePresenter(desk.ctx)
    return desk, presenter, desk.add("people", presenter)


def test_the_list_shows_people_by_name_and_a_search_filters_it(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    for name in ("Sumiati", "Baiq Sulastri", "Rohani"):
        people.save(desk.ctx.session, person(full_name=name))
    presenter.opened(None, {})
    assert [row.record.full_name for row in shown.state.rows] == ["Baiq Sulastri", "Rohani", "Sumiati"]
    assert shown.state.total == 3
    presenter.search("roh")
    assert [row.record.full_name for row in shown.state.rows] == ["Rohani"]
    presenter.search("")
    assert len(shown.state.rows) == 3


def test_someone_new_is_looked_for_first_and_the_name_is_carried_over(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    people.save(desk.ctx.session, person(full_name="Nurhayati Suhartini"))
    presenter.opened(None, {"new": True, "text": "Nurhayati Suhartini"})
    assert shown.state.page == "check"
    assert [like.full_name for like in shown.state.alike] == ["Nurhayati Suhartini"]
    presenter.none_of_these()
    assert shown.state.page == "form"
    assert shown.state.form.values["full_name"] == "Nurhayati Suhartini"
    assert shown.state.form.values["area_code"] == VILLAGE


def test_a_saved_person_is_shown_as_a_profile(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    presenter.opened(None, {"new": True, "text": "Wartini"})
    presenter.none_of_these()
    presenter.editing.edit("sex", "female")
    presenter.editing.edit("birth_date", PartialDate(1994))
    presenter.save()
    assert shown.state.page == "profile"
    assert shown.state.profile.name == "Wartini"
    assert shown.state.profile.record.birth_date == PartialDate(1994)
    assert desk.said.words == ["Saved on this laptop · waiting to be sent"]
    assert drafts.open_drafts(desk.ctx.session) == ()


def test_a_refused_save_keeps_the_typing_and_says_where(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    presenter.opened(None, {"new": True, "text": ""})
    presenter.none_of_these()
    presenter.editing.edit("nik", "123")
    presenter.save()
    form = shown.state.form
    assert {problem.field for problem in form.problems if problem.is_error} == {"full_name", "nik"}
    assert (form.attempts, form.phase, form.values["nik"]) == (1, "unsaved", "123")
    assert desk.said.words == []
    assert desk.said.errors == []


def test_typing_survives_leaving_and_is_offered_not_applied(make_desk: Any) -> None:
    desk, presenter, _ = desk_of(make_desk)
    presenter.opened(None, {"new": True, "text": "Maryam"})
    presenter.none_of_these()
    presenter.editing.edit("phone", "+6289012345678")
    presenter.left()
    again = PeoplePresenter(desk.ctx)
    view = desk.add("people", again)
    again.opened(None, {"new": True, "text": "Halimah"})
    again.none_of_these()
    assert view.state.form.offer is not None
    assert view.state.form.values["full_name"] == "Halimah"
    again.editing.recover()
    assert view.state.form.values["full_name"] == "Maryam"
    assert view.state.form.values["phone"] == "+6289012345678"
    again.save()
    assert drafts.open_drafts(desk.ctx.session) == ()


def test_a_draft_put_off_is_never_written_over(make_desk: Any) -> None:
    desk, presenter, _ = desk_of(make_desk)
    for name in ("Maryam", "Halimah"):
        presenter.opened(None, {"new": True, "text": name})
        presenter.none_of_these()
        presenter.editing.later()
        presenter.editing.edit("sex", "female")
        presenter.left()
        desk.ctx.session.clock.forward(seconds=5)  # type: ignore[attr-defined]
    kept = {draft.values["full_name"] for draft in drafts.open_drafts(desk.ctx.session)}
    assert kept == {"Maryam", "Halimah"}


def test_a_discarded_draft_is_gone(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    presenter.opened(None, {"new": True, "text": "Maryam"})
    presenter.none_of_these()
    presenter.editing.edit("sex", "female")
    presenter.left()
    presenter.opened(None, {"new": True, "text": "Maryam"})
    presenter.none_of_these()
    presenter.editing.discard()
    assert shown.state.form.offer is None
    assert drafts.open_drafts(desk.ctx.session) == ()


def test_the_profile_tells_what_happened_latest_first(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    session = desk.ctx.session
    who = people.save(session, person()).id
    counselling.save(session, session_values(who, session.today()))
    presenter.opened(who, {})
    assert shown.state.page == "profile"
    assert [entry.kind for entry in shown.state.timeline] == ["counselling_session"]
    presenter.open_entry(shown.state.timeline[0])
    presenter.counsel()
    assert [(screen, params) for screen, _, params in desk.went] == [
        ("counselling", {}),
        ("counselling", {"new": True, "person": who}),
    ]


def test_an_edit_of_a_colleague_arrives_without_disturbing_ones_own(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    session = desk.ctx.session
    who = people.save(session, person()).id
    presenter.opened(who, {"edit": True})
    presenter.editing.edit("address", "Dusun Lauk")
    people.save(session, {"education": "primary"}, who)
    presenter.refresh({"person"})
    assert shown.state.form.values["address"] == "Dusun Lauk"
    assert shown.state.form.values["education"] == "primary"


def test_a_person_who_is_not_here_leads_back_to_the_list(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    presenter.opened(desk.ctx.session.user.id, {})
    assert shown.state.page == "list"
    assert len(desk.said.errors) == 1


def test_a_caseworker_may_not_counsel(make_desk: Any) -> None:
    _, presenter, shown = desk_of(make_desk, role="CASEWORKER")
    presenter.opened(None, {})
    assert shown.state.may_open_case
    assert not shown.state.may_counsel
