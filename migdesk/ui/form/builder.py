"""Builds a whole form from the declaration of a kind: no field is placed by hand. GUI thread.

It shows values and tells what the person edits; it saves nothing. Esc does nothing here, on purpose.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from migdesk.domain.record import FieldSpec, KindSpec, Required
from migdesk.domain.validation import Problem
from migdesk.ui.form.editors import can_edit, is_wide, make_editor, missing_choices, unreadable_words
from migdesk.ui.form.field_cell import MARKS, FieldCell, required_words
from migdesk.ui.form.grid import FieldGrid
from migdesk.ui.form.sections import SECTION_TITLES
from migdesk.ui.screen import ScreenContext
from migdesk.ui.shortcuts import SAVE, SAVE_AND_GO_ON, shortcut
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.text import text


class FormView(QWidget):
    """The fields of `spec` in cards by section.

    `sections` are (id, title, intro) in the language of the moment; without it all sections come, in the order of the
    declaration, with the titles of `SECTION_TITLES`. References are never shown: screens choose those. Fields without
    a section are shown only if the kind has no sections at all. Object names: `<kind>.<field>` is the editor,
    `<kind>.<field>.input` its line, `<kind>.<field>.<code>` a choice or quick answer.
    """

    edited = Signal(str, object)
    save_wanted = Signal()
    save_and_go_on_wanted = Signal()

    def __init__(
        self,
        spec: KindSpec,
        ctx: ScreenContext,
        *,
        sections: Sequence[tuple[str, str, str]] | None = None,
        leave_out: Collection[str] = (),
        shortcuts: bool = True,
    ) -> None:
        super().__init__()
        self.spec, self._ctx = spec, ctx
        self.cells: dict[str, FieldCell] = {}
        self._read_only = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(ctx.theme.space(4))
        fields = [field for field in spec.fields if can_edit(field) and field.name not in leave_out]
        chosen = list(sections) if sections is not None else self._own_sections(fields)
        shown = [(one, [field for field in fields if field.section == one[0]]) for one in chosen]
        self._add_legend([field for _, group in shown for field in group])
        for (name, title, intro), group in shown:
            if group:
                self._add_section(name, title, intro, group)
        self._column.addStretch(1)
        if shortcuts:
            for keys in SAVE:
                shortcut(self, keys, self.submit)
            for keys in SAVE_AND_GO_ON:
                shortcut(self, keys, self.submit_and_go_on)
        self._relevance()

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show these values; a field that is not named becomes blank."""
        for name, cell in self.cells.items():
            cell.set_value(values.get(name))
        self._relevance()

    def values(self) -> dict[str, Any]:
        """What the fields hold now, None for blanks. Fields that are not relevant now are left out."""
        held = {name: cell.value() for name, cell in self.cells.items()}
        return {name: value for name, value in held.items() if self._relevant(name, held)}

    def unreadable(self) -> tuple[str, ...]:
        """Fields in which something is typed that is no value."""
        held = {name: cell.value() for name, cell in self.cells.items()}
        return tuple(
            name for name, cell in self.cells.items() if cell.editor.unreadable() and self._relevant(name, held)
        )

    def submit(self) -> None:
        """Ask to save, unless something typed is no value: then say so beside it and go there."""
        if self._all_readable():
            self.save_wanted.emit()

    def submit_and_go_on(self) -> None:
        if self._all_readable():
            self.save_and_go_on_wanted.emit()

    def show_problems(self, problems: Iterable[Problem]) -> None:
        """Write each problem beside its field, and take away those that are mended."""
        first: dict[str, Problem] = {}
        for problem in problems:
            held = first.get(problem.field)
            if held is None or (held.severity == "warning" and problem.severity == "error"):
                first[problem.field] = problem
        for name, cell in self.cells.items():
            found = first.get(name)
            words = self._ctx.lang.say(found.message, **found.params) if found else ""
            cell.say_problem(words, warning=bool(found) and found is not None and found.severity == "warning")

    def focus_first_problem(self) -> None:
        for cell in self.cells.values():
            if cell.problem.text() and cell.isVisibleTo(self):
                self._go_to(cell)
                return

    def focus_first(self) -> None:
        """Put the cursor into the first field that is still blank, else the first."""
        seen = [cell for cell in self.cells.values() if cell.isVisibleTo(self)]
        blank = next((cell for cell in seen if cell.value() is None), None)
        if seen and not self._read_only:
            self._go_to(blank or seen[0])

    def focus_field(self, name: str) -> None:
        if name in self.cells:
            self._go_to(self.cells[name])

    def set_read_only(self, read_only: bool) -> None:
        self._read_only = read_only
        for cell in self.cells.values():
            cell.set_read_only(read_only)

    def _own_sections(self, fields: Sequence[FieldSpec]) -> list[tuple[str, str, str]]:
        names = list(dict.fromkeys(field.section for field in fields if field.section)) or [""]
        say = self._ctx.lang.say
        titles = [(name, *SECTION_TITLES.get(name, (name, ""))) for name in names]
        return [(name, say(title), say(intro)) for name, title, intro in titles]

    def _add_legend(self, fields: Sequence[FieldSpec]) -> None:
        used = {field.required for field in fields}
        row = QHBoxLayout()
        row.setSpacing(self._ctx.theme.space(1.5))
        for required in (Required.SAVE, Required.COMPLETE):
            if required in used:
                row.addWidget(text(MARKS[required], "required"))
                row.addWidget(text(required_words(self._ctx.lang, required), "help"))
                row.addSpacing(self._ctx.theme.space(3))
        row.addStretch(1)
        if used & set(MARKS):
            self._column.addLayout(row)

    def _add_section(self, name: str, title: str, intro: str, fields: Sequence[FieldSpec]) -> None:
        card = Card(self._ctx.theme, title, intro=intro)
        card.setObjectName(f"{self.spec.name}.section.{name}")
        cells = []
        for field in fields:
            cell = FieldCell(
                field,
                make_editor(field, self._ctx),
                self._ctx.theme,
                self._ctx.lang,
                missing_choices(field, self._ctx),
                prefix=self.spec.name,
                wide=is_wide(field),
            )
            cell.edited.connect(self._edited)
            cell.committed.connect(lambda cell=cell: self._next(cell))
            self.cells[field.name] = cell
            cells.append(cell)
        card.content.addWidget(FieldGrid(self._ctx.theme, cells))
        self._column.addWidget(card)

    def _edited(self, name: str, value: object) -> None:
        self._relevance()
        self.edited.emit(name, value)

    def _relevance(self) -> None:
        held = {name: cell.value() for name, cell in self.cells.items()}
        for name, cell in self.cells.items():
            cell.appear(self._relevant(name, held))

    def _relevant(self, name: str, held: Mapping[str, Any]) -> bool:
        when = self.spec.by_name[name].when
        return when is None or when.field not in held or when.holds(held)

    def _all_readable(self) -> bool:
        bad = self.unreadable()
        for name in bad:
            self.cells[name].say_problem(unreadable_words(self.spec.by_name[name], self._ctx))
        if bad:
            self._go_to(self.cells[bad[0]])
        return not bad

    def _next(self, cell: FieldCell) -> None:
        """Enter: on to the next field that is to be seen."""
        if cell.editor.unreadable():
            cell.say_problem(unreadable_words(cell.field, self._ctx))
            return
        seen = [one for one in self.cells.values() if one.isVisibleTo(self)]
        after = seen.index(cell) + 1 if cell in seen else len(seen)
        if after < len(seen):
            self._go_to(seen[after])
        else:
            cell.editor.focusNextChild()

    def _go_to(self, cell: FieldCell) -> None:
        target = cell.editor.focusProxy() or cell.editor
        target.setFocus(Qt.FocusReason.TabFocusReason)
        # The layout may still be moving cells; scroll when it has settled.
        QTimer.singleShot(0, cell, lambda: self._reveal(cell))

    def _reveal(self, cell: QWidget) -> None:
        area = self.parentWidget()
        while area is not None and not hasattr(area, "ensureWidgetVisible"):
            area = area.parentWidget()
        if area is not None:
            area.ensureWidgetVisible(cell, 0, self._ctx.theme.space(8))
