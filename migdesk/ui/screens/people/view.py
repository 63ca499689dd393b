"""People: shows whichever page the state names. GUI thread."""

from PySide6.QtWidgets import QWidget

from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.people.list_page import PeopleList
from migdesk.ui.screens.people.new_pages import CheckPage, PersonFormPage
from migdesk.ui.screens.people.presenter import PeoplePresenter
from migdesk.ui.screens.people.profile_page import PersonProfile
from migdesk.ui.screens.people.state import PeopleState
from migdesk.ui.work.pages import PageSwitch


class PeopleView(PageSwitch):
    """Shows a `PeopleState`, whole."""

    def __init__(self, ctx: ScreenContext, presenter: PeoplePresenter) -> None:
        super().__init__("people")
        self._ctx, self._presenter = ctx, presenter
        presenter.attach(self)

    def show_state(self, state: PeopleState) -> None:
        serial = state.form.serial if state.form is not None else 0
        person = state.profile.record.id if state.profile is not None else None
        keys: dict[str, object] = {"form": serial, "profile": person, "check": 0, "list": 0}
        page = self.show_page((state.page, keys[state.page]), lambda: self._build(state))
        if isinstance(page, PeopleList | CheckPage | PersonFormPage | PersonProfile):
            page.show_people(state)

    def _build(self, state: PeopleState) -> QWidget:
        if state.page == "list":
            return PeopleList(self._ctx, self._presenter)
        if state.page == "check":
            return CheckPage(self._ctx, self._presenter)
        if state.page == "form":
            return PersonFormPage(self._ctx, self._presenter)
        return PersonProfile(self._ctx, self._presenter)
