"""Counselling: the list, with whom, and the form beside the person. GUI thread."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from migdesk.domain.counselling import CounsellingSession
from migdesk.i18n.markers import N_
from migdesk.services.counselling import CounsellingView as Session
from migdesk.ui.models.rows import Column
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.counselling.presenter import CounsellingPresenter
from migdesk.ui.screens.counselling.state import CounsellingState
from migdesk.ui.widgets.buttons import quiet, secondary
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.page import Page
from migdesk.ui.work.attachments_card import AttachmentsCard
from migdesk.ui.work.facts import at_left, clear
from migdesk.ui.work.form_page import FormPage, FormPlan
from migdesk.ui.work.list_page import ListPage, ListPlan
from migdesk.ui.work.pages import BarredPage, PageSwitch, back_button
from migdesk.ui.work.person_card import earlier_card, person_card
from migdesk.ui.work.person_picker import PersonPicker
from migdesk.ui.work.standing import COLUMN_WIDTH, of_about, standing_column
from migdesk.ui.work.two_pane import SideColumn, TwoPane
from migdesk.ui.work.wording import code_words, dotted, person_line


class CounsellingScreenView(PageSwitch):
    """Shows a `CounsellingState`, whole."""

    def __init__(self, ctx: ScreenContext, presenter: CounsellingPresenter) -> None:
        super().__init__("counselling")
        self._ctx, self._presenter = ctx, presenter
        presenter.attach(self)

    def show_state(self, state: CounsellingState) -> None:
        serial = state.form.serial if state.form is not None else 0
        key = (state.page, serial if state.page == "form" else 0)
        page = self.show_page(key, self._build)
        if isinstance(page, SessionList | ChoosePage | SessionForm):
            page.show_counselling(state)

    def _build(self) -> QWidget:
        if self._presenter.state.page == "list":
            return SessionList(self._ctx, self._presenter)
        if self._presenter.state.page == "choose":
            return ChoosePage(self._ctx, self._presenter)
        return SessionForm(self._ctx, self._presenter) if self._presenter.state.form is not None else QWidget()


class SessionList(ListPage):
    """The latest sessions with anyone."""

    def __init__(self, ctx: ScreenContext, presenter: CounsellingPresenter) -> None:
        say = ctx.lang.say
        plan = ListPlan(
            "counselling",
            say(N_("Counselling")),
            say(N_("Latest sessions")),
            say(N_("New counselling")),
            _columns(ctx),
            widths=(115, 0, 130, 125, 170, 140, COLUMN_WIDTH),
            spare=(2, 5, 4, 6),
            quiet=(0, 2, 6),
            icon="messages",
            nothing=say(N_("No session yet")),
            lesson=say(
                N_("Counselling before someone leaves is where most harm can be prevented. Begin with whom it is.")
            ),
            strong=1,
        )
        super().__init__(ctx, plan, begin=presenter.choose, open_row=presenter.open_row)

    def show_counselling(self, state: CounsellingState) -> None:
        self.show_rows(state.rows, loaded=state.loaded, may_write=state.may_write)


class ChoosePage(QWidget):
    """With whom the session was."""

    def __init__(self, ctx: ScreenContext, presenter: CounsellingPresenter) -> None:
        super().__init__()
        theme, say = ctx.theme, ctx.lang.say
        card = Card(
            theme, say(N_("With whom?")), intro=say(N_("Type a part of the name. Whoever is not here yet is added."))
        )
        card.setMaximumWidth(theme.px(720))
        self.picker = PersonPicker(ctx, "counselling.person", presenter.choosing.look, presenter.chosen)
        card.content.addWidget(self.picker)
        self.new = secondary(say(N_("New person")), presenter.new_person)
        self.new.setObjectName("counselling.new_person")
        self.new.setVisible(presenter.state.may_add_people)
        card.content.addWidget(at_left(self.new))
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(card)
        column.addStretch(1)
        back = back_button(ctx, "counselling.back", presenter.to_list)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(Page(theme, say(N_("New counselling")), "", (), body, back=back))
        self.setFocusProxy(self.picker.field)

    def show_counselling(self, state: CounsellingState) -> None:
        self.picker.show_search(state.choosing)


class SessionForm(QWidget):
    """The form, and beside it the person and what was before."""

    def __init__(self, ctx: ScreenContext, presenter: CounsellingPresenter) -> None:
        super().__init__()
        self._ctx, self._presenter = ctx, presenter
        theme, say, state = ctx.theme, ctx.lang.say, presenter.state
        plan = FormPlan("counselling.form", CounsellingSession.spec, presenter.save, person=state.person_name)
        self.form = FormPage(ctx, presenter.editing, plan)
        self.side = SideColumn(theme)
        body = TwoPane(theme, self.form, self.side, side_first=False)
        back = back_button(ctx, "counselling.back", presenter.to_list)
        title = say(CounsellingSession.spec.title)
        self.page = Page(theme, title, state.person_name, (), body, back=back)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(BarredPage(self.page, self.form.bar))
        self._shown: object = None
        self._attachments: AttachmentsCard | None = None

    def show_counselling(self, state: CounsellingState) -> None:
        if state.form is not None:
            self.form.show_form(state.form)
        self.form.setVisible(state.form is not None)
        self.form.bar.setVisible(state.form is not None)
        self._show_side(state)
        if self._attachments is not None:
            self._attachments.show_attachments(self._presenter.attachments.state)

    def _show_side(self, state: CounsellingState) -> None:
        if (state.person, state.earlier) == self._shown:
            return
        self._shown = (state.person, state.earlier)
        if state.person is not None:
            who = dotted(state.person.name, person_line(self._ctx, state.person.record))
            self.page.set_title(self._ctx.lang.say(CounsellingSession.spec.title), who)
        clear(self.side.column)
        if state.person is not None:
            profile = quiet(self._ctx.lang.say(N_("Open profile")), self._presenter.open_person)
            profile.setObjectName("counselling.profile")
            self.side.column.addWidget(person_card(self._ctx, state.person, [profile]))
            self.side.column.addWidget(earlier_card(self._ctx, state.earlier))
        self._attachments = AttachmentsCard(self._ctx, self._presenter.attachments)
        self.side.column.addWidget(self._attachments)


def _columns(ctx: ScreenContext) -> list[Column]:
    lang, spec = ctx.lang, CounsellingSession.spec.by_name

    def day(row: Session) -> str:
        return lang.date(row.date) if row.date is not None else ""

    def again(row: Session) -> str:
        held = row.record.next_date
        return lang.date(held) if held is not None and not isinstance(held, str) else ""

    def codes(name: str) -> Column:
        return Column(
            lang.say(spec[name].label), lambda row: code_words(ctx, spec[name].codes, getattr(row.record, name))
        )

    return [
        Column(lang.say(N_("Date")), day),
        Column(lang.say(N_("Person")), lambda row: row.person_name or lang.say(N_("not on this laptop"))),
        codes("mode"),
        codes("destination"),
        codes("next_step"),
        Column(lang.say(spec["next_date"].label), again),
        standing_column(ctx, of_about),
    ]
