"""Changes how MigDesk looks and locks, the passphrase and the keys. No Qt. GUI thread."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from migdesk.errors import MigDeskError
from migdesk.i18n.markers import N_
from migdesk.services import attachments, bundles, keys, passphrases, settings, syncing
from migdesk.services import session as sessions
from migdesk.services.bundles import OwnKey
from migdesk.services.passphrases import Quality
from migdesk.services.settings import Interface
from migdesk.ui.screen import Presenter, ScreenContext
from migdesk.ui.screens.settings.keeping import KeepingPresenter
from migdesk.ui.screens.settings.recovering import RecoveringPresenter
from migdesk.ui.screens.settings.state import SettingsState


class Leaving(NamedTuple):
    """What closes the window: a backup in the place of the workspace, another workspace, the end of this one."""

    restore: Callable[[Path], None]
    switch: Callable[[], None]
    wipe: Callable[[], None]


class SettingsPresenter(Presenter):
    """The look changes at once and for good; there is no "apply"."""

    def __init__(
        self,
        ctx: ScreenContext,
        interface: Interface,
        change: Callable[[Interface], None],
        set_idle: Callable[[int], None],
        leaving: Leaving,
    ) -> None:
        super().__init__(ctx)
        self._change, self._set_idle = change, set_idle
        self.state = SettingsState(interface, settings.IDLE_MINUTES[-1])
        self.keeping = KeepingPresenter(ctx, leaving.restore)
        self.recovering = RecoveringPresenter(ctx)
        self.leaving = leaving

    def detach(self) -> None:
        super().detach()
        self.keeping.detach()
        self.recovering.detach()

    def present(self) -> None:
        if self.view is not None:
            self.view.show_state(self.state)

    def opened(self, record: UUID | None, params: Mapping[str, Any]) -> None:
        run, session = self.ctx.run, self.ctx.session
        run.run(settings.idle_minutes, session, done=self._idle_read, owner=self)
        run.run(bundles.own_key, session, done=self._key_read, owner=self)
        self.keeping.read()
        self.recovering.read()
        run.run(attachments.always_fetch, session, done=self._fetching_read, owner=self)

    def speak(self, language: str) -> None:
        self._look(replace(self.state.interface, language=language))

    def paint(self, theme: str) -> None:
        self._look(replace(self.state.interface, theme=theme))

    def enlarge(self, size: float) -> None:
        self._look(replace(self.state.interface, text_size=size))

    def lock_after(self, minutes: int) -> None:
        """Set the minutes until the laptop locks itself."""

        def kept(_none: None) -> None:
            self._set_idle(minutes)
            self._show(replace(self.state, idle_minutes=minutes))

        self.ctx.run.run(settings.set_idle_minutes, self.ctx.session, minutes, done=kept, owner=self)

    def fetch_always(self, on: bool) -> None:
        """Fetch all attachments by themselves, or small ones only."""
        run, session = self.ctx.run, self.ctx.session
        run.run(attachments.set_always_fetch, session, on, done=lambda _none: self._fetching_read(on), owner=self)

    def _fetching_read(self, on: bool) -> None:
        self._show(replace(self.state, always_fetch=on))

    def count_unsent(self, done: Callable[[int], None]) -> None:
        """How many changes would be lost with this workspace."""
        self.ctx.run.run(sessions.unsent, self.ctx.session, done=done, owner=self)

    def change_keys(self) -> None:
        """Other keys for this laptop, known to the server; it stays the same device."""
        session, on_store = self.ctx.session, self.ctx.run.on_store

        def on_its_thread(fn: Callable[[Any], Any], /) -> Any:
            return on_store(lambda: fn(session.store)).result()

        self._show(replace(self.state, busy=True))
        self.ctx.run.run_long(
            lambda _relay: syncing.rotate_keys(on_its_thread, session),
            done=self._keys_changed,
            failed=self._not_done,
            owner=self,
        )

    def change_passphrase(self, old: str, new: str, done: Callable[[], None], failed: Callable[[str], None]) -> None:
        """Wrap the key anew. `failed` gets words for beside the fields."""

        def refused(error: MigDeskError) -> None:
            failed(" ".join(part for part in self.ctx.lang.error(error) if part))

        def changed(_none: None) -> None:
            run.run(session.notes.key_file)
            done()
            self.ctx.messages.success(self.ctx.lang.say(N_("The passphrase is changed.")))

        session, run = self.ctx.session, self.ctx.run
        run.run_io(
            keys.change_passphrase, session.home, old, new, session.clock, self._own_words(),
            done=changed, failed=refused, owner=self,
        )  # fmt: skip

    def judge_passphrase(self, typed: str, done: Callable[[Quality], None]) -> None:
        """How good a new passphrase would be."""
        self.ctx.run.run_io(passphrases.judge, typed, self._own_words(), done=done, owner=self)

    def _own_words(self) -> tuple[str, ...]:
        user = self.ctx.session.user
        return (user.username.replace(".", " "), user.display_name, *(self.ctx.areas.path(one) for one in user.areas))

    def _look(self, chosen: Interface) -> None:
        self.state = replace(self.state, interface=chosen)
        self._change(chosen)

    def _show(self, state: SettingsState) -> None:
        self.state = state
        self.present()

    def _idle_read(self, minutes: int) -> None:
        self._show(replace(self.state, idle_minutes=minutes))

    def _key_read(self, key: OwnKey) -> None:
        self._show(replace(self.state, recipient=key.recipient, words=key.words))

    def _keys_changed(self, _none: None) -> None:
        self._show(replace(self.state, busy=False))
        self.ctx.run.run(bundles.own_key, self.ctx.session, done=self._key_read, owner=self)
        self.ctx.messages.success(self.ctx.lang.say(N_("The keys of this laptop are new.")))

    def _not_done(self, error: MigDeskError) -> None:
        self._show(replace(self.state, busy=False))
        self.ctx.messages.error(error)
