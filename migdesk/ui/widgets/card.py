"""A white card with an optional title and intro. GUI thread."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from migdesk.ui.theme import Theme
from migdesk.ui.widgets.text import text


class Card(QFrame):
    """Add widgets to `.content` (a vertical layout); `.header` is the row of the title, for small actions."""

    def __init__(self, theme: Theme, title: str = "", body: QWidget | None = None, *, intro: str = "") -> None:
        super().__init__()
        self.setProperty("look", "card")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(theme.space(5), theme.space(4), theme.space(5), theme.space(5))
        outer.setSpacing(theme.space(3))
        self.header = QHBoxLayout()
        self.header.setSpacing(theme.space(2))
        if title:
            self.heading = text(title, "section", wrap=True)
            self.header.addWidget(self.heading, 1)
            outer.addLayout(self.header)
        if intro:
            outer.addWidget(text(intro, "muted", wrap=True))
        self.content = QVBoxLayout()
        self.content.setSpacing(theme.space(3))
        outer.addLayout(self.content, 1)
        if body is not None:
            self.content.addWidget(body)
