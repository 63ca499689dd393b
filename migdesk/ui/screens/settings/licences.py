"""The sheet with the licences of what ships with MigDesk. GUI thread."""

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from migdesk.i18n.markers import N_
from migdesk.paths import resource
from migdesk.ui.screen import ScreenContext
from migdesk.ui.widgets.buttons import primary
from migdesk.ui.widgets.sheet import Sheet


def licence_text() -> str:
    """Names of the parts and the texts that must go with them. The texts are legal and are not translated."""
    parts = [
        "Icons: Tabler Icons (MIT)\n\n" + resource("icons/LICENSE").read_text("utf-8"),
        "Areas: idn-area-data (ODbL 1.0)\n\n" + resource("areas/README.md").read_text("utf-8"),
        "Qt for Python / Qt 6 (LGPL-3.0): used as unchanged, replaceable libraries. https://www.qt.io/licensing",
    ]
    return "\n\n\n".join(parts)


def open_licences(host: QWidget, ctx: ScreenContext) -> Sheet:
    """Show them."""
    say, theme = ctx.lang.say, ctx.theme
    sheet = Sheet(host, theme, say(N_("Licences of what is inside")), width=720)
    box = QPlainTextEdit(licence_text())
    box.setReadOnly(True)
    box.setTabChangesFocus(True)
    box.setAccessibleName(say(N_("Licences of what is inside")))
    box.setMinimumHeight(theme.px(360))
    sheet.content.addWidget(box)
    close = primary(say(N_("Close")), sheet.close_sheet)
    sheet.add_buttons([close])
    sheet.open(close)
    return sheet
