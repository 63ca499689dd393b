"""Recovery in the settings: the sheet, whom this workspace trusts, and help for others. No Qt. GUI thread."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from migdesk.errors import MigDeskError
from migdesk.i18n.markers import N_
from migdesk.services import recovery, recovery_sheet
from migdesk.services.recovery import PublicKey, Seen
from migdesk.services.recovery_sheet import Standing
from migdesk.ui.screen import Presenter

T = TypeVar("T")
Failed = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class RecoveringState:
    """`sheet` and `helper` (the words of the recovery key that is trusted, empty for none) are None until read."""

    sheet: Standing | None = None
    helper: str | None = None


class RecoveringPresenter(Presenter):
    """Belongs to the settings' presenter. What fails is said beside the field that it is about: `failed(words)`."""

    state = RecoveringState()

    @property
    def may_help(self) -> bool:
        """Whether the role may answer the requests of others."""
        return self.ctx.session.role in recovery.HELPERS

    def present(self) -> None:
        if self.view is not None:
            self.view.show_state(self.state)

    def read(self) -> None:
        """Ask how it stands."""
        session = self.ctx.session
        self.ctx.run.run(recovery_sheet.standing, session, done=lambda found: self._show(sheet=found), owner=self)
        self.ctx.run.run_io(
            recovery.ways, session.home, done=lambda ways: self._show(helper=ways.words), owner=self
        )  # fmt: skip

    def look_at_key(self, text: str, done: Callable[[PublicKey], None], failed: Failed) -> None:
        """The words of a recovery key, before it is trusted."""
        self.ctx.run.run_io(recovery.read_key_text, text, done=done, failed=self._telling(failed), owner=self)

    def trust(self, text: str, passphrase: str, done: Callable[[], None], failed: Failed) -> None:
        """Let the holder of this key help from now on."""
        run, session = self.ctx.run, self.ctx.session

        def on_store(fn: Callable[[], T], /) -> T:
            return run.on_store(fn).result()

        def trusted(_key: PublicKey) -> None:
            self.read()
            done()
            self.ctx.messages.success(
                self.ctx.lang.say(N_("From now on this supervisor can help if you forget the passphrase."))
            )

        run.run_io(
            lambda: recovery.trust(on_store, session, text, passphrase),
            done=trusted, failed=self._telling(failed), owner=self,
        )  # fmt: skip

    def own_key(self, done: Callable[[PublicKey], None]) -> None:
        """The recovery key that this workspace hands to others."""
        self.ctx.run.run(recovery.own_key, self.ctx.session, done=done, owner=self)

    def look(self, request: str, done: Callable[[Seen], None], failed: Failed) -> None:
        """Who asks. Nothing is answered yet."""
        run = self.ctx.run
        run.run(recovery.look, self.ctx.session, request, done=done, failed=self._telling(failed), owner=self)

    def answer(self, request: str, done: Callable[[str], None], failed: Failed) -> None:
        """The answer to a request whose words were compared."""
        run = self.ctx.run
        run.run(recovery.answer, self.ctx.session, request, done=done, failed=self._telling(failed), owner=self)

    def read_file(self, file: Path, done: Callable[[str], None]) -> None:
        self.ctx.run.run_io(recovery.read_file, file, done=done, failed=self.ctx.messages.error, owner=self)

    def save(self, file: Path, text: str, done: Callable[[], None]) -> None:
        self.ctx.run.run_io(
            recovery.write_file, file, text,
            done=lambda _none: done(), failed=self.ctx.messages.error, owner=self,
        )  # fmt: skip

    def _telling(self, failed: Failed) -> Callable[[MigDeskError], None]:
        return lambda error: failed(" ".join(part for part in self.ctx.lang.error(error) if part))

    def _show(self, *, sheet: Standing | None = None, helper: str | None = None) -> None:
        if sheet is not None:
            self.state = replace(self.state, sheet=sheet)
        if helper is not None:
            self.state = replace(self.state, helper=helper)
        self.present()
