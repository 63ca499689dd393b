"""The navigation at the left: brand, screens, who is working. GUI thread."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.ui import icons
from migdesk.ui.screen import Screen
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.buttons import set_icon
from migdesk.ui.widgets.text import text


class NavigationBar(QFrame):
    """One entry a screen; arrow keys move among them, Tab passes them in one step."""

    def __init__(
        self,
        theme: Theme,
        lang: Language,
        screens: Sequence[Screen],
        who: tuple[str, str],
        on_go: Callable[[str], None],
    ) -> None:
        super().__init__()
        self.setProperty("look", "nav")
        self.setFixedWidth(theme.size("nav"))
        self.setObjectName("frame.navigation")
        self._buttons: dict[str, QPushButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.space(3), theme.space(4), theme.space(3), theme.space(4))
        column.setSpacing(theme.space(1))
        column.addLayout(_brand(theme))
        column.addSpacing(theme.space(4))
        for number, screen in enumerate(screens, 1):
            button = self._entry(theme, lang, screen, number)
            button.clicked.connect(lambda _on=False, name=screen.name: on_go(name))
            self._buttons[screen.name] = button
            column.addWidget(button)
        column.addStretch(1)
        column.addLayout(_who(theme, *who))
        self.setAccessibleName(lang.say(N_("Screens")))

    def set_current(self, name: str) -> None:
        for each, button in self._buttons.items():
            button.setChecked(each == name)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if each == name else Qt.FocusPolicy.ClickFocus)
        # The keyboard follows when it was here (Alt+2, a link): else the ring would stay on another screen's name.
        if any(button.hasFocus() for button in self._buttons.values()) and name in self._buttons:
            self._buttons[name].setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
            if event.key() in steps:
                buttons = list(self._buttons.values())
                at = next((i for i, button in enumerate(buttons) if button is watched), 0)
                buttons[(at + steps[Qt.Key(event.key())]) % len(buttons)].setFocus(Qt.FocusReason.OtherFocusReason)
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and isinstance(watched, QPushButton):
                watched.click()
                return True
        return super().eventFilter(watched, event)

    def _entry(self, theme: Theme, lang: Language, screen: Screen, number: int) -> QPushButton:
        words = screen.title(lang)
        button = QPushButton(words)
        button.setProperty("look", "nav")
        button.setObjectName(f"nav.{screen.name}")
        button.setCheckable(True)
        button.setAutoDefault(False)
        picture = icons.icon(screen.icon, theme.color("muted"), on=theme.color("accent_strong"), size=theme.px(20))
        set_icon(button, picture)
        button.setToolTip(lang.say(N_("{screen} (Alt+{number})"), screen=words, number=number))
        button.setAccessibleName(words)
        button.installEventFilter(self)
        return button


def _brand(theme: Theme) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(theme.space(2), 0, 0, 0)
    row.setSpacing(theme.space(2))
    picture = QLabel()
    picture.setPixmap(icons.pixmap("heart-handshake", theme.color("accent"), theme.px(24), 2.0))
    row.addWidget(picture)
    row.addWidget(text("MigDesk", "section"), 1)
    return row


def _who(theme: Theme, name: str, role: str) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(theme.space(2), 0, 0, 0)
    row.setSpacing(theme.space(2))
    picture = QLabel()
    picture.setPixmap(icons.pixmap("user", theme.color("muted"), theme.px(20), 2.0))
    row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
    words = QVBoxLayout()
    words.setSpacing(0)
    words.addWidget(text(name, "small", wrap=True))
    words.addWidget(text(role, "help", wrap=True))
    row.addLayout(words, 1)
    return row
