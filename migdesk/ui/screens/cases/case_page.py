"""One case or its intake, with the person and the incidents beside it; and one incident. GUI thread."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from migdesk.domain.case import Case, Incident
from migdesk.i18n.markers import N_
from migdesk.services.cases import CaseView, IncidentView
from migdesk.ui import icons
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.cases.presenter import INTAKE_LEAVES_OUT, CasesPresenter
from migdesk.ui.screens.cases.state import CasesState
from migdesk.ui.widgets.badge import Tone
from migdesk.ui.widgets.banner import Banner
from migdesk.ui.widgets.buttons import quiet, secondary
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.page import Page
from migdesk.ui.widgets.text import text
from migdesk.ui.work.attachments_card import AttachmentsCard
from migdesk.ui.work.facts import Entry, Stack, at_left, clear, pill
from migdesk.ui.work.form_page import FormPage, FormPlan
from migdesk.ui.work.pages import BarredPage, back_button
from migdesk.ui.work.person_picker import PersonPicker
from migdesk.ui.work.two_pane import SideColumn, TwoPane
from migdesk.ui.work.wording import RISK_TONES, code_words, dotted, risk_words, value_words

_BADGES: dict[str, Tone] = {"danger": "danger", "warning": "warning", "info": "info", "success": "success"}

IN_DANGER = N_(
    "In danger now: act first. Call the police or the women and child protection unit together with the person, and "
    "write later."
)
NOT_SAFE = N_(
    "Not safe to keep here: leave names and details out. Write only what keeps the person safe, or stop and meet again."
)


class CasePage(QWidget):
    """The form begins with safety and consent; what the answers call for stands above it."""

    def __init__(self, ctx: ScreenContext, presenter: CasesPresenter) -> None:
        super().__init__()
        self._ctx, self._presenter = ctx, presenter
        theme, say, case = ctx.theme, ctx.lang.say, presenter.state.case
        new = case is None
        plan = FormPlan(
            "cases.form", Case.spec, presenter.save,
            leave_out=INTAKE_LEAVES_OUT if new else (), person="" if case is None else case.record.case_code or "",
        )  # fmt: skip
        self.form = FormPage(ctx, presenter.editing, plan)
        self.danger = Banner(theme, "danger", say(IN_DANGER), icon="alert-triangle")
        self.danger.setObjectName("cases.danger")
        self.unsafe = Banner(theme, "danger", say(NOT_SAFE), icon="eye-off")
        self.unsafe.setObjectName("cases.unsafe")
        for one in (self.unsafe, self.danger):
            self.form.above.addWidget(one)
        self.person = PersonLink(ctx, presenter)
        side = SideColumn(theme, self.person)
        if not new:
            self.incidents = IncidentsCard(ctx, presenter)
            side.column.insertWidget(0, self.incidents)
            self.attachments = AttachmentsCard(ctx, presenter.attachments)
            side.column.insertWidget(1, self.attachments)
        body = TwoPane(theme, self.form, side, side_first=not new)
        title = say(N_("New case")) if case is None else case.record.case_code or ""
        back = back_button(ctx, "cases.back", presenter.back)
        page = Page(theme, title, _subtitle(ctx, case), _badges(ctx, case), body, back=back)
        page.title.setObjectName("cases.title")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(BarredPage(page, self.form.bar))
        self._new = new

    def show_cases(self, state: CasesState) -> None:
        shown = state.form is not None
        self.form.setVisible(shown)
        self.form.bar.setVisible(shown)
        if state.form is not None:
            self.form.show_form(state.form)
            values = state.form.values
            self.unsafe.setVisible(values.get("safe_to_record") == "no")
            self.danger.setVisible(values.get("immediate_danger") == "yes")
        self.person.show_cases(state)
        if not self._new:
            self.incidents.show_cases(state)
            self.attachments.show_attachments(self._presenter.attachments.state)


class PersonLink(Card):
    """Of whom the case is: nobody named, a covered name, or a name."""

    def __init__(self, ctx: ScreenContext, presenter: CasesPresenter) -> None:
        super().__init__(ctx.theme, ctx.lang.say(N_("Person")))
        self._ctx, self._presenter = ctx, presenter
        self.setObjectName("cases.person")
        self._shown: object = None
        self._picker: PersonPicker | None = None

    def show_cases(self, state: CasesState) -> None:
        linked = state.form.values.get("person") if state.form is not None else None
        may_write = state.form.may_write if state.form is not None else False
        shown = (linked, state.person_name, state.name_shown, state.linking, may_write)
        if shown != self._shown:
            self._shown = shown
            self._build(state, linked is not None, may_write)
        if self._picker is not None:
            self._picker.show_search(state.choosing)

    def _build(self, state: CasesState, linked: bool, may_write: bool) -> None:
        self._picker = None
        clear(self.content)
        say, presenter = self._ctx.lang.say, self._presenter
        if state.linking:
            self._picker = PersonPicker(self._ctx, "cases.person", presenter.choosing.look, presenter.link)
            self.content.addWidget(self._picker)
            self._button("cases.person.none", say(N_("No person")), presenter.unlink)
        elif not linked:
            self.content.addWidget(
                text(say(N_("A case needs no name. Link one only if the person agrees.")), "muted", wrap=True)
            )
            if may_write:
                self._button("cases.person.link", say(N_("Link a person")), presenter.begin_link, strong=True)
        elif not state.name_shown:
            self.content.addWidget(text(say(N_("Name covered")), "strong"))
            self.content.addWidget(text(say(N_("Look round before you uncover it.")), "help", wrap=True))
            self._button("cases.person.show", say(N_("Show name")), presenter.show_name, strong=True)
        else:
            self.content.addWidget(text(state.person_name, "strong", wrap=True))
            self._button("cases.person.open", say(N_("Open profile")), presenter.open_person)
            if may_write:
                self._button("cases.person.change", say(N_("Link someone else")), presenter.begin_link)

    def _button(self, name: str, words: str, act: object, *, strong: bool = False) -> None:
        make = secondary if strong else quiet
        button = make(words, act)  # type: ignore[arg-type]
        button.setObjectName(name)
        self.content.addWidget(at_left(button))


class IncidentsCard(Card):
    """What happened, one entry each, without a word of the account (V-21)."""

    def __init__(self, ctx: ScreenContext, presenter: CasesPresenter) -> None:
        super().__init__(ctx.theme, ctx.lang.say(Incident.spec.plural))
        self._ctx, self._presenter = ctx, presenter
        self.setObjectName("cases.incidents")
        self._shown: object = None

    def show_cases(self, state: CasesState) -> None:
        may_write = state.form.may_write if state.form is not None else False
        if (state.incidents, may_write) == self._shown:
            return
        self._shown = (state.incidents, may_write)
        clear(self.content)
        say = self._ctx.lang.say
        if state.incidents:
            entries = [self._entry(number, one) for number, one in enumerate(state.incidents)]
            self.content.addWidget(Stack(self._ctx.theme, entries))
        else:
            self.content.addWidget(
                text(say(N_("Nothing written yet. Ask once, and only what helps.")), "muted", wrap=True)
            )
        if may_write:
            plus = icons.icon("plus", self._ctx.theme.color("ink"), size=self._ctx.theme.px(18))
            add = secondary(say(N_("Add an incident")), self._presenter.new_incident, icon=plus)
            add.setObjectName("cases.new_incident")
            self.content.addWidget(at_left(add))

    def _entry(self, number: int, one: IncidentView) -> Entry:
        ctx, held, spec = self._ctx, one.record, Incident.spec
        when = value_words(ctx, spec, "occurred_on", held.occurred_on) or ctx.lang.say(N_("date open"))
        second = dotted(
            code_words(ctx, "place_type", held.place_type), code_words(ctx, "migration_phase", held.migration_phase)
        )
        entry = Entry(
            ctx.theme, "flag", when, second, on_open=lambda: self._presenter.open_incident(one), tint="danger"
        )
        entry.setObjectName(f"cases.incident.{number}")
        return entry


class IncidentPage(QWidget):
    """The form of one incident."""

    def __init__(self, ctx: ScreenContext, presenter: CasesPresenter) -> None:
        super().__init__()
        theme, say, case = ctx.theme, ctx.lang.say, presenter.state.case
        code = case.record.case_code or "" if case is not None else ""
        self.form = FormPage(
            ctx, presenter.editing, FormPlan("incident.form", Incident.spec, presenter.save, person=code)
        )
        back = back_button(ctx, "cases.back", presenter.back)
        page = Page(theme, say(Incident.spec.title), say(N_("Case {code}"), code=code), (), self.form, back=back)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(BarredPage(page, self.form.bar))

    def show_cases(self, state: CasesState) -> None:
        shown = state.form is not None and state.form.spec is Incident.spec
        self.form.setVisible(shown)
        self.form.bar.setVisible(shown)
        if shown and state.form is not None:
            self.form.show_form(state.form)


def _subtitle(ctx: ScreenContext, case: CaseView | None) -> str:
    say = ctx.lang.say
    if case is None:
        return say(N_("Short on purpose. Every question may be refused; the person decides what is written."))
    held = case.record
    opened = say(N_("opened on {date}"), date=held.opened_on) if held.opened_on is not None else ""
    return dotted(code_words(ctx, "case_category", held.primary_category), opened, case.owner_name)


def _badges(ctx: ScreenContext, case: CaseView | None) -> list[QWidget]:
    if case is None:
        return []
    theme, level = ctx.theme, str(case.record.risk_level or "")
    words = ctx.lang.say(N_("Risk: {level}"), level=risk_words(ctx, level))
    risk = pill(theme, words, _BADGES.get(RISK_TONES.get(level, ""), "plain"))
    risk.setObjectName("cases.risk")
    status = pill(theme, code_words(ctx, "case_status", case.record.status))
    # As tall as a button, so that they stand on the line of the title.
    box = QWidget()
    box.setFixedHeight(theme.size("control"))
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.space(2))
    row.addWidget(risk)
    row.addWidget(status)
    return [box]
