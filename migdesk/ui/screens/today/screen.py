"""The entry "Today" of the navigation. GUI thread."""

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.today.presenter import TodayPresenter
from migdesk.ui.screens.today.view import TodayView


class TodayScreen:
    """Names the screen, says who may see it, and makes its two halves."""

    name = "today"
    icon = "home"

    def title(self, lang: Language) -> str:
        return lang.say(N_("Today"))

    def allowed(self, role: str) -> bool:
        """Everybody: what a role may not know of is not in its day."""
        return True

    def make_presenter(self, ctx: ScreenContext) -> TodayPresenter:
        return TodayPresenter(ctx)

    def make_view(self, ctx: ScreenContext, presenter: TodayPresenter) -> TodayView:
        return TodayView(ctx, presenter)
