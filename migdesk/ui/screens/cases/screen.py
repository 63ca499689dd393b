"""The entry "Cases" of the navigation. GUI thread."""

from migdesk.domain.case import Case
from migdesk.domain.scope import may_read
from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.cases.presenter import CasesPresenter
from migdesk.ui.screens.cases.view import CasesView


class CasesScreen:
    """Names the screen, says who may see it, and makes its two halves."""

    name = "cases"
    icon = "shield-lock"

    def title(self, lang: Language) -> str:
        return lang.say(N_("Cases"))

    def allowed(self, role: str) -> bool:
        return may_read(role, Case.spec)

    def make_presenter(self, ctx: ScreenContext) -> CasesPresenter:
        return CasesPresenter(ctx)

    def make_view(self, ctx: ScreenContext, presenter: CasesPresenter) -> CasesView:
        return CasesView(ctx, presenter)
