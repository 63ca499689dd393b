"""Walks a tree of widgets for what a person could not reach or read: controls without a name, clipped words.

GUI thread; used by tests and by the screen walk. It changes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QCalendarWidget,
    QLabel,
    QLineEdit,
    QMenu,
    QScrollBar,
    QWidget,
)

from migdesk.ui.widgets.elided import ElidedLabel

_SLACK = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One widget and what is wrong with it. `where` is the path of object names and classes."""

    where: str
    what: str


def audit(root: QWidget) -> list[Finding]:
    """Controls that take the keyboard and have no accessible name."""
    return [Finding(path(one), "no accessible name") for one in focusable(root) if not accessible_name(one)]


def clipped(root: QWidget) -> list[Finding]:
    """Visible labels, buttons and hints whose words do not fit."""
    return [Finding(path(one), said) for one in _all(root) if one.isVisible() and (said := _too_long(one))]


def focusable(root: QWidget) -> Iterator[QWidget]:
    """Everything under `root` that takes the keyboard."""
    for one in _all(root):
        if one.focusPolicy() == Qt.FocusPolicy.NoFocus or isinstance(one, QScrollBar | QMenu):
            continue
        if _inside(one, QCalendarWidget) or (isinstance(one, QAbstractScrollArea) and one.focusProxy() is not None):
            continue
        if one.focusProxy() is not None or one.objectName().startswith("qt_"):
            continue
        yield one


def accessible_name(widget: QWidget) -> str:
    """What a screen reader says; a label that is the widget's buddy counts."""
    if widget.accessibleName():
        return widget.accessibleName()
    face = QAccessible.queryAccessibleInterface(widget)
    return face.text(QAccessible.Text.Name) if face is not None else ""


def path(widget: QWidget) -> str:
    """Names from the window down, to find the widget again."""
    parts: list[str] = []
    one: QWidget | None = widget
    while one is not None and len(parts) < 5:
        parts.append(one.objectName() or type(one).__name__)
        one = one.parentWidget()
    return " < ".join(parts)


def _all(root: QWidget) -> list[QWidget]:
    return [root, *root.findChildren(QWidget)]


def _inside(widget: QWidget, kind: type[QWidget]) -> bool:
    one: QWidget | None = widget
    while one is not None:
        if isinstance(one, kind):
            return True
        one = one.parentWidget()
    return False


def _too_long(one: QWidget) -> str:
    if isinstance(one, ElidedLabel):
        return ""
    if isinstance(one, QLabel) and one.text() and one.pixmap().isNull():
        return _label(one)
    if isinstance(one, QAbstractButton) and one.text():
        missing = one.sizeHint().width() - one.width()
        return f"button lacks {missing} px" if missing > _SLACK else ""
    if isinstance(one, QLineEdit) and one.placeholderText() and not one.text():
        room = one.width() - one.textMargins().left() - one.textMargins().right() - 2 * _SLACK
        missing = one.fontMetrics().horizontalAdvance(one.placeholderText()) - room
        return f"hint lacks {missing} px" if missing > _SLACK else ""
    return ""


def _label(label: QLabel) -> str:
    room = label.contentsRect()
    if label.wordWrap():
        missing = label.heightForWidth(label.width()) - label.height()
        longest = max((label.fontMetrics().horizontalAdvance(word) for word in label.text().split()), default=0)
        if longest > room.width() + _SLACK:
            return f"a word lacks {longest - room.width()} px"
        return f"label lacks {missing} px of height" if missing > _SLACK else ""
    widest = max(label.fontMetrics().horizontalAdvance(line) for line in label.text().split("\n"))
    missing = widest - room.width()
    return f"label lacks {missing} px" if missing > _SLACK else ""
