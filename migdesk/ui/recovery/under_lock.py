"""The passphrase is forgotten while the workspace is open and locked: the same ways as before unlocking. GUI thread."""

from collections.abc import Callable

from migdesk.errors import MigDeskError
from migdesk.services import recovery
from migdesk.ui.lock_cover import LockCover
from migdesk.ui.recovery.forgotten import Forgotten
from migdesk.ui.recovery.forgotten_page import ForgottenPage
from migdesk.ui.screen import ScreenContext


def forgot_under_lock(
    cover: LockCover,
    ctx: ScreenContext,
    opened: Callable[[None], None],
    failed: Callable[[MigDeskError], None],
) -> None:
    """Show the page in place of the gate; `opened` once a new passphrase is set and the key is the session's own."""
    session = ctx.session

    def back() -> None:
        cover.show_gate()
        cover.gate.begin()

    def renewed(key: bytes) -> None:
        cover.show_gate()
        ctx.run.run(recovery.accept, session, key, done=opened, failed=failed, owner=cover)

    presenter = Forgotten(ctx.run, session.home, session.clock, opened=renewed, back=back, kdf=session.kdf)
    cover.show_page(ForgottenPage(ctx.theme, ctx.lang, presenter))
