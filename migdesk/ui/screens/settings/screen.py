"""The entry "Settings" of the navigation. GUI thread."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.services.settings import Interface
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.settings.presenter import Leaving, SettingsPresenter
from migdesk.ui.screens.settings.view import SettingsView


class Frame(Protocol):
    """What of the main window the settings change."""

    interface: Interface
    bring_back: Callable[[Path], None]
    switch: Callable[[], None]
    wipe: Callable[[], None]

    def change_interface(self, chosen: Interface) -> None: ...

    def set_idle_minutes(self, minutes: int) -> None: ...


class SettingsScreen:
    """Names the screen, says who may see it, and makes its two halves."""

    name = "settings"
    icon = "settings"

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def title(self, lang: Language) -> str:
        return lang.say(N_("Settings"))

    def allowed(self, role: str) -> bool:
        return True

    def make_presenter(self, ctx: ScreenContext) -> SettingsPresenter:
        frame = self._frame

        # Asked when it is done: whoever opened the window says what these do, after the window was made.
        def restore(file: Path) -> None:
            frame.bring_back(file)

        def switch() -> None:
            frame.switch()

        def wipe() -> None:
            frame.wipe()

        leaving = Leaving(restore, switch, wipe)
        return SettingsPresenter(ctx, frame.interface, frame.change_interface, frame.set_idle_minutes, leaving)

    def make_view(self, ctx: ScreenContext, presenter: SettingsPresenter) -> SettingsView:
        return SettingsView(ctx, presenter)
