"""What a list shows when it has nothing: what would be here and how to begin. GUI thread."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from migdesk.ui import icons
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.text import text

WIDTH = 480


class EmptyState(QWidget):
    """A picture, one line that says what is missing, one that teaches, and at most one button."""

    def __init__(self, theme: Theme, icon: str, title: str, words: str = "", action: QWidget | None = None) -> None:
        super().__init__()
        # Stretches and not alignments: an aligned widget gets no height for its wrapped lines.
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.space(4), theme.space(8), theme.space(4), theme.space(8))
        inner = QWidget()
        inner.setMaximumWidth(theme.px(WIDTH))
        row.addStretch(1)
        row.addWidget(inner, 100)
        row.addStretch(1)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(2))
        column.addStretch(1)
        picture = QLabel()
        picture.setPixmap(icons.pixmap(icon, theme.color("muted"), theme.px(40), self.devicePixelRatioF()))
        column.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        heading = text(title, "section", wrap=True)
        heading.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(heading)
        if words:
            lesson = text(words, "muted", wrap=True)
            lesson.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(lesson)
        if action is not None:
            column.addSpacing(theme.space(2))
            column.addWidget(action, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
