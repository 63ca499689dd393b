"""The entry "Training" of the navigation. GUI thread."""

from migdesk.domain.scope import may_read
from migdesk.domain.training import TrainingEvent
from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.training.presenter import TrainingPresenter
from migdesk.ui.screens.training.view import TrainingView


class TrainingScreen:
    """Names the screen, says who may see it, and makes its two halves."""

    name = "training"
    icon = "school"

    def title(self, lang: Language) -> str:
        return lang.say(N_("Training"))

    def allowed(self, role: str) -> bool:
        return may_read(role, TrainingEvent.spec)

    def make_presenter(self, ctx: ScreenContext) -> TrainingPresenter:
        return TrainingPresenter(ctx)

    def make_view(self, ctx: ScreenContext, presenter: TrainingPresenter) -> TrainingView:
        return TrainingView(ctx, presenter)
