"""The narrow cards beside the sync screen: when to sync by itself, and the way by hand. GUI thread."""

from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QWidget

from migdesk.i18n.markers import N_
from migdesk.services.auto_sync import When
from migdesk.ui import icons
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.sync.bundle_sheets import open_export, open_import
from migdesk.ui.screens.sync.presenter import SyncPresenter
from migdesk.ui.screens.sync.state import SyncState
from migdesk.ui.widgets.buttons import secondary
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.text import text

CHOICES = (
    (When.AUTOMATIC, N_("Automatic"), N_("Soon after you save, every quarter of an hour, and when a link comes back.")),
    (When.WIFI, N_("Only on Wi-Fi"), N_("The same, but never over a paid mobile link.")),
    (When.MANUAL, N_("Only when I say so"), N_("Nothing is sent before you press “Sync now”.")),
)


class AutomaticCard(Card):
    """When to sync without being asked."""

    def __init__(self, ctx: ScreenContext, presenter: SyncPresenter) -> None:
        say = ctx.lang.say
        super().__init__(ctx.theme, say(N_("Sync by itself")))
        self.setObjectName("sync.automatic")
        self._buttons: dict[When, QRadioButton] = {}
        group = QButtonGroup(self)
        self.content.setSpacing(ctx.theme.space(1))
        for when, words, lesson in CHOICES:
            button = QRadioButton(say(words))
            button.setObjectName(f"sync.when.{when.value}")
            button.setAccessibleName(say(words))
            button.setAccessibleDescription(say(lesson))
            button.clicked.connect(lambda _on=False, when=when: presenter.choose_when(when))
            group.addButton(button)
            self._buttons[when] = button
            self.content.addWidget(button)
            note = text(say(lesson), "help", wrap=True)
            # In a layout of its own: a label with margins does not count them when it says how high it must be.
            row = QHBoxLayout()
            row.setContentsMargins(ctx.theme.space(7), 0, 0, ctx.theme.space(2))
            row.addWidget(note)
            self.content.addLayout(row)

    def show_state(self, state: SyncState) -> None:
        self._buttons[state.when].setChecked(True)


class ByHandCard(Card):
    """Bundles on a stick."""

    def __init__(self, ctx: ScreenContext, presenter: SyncPresenter) -> None:
        theme, say = ctx.theme, ctx.lang.say
        intro = say(N_("Carry it on a stick: a sealed file that only those whom you name can open."))
        super().__init__(theme, say(N_("Without a network")), intro=intro)
        self._ctx, self._presenter = ctx, presenter
        out = secondary(
            say(N_("Write a bundle…")), lambda: open_export(self._host(), ctx, presenter),
            icon=icons.icon("usb", theme.color("ink"), size=theme.px(18)),
        )  # fmt: skip
        out.setObjectName("sync.export")
        into = secondary(
            say(N_("Take in a bundle…")), lambda: open_import(self._host(), ctx, presenter),
            icon=icons.icon("download", theme.color("ink"), size=theme.px(18)),
        )  # fmt: skip
        into.setObjectName("sync.import")
        for button in (out, into):
            self.content.addWidget(button)

    def show_state(self, state: SyncState) -> None:
        """Nothing of it changes with the state."""

    def _host(self) -> QWidget:
        """The whole screen, for the sheet to stand over."""
        one: QWidget = self
        while (above := one.parentWidget()) is not None and one.objectName() != "sync.screen":
            one = above
        return one
