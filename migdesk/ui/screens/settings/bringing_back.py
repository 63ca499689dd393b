"""The sheet that shows what a backup would bring back and what would go, before anything is replaced. GUI thread."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from migdesk.i18n.markers import N_
from migdesk.paths import Paths
from migdesk.services import restoring
from migdesk.services.backup_file import SUFFIX
from migdesk.services.restoring import Preview
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.settings.keeping import KeepingPresenter
from migdesk.ui.widgets.banner import Banner
from migdesk.ui.widgets.buttons import danger, secondary
from migdesk.ui.widgets.sheet import Sheet
from migdesk.ui.widgets.text import text
from migdesk.ui.work.attachment_sheets import open_dialog


def open_restore(host: QWidget, ctx: ScreenContext, presenter: KeepingPresenter) -> None:
    """Choose a backup; when it was compared with what is here, show the difference and ask."""
    dialog = open_dialog(host, ctx, ctx.lang.say(N_("Bring a backup back")))
    dialog.setNameFilter(ctx.lang.say(N_("Backups of MigDesk (*{suffix})"), suffix=SUFFIX))
    folder = Paths(ctx.session.home).backups
    if folder.is_dir():
        dialog.setDirectory(str(folder))
    dialog.fileSelected.connect(lambda name: presenter.preview(Path(name), lambda: open_preview(host, ctx, presenter)))
    dialog.show()


def open_preview(host: QWidget, ctx: ScreenContext, presenter: KeepingPresenter) -> Sheet | None:
    """Date, counts and difference; the safe way out has the keyboard."""
    found = presenter.state.preview
    if found is None:
        return None
    say, theme, moment = ctx.lang.say, ctx.theme, ctx.lang.moment(found.made)
    sheet = Sheet(host, theme, say(N_("Backup of {when}"), when=moment), width=680)
    sheet.content.addLayout(_table(ctx, found))
    if found.synced_since:
        sheet.content.addWidget(Banner(theme, "danger", say(restoring.TWO_HISTORIES)))
    if found.lost:
        words = ctx.lang.many(
            N_("{n} record would be gone or be as it was then."),
            N_("{n} records would be gone or be as they were then."),
            found.lost,
        )
        sheet.content.addWidget(Banner(theme, "warning", words))
    note = say(
        N_(
            "Nothing is thrown away: the present workspace is kept in {folder}. Afterwards MigDesk asks for the "
            "passphrase that held when the backup was made."
        ),
        folder=Paths(ctx.session.home).backups,
    )
    sheet.content.addWidget(text(note, "help", wrap=True))
    stay = secondary(say(N_("Leave everything as it is")), sheet.close_sheet)
    stay.setObjectName("restore.stay")
    go = danger(say(N_("Bring this backup back")), presenter.restore)
    go.setObjectName("restore.go")
    sheet.add_buttons([stay, go])
    sheet.open(stay)
    return sheet


def _table(ctx: ScreenContext, found: Preview) -> QGridLayout:
    say, number = ctx.lang.say, ctx.lang.number
    grid = QGridLayout()
    grid.setHorizontalSpacing(ctx.theme.space(4))
    grid.setVerticalSpacing(ctx.theme.space(2))
    grid.setColumnStretch(0, 1)
    heads = ("", N_("In the backup"), N_("Only in the backup"), N_("Only here"), N_("Different"))
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    for column, head in enumerate(heads):
        if head:
            grid.addWidget(text(say(head), "label"), 0, column, right)
    for row, one in enumerate(restoring.told(found), start=1):
        grid.addWidget(text(say(ctx.session.schema.by_name[one.kind].title)), row, 0)
        for column, count in enumerate((one.there, one.only_there, one.only_here, one.changed), start=1):
            grid.addWidget(text(number(count), "body" if count else "muted"), row, column, right)
    return grid
