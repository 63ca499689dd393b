"""The sheet that changes the passphrase. GUI thread."""

from PySide6.QtWidgets import QWidget

from migdesk.i18n.markers import N_
from migdesk.ui.gate import passphrase_field
from migdesk.ui.passphrase_advice import PassphraseAdvice
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.settings.presenter import SettingsPresenter
from migdesk.ui.widgets.buttons import primary, secondary
from migdesk.ui.widgets.sheet import Sheet
from migdesk.ui.widgets.text import text


def open_passphrase(host: QWidget, ctx: ScreenContext, presenter: SettingsPresenter) -> Sheet:
    """Ask for the old one and twice for the new one."""
    say, theme = ctx.lang.say, ctx.theme
    sheet = Sheet(host, theme, say(N_("Change the passphrase")), width=440)
    names = (say(N_("Passphrase now")), say(N_("New passphrase")), say(N_("New passphrase once more")))
    fields = [passphrase_field(theme, ctx.lang, name) for name in names]
    for name, field, object_name in zip(names, fields, ("old", "new", "again"), strict=True):
        field.line.setObjectName(f"passphrase.{object_name}")
        sheet.content.addWidget(text(name, "label"))
        sheet.content.addWidget(field)
        if object_name == "new":
            sheet.content.addWidget(PassphraseAdvice(theme, ctx.lang, field, presenter.judge_passphrase))
    problem = text("", "problem", wrap=True)
    problem.setObjectName("passphrase.problem")
    problem.hide()
    sheet.content.addWidget(problem)
    save = primary(say(N_("Change")))
    save.setObjectName("passphrase.save")

    def failed(words: str) -> None:
        save.setEnabled(True)
        problem.setText(words)
        problem.show()

    def change() -> None:
        old, new, again = (field.text() for field in fields)
        if new != again:
            failed(say(N_("The two passphrases are not the same.")))
            return
        save.setEnabled(False)
        presenter.change_passphrase(old, new, sheet.close_sheet, failed)

    save.clicked.connect(change)
    fields[-1].entered.connect(change)
    sheet.add_buttons([secondary(say(N_("Cancel")), sheet.close_sheet), save])
    sheet.open(fields[0])
    return sheet
