"""Plain editors: a line of text, a long text, a whole number. GUI thread."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout

from migdesk.ui.theme import Theme
from migdesk.ui.widgets.editor import Editor, is_enter
from migdesk.ui.widgets.mark import mark


class TextField(Editor):
    """A line. `read` turns what was typed into a value and raises ValueError for what is none."""

    def __init__(
        self,
        theme: Theme,
        name: str = "",
        *,
        max_length: int = 200,
        read: Callable[[str], object] = str,
        hint: str = "",
    ) -> None:
        super().__init__()
        self._read = read
        self.line = QLineEdit()
        self.line.setMaxLength(max_length)
        self.line.setPlaceholderText(hint)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.line)
        self.setFocusProxy(self.line)
        self.line.textEdited.connect(lambda _text: self._tell())
        self.line.installEventFilter(self)
        self.name_parts(name)

    def value(self) -> object:
        text = self.line.text().strip()
        try:
            return self._read(text) if text else None
        except ValueError:
            return None

    def set_value(self, value: object) -> None:
        # Typing must not jump when the presenter gives back what it was just told.
        if self.value() != value or value is None:
            self.line.setText("" if value is None else str(value))
            self.line.setCursorPosition(0)

    def unreadable(self) -> bool:
        return bool(self.line.text().strip()) and self.value() is None

    def set_read_only(self, read_only: bool) -> None:
        self.line.setReadOnly(read_only)

    def set_wrong(self, wrong: bool) -> None:
        mark(self.line, wrong)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if is_enter(event):
            self.committed.emit()
            return True
        return super().eventFilter(watched, event)

    def _tell(self) -> None:
        if not self.unreadable():
            self.edited.emit(self.value())


class NoteField(Editor):
    """Long text; Tab leaves it, Enter is a new line."""

    def __init__(self, theme: Theme, name: str = "", *, lines: int = 4, hint: str = "") -> None:
        super().__init__()
        self._quiet = False
        self.box = QPlainTextEdit()
        self.box.setTabChangesFocus(True)
        self.box.setPlaceholderText(hint)
        self.box.setFixedHeight(self.box.fontMetrics().lineSpacing() * lines + theme.space(6))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.box)
        self.setFocusProxy(self.box)
        self.box.textChanged.connect(self._tell)
        self.name_parts(name)

    def value(self) -> object:
        return self.box.toPlainText().strip() or None

    def set_value(self, value: object) -> None:
        if self.value() != value:
            self._quiet = True
            self.box.setPlainText("" if value is None else str(value))
            self._quiet = False

    def set_read_only(self, read_only: bool) -> None:
        self.box.setReadOnly(read_only)

    def _tell(self) -> None:
        if not self._quiet:
            self.edited.emit(self.value())
