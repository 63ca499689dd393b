"""The audit trail as a table with filters above it, and what is known of its chain. GUI thread."""

from uuid import UUID

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from migdesk.domain.acts import ACTS, label
from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.services.trail import Row, Standing
from migdesk.ui.models.rows import Column, RowsModel
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.audit.presenter import AuditPresenter
from migdesk.ui.screens.audit.state import PERIODS, AuditState
from migdesk.ui.widgets.banner import Banner, Kind
from migdesk.ui.widgets.buttons import link, primary, secondary
from migdesk.ui.widgets.choice import CodeCombo, Option
from migdesk.ui.widgets.empty import EmptyState
from migdesk.ui.widgets.flow import FlowLayout
from migdesk.ui.widgets.page import Page
from migdesk.ui.widgets.sheet import Sheet
from migdesk.ui.work.facts import Facts, appear, clear
from migdesk.ui.work.fitted_table import FittedTable
from migdesk.ui.work.pages import tame
from migdesk.ui.work.row_delegate import RowDelegate

_FILTER_WIDTH = 205


class AuditView(QWidget):
    """Shows a whole state each time."""

    def __init__(self, ctx: ScreenContext, presenter: AuditPresenter) -> None:
        super().__init__()
        self._ctx, self._presenter = ctx, presenter
        theme, say = ctx.theme, ctx.lang.say
        self.check = secondary(say(N_("Check the trail")), presenter.check)
        self.check.setObjectName("audit.check")
        self._chain = QVBoxLayout()
        self._people: tuple[tuple[UUID, str], ...] = ()
        self._filters = QHBoxLayout()
        self._fill_filters()
        self._record = QHBoxLayout()
        self.model = RowsModel(_columns(ctx), self)
        self.model.more_wanted.connect(presenter.more)
        self.table = FittedTable(theme, self.model, say(N_("Audit trail")), spare=(4, 3))
        self.table.setObjectName("audit.table")
        self.table.setItemDelegate(RowDelegate(theme, self.table, strong=2, quiet=(0, 4)))
        self.table.fit_columns(theme, 160, 180, 0, 220, 220)
        self.table.activated_row.connect(self._open)
        self.nothing = EmptyState(
            theme, "eye-check", say(N_("Nothing was noted")),
            say(N_("With other filters there may be more.")), self._all("audit.nothing.all"),
        )  # fmt: skip
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(3))
        for part in (self._chain, self._filters, self._record):
            column.addLayout(part)
        column.addWidget(self.table, 1)
        column.addWidget(self.nothing, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        lesson = say(N_("Who read, wrote and took away what. Nobody can change it without its being seen."))
        outer.addWidget(Page(theme, say(N_("Audit trail")), lesson, [self.check], body, scroll=False))
        tame(self)
        presenter.attach(self)

    def show_state(self, state: AuditState) -> None:
        if state.users != self._people:
            self._people = state.users
            self._fill_filters()
        self._period.set_value(str(state.days) if state.days else None)
        self._act.set_value(state.action or None)
        self._user.set_value(state.user.hex if state.user else None)
        self._show_record(state)
        self._show_chain(state)
        self.model.set_rows(state.rows, state.more)
        empty = state.loaded and not state.rows
        self.table.setVisible(not empty)
        self.nothing.setVisible(empty)

    def _fill_filters(self) -> None:
        """The three choices in one line, or in several where the text is large."""
        ctx, presenter = self._ctx, self._presenter
        say, many = ctx.lang.say, ctx.lang.many
        days = [Option(str(n), many(N_("Last {n} day"), N_("Last {n} days"), n)) for n in PERIODS if n > 1]
        acts = sorted((Option(code, say(words)) for code, words in ACTS.items()), key=lambda one: one.words.casefold())
        people = [Option(id.hex, name) for id, name in self._people if name]
        self._period = CodeCombo(
            ctx.theme, [Option("1", say(N_("Today"))), *days], say(N_("Any time")), say(N_("Period"))
        )  # fmt: skip
        self._act = CodeCombo(ctx.theme, acts, say(N_("Any act")), say(N_("Act")))
        self._user = CodeCombo(ctx.theme, people, say(N_("Anybody")), say(N_("Who")))
        self._period.edited.connect(lambda code: presenter.choose_days(int(code) if code else None))
        self._act.edited.connect(lambda code: presenter.choose_action(code or ""))
        self._user.edited.connect(lambda code: presenter.choose_user(UUID(hex=code) if code else None))
        clear(self._filters)
        line = QWidget()
        flow = FlowLayout(line, ctx.theme.space(2))
        for name, choice in (("period", self._period), ("act", self._act), ("user", self._user)):
            choice.setObjectName(f"audit.{name}")
            choice.setFixedWidth(ctx.theme.px(_FILTER_WIDTH))
            flow.addWidget(choice)
        self._filters.addWidget(line)

    def _show_record(self, state: AuditState) -> None:
        clear(self._record)
        if state.record is None:
            return
        say = self._ctx.lang.say
        words = say(N_("Only what was done with {about}."), about=state.about or str(state.record))
        self._record.addWidget(Banner(self._ctx.theme, "info", words, self._all("audit.all")))
        appear(self._record)

    def _show_chain(self, state: AuditState) -> None:
        self.check.setEnabled(not state.checking)
        clear(self._chain)
        if state.checking:
            self._chain.addWidget(
                Banner(self._ctx.theme, "info", self._ctx.lang.say(N_("The trail is being checked.")))
            )
        elif state.chain is not None:
            for kind, words in chain_words(self._ctx.lang, state.chain):
                self._chain.addWidget(Banner(self._ctx.theme, kind, words))
        appear(self._chain)

    def _all(self, name: str) -> QWidget:
        button = link(self._ctx.lang.say(N_("Show everything")), self._presenter.all_rows)
        button.setObjectName(name)
        return button

    def _open(self, number: int) -> None:
        row = self.model.row(number)
        if row is not None:
            open_row(self, self._ctx, self._presenter, row)


def open_row(host: QWidget, ctx: ScreenContext, presenter: AuditPresenter, row: Row) -> Sheet:
    """One row whole, and the ways on from it."""
    say = ctx.lang.say
    sheet = Sheet(host, ctx.theme, say(label(row.action)), width=560)
    pairs = [
        (say(N_("Number")), ctx.lang.number(row.n)),
        (say(N_("When")), ctx.lang.moment(row.at)),
        (say(N_("Who")), row.who or say(N_("MigDesk itself"))),
        (say(N_("About")), _about(ctx, row)),
        (say(N_("Record")), str(row.record) if row.record else ""),
        (say(N_("Details")), row.detail),
    ]
    sheet.content.addWidget(Facts(ctx.theme, pairs))

    def then(act: object) -> None:
        sheet.close_sheet()
        if callable(act):
            act(row)

    buttons = [secondary(say(N_("Close")), sheet.close_sheet)]
    if row.record is not None:
        same = secondary(say(N_("All about this record")), lambda: then(presenter.only_about))
        same.setObjectName("audit.row.same")
        buttons.append(same)
    if presenter.may_open(row):
        go = primary(say(N_("Open the record")), lambda: then(presenter.open_record))
        go.setObjectName("audit.row.open")
        buttons.append(go)
    sheet.add_buttons(buttons)
    sheet.open(buttons[0])
    return sheet


def chain_words(lang: Language, chain: Standing) -> list[tuple[Kind, str]]:
    """What was found along the chain: banners with their kind, the worst first."""
    if not chain.findings:
        whole = lang.many(
            N_("The trail is whole: {n} row, each bound to the one before."),
            N_("The trail is whole: {n} rows, each bound to the one before."), chain.rows,
        )  # fmt: skip
        return [("success", whole)]
    return [("danger", lang.say(one.message, **one.params)) for one in chain.findings]


def _about(ctx: ScreenContext, row: Row) -> str:
    """The kind of the record in words, and its name as far as this user may know it."""
    spec = ctx.session.schema.by_name.get(row.kind)
    title = ctx.lang.say(spec.title) if spec is not None else ""
    return " · ".join(part for part in (title, row.about) if part)


def _columns(ctx: ScreenContext) -> list[Column]:
    say = ctx.lang.say
    return [
        Column(say(N_("When")), lambda row: ctx.lang.moment(row.at)),
        Column(say(N_("Who")), lambda row: row.who or say(N_("MigDesk itself"))),
        Column(say(N_("Act")), lambda row: say(label(row.action))),
        Column(say(N_("About")), lambda row: _about(ctx, row)),
        Column(say(N_("Details")), lambda row: row.detail),
    ]
