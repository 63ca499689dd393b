"""Someone new: first who is like her or him already, then the form with the same list beside it. GUI thread."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QVBoxLayout, QWidget

from migdesk.domain.person import Person
from migdesk.i18n.markers import N_
from migdesk.services.matching import Likeness
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.people.presenter import PeoplePresenter
from migdesk.ui.screens.people.state import PeopleState
from migdesk.ui.widgets.buttons import primary
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.page import Page
from migdesk.ui.widgets.search_field import SearchField
from migdesk.ui.widgets.text import text
from migdesk.ui.work.facts import Entry, Stack, at_left, clear
from migdesk.ui.work.form_page import FormPage, FormPlan
from migdesk.ui.work.pages import BarredPage, back_button
from migdesk.ui.work.two_pane import SideColumn, TwoPane
from migdesk.ui.work.wording import dotted, likeness_reasons, short_place

MOST = 6


class AlikeList(QWidget):
    """People who may be the one being written, closest first, with the reasons."""

    def __init__(self, ctx: ScreenContext, on_open: Callable[[UUID], object]) -> None:
        super().__init__()
        self._ctx, self._on_open = ctx, on_open
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._shown: object = None

    def show_alike(self, alike: tuple[Likeness, ...], values: Mapping[str, Any], nobody: str) -> None:
        shown = (alike, nobody, *(values.get(name) for name in ("birth_date", "area_code")))
        if shown == self._shown:
            return
        self._shown = shown
        clear(self._column)
        if not alike:
            self._column.addWidget(text(nobody, "muted", wrap=True))
            return
        self._column.addWidget(
            Stack(self._ctx.theme, [self._entry(n, like, values) for n, like in enumerate(alike[:MOST])])
        )

    def _entry(self, number: int, like: Likeness, values: Mapping[str, Any]) -> Entry:
        ctx = self._ctx
        born = ctx.lang.date(like.birth_date) if like.birth_date is not None else ""
        second = dotted(born, short_place(ctx, like.area), like.person_code)
        entry = Entry(
            ctx.theme, "user", like.full_name, dotted(likeness_reasons(ctx, like, dict(values)), second),
            on_open=lambda: self._on_open(like.id), tint="warning",
        )  # fmt: skip
        entry.setObjectName(f"people.alike.{number}")
        return entry


class CheckPage(QWidget):
    """The name, and who has it already."""

    def __init__(self, ctx: ScreenContext, presenter: PeoplePresenter) -> None:
        super().__init__()
        theme, say = ctx.theme, ctx.lang.say
        self._ctx, self._presenter = ctx, presenter
        card = Card(
            theme,
            say(N_("Is this person here already?")),
            intro=say(N_("Two records of one person cost both their history. Look first; it takes a moment.")),
        )
        self.name = SearchField(theme, say(N_("Full name")))
        self.name.setObjectName("people.check.name")
        self.name.setText(presenter.state.name)
        self.name.wanted.connect(presenter.check_name)
        card.content.addWidget(self.name)
        self.alike = AlikeList(ctx, lambda id: ctx.navigate("people", id))
        card.content.addWidget(self.alike)
        self.go_on = primary(say(N_("None of these: write a new person")), self._none)
        self.go_on.setObjectName("people.check.none")
        self.name.entered.connect(lambda _text: self.go_on.setFocus())
        card.content.addWidget(at_left(self.go_on))
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(card)
        column.addStretch(1)
        card.setMaximumWidth(theme.px(720))
        back = back_button(ctx, "people.back", presenter.to_list)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(Page(theme, say(N_("New person")), "", (), body, back=back))

    def show_people(self, state: PeopleState) -> None:
        say = self._ctx.lang.say
        if not state.name:
            nobody = say(N_("Type the name as on the identity card."))
        elif state.looked:
            nobody = say(N_("Nobody here has a name like this."))
        else:
            nobody = say(N_("Looking …"))
        self.alike.show_alike(state.alike, {"full_name": state.name}, nobody)
        words = N_("None of these: write a new person") if state.alike else N_("Write a new person")
        self.go_on.setText(say(words))
        self.go_on.setAccessibleName(say(words))

    def _none(self) -> None:
        self._presenter.state.name = self.name.text().strip()
        self._presenter.none_of_these()


class PersonFormPage(QWidget):
    """The form of a new or known person."""

    def __init__(self, ctx: ScreenContext, presenter: PeoplePresenter) -> None:
        super().__init__()
        self._ctx = ctx
        theme, say = ctx.theme, ctx.lang.say
        known = presenter.state.profile
        plan = FormPlan(
            "people.form", Person.spec, presenter.save, leave_out=("person_code",), person=known.name if known else ""
        )
        self.form = FormPage(ctx, presenter.editing, plan)
        self.alike: AlikeList | None = None
        body: QWidget = self.form
        if known is None:
            self.alike = AlikeList(ctx, lambda id: ctx.navigate("people", id))
            card = Card(theme, say(N_("Here already?")), self.alike)
            body = TwoPane(theme, self.form, SideColumn(theme, card))
            self.form.paused.connect(presenter.look_alike)
        title = say(N_("New person")) if known is None else known.name
        back = back_button(ctx, "people.back", presenter.cancel)
        page = Page(theme, title, "", (), body, back=back)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(BarredPage(page, self.form.bar))

    def show_people(self, state: PeopleState) -> None:
        if state.form is None:
            return
        self.form.show_form(state.form)
        if self.alike is not None:
            nobody = self._ctx.lang.say(N_("Nobody like this is here."))
            self.alike.show_alike(state.alike, state.form.values, nobody)
