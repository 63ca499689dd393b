"""The list of people with its search field. GUI thread."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from migdesk.domain.person import Person
from migdesk.i18n.markers import N_
from migdesk.services.people import PersonRow, display_name
from migdesk.services.standing import standing_of
from migdesk.ui import icons
from migdesk.ui.models.rows import Column, RowsModel
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.people.presenter import PeoplePresenter
from migdesk.ui.screens.people.state import PeopleState
from migdesk.ui.widgets.buttons import primary
from migdesk.ui.widgets.empty import EmptyState
from migdesk.ui.widgets.page import Page
from migdesk.ui.widgets.search_field import SearchField
from migdesk.ui.work.facts import clear
from migdesk.ui.work.fitted_table import FittedTable
from migdesk.ui.work.pages import tame
from migdesk.ui.work.person_search import SHORTEST
from migdesk.ui.work.row_delegate import RowDelegate
from migdesk.ui.work.standing import COLUMN_WIDTH, standing_column
from migdesk.ui.work.wording import age_number, code_words, short_place

STAGE_TONES = {"departed": "info", "failed_departure": "warning", "intercepted": "warning", "returned": "success"}


class PeopleList(QWidget):
    """Search above, table below, a lesson where there is nobody."""

    def __init__(self, ctx: ScreenContext, presenter: PeoplePresenter) -> None:
        super().__init__()
        self._ctx, self._presenter = ctx, presenter
        theme, say = ctx.theme, ctx.lang.say
        self.new = primary(
            say(N_("New person")), self._new, icon=icons.icon("user-plus", theme.color("on_accent"), size=theme.px(20))
        )
        self.new.setObjectName("people.new")
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(3))
        self.field = SearchField(theme, say(N_("Name, telephone, NIK or code")))
        self.field.setObjectName("people.search")
        self.field.setText(presenter.state.query)
        self.field.wanted.connect(presenter.search)
        self.field.entered.connect(lambda _text: self._first())
        column.addWidget(self.field)
        self.model = RowsModel(_columns(ctx), self)
        self.model.more_wanted.connect(presenter.more)
        self.table = FittedTable(theme, self.model, say(N_("People")), spare=(1, 4, 3, 5))
        self.table.setObjectName("people.table")
        self.table.setItemDelegate(RowDelegate(theme, self.table, quiet=(1, 2, 3, 5)))
        self.table.fit_columns(theme, 0, 120, 70, 230, 230, COLUMN_WIDTH)
        self.table.activated_row.connect(self._open)
        column.addWidget(self.table, 1)
        self.nobody = QVBoxLayout()
        column.addLayout(self.nobody)
        self.page = Page(theme, say(N_("People")), " ", [self.new], body, scroll=False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.page)
        self._lesson = ""
        tame(self)

    def show_people(self, state: PeopleState) -> None:
        lang = self._ctx.lang
        self.model.set_rows(state.rows, state.more)
        self.new.setVisible(state.may_write)
        searching = len(state.query) >= SHORTEST
        if searching:
            words = lang.many(N_("{n} person found"), N_("{n} people found"), len(state.rows))
        else:
            words = lang.many(N_("{n} person on this laptop"), N_("{n} people on this laptop"), state.total)
        self.page.set_title(lang.say(N_("People")), words if state.loaded else " ")
        empty = state.loaded and not state.rows
        self.table.setVisible(not empty)
        self._teach(("searched" if searching else "none") if empty else "")

    def _teach(self, lesson: str) -> None:
        if lesson == self._lesson:
            return
        self._lesson = lesson
        clear(self.nobody)
        if not lesson:
            return
        theme, say = self._ctx.theme, self._ctx.lang.say
        again = primary(say(N_("New person")), self._new)
        again.setObjectName("people.empty.new")
        if lesson == "searched":
            title = say(N_("Nobody by that name"))
            words = say(
                N_("Try part of the name or another spelling: Nurhayati, Nurhajati. A number or code works too.")
            )
        else:
            title = say(N_("Nobody here yet"))
            words = say(N_("Write down the first person you counsel. Search first: she may have been here before."))
        show = again if self._presenter.state.may_write else None
        self.nobody.addWidget(EmptyState(theme, "users", title, words, show))
        self.nobody.addStretch(1)
        tame(self)

    def _new(self) -> None:
        # What was searched for is the name of the new person: nobody types it twice.
        self._ctx.navigate("people", None, {"new": True, "text": self.field.text().strip()})

    def _first(self) -> None:
        if self.model.rowCount():
            self.table.setFocus()
            self.table.select_row(0)

    def _open(self, number: int) -> None:
        row = self.model.row(number)
        if row is not None:
            self._presenter.open_row(row)


def _columns(ctx: ScreenContext) -> list[Column]:
    say = ctx.lang.say
    spec = Person.spec.by_name

    def stage_tone(row: PersonRow) -> str:
        return STAGE_TONES.get(str(row.record.migration_stage), "plain")

    return [
        Column(say(N_("Name")), lambda row: display_name(row.record)),
        Column(say(spec["sex"].label), lambda row: code_words(ctx, "sex", row.record.sex)),
        Column(say(N_("Age")), lambda row: age_number(ctx, row.record.birth_date)),
        Column(say(N_("Village")), lambda row: short_place(ctx, row.record.area_code)),
        Column(
            say(N_("Stage")),
            lambda row: code_words(ctx, "migration_stage", row.record.migration_stage),
            tone=stage_tone,
        ),
        standing_column(ctx, lambda row: standing_of(row.state, row.conflicts)),
    ]
