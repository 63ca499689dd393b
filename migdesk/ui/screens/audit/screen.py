"""The entry "Audit trail" of the navigation. GUI thread."""

from migdesk.domain.scope import may_audit
from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.audit.presenter import AuditPresenter
from migdesk.ui.screens.audit.view import AuditView


class AuditScreen:
    """Names the screen, says who may see it, and makes its two halves."""

    name = "audit"
    icon = "eye-check"

    def title(self, lang: Language) -> str:
        return lang.say(N_("Audit trail"))

    def allowed(self, role: str) -> bool:
        """Others do not see that it is there."""
        return may_audit(role)

    def make_presenter(self, ctx: ScreenContext) -> AuditPresenter:
        return AuditPresenter(ctx)

    def make_view(self, ctx: ScreenContext, presenter: AuditPresenter) -> AuditView:
        return AuditView(ctx, presenter)
