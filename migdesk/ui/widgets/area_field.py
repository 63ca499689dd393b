"""An area found by typing its name or code; shows where it lies. GUI thread."""

from PySide6.QtCore import QEvent, QObject, QStringListModel
from PySide6.QtWidgets import QCompleter, QLineEdit, QVBoxLayout

from migdesk.ui import icons
from migdesk.ui.areas import AreaFinder
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.editor import Editor, is_enter
from migdesk.ui.widgets.line_icons import scale_icons
from migdesk.ui.widgets.mark import mark


class AreaField(Editor):
    """Gives an area code of at least `min_level` (1 province to 4 village)."""

    def __init__(self, theme: Theme, finder: AreaFinder, hint: str, name: str = "", *, min_level: int = 1) -> None:
        super().__init__()
        self._finder, self._min_level = finder, min_level
        self._value: str | None = None
        self._offered: dict[str, str] = {}
        self.line = QLineEdit()
        scale_icons(self.line, theme)
        self.line.setPlaceholderText(hint)
        self.line.addAction(
            icons.icon("map-pin", theme.color("muted"), size=theme.px(18)), QLineEdit.ActionPosition.LeadingPosition
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.line)
        self.setFocusProxy(self.line)
        self._model = QStringListModel(self)
        self._completer = QCompleter(self._model, self)
        # The finder has filtered already; Qt must show what it is given.
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setMaxVisibleItems(10)
        self.line.setCompleter(self._completer)
        self._completer.activated.connect(self._chosen)
        self.line.textEdited.connect(self._look)
        self.line.editingFinished.connect(self._settle)
        self.line.installEventFilter(self)
        self.name_parts(name)

    def value(self) -> object:
        return self._value

    def set_value(self, value: object) -> None:
        self._value = str(value) if value else None
        self.line.setText(self._finder.path(self._value) if self._value else "")
        self.line.setCursorPosition(0)

    def unreadable(self) -> bool:
        shown = self._finder.path(self._value) if self._value else ""
        return bool(self.line.text().strip()) and self.line.text() != shown

    def set_read_only(self, read_only: bool) -> None:
        self.line.setReadOnly(read_only)

    def set_wrong(self, wrong: bool) -> None:
        mark(self.line, wrong)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if is_enter(event):
            self._settle()
            self.committed.emit()
            return True
        return super().eventFilter(watched, event)

    def _look(self, text: str) -> None:
        hits = self._finder.find(text, self._min_level)
        self._offered = {self._finder.path(hit.code): hit.code for hit in hits}
        self._model.setStringList(list(self._offered))

    def _chosen(self, path: str) -> None:
        code = self._offered.get(path)
        if code:
            self._take(code)

    def _settle(self) -> None:
        """Take a full code, a full path or the only match; else leave the words for the person to mend."""
        typed = self.line.text().strip()
        if not typed:
            self._take(None)
            return
        if self._value and typed == self._finder.path(self._value):
            return
        hits = self._finder.find(typed, self._min_level)
        whole = self._finder.exact(typed)
        if whole is not None and whole.count(".") + 1 < self._min_level:
            whole = None
        exact = self._offered.get(typed) or whole or (hits[0].code if len(hits) == 1 else None)
        if exact:
            self._take(exact)

    def _take(self, code: str | None) -> None:
        changed = code != self._value
        self.set_value(code)
        if changed:
            self.edited.emit(code)
