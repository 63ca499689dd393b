"""Buttons by weight: one primary a page, secondary beside it, quiet for the rest, danger for what cannot be undone."""

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QPushButton

LARGEST = 64
GAP = 0.35
"""Room between icon and words, in widths of the icon."""


def primary(text: str, on_click: Callable[[], object] | None = None, *, icon: QIcon | None = None) -> QPushButton:
    return _button(text, "primary", on_click, icon)


def secondary(text: str, on_click: Callable[[], object] | None = None, *, icon: QIcon | None = None) -> QPushButton:
    return _button(text, "secondary", on_click, icon)


def quiet(text: str, on_click: Callable[[], object] | None = None, *, icon: QIcon | None = None) -> QPushButton:
    return _button(text, "quiet", on_click, icon)


def danger(text: str, on_click: Callable[[], object] | None = None, *, icon: QIcon | None = None) -> QPushButton:
    return _button(text, "danger", on_click, icon)


def link(text: str, on_click: Callable[[], object] | None = None) -> QPushButton:
    return _button(text, "link", on_click, None)


def icon_button(icon: QIcon, name: str, on_click: Callable[[], object] | None = None) -> QPushButton:
    """A square button without words; `name` is its tooltip and what a screen reader says."""
    button = _button("", "icon", on_click, icon)
    button.setAccessibleName(name)
    button.setToolTip(name)
    return button


def set_icon(button: QPushButton, icon: QIcon) -> None:
    """Give a button its icon in the size it was drawn, with room between icon and words."""
    side = icon.actualSize(QSize(LARGEST, LARGEST)).width()
    gap = round(side * GAP) if button.text() else 0
    button.setIcon(spaced(icon, side, gap))
    button.setIconSize(QSize(side + gap, side))


def spaced(icon: QIcon, side: int, gap: int) -> QIcon:
    """The same icon with `gap` empty pixels behind it: Qt puts the words of a button right against its icon."""
    made = QIcon()
    for state in (QIcon.State.Off, QIcon.State.On):
        for ratio in (1.0, 2.0):
            small = icon.pixmap(QSize(side, side), ratio, QIcon.Mode.Normal, state)
            wide = QPixmap(round((side + gap) * ratio), round(side * ratio))
            wide.fill(QColor(0, 0, 0, 0))
            wide.setDevicePixelRatio(ratio)
            painter = QPainter(wide)
            painter.drawPixmap(0, 0, side, side, small)
            painter.end()
            made.addPixmap(wide, QIcon.Mode.Normal, state)
    return made


def _button(text: str, look: str, on_click: Callable[[], object] | None, icon: QIcon | None) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("look", look)
    button.setAutoDefault(False)
    if text:
        button.setAccessibleName(text)
    if icon is not None:
        set_icon(button, icon)
    if on_click is not None:
        # `clicked` carries a bool that no caller wants.
        button.clicked.connect(lambda _checked=False: on_click())
    return button
