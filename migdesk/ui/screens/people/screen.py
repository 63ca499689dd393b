"""The entry "People" of the navigation. GUI thread."""

from migdesk.domain.person import Person
from migdesk.domain.scope import may_read
from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.people.presenter import PeoplePresenter
from migdesk.ui.screens.people.view import PeopleView


class PeopleScreen:
    """Names the screen, says who may see it, and makes its two halves."""

    name = "people"
    icon = "users"

    def title(self, lang: Language) -> str:
        return lang.say(N_("People"))

    def allowed(self, role: str) -> bool:
        return may_read(role, Person.spec)

    def make_presenter(self, ctx: ScreenContext) -> PeoplePresenter:
        return PeoplePresenter(ctx)

    def make_view(self, ctx: ScreenContext, presenter: PeoplePresenter) -> PeopleView:
        return PeopleView(ctx, presenter)
