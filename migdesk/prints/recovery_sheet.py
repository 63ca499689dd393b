"""The recovery sheet as a PDF (A4): the code, how it is used, how it is kept. A code in, bytes out.

Any thread that has a QGuiApplication in its process.
"""

from datetime import datetime

from PySide6.QtCore import QBuffer, QIODevice

from migdesk.i18n import N_, Language
from migdesk.prints.page import MUTED, Page, application

_USE = (
    N_("1. Open MigDesk and choose “Forgotten the passphrase?”, then “Use the recovery sheet”."),
    N_("2. Type the six groups, one after the other. Capitals and hyphens do not matter."),
    N_("3. Choose a new passphrase. Then make a new sheet and destroy this one: others may have seen it."),
)
_KEEP = (
    N_("Whoever holds this paper and the laptop can read everything in it. Never keep the two together."),
    N_("Put it in a closed envelope and lock it away, at the office or at home. No photograph, no copy, no file."),
    N_("Only the newest sheet is good. If it is lost, or somebody saw it, make a new one in the settings."),
)


def print_recovery_sheet(code: str, lang: Language, *, owner: str, made_at: datetime) -> bytes:
    """The sheet as PDF bytes. `code` as it was made, in groups with hyphens between."""
    screenless = application()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    say = lang.say
    page = Page(buffer, lang, say(N_("Recovery sheet")))
    page.text(say(N_("Recovery sheet")), 24, bold=True)
    page.text(say(N_("For the MigDesk workspace of {name}"), name=owner), 13)
    page.text(say(N_("Made {when}"), when=lang.moment(made_at)), 10, colour=MUTED)
    page.space(10)
    page.boxes(code.split("-"), 19, 20)
    page.space(3)
    page.text(say(N_("There is no letter O, I, L or U in it: what looks like one is a digit.")), 10, colour=MUTED)
    page.space(8)
    page.text(say(N_("When the passphrase is forgotten")), 14, bold=True)
    for line in _USE:
        page.text(say(line), 11.5)
    page.space(6)
    page.text(say(N_("How to keep it")), 14, bold=True)
    for line in _KEEP:
        page.text(say(line), 11.5)
        page.space(0.5)
    page.finish()
    del screenless
    return bytes(buffer.data().data())
