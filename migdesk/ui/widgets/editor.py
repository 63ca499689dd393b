"""What every field editor offers, whatever it looks like. GUI thread."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget


def is_enter(event: QEvent) -> bool:
    """Whether Enter was pressed alone, which settles a field; with Ctrl it is the form's."""
    return (
        event.type() == QEvent.Type.KeyPress
        and isinstance(event, QKeyEvent)
        and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        and not event.modifiers()
    )


class Editor(QWidget):
    """Base of editors. `edited(value)` after each act of the person, never after `set_value`; None is a blank.

    `committed()` when the person leaves the value as it is (Enter); the form then goes to the next field.
    """

    edited = Signal(object)
    committed = Signal()

    def value(self) -> object:
        raise NotImplementedError

    def set_value(self, value: object) -> None:
        raise NotImplementedError

    def unreadable(self) -> bool:
        """Whether something is typed that is no value (half a date)."""
        return False

    def set_read_only(self, read_only: bool) -> None:
        self.setEnabled(not read_only)

    def set_wrong(self, wrong: bool) -> None:
        """Mark the control for a problem that is written beside it."""

    def name_parts(self, name: str) -> None:
        """Give the accessible name and description of the field to whatever takes focus."""
        target = self.focusProxy() or self
        target.setAccessibleName(name)
