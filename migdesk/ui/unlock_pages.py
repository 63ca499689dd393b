"""What stands at the right of the unlock window instead of the gate: the form of a new workspace, and the ways out when
the passphrase is forgotten. GUI thread; loaded when first asked for.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from migdesk.clock import Clock
from migdesk.errors import MigDeskError
from migdesk.services import passphrases
from migdesk.services.passphrases import Quality
from migdesk.ui.new_workspace import NewWorkspace, NewWorkspacePage
from migdesk.ui.recovery.forgotten import Forgotten
from migdesk.ui.recovery.forgotten_page import ForgottenPage
from migdesk.ui.screen import Runner
from migdesk.ui.unlock import UnlockWindow

if TYPE_CHECKING:
    from migdesk.services.keys import Cost
    from migdesk.ui.loaded import Loaded


class UnlockPages:
    """Of one unlock window. `opened(home, key, fresh)` once a workspace can be opened; `fresh` if it was just made."""

    def __init__(
        self,
        unlock: UnlockWindow,
        run: Runner,
        loaded: "Loaded",
        *,
        clock: Clock,
        kdf: "Cost | None",
        opened: Callable[[Path, bytes, bool], None],
        free_home: Callable[[str], Path],
    ) -> None:
        self._unlock, self._run, self._loaded, self._clock, self._kdf = unlock, run, loaded, clock, kdf
        self._opened, self._free_home = opened, free_home
        self._form: NewWorkspacePage | None = None
        self._forgotten: Forgotten | None = None

    def new(self) -> None:
        """The form of a new workspace."""
        loaded, unlock = self._loaded, self._unlock
        back = self._back if unlock.homes else None
        self._form = NewWorkspacePage(
            unlock.theme, unlock.lang, loaded.roles(unlock.lang), loaded.areas(()), self._create, self._judge, back
        )
        unlock.show_page(self._form)

    def forgotten(self, home: Path) -> None:
        """The ways to a new passphrase for this workspace."""

        def renewed(key: bytes) -> None:
            self._back()
            if self._unlock.gate is not None:
                self._unlock.gate.busy()
            self._opened(home, key, False)

        self._forgotten = Forgotten(
            self._run, home, self._clock, opened=renewed, back=self._back, kdf=self._kdf
        )  # fmt: skip
        self._show_forgotten(self._forgotten)

    def speak(self) -> None:
        """The window was built anew in another language: show again what stood there; what was typed stays."""
        if self._form is not None:
            typed = self._form.typed()
            self.new()
            self._form.restore(typed)
        elif self._forgotten is not None:
            self._show_forgotten(self._forgotten)

    @property
    def shown(self) -> bool:
        """Whether one of them stands there."""
        return self._form is not None or self._forgotten is not None

    def _show_forgotten(self, presenter: Forgotten) -> None:
        self._unlock.show_page(ForgottenPage(self._unlock.theme, self._unlock.lang, presenter))

    def _back(self) -> None:
        self._form = self._forgotten = None
        self._unlock.show_gate()

    def _judge(self, typed: str, own: Sequence[str], done: Callable[[Quality], None]) -> None:
        self._run.run_io(passphrases.judge, typed, own, done=done, owner=self._form)

    def _create(self, new: NewWorkspace) -> None:
        assert self._form is not None
        self._form.busy()
        home = self._free_home(new.username)
        self._run.run_io(
            self._loaded.create, home, new, done=lambda key: self._opened(home, key, True), failed=self._not_made
        )

    def _not_made(self, error: MigDeskError) -> None:
        if self._form is not None:
            self._form.failed(*self._unlock.lang.error(error))
