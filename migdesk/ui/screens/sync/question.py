"""One question: the values side by side, who wrote them, when and where, and a value of one's own. GUI thread."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QGridLayout, QRadioButton, QVBoxLayout, QWidget

from migdesk.domain.field_types import Note, Text
from migdesk.domain.record import FieldSpec
from migdesk.domain.validation import Problem
from migdesk.i18n.markers import N_
from migdesk.services.conflicts import Choice, OpenConflict
from migdesk.services.wording import Words
from migdesk.ui.form.editors import can_edit, make_editor, unreadable_words
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.sync.deciding import Deciding, Given
from migdesk.ui.widgets.badge import badge
from migdesk.ui.widgets.editor import Editor
from migdesk.ui.widgets.text import text
from migdesk.ui.work.pages import tame
from migdesk.ui.work.wording import dotted, value_words

OWN = 1_000
"""The button of a value of one's own; Qt takes a negative number for none."""
MOST_BESIDE = 3
RULES = {
    "protective": N_("The answer that protects the person counts until it is decided."),
    "higher": N_("The higher risk counts until it is decided."),
}


class ChoiceTile(QFrame):
    """A value with its button; a click anywhere chooses it."""

    def __init__(self, ctx: ScreenContext, button: QRadioButton, parts: Sequence[QWidget]) -> None:
        super().__init__()
        theme = ctx.theme
        self.setProperty("look", "tile")
        self.button = button
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.space(3), theme.space(3), theme.space(3), theme.space(2))
        column.setSpacing(theme.space(1))
        for part in parts:
            column.addWidget(part)
        column.addStretch(1)
        column.addWidget(button)
        button.toggled.connect(self._mark)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.button.isEnabled():
            self.button.setFocus()
            self.button.click()
            return
        super().mouseReleaseEvent(event)

    def _mark(self, on: bool) -> None:
        self.setProperty("chosen", "true" if on else "false")
        self.style().unpolish(self)
        self.style().polish(self)


class QuestionBlock(QWidget):
    """`<name>.<n>` are the buttons of the values, `<name>.own` the one of a value of one's own, `<name>.input` its
    editor."""

    def __init__(self, ctx: ScreenContext, deciding: Deciding, question: OpenConflict, name: str) -> None:
        super().__init__()
        self._ctx, self._deciding, self._question, self._name = ctx, deciding, question, name
        self.setObjectName(name)
        theme, say = ctx.theme, ctx.lang.say
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(2))
        self._label = field_words(ctx, question.words)
        column.addWidget(text(self._label, "strong", wrap=True))
        for words in self._notes():
            column.addWidget(text(words, "help", wrap=True))
        self._group = QButtonGroup(self)
        grid = QGridLayout()
        grid.setSpacing(theme.space(3))
        tiles = [self._tile(choice, at) for at, choice in enumerate(question.choices)]
        self.editor = self._make_editor()
        if self.editor is not None:
            tiles.append(self._own_tile())
        beside = min(len(tiles), MOST_BESIDE)
        for at, tile in enumerate(tiles):
            grid.addWidget(tile, at // beside, at % beside)
        for at in range(beside):
            grid.setColumnStretch(at, 1)
        column.addLayout(grid)
        if self.editor is not None:
            column.addWidget(self.editor)
            self.editor.hide()
        self.problem = text("", "problem", wrap=True)
        self.problem.hide()
        column.addWidget(self.problem)
        for button in self._group.buttons():
            button.setEnabled(question.may_decide)
        if not question.may_decide:
            column.addWidget(text(say(N_("Your role may see this, but not decide it.")), "help", wrap=True))
        self._group.idClicked.connect(self._chosen)
        tame(self)

    def show_given(self, given: Given | None, problem: Problem | None) -> None:
        """Mark what was chosen so far; what is being typed is left alone."""
        own = given is not None and given.choice is None
        chosen = None if given is None else self._group.button(OWN if given.choice is None else given.choice)
        if chosen is not None and not chosen.isChecked():
            chosen.setChecked(True)
        elif chosen is None and (checked := self._group.checkedButton()) is not None:
            self._group.setExclusive(False)
            checked.setChecked(False)
            self._group.setExclusive(True)
        if self.editor is not None:
            if own and given is not None and self.editor.value() != given.value:
                self.editor.set_value(given.value)
            self.editor.setVisible(own)
        words = self._ctx.lang.say(problem.message, **problem.params) if problem is not None else ""
        self._say(words)

    def is_readable(self) -> bool:
        """Whether what is typed is a value; else it is said beside it, and the cursor goes there."""
        field = self._field()
        if self.editor is None or field is None or not self.editor.unreadable():
            return True
        self._say(unreadable_words(field, self._ctx))
        (self.editor.focusProxy() or self.editor).setFocus(Qt.FocusReason.OtherFocusReason)
        return False

    def _say(self, words: str) -> None:
        self.problem.setText(words)
        self.problem.setVisible(bool(words))

    def _notes(self) -> list[str]:
        question, say = self._question, self._ctx.lang.say
        notes = []
        if question.before_known:
            before = shown_words(self._ctx, question, question.before)
            notes.append(say(N_("Before: {value}"), value=before))
        if question.rule:
            notes.append(say(RULES[question.rule]))
        return notes

    def _tile(self, choice: Choice, at: int) -> QWidget:
        ctx, say = self._ctx, self._ctx.lang.say
        words = shown_words(ctx, self._question, choice.value)
        who = writer_words(ctx, choice.author_name)
        place = laptop_words(ctx, choice.laptop, own=choice.own)
        parts: list[QWidget] = [text(words, "strong", wrap=True), text(who, "small", wrap=True)]
        parts.append(text(dotted(ctx.lang.moment(choice.at), place), "help", wrap=True))
        if at == 0:
            parts.append(badge(say(N_("shown for now")), "info"))
        button = QRadioButton(self._choose_words(choice))
        button.setObjectName(f"{self._name}.{at}")
        button.setAccessibleName(
            say(N_("{field}: {value}"), field=self._label, value=f"{words}, {who}, {ctx.lang.moment(choice.at)}")
        )
        self._group.addButton(button, at)
        return ChoiceTile(ctx, button, parts)

    def _choose_words(self, choice: Choice) -> str:
        say = self._ctx.lang.say
        if self._question.is_deletion:
            return say(N_("Remove all the same")) if choice.value else say(N_("Keep the record"))
        return say(N_("This one"))

    def _own_tile(self) -> QWidget:
        say = self._ctx.lang.say
        combines = isinstance(self._field_type(), Text | Note)
        words = say(N_("Combine both")) if combines else say(N_("Another value"))
        lesson = (
            say(N_("Begins with both texts; change it as you like."))
            if combines
            else say(N_("If neither is right, give the right one."))
        )
        button = QRadioButton(words)
        button.setObjectName(f"{self._name}.own")
        button.setAccessibleName(say(N_("{field}: {value}"), field=self._label, value=words))
        self._group.addButton(button, OWN)
        return ChoiceTile(self._ctx, button, [text(lesson, "help", wrap=True)])

    def _field(self) -> FieldSpec | None:
        return self._ctx.session.schema.by_name[self._question.kind].by_name.get(self._question.words.field)

    def _field_type(self) -> object:
        field = self._field()
        return field.type if field is not None else None

    def _make_editor(self) -> Editor | None:
        """The editor that the field has on its form; an element of a set is chosen or not; a removal needs none."""
        ctx, say, question = self._ctx, self._ctx.lang.say, self._question
        field = self._field()
        if question.is_deletion or field is None or not question.may_decide or not can_edit(field):
            return None
        if question.words.element:
            return None
        editor = make_editor(field, ctx)
        editor.setObjectName(f"{self._name}.editor")
        editor.name_parts(say(N_("{field}: {value}"), field=self._label, value=say(N_("your own value"))))
        target = editor.focusProxy() or editor
        target.setObjectName(f"{self._name}.input")
        editor.edited.connect(lambda value: self._deciding.write(question, value))
        return editor

    def _chosen(self, place: int) -> None:
        if place != OWN:
            self._deciding.choose(self._question, place)
            return
        self._deciding.combine(self._question)
        if self.editor is not None:
            (self.editor.focusProxy() or self.editor).setFocus(Qt.FocusReason.OtherFocusReason)


def field_words(ctx: ScreenContext, words: Words) -> str:
    """What a question is about."""
    label = ctx.lang.say(words.label)
    if not words.element:
        return label
    element = ctx.lang.code_label(ctx.session.codes, words.codes, words.element)
    return ctx.lang.say(N_("{field}: {value}"), field=label, value=element)


def shown_words(ctx: ScreenContext, question: OpenConflict, value: Any) -> str:
    """A value of a question as a person reads it."""
    say = ctx.lang.say
    if question.is_deletion:
        return say(N_("Remove the record")) if value else say(N_("Keep the record"))
    return edit_words(ctx, question.kind, question.words, value)


def edit_words(ctx: ScreenContext, kind: str, words: Words, value: Any) -> str:
    """A value of a field, or of an element of a set, as a person reads it."""
    say = ctx.lang.say
    if words.element:
        return say(N_("Chosen")) if value else say(N_("Not chosen"))
    spec = ctx.session.schema.by_name[kind]
    if words.field not in spec.by_name:
        return str(value)
    return value_words(ctx, spec, words.field, value) or say(N_("(blank)"))


def writer_words(ctx: ScreenContext, name: str) -> str:
    """Who wrote it. A colleague whose card has not come by sync yet has no name here."""
    return name or ctx.lang.say(N_("A colleague"))


def laptop_words(ctx: ScreenContext, label: str, *, own: bool) -> str:
    """On which laptop."""
    say = ctx.lang.say
    if own:
        return say(N_("on this laptop"))
    return say(N_("on the laptop “{label}”"), label=label) if label else say(N_("on another laptop"))
