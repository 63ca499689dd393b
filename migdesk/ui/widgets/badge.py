"""A small word with a tone: a state, a count. GUI thread."""

from typing import Literal

from PySide6.QtWidgets import QLabel, QSizePolicy

from migdesk.ui.widgets.text import text

Tone = Literal["plain", "accent", "success", "warning", "danger", "info"]


def badge(words: str, tone: Tone = "plain") -> QLabel:
    """The word itself says the state; the tone only repeats it."""
    label = text(words, "badge")
    label.setProperty("tone", tone)
    label.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
    return label
