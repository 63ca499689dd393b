"""The card about backups: when the last one was made, where a copy is, and the two acts. GUI thread."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QGridLayout, QWidget

from migdesk.i18n.markers import N_
from migdesk.services import safekeeping
from migdesk.services.backup_file import SUFFIX
from migdesk.services.safekeeping import Standing
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.settings.bringing_back import open_restore
from migdesk.ui.screens.settings.keeping import KeepingPresenter, KeepingState
from migdesk.ui.widgets.buttons import secondary
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.flow import FlowLayout
from migdesk.ui.widgets.text import text
from migdesk.ui.work.attachment_sheets import open_dialog


class KeepingCard(Card):
    """Two rows: on this laptop, and away from it."""

    def __init__(self, ctx: ScreenContext, presenter: KeepingPresenter) -> None:
        say, theme = ctx.lang.say, ctx.theme
        super().__init__(theme, say(N_("Backups")))
        self._ctx, self._presenter = ctx, presenter
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.space(4))
        grid.setVerticalSpacing(theme.space(2))
        grid.setColumnMinimumWidth(0, theme.px(220))
        grid.setColumnStretch(1, 1)
        self.content.addLayout(grid)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(text(say(N_("On this laptop")), "label", wrap=True), 0, 0, top)
        self.last = text("…", wrap=True)
        self.last.setObjectName("settings.backup.last")
        grid.addWidget(self.last, 0, 1)
        note = say(
            N_(
                "Made and verified by itself when you pause, encrypted like the workspace. The latest of some hours, "
                "days and weeks stay."
            )
        )
        grid.addWidget(text(note, "help", wrap=True), 1, 1)
        self.trouble = text("", "problem", wrap=True)
        self.trouble.setObjectName("settings.backup.trouble")
        grid.addWidget(self.trouble, 2, 1)
        grid.setRowMinimumHeight(2, theme.space(2))
        grid.addWidget(text(say(N_("Away from the laptop")), "label", wrap=True), 3, 0, top)
        self.copied = text("…", wrap=True)
        self.copied.setObjectName("settings.backup.copied")
        grid.addWidget(self.copied, 3, 1)
        note = say(N_("If the laptop is lost, a copy on a stick brings your work back. It opens with your passphrase."))
        grid.addWidget(text(note, "help", wrap=True), 4, 1)
        self.now = secondary(say(N_("Back up now")), presenter.back_up)
        self.now.setObjectName("settings.backup")
        self.copy = secondary(say(N_("Copy to a stick…")), self._choose)
        self.copy.setObjectName("settings.backup.copy")
        box = QWidget()
        row = FlowLayout(box, theme.space(2))
        row.addWidget(self.now)
        row.addWidget(self.copy)
        self.back = secondary(say(N_("Bring a backup back…")), lambda: open_restore(self, ctx, presenter))
        self.back.setObjectName("settings.backup.restore")
        row.addWidget(self.back)
        grid.addWidget(box, 5, 1)
        presenter.attach(self)

    def show_state(self, state: KeepingState) -> None:
        self.now.setEnabled(not state.busy)
        self.copy.setEnabled(not state.busy)
        self.back.setEnabled(not state.busy)
        self.trouble.setText(self._ctx.lang.say(state.trouble))
        self.trouble.setVisible(bool(state.trouble))
        if state.standing is not None:
            self.last.setText(self._last(state.standing))
            self.copied.setText(self._copied(state.standing))

    def _last(self, found: Standing) -> str:
        lang = self._ctx.lang
        if found.last is None:
            return lang.say(N_("No backup yet. The first one comes when you pause."))
        ago = lang.ago(found.last, self._ctx.session.clock.now())
        return lang.say(N_("Made and verified {when} ({ago})"), when=lang.moment(found.last), ago=ago)

    def _copied(self, found: Standing) -> str:
        lang = self._ctx.lang
        if found.copied is not None:
            when, folder = lang.moment(found.copied.at), found.copied.file.parent
            return lang.say(N_("Last copy {when}, in {folder}"), when=when, folder=folder)
        if found.copies:
            return lang.say(N_("Your copies lie on the disk of this laptop, and are lost with it."))
        return lang.say(N_("No copy has left this laptop yet."))

    def _choose(self) -> None:
        title = self._ctx.lang.say(N_("Copy the workspace to a stick"))
        dialog = open_dialog(self, self._ctx, title, save=safekeeping.offered_name(self._ctx.session))
        dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
        dialog.setNameFilter(self._ctx.lang.say(N_("Backups of MigDesk (*{suffix})"), suffix=SUFFIX))
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.fileSelected.connect(lambda name: self._ask_to_replace(Path(name)))
        dialog.show()

    def _ask_to_replace(self, file: Path) -> None:
        """Asked by us: a question of Qt's own would be a window that the hide key does not reach."""
        if not file.exists():
            self._presenter.copy_to(file)
            return
        say = self._ctx.lang.say
        self._ctx.messages.ask(
            say(N_("A file of this name is there already.")),
            safe=say(N_("Keep it")),
            risky=say(N_("Replace it")),
            chosen=lambda replace: self._presenter.copy_to(file) if replace else None,
        )
