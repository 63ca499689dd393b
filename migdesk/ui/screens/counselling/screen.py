"""The entry "Counselling" of the navigation. GUI thread."""

from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.scope import may_read
from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.counselling.presenter import CounsellingPresenter
from migdesk.ui.screens.counselling.view import CounsellingScreenView


class CounsellingScreen:
    """Names the screen, says who may see it, and makes its two halves."""

    name = "counselling"
    icon = "messages"

    def title(self, lang: Language) -> str:
        return lang.say(N_("Counselling"))

    def allowed(self, role: str) -> bool:
        return may_read(role, CounsellingSession.spec)

    def make_presenter(self, ctx: ScreenContext) -> CounsellingPresenter:
        return CounsellingPresenter(ctx)

    def make_view(self, ctx: ScreenContext, presenter: CounsellingPresenter) -> CounsellingScreenView:
        return CounsellingScreenView(ctx, presenter)
