"""A line across a page that says something is so, with at most one button. GUI thread."""

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from migdesk.ui import icons
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.text import text

Kind = Literal["info", "success", "warning", "danger"]
ICONS = {"info": "info-circle", "success": "circle-check", "warning": "alert-triangle", "danger": "alert-circle"}


class Banner(QFrame):
    """Never colour alone: the icon differs by kind too."""

    def __init__(self, theme: Theme, kind: Kind, words: str, action: QWidget | None = None, *, icon: str = "") -> None:
        super().__init__()
        self.setProperty("look", kind)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.space(4), theme.space(2), theme.space(3), theme.space(2))
        row.setSpacing(theme.space(3))
        picture = QLabel()
        picture.setPixmap(icons.pixmap(icon or ICONS[kind], theme.color(kind), theme.px(20), self.devicePixelRatioF()))
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignVCenter)
        self.words = text(words, wrap=True)
        self.setMinimumHeight(theme.space(11))
        row.addWidget(self.words, 1)
        if action is not None:
            row.addWidget(action)

    def set_words(self, words: str) -> None:
        self.words.setText(words)
