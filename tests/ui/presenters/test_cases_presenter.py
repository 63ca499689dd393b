"""Cases: intake, covered names, incidents; nobody without need learns of one."""

from typing import Any

from migdesk.services import cases, people
from migdesk.ui.screens.cases.presenter import CasesPresenter
from migdesk.ui.screens.cases.screen import CasesScreen
from tests.support.robots import Shown, Surroundings
from tests.support.workspaces import case, person


def desk_of(make_desk: Any) -> tuple[Surroundings, CasesPresenter, Shown]:
    desk = make_desk()
    presenter = CasesPresenter(desk.ctx)
    return desk, presenter, desk.add("cases", presenter)


def fill(presenter: CasesPresenter, **values: Any) -> None:
    for name, value in values.items():
        presenter.editing.edit(name, value)


def test_an_intake_needs_no_person_and_leads_to_its_code(make_desk: Any) -> None:
    _, presenter, shown = desk_of(make_desk)
    presenter.opened(None, {"new": True})
    fill(presenter, safe_to_record="yes", primary_category="EXPL", risk_level="low")
    presenter.save()
    assert shown.state.page == "case"
    assert shown.state.case.record.case_code.startswith("K-")
    assert shown.state.case.record.person is None
    presenter.opened(None, {})
    assert [row.risk_level for row in shown.state.rows] == ["low"]


def test_a_name_stays_covered_until_it_is_asked_for(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    session = desk.ctx.session
    who = people.save(session, person()).id
    made = cases.save(session, case(person=who)).id
    presenter.opened(made, {})
    assert not shown.state.name_shown
    presenter.show_name()
    assert shown.state.name_shown
    presenter.left()
    presenter.opened(made, {})
    assert not shown.state.name_shown


def test_a_person_is_linked_by_search_and_saved_with_the_form(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    session = desk.ctx.session
    who = people.save(session, person()).id
    presenter.opened(None, {"new": True})
    fill(presenter, primary_category="FRAUD")
    presenter.begin_link()
    presenter.choosing.look("suhartini")
    presenter.link(shown.state.choosing.found[0])
    presenter.save()
    assert cases.get(session, shown.state.case.record.id).record.person == who


def test_an_incident_belongs_to_its_case_and_leads_back_to_it(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    made = cases.save(desk.ctx.session, case()).id
    presenter.opened(made, {})
    presenter.new_incident()
    assert shown.state.page == "incident"
    fill(presenter, place_type="employer_home", account="Pintu dikunci.")
    presenter.save()
    assert shown.state.page == "case"
    (held,) = shown.state.incidents
    presenter.open_incident(held)
    assert shown.state.form.values["account"] == "Pintu dikunci."


def test_the_screen_is_for_those_who_work_on_cases(make_desk: Any) -> None:
    screen = CasesScreen()
    allowed = {
        role for role in ("OUTREACH", "CASEWORKER", "SUPERVISOR", "TRAINER", "PLANNER", "ADMIN") if screen.allowed(role)
    }
    assert allowed == {"OUTREACH", "CASEWORKER", "SUPERVISOR"}


def test_a_case_of_somebody_else_is_not_there(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    presenter.opened(desk.ctx.session.user.id, {})
    assert shown.state.page == "list"
    assert len(desk.said.errors) == 1


def test_a_case_says_that_it_stays_until_the_person_agrees_to_sending(make_desk: Any) -> None:
    desk, presenter, shown = desk_of(make_desk)
    presenter.opened(None, {"new": True})
    fill(presenter, primary_category="EXPL")
    presenter.save()
    assert desk.said.words == ["Saved on this laptop · not sent, as long as the person has not agreed to it"]
    assert shown.state.form.stays
    presenter.editing.edit("consent_server", "yes")
    assert not shown.state.form.stays
