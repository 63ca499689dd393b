"""A number with its meaning, as a button if it leads somewhere. GUI thread."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout

from migdesk.ui.theme import Theme
from migdesk.ui.widgets.text import text


class StatTile(QFrame):
    """Number, label, hint. With `on_click` it takes focus, and Enter, Space or a click press it."""

    def __init__(
        self, theme: Theme, number: str, label: str, hint: str = "", on_click: Callable[[], object] | None = None
    ) -> None:
        super().__init__()
        self._on_click = on_click
        self.setProperty("look", "tile")
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.space(4), theme.space(3), theme.space(4), theme.space(4))
        column.setSpacing(theme.space(1))
        self.number = text(number, "display")
        self.label = text(label, "strong", wrap=True)
        self.hint = text(hint, "help", wrap=True)
        if not hint:
            self.hint.hide()
        for part in (self.number, self.label, self.hint):
            column.addWidget(part)
        column.addStretch(1)
        self.setAccessibleName(f"{number} {label}")
        if on_click is not None:
            self.setProperty("pressable", "true")
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_number(self, number: str) -> None:
        self.number.setText(number)
        self.setAccessibleName(f"{number} {self.label.text()}")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._on_click and event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.pos()):
            self._on_click()
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._on_click and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self._on_click()
            return
        super().keyPressEvent(event)
