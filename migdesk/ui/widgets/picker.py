"""A button that opens a short list of values: currency, workspace, language. GUI thread."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMenu, QPushButton

from migdesk.ui import icons
from migdesk.ui.theme import Theme

LEFT_TO_RIGHT, RIGHT_TO_LEFT = 0, 1
"""Qt::LayoutDirection."""


class Picker(QPushButton):
    """`options` are (value, words). `picked(value)` when the person chooses, also if it is the same as before."""

    picked = Signal(str)

    def __init__(self, theme: Theme, options: Sequence[tuple[str, str]], value: str, name: str) -> None:
        super().__init__()
        self._options = list(options)
        self._name = name
        self._value = value
        self.setProperty("look", "picker")
        self.setAutoDefault(False)
        # The icon follows the words, as in every drop-down.
        self.setProperty("layoutDirection", RIGHT_TO_LEFT)
        self.setIcon(icons.icon("chevron-down", theme.color("muted"), size=theme.px(18)))
        self.setIconSize(QSize(theme.px(18), theme.px(18)))
        self.clicked.connect(self.open_list)
        self.set_value(value)

    def value(self) -> str:
        return self._value

    def set_value(self, value: str) -> None:
        """Show a value; one that is not offered shows as it is."""
        self._value = value
        words = dict(self._options).get(value, value)
        self.setText(words)
        self.setAccessibleName(f"{self._name}: {words}")

    def set_options(self, options: Sequence[tuple[str, str]]) -> None:
        self._options = list(options)
        self.set_value(self._value)

    def open_list(self) -> None:
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.setProperty("layoutDirection", LEFT_TO_RIGHT)
        for value, words in self._options:
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(value == self._value)
            action.triggered.connect(lambda _on=False, value=value: self._pick(value))
        menu.setMinimumWidth(self.width())
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        from PySide6.QtCore import Qt  # noqa: PLC0415 - too slow for the unlock window, see `widgets.text`

        if event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.modifiers():
            self.open_list()
            return
        super().keyPressEvent(event)

    def _pick(self, value: str) -> None:
        self.set_value(value)
        self.picked.emit(value)
