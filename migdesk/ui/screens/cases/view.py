"""Cases: shows whichever page the state names. GUI thread."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from migdesk.domain.case import Case
from migdesk.i18n.markers import N_
from migdesk.services.cases import CaseRow
from migdesk.ui import icons
from migdesk.ui.models.rows import Column, RowsModel
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.cases.case_page import CasePage, IncidentPage
from migdesk.ui.screens.cases.presenter import CasesPresenter
from migdesk.ui.screens.cases.state import CasesState
from migdesk.ui.widgets.buttons import primary
from migdesk.ui.widgets.empty import EmptyState
from migdesk.ui.widgets.page import Page
from migdesk.ui.work.fitted_table import FittedTable
from migdesk.ui.work.pages import PageSwitch, tame
from migdesk.ui.work.row_delegate import RowDelegate
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


class CaseList(QWidget):
    """Cases by code: no name stands in a list (R-04)."""

    def __init__(self, ctx: ScreenContext, presenter: CasesPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        theme, say = ctx.theme, ctx.lang.say
        plus = icons.icon("plus", theme.color("on_accent"), size=theme.px(20))
        self.new = primary(say(N_("New case")), presenter.new_case, icon=plus)
        self.new.setObjectName("cases.new")
        self.model = RowsModel(_columns(ctx), self)
        self.model.more_wanted.connect(presenter.more)
        self.table = FittedTable(theme, self.model, say(N_("Cases")), spare=(5, 3))
        self.table.setObjectName("cases.table")
        self.table.setItemDelegate(RowDelegate(theme, self.table, quiet=(3, 4, 5)))
        self.table.fit_columns(theme, 170, 170, 0, 130, 140, 170)
        self.table.activated_row.connect(self._open)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table, 1)
        begin = primary(say(N_("New case")), presenter.new_case)
        self.nobody = EmptyState(
            theme, "shield-lock", say(N_("No case here")),
            say(NOBODY_ELSE),
            begin,
        )  # fmt: skip
        column.addWidget(self.nobody, 1)
        lesson = say(N_("By code, never by name. Each look into a case is noted."))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(Page(theme, say(N_("Cases")), lesson, [self.new], body, scroll=False))
        tame(self)

    def show_cases(self, state: CasesState) -> None:
        self.model.set_rows(state.rows, state.more)
        self.new.setVisible(state.may_write)
        empty = state.loaded and not state.rows
        self.table.setVisible(not empty)
        self.nobody.setVisible(empty)

    def _open(self, number: int) -> None:
        row = self.model.row(number)
        if row is not None:
            self._presenter.open_row(row)


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
    ]
