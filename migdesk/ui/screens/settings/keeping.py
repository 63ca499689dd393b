"""Backups in the settings: what there is, one asked for, a copy on a stick. No Qt. GUI thread."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from migdesk.errors import MigDeskError
from migdesk.i18n.markers import N_
from migdesk.services import restoring, safekeeping
from migdesk.services.backups import Made
from migdesk.services.restoring import Preview
from migdesk.services.safekeeping import Reason, Standing
from migdesk.ui.screen import Presenter, ScreenContext

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeepingState:
    """`standing` is None until it is read. `busy` while a backup is being made; `trouble` is what stood in its way."""

    standing: Standing | None = None
    busy: bool = False
    trouble: str = ""
    preview: Preview | None = None
    """What the backup that was chosen would bring back."""


class KeepingPresenter(Presenter):
    """Belongs to the settings' presenter, which tells it when the person came and went."""

    def __init__(self, ctx: ScreenContext, restore: Callable[[Path], None]) -> None:
        super().__init__(ctx)
        self._restore = restore
        self.state = KeepingState()

    def present(self) -> None:
        if self.view is not None:
            self.view.show_state(self.state)

    def read(self) -> None:
        """Ask how safe the work is."""
        self.ctx.run.run(safekeeping.standing, self.ctx.session, done=self._read, owner=self)

    def back_up(self) -> None:
        """An encrypted copy into the workspace's own folder of backups, verified after writing."""
        self._make(Reason.ASKED, None, lambda _made: self._said(N_("A backup is made and checked.")))

    def copy_to(self, file: Path) -> None:
        """The same into a folder that the person chose."""
        self._make(Reason.COPY, file, self._copied)

    def preview(self, file: Path, shown: Callable[[], object]) -> None:
        """Compare a backup with what is here; `shown()` when that is done."""

        def done(found: Preview) -> None:
            self._show(replace(self.state, busy=False, preview=found))
            shown()

        self._show(replace(self.state, busy=True, preview=None))
        session = self.ctx.session
        self.ctx.run.run_io(lambda: restoring.preview_open(session, file), done=done, failed=self._failed, owner=self)

    def restore(self) -> None:
        """Put the backup that was looked at in the place of what is here; the window closes for it."""
        found = self.state.preview
        if found is not None:
            self._restore(found.file)

    def _make(self, reason: Reason, target: Path | None, done: Callable[[Made], None]) -> None:
        run, session = self.ctx.run, self.ctx.session

        def on_store(fn: Callable[[], T], /) -> T:
            return run.on_store(fn).result()

        def made(one: Made) -> None:
            self._show(replace(self.state, busy=False))
            self.read()
            done(one)

        self._show(replace(self.state, busy=True))
        run.run_io(
            lambda: safekeeping.keep(on_store, session, reason, target), done=made, failed=self._failed, owner=self
        )

    def _copied(self, _made: Made) -> None:
        def look(found: Standing) -> None:
            self._read(found)
            on_laptop = not found.copies[0].apart
            self._said(
                N_("The copy is made and checked, but it lies on the disk of this laptop and is lost with it.")
                if on_laptop
                else N_("The copy is made and checked. Keep it apart from the laptop.")
            )

        self.ctx.run.run(safekeeping.standing, self.ctx.session, done=look, owner=self)

    def _said(self, words: str) -> None:
        self.ctx.messages.success(self.ctx.lang.say(words))

    def _read(self, found: Standing) -> None:
        self._show(replace(self.state, standing=found, trouble=self.ctx.session.backup_trouble))

    def _failed(self, error: MigDeskError) -> None:
        self._show(replace(self.state, busy=False, trouble=self.ctx.session.backup_trouble))
        self.ctx.messages.error(error)

    def _show(self, state: KeepingState) -> None:
        self.state = state
        self.present()
