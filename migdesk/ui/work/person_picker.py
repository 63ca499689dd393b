"""Names a person: a search field and who was found, each with what tells people of one name apart. GUI thread."""

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from migdesk.domain.person import Person
from migdesk.i18n.markers import N_
from migdesk.ui.screen import ScreenContext
from migdesk.ui.widgets.search_field import SearchField
from migdesk.ui.widgets.text import text
from migdesk.ui.work.facts import Entry, Stack, clear
from migdesk.ui.work.person_search import SHORTEST, PersonSearchState
from migdesk.ui.work.wording import dotted, person_line

MOST = 8


class PersonPicker(QWidget):
    """`look(text)` asks for a search; `chosen(person)` names one. Object names begin with `name`."""

    def __init__(
        self, ctx: ScreenContext, name: str, look: Callable[[str], object], chosen: Callable[[Person], object]
    ) -> None:
        super().__init__()
        self._ctx, self._name, self._chosen = ctx, name, chosen
        self._found: tuple[Person, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(ctx.theme.space(3))
        self.field = SearchField(ctx.theme, ctx.lang.say(N_("Name, telephone, NIK or code")))
        self.field.setObjectName(f"{name}.search")
        self.field.wanted.connect(look)
        self.field.entered.connect(lambda _text: self._only())
        column.addWidget(self.field)
        self._list = QVBoxLayout()
        column.addLayout(self._list)
        self._shown: object = None

    def show_search(self, state: PersonSearchState) -> None:
        self._found = state.found
        shown = (state.query, state.found, state.looked)
        if shown == self._shown:
            return
        self._shown = shown
        clear(self._list)
        if state.found:
            self._list.addWidget(
                Stack(self._ctx.theme, [self._entry(n, one) for n, one in enumerate(state.found[:MOST])])
            )
        elif len(state.query) >= SHORTEST and state.looked:
            self._list.addWidget(text(self._ctx.lang.say(N_("Nobody by that name is here.")), "muted", wrap=True))

    def _entry(self, number: int, person: Person) -> Entry:
        name = person.full_name if type(person.full_name) is str else person.person_code or ""
        second = dotted(person_line(self._ctx, person), person.person_code or "")
        entry = Entry(self._ctx.theme, "user", name, second, on_open=lambda: self._chosen(person))
        entry.setObjectName(f"{self._name}.{number}")
        return entry

    def _only(self) -> None:
        if len(self._found) == 1:
            self._chosen(self._found[0])
