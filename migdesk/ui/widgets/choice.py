"""Choosing codes: a few as buttons, many by typing, several as chips. Options come in; no code list is known here."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QSize, QStringListModel, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QCompleter, QLineEdit, QPushButton, QVBoxLayout

from migdesk.ui import icons
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.editor import Editor
from migdesk.ui.widgets.flow import FlowLayout
from migdesk.ui.widgets.mark import mark


@dataclass(frozen=True, slots=True)
class Option:
    """A code (or yes and no as a bool) and its words in the language of the moment."""

    code: str | bool
    words: str


class SegmentedChoice(Editor):
    """One of a few. Arrow keys move and choose; a press on the chosen one clears it. One stop for Tab."""

    def __init__(self, theme: Theme, options: Sequence[Option], name: str = "", *, clearable: bool = True) -> None:
        super().__init__()
        self._clearable = clearable
        self._value: object = None
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        self._buttons: dict[str | bool, QPushButton] = {}
        flow = FlowLayout(self, theme.space(1.5))
        for option in options:
            button = QPushButton(option.words)
            button.setProperty("look", "segment")
            button.setCheckable(True)
            button.setAutoDefault(False)
            button.installEventFilter(self)
            button.clicked.connect(lambda _on=False, code=option.code: self._pressed(code))
            self._buttons[option.code] = button
            flow.addWidget(button)
        self.name_parts(name)
        self._aim()

    def value(self) -> object:
        return self._value

    def set_value(self, value: object) -> None:
        self._value = value
        for code, button in self._buttons.items():
            # `True == 1`, so the type must agree as well.
            button.setChecked(code == value and type(code) is type(value))
        self._aim()

    def name_parts(self, name: str) -> None:
        self.setAccessibleName(name)
        for button in self._buttons.values():
            button.setAccessibleName(f"{name}: {button.text()}" if name else button.text())

    def buttons(self) -> dict[str, QPushButton]:
        """The button of each code, `yes` and `no` for a bool."""
        names = {"True": "yes", "False": "no"}
        return {names.get(str(code), str(code)): one for code, one in self._buttons.items()}

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in {Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up}:
                self._step(watched, 1 if event.key() in {Qt.Key.Key_Right, Qt.Key.Key_Down} else -1)
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.modifiers():
                self.committed.emit()
                return True
        return super().eventFilter(watched, event)

    def _pressed(self, code: str | bool) -> None:
        cleared = self._clearable and self._value == code
        self.set_value(None if cleared else code)
        self.edited.emit(self._value)

    def _step(self, watched: QObject, by: int) -> None:
        codes = list(self._buttons)
        here = next((i for i, code in enumerate(codes) if self._buttons[code] is watched), 0)
        code = codes[(here + by) % len(codes)]
        self.set_value(code)
        self._buttons[code].setFocus(Qt.FocusReason.OtherFocusReason)
        self.edited.emit(code)

    def _aim(self) -> None:
        """Tab stops at the chosen button, else at the first."""
        chosen = next((one for code, one in self._buttons.items() if code == self._value), None)
        target = chosen or next(iter(self._buttons.values()), None)
        for button in self._buttons.values():
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if button is target else Qt.FocusPolicy.ClickFocus)
        if target is not None:
            self.setFocusProxy(target)


class CodeChips(Editor):
    """Any number of codes."""

    def __init__(self, theme: Theme, options: Sequence[Option], name: str = "") -> None:
        super().__init__()
        self._buttons: dict[str, QPushButton] = {}
        self._kept: frozenset[str] = frozenset()
        self._asked = False
        flow = FlowLayout(self, theme.space(2))
        tick = icons.icon("plus", theme.color("muted"), size=theme.px(14))
        for state_icon in icons.pair("check", theme.color("accent_strong"), theme.px(14)):
            tick.addPixmap(state_icon, tick.Mode.Normal, tick.State.On)
        for option in options:
            chip = QPushButton(option.words)
            chip.setProperty("look", "chip")
            chip.setCheckable(True)
            chip.setAutoDefault(False)
            chip.setIcon(tick)
            chip.setIconSize(QSize(theme.px(14), theme.px(14)))
            chip.installEventFilter(self)
            chip.clicked.connect(self._pressed)
            self._buttons[str(option.code)] = chip
            flow.addWidget(chip)
        if self._buttons:
            self.setFocusProxy(next(iter(self._buttons.values())))
        self.name_parts(name)

    def value(self) -> object:
        chosen = frozenset(code for code, chip in self._buttons.items() if chip.isChecked()) | self._kept
        return chosen if chosen or self._asked else None

    def set_value(self, value: object) -> None:
        chosen = value if isinstance(value, frozenset) else frozenset[str]()
        self._asked = isinstance(value, frozenset)
        # A code that is not offered (retired, or of a newer version) stays in the set.
        self._kept = frozenset(chosen - self._buttons.keys())
        for code, chip in self._buttons.items():
            chip.setChecked(code in chosen)

    def name_parts(self, name: str) -> None:
        self.setAccessibleName(name)
        for chip in self._buttons.values():
            chip.setAccessibleName(f"{name}: {chip.text()}" if name else chip.text())

    def buttons(self) -> dict[str, QPushButton]:
        return dict(self._buttons)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            chips = list(self._buttons.values())
            if event.key() in {Qt.Key.Key_Right, Qt.Key.Key_Left}:
                here = next((i for i, chip in enumerate(chips) if chip is watched), 0)
                step = 1 if event.key() == Qt.Key.Key_Right else -1
                chips[(here + step) % len(chips)].setFocus(Qt.FocusReason.OtherFocusReason)
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.modifiers():
                self.committed.emit()
                return True
        return super().eventFilter(watched, event)

    def _pressed(self) -> None:
        self._asked = True
        self.edited.emit(self.value())


class CodeCombo(Editor):
    """One of many, found by typing part of its words; the arrow or Down opens the whole list."""

    def __init__(self, theme: Theme, options: Sequence[Option], hint: str, name: str = "") -> None:
        super().__init__()
        self._options = list(options)
        self._value: object = None
        self.line = QLineEdit()
        self.line.setPlaceholderText(hint)
        arrow = icons.icon("chevron-down", theme.color("muted"), size=theme.px(18))
        opener = self.line.addAction(arrow, QLineEdit.ActionPosition.TrailingPosition)
        opener.triggered.connect(self.open_list)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.line)
        self.setFocusProxy(self.line)
        self._completer = QCompleter(self)
        self._completer.setModel(QStringListModel([option.words for option in self._options], self))
        self._completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setMaxVisibleItems(10)
        self.line.setCompleter(self._completer)
        self._completer.activated.connect(self._chosen)
        self.line.editingFinished.connect(self._settle)
        self.line.installEventFilter(self)
        self.name_parts(name)

    def value(self) -> object:
        return self._value

    def set_value(self, value: object) -> None:
        self._value = value
        self.line.setText(self._words(value))
        self.line.setCursorPosition(0)

    def set_read_only(self, read_only: bool) -> None:
        self.line.setReadOnly(read_only)

    def set_wrong(self, wrong: bool) -> None:
        mark(self.line, wrong)

    def open_list(self) -> None:
        """Show every option."""
        if self.line.isReadOnly():
            return
        self.line.setFocus()
        self._completer.setCompletionPrefix("")
        self._completer.complete()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            popup = self._completer.popup()
            if event.key() == Qt.Key.Key_Down and not (popup and popup.isVisible()):
                self.open_list()
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.modifiers():
                self._settle()
                self.committed.emit()
                return True
        if event.type() == QEvent.Type.FocusIn and isinstance(event, QFocusEvent):
            self.line.selectAll()
        return super().eventFilter(watched, event)

    def _words(self, value: object) -> str:
        found = next((option.words for option in self._options if option.code == value), None)
        # A code that is not offered still shows (V-20); the form gives retired codes as options of their own.
        return found if found is not None else ("" if value is None else str(value))

    def _chosen(self, words: str) -> None:
        code = next((option.code for option in self._options if option.words == words), None)
        if code is not None:
            self._take(code)

    def _settle(self) -> None:
        """Leave only whole choices: the typed words, the only option that contains them, or what was there."""
        typed = self.line.text().strip().casefold()
        if not typed:
            self._take(None)
            return
        if typed == self._words(self._value).casefold():
            return
        exact = [option.code for option in self._options if option.words.casefold() == typed]
        near = [option.code for option in self._options if typed in option.words.casefold()]
        if exact or len(near) == 1:
            self._take((exact or near)[0])
        else:
            self.set_value(self._value)

    def _take(self, code: object) -> None:
        changed = code != self._value
        self.set_value(code)
        if changed:
            self.edited.emit(code)
