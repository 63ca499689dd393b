"""The card about workspaces on this laptop: open another, make one, destroy this one. GUI thread."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from migdesk.i18n.markers import N_
from migdesk.ui.own_wipe import TITLE, WipeForm
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.settings.presenter import SettingsPresenter
from migdesk.ui.widgets.buttons import secondary
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.sheet import Sheet
from migdesk.ui.widgets.text import text


class WorkspacesCard(Card):
    """Object names: `settings.switch`, `settings.wipe`."""

    def __init__(self, ctx: ScreenContext, presenter: SettingsPresenter) -> None:
        say, theme = ctx.lang.say, ctx.theme
        super().__init__(theme, say(N_("Workspaces on this laptop")))
        self._grid = grid = QGridLayout()
        grid.setHorizontalSpacing(theme.space(4))
        grid.setVerticalSpacing(theme.space(2))
        grid.setColumnMinimumWidth(0, theme.px(220))
        grid.setColumnStretch(1, 1)
        self.content.addLayout(grid)
        switch = secondary(say(N_("Lock and open another…")), presenter.leaving.switch)
        switch.setObjectName("settings.switch")
        note = N_(
            "Every colleague who uses this laptop has a workspace with a passphrase of their own. Nobody sees what is "
            "in another's."
        )
        self._row(0, say(N_("Another workspace")), switch, say(note))
        grid.setRowMinimumHeight(2, theme.space(2))
        wipe = secondary(say(N_("Destroy this workspace…")), lambda: open_wipe(self, ctx, presenter))
        wipe.setObjectName("settings.wipe")
        note = N_("For danger, or when the laptop is given away. It cannot be undone.")
        self._row(3, say(N_("The end of this one")), wipe, say(note))

    def _row(self, at: int, label: str, button: QPushButton, note: str) -> None:
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        self._grid.addWidget(text(label, "label", wrap=True), at, 0, Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(button, at, 1, left)
        self._grid.addWidget(text(note, "help", wrap=True), at + 1, 1)


def open_wipe(host: QWidget, ctx: ScreenContext, presenter: SettingsPresenter) -> Sheet:
    """Say what would be lost, and let the owner type the word."""
    sheet = Sheet(host, ctx.theme, ctx.lang.say(TITLE), width=560)
    form = WipeForm(ctx.theme, ctx.lang, presenter.leaving.wipe, sheet.close_sheet)
    sheet.content.addWidget(form)
    presenter.count_unsent(form.tell)
    sheet.open(form.stay)
    return sheet
