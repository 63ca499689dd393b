"""Labels in the looks of base.qss. GUI thread."""

from PySide6.QtWidgets import QLabel, QWidget

PLAIN_TEXT = 0
"""Qt::PlainText."""


def text(words: str, look: str = "body", *, wrap: bool = False, parent: QWidget | None = None) -> QLabel:
    """A label; `look` is `body`, `small`, `muted`, `help`, `strong`, `label`, `section`, `title`, `display`, `code`.

    Plain text always: what a person typed is never read as markup.
    """
    label = QLabel(words, parent)
    # As a property, because the first use of the `Qt` namespace costs 15 ms, and the unlock window has 60 in all.
    label.setProperty("textFormat", PLAIN_TEXT)
    label.setProperty("look", look)
    label.setWordWrap(wrap)
    return label
