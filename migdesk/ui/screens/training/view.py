"""Training: shows whichever page the state names. GUI thread."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from migdesk.domain.training import Participant, TrainingEvent
from migdesk.i18n.markers import N_
from migdesk.services.training import EventView
from migdesk.ui import icons
from migdesk.ui.models.rows import Column, RowsModel
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.training.attendance_page import AttendancePage
from migdesk.ui.screens.training.event_page import EventPage
from migdesk.ui.screens.training.presenter import TrainingPresenter
from migdesk.ui.screens.training.state import TrainingState
from migdesk.ui.widgets.buttons import primary
from migdesk.ui.widgets.empty import EmptyState
from migdesk.ui.widgets.page import Page
from migdesk.ui.work.fitted_table import FittedTable
from migdesk.ui.work.form_page import FormPage, FormPlan
from migdesk.ui.work.pages import BarredPage, PageSwitch, back_button, tame
from migdesk.ui.work.row_delegate import RowDelegate
from migdesk.ui.work.wording import code_words, short_place

LESSON = N_("An event has sessions and participants. Attendance is taken by session, one key for each person.")
STATUS_TONES = {"planned": "info", "done": "success", "cancelled": "plain"}


class TrainingView(PageSwitch):
    """Shows a `TrainingState`, whole."""

    def __init__(self, ctx: ScreenContext, presenter: TrainingPresenter) -> None:
        super().__init__("training")
        self._ctx, self._presenter = ctx, presenter
        presenter.attach(self)

    def show_state(self, state: TrainingState) -> None:
        serial = state.form.serial if state.form is not None else 0
        event = state.event.id if state.event is not None else None
        session = state.session.id if state.session is not None else None
        keys: dict[str, object] = {"list": 0, "event": event, "form": serial, "attendance": session}
        page = self.show_page((state.page, keys[state.page]), self._build)
        if isinstance(page, EventList | EventPage | PartForm | AttendancePage):
            page.show_training(state)

    def _build(self) -> QWidget:
        state = self._presenter.state
        if state.page == "list":
            return EventList(self._ctx, self._presenter)
        if state.page == "event" and state.event is not None:
            return EventPage(self._ctx, self._presenter)
        if state.page == "form" and state.form is not None:
            return PartForm(self._ctx, self._presenter)
        if state.page == "attendance" and state.session is not None:
            return AttendancePage(self._ctx, self._presenter)
        return QWidget()


class EventList(QWidget):
    """Events, latest first."""

    def __init__(self, ctx: ScreenContext, presenter: TrainingPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        theme, say = ctx.theme, ctx.lang.say
        plus = icons.icon("plus", theme.color("on_accent"), size=theme.px(20))
        self.new = primary(say(N_("New event")), presenter.new_event, icon=plus)
        self.new.setObjectName("training.new")
        self.model = RowsModel(_columns(ctx), self)
        self.model.more_wanted.connect(presenter.more)
        self.table = FittedTable(theme, self.model, say(TrainingEvent.spec.plural), spare=(2, 4, 3))
        self.table.setObjectName("training.table")
        self.table.setItemDelegate(RowDelegate(theme, self.table, quiet=(1, 2, 3)))
        self.table.fit_columns(theme, 0, 130, 150, 230, 90, 150)
        self.table.activated_row.connect(self._open)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table, 1)
        begin = primary(say(N_("New event")), presenter.new_event)
        self.nobody = EmptyState(theme, "school", say(N_("No event yet")), say(LESSON), begin)
        column.addWidget(self.nobody, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(Page(theme, say(N_("Training")), say(N_("Latest events")), [self.new], body, scroll=False))
        tame(self)

    def show_training(self, state: TrainingState) -> None:
        self.model.set_rows(state.rows, state.more)
        self.new.setVisible(state.may_write)
        empty = state.loaded and not state.rows
        self.table.setVisible(not empty)
        self.nobody.setVisible(empty)

    def _open(self, number: int) -> None:
        row = self.model.row(number)
        if row is not None:
            self._presenter.open_row(row)


class PartForm(QWidget):
    """The form of an event, a session or a participant."""

    def __init__(self, ctx: ScreenContext, presenter: TrainingPresenter) -> None:
        super().__init__()
        theme, say, state = ctx.theme, ctx.lang.say, presenter.state
        form = presenter.editing.state
        spec = form.spec if form is not None else TrainingEvent.spec
        go_on = say(N_("Save and add another")) if spec is Participant.spec else ""
        title = say(spec.title) if form is None or form.record is not None else say(_NEW[spec.name])
        event = state.event.record.title or "" if state.event is not None else ""
        plan = FormPlan(
            "training.form",
            spec,
            presenter.save,
            presenter.save_and_new,
            go_on,
            leave_out=("status",) if form is not None and form.record is None else (),
            person=event,
        )
        self.form = FormPage(ctx, presenter.editing, plan)
        self._spec = spec
        back = back_button(ctx, "training.back", presenter.back)
        page = Page(theme, title, event if spec is not TrainingEvent.spec else "", (), self.form, back=back)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(BarredPage(page, self.form.bar))

    def show_training(self, state: TrainingState) -> None:
        if state.form is not None and state.form.spec is self._spec:
            self.form.show_form(state.form)


_NEW = {
    "training_event": N_("New event"),
    "training_session": N_("New session"),
    "participant": N_("New participant"),
}


def _columns(ctx: ScreenContext) -> list[Column]:
    lang, spec = ctx.lang, TrainingEvent.spec.by_name

    def tone(row: EventView) -> str:
        return STATUS_TONES.get(str(row.record.status), "plain")

    def starts(row: EventView) -> str:
        return lang.date(row.record.starts_on) if row.record.starts_on is not None else ""

    return [
        Column(lang.say(spec["title"].label), lambda row: row.record.title or ""),
        Column(lang.say(spec["starts_on"].label), starts),
        Column(lang.say(spec["type"].label), lambda row: code_words(ctx, "event_type", row.record.type)),
        Column(lang.say(spec["area_code"].label), lambda row: short_place(ctx, row.record.area_code)),
        Column(lang.say(N_("People")), lambda row: lang.number(row.participants), right=True),
        Column(
            lang.say(spec["status"].label), lambda row: code_words(ctx, "event_status", row.record.status), tone=tone
        ),
    ]
