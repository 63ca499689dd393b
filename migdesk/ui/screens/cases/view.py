"""Cases: shows whichever page the state names. GUI thread."""

from PySide6.QtWidgets import QWidget

from migdesk.domain.case import Case
from migdesk.i18n.markers import N_
from migdesk.services.cases import CaseRow
from migdesk.ui.models.rows import Column
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.cases.case_page import CasePage, IncidentPage
from migdesk.ui.screens.cases.presenter import CasesPresenter
from migdesk.ui.screens.cases.state import CasesState
from migdesk.ui.work.list_page import ListPage, ListPlan
from migdesk.ui.work.pages import PageSwitch
from migdesk.ui.work.standing import COLUMN_WIDTH, of_about, standing_column
from migdesk.ui.work.wording import RISK_TONES, code_words, risk_words

NOBODY_ELSE = N_("You see only cases that you take in or look after. Nobody else learns that they exist.")


class CasesView(PageSwitch):
    """Shows a `CasesState`, whole."""

    def __init__(self, ctx: ScreenContext, presenter: CasesPresenter) -> None:
        super().__init__("cases")
        self._ctx, self._presenter = ctx, presenter
        presenter.attach(self)

    def show_state(self, state: CasesState) -> None:
        serial = state.form.serial if state.form is not None else 0
        page = self.show_page((state.page, 0 if state.page == "list" else serial), self._build)
        if isinstance(page, CaseList | CasePage | IncidentPage):
            page.show_cases(state)

    def _build(self) -> QWidget:
        if self._presenter.state.page == "list":
            return CaseList(self._ctx, self._presenter)
        if self._presenter.state.form is None:
            return QWidget()
        if self._presenter.state.page == "incident":
            return IncidentPage(self._ctx, self._presenter)
        return CasePage(self._ctx, self._presenter)


class CaseList(ListPage):
    """Cases by code: no name stands in a list (R-04)."""

    def __init__(self, ctx: ScreenContext, presenter: CasesPresenter) -> None:
        say = ctx.lang.say
        plan = ListPlan(
            "cases",
            say(N_("Cases")),
            say(N_("By code, never by name. Each look into a case is noted.")),
            say(N_("New case")),
            _columns(ctx),
            widths=(155, 120, 0, 105, 120, 130, COLUMN_WIDTH),
            spare=(5, 4, 3, 6),
            quiet=(3, 4, 5, 6),
            icon="shield-lock",
            nothing=say(N_("No case here")),
            lesson=say(NOBODY_ELSE),
        )
        super().__init__(ctx, plan, begin=presenter.new_case, open_row=presenter.open_row)
        self.model.more_wanted.connect(presenter.more)

    def show_cases(self, state: CasesState) -> None:
        self.show_rows(state.rows, more=state.more, loaded=state.loaded, may_write=state.may_write)


def _columns(ctx: ScreenContext) -> list[Column]:
    lang, spec = ctx.lang, Case.spec.by_name

    def tone(row: CaseRow) -> str:
        return RISK_TONES.get(row.risk_level, "plain")

    return [
        Column(lang.say(N_("Code")), lambda row: row.case_code),
        Column(lang.say(spec["risk_level"].label), lambda row: risk_words(ctx, row.risk_level), tone=tone),
        Column(
            lang.say(spec["primary_category"].label), lambda row: code_words(ctx, "case_category", row.primary_category)
        ),
        Column(lang.say(spec["status"].label), lambda row: code_words(ctx, "case_status", row.status)),
        Column(
            lang.say(spec["opened_on"].label), lambda row: lang.date(row.opened_on) if row.opened_on is not None else ""
        ),
        Column(lang.say(spec["owner"].label), lambda row: row.owner_name),
        standing_column(ctx, of_about),
    ]
