"""The red border of a field whose problem is written beside it. GUI thread."""

from PySide6.QtWidgets import QWidget


def mark(widget: QWidget, wrong: bool) -> None:
    """Put the mark on, or take it away."""
    widget.setProperty("wrong", "true" if wrong else "false")
    widget.style().unpolish(widget)
    widget.style().polish(widget)
