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
    """`gate` asks and is answered; `show_page` shows something else in its place until `show_gate`."""

    def __init__(
        self, theme: Theme, lang: Language, who: str, tried: Callable[[str], None], forgot: Callable[[], None]
    ) -> None:
        super().__init__()
        self.page: QWidget | None = None
        self.setProperty("look", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("lock")
        self._all = QVBoxLayout(self)
        self._all.setContentsMargins(0, 0, 0, 0)
        self._asking = QWidget()
        self._all.addWidget(self._asking)
        outer = QVBoxLayout(self._asking)
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
        self.gate = Gate(theme, lang, lang.say(N_("Unlock")), "lock", tried, forgot)
        column.addWidget(self.gate)

    def show_page(self, page: QWidget) -> None:
        self.show_gate()
        self._asking.hide()
        self.page = page
        self._all.addWidget(page)
        page.show()

    def show_gate(self) -> None:
        if self.page is not None:
            self._all.removeWidget(self.page)
            self.page.hide()
            self.page.deleteLater()
            self.page = None
        self._asking.show()
