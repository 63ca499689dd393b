"""The entry "Sync" of the navigation. GUI thread."""

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.sync.presenter import SyncPresenter
from migdesk.ui.screens.sync.view import SyncView


class SyncScreen:
    """Names the screen, says who may see it, and makes its two halves."""

    name = "sync"
    icon = "refresh"

    def title(self, lang: Language) -> str:
        return lang.say(N_("Sync"))

    def allowed(self, role: str) -> bool:
        """Everybody: work that stays on one laptop helps nobody."""
        return True

    def make_presenter(self, ctx: ScreenContext) -> SyncPresenter:
        return SyncPresenter(ctx)

    def make_view(self, ctx: ScreenContext, presenter: SyncPresenter) -> SyncView:
        return SyncView(ctx, presenter)
