"""What covers the window while it is locked: asks for the passphrase and shows nothing else. GUI thread."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.ui import icons
from migdesk.ui.gate import Gate
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.text import text


class LockCover(QWidget):
    """`gate` asks and is answered."""

    def __init__(self, theme: Theme, lang: Language, who: str, tried: Callable[[str], None]) -> None:
        super().__init__()
        self.setProperty("look", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("lock")
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        card = QFrame()
        card.setProperty("look", "card")
        card.setFixedWidth(theme.px(420))
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(card)
        middle.addStretch(1)
        outer.addLayout(middle)
        outer.addStretch(3)
        column = QVBoxLayout(card)
        column.setContentsMargins(theme.space(8), theme.space(7), theme.space(8), theme.space(8))
        column.setSpacing(theme.space(3))
        picture = QLabel()
        picture.setPixmap(icons.pixmap("lock", theme.color("accent"), theme.px(32), 2.0))
        column.addWidget(picture)
        column.addWidget(text(lang.say(N_("MigDesk is locked")), "title", wrap=True))
        words = lang.say(N_("What you typed is kept. Type the passphrase of {name} to go on."), name=who)
        column.addWidget(text(words, "muted", wrap=True))
        column.addSpacing(theme.space(2))
        self.gate = Gate(theme, lang, lang.say(N_("Unlock")), "lock", tried)
        column.addWidget(self.gate)
