"""Training: shows whichever page the state names. GUI thread."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from migdesk.domain.training import Participant, TrainingEvent
from migdesk.i18n.markers import N_
from migdesk.services.training import EventView
from migdesk.ui.models.rows import Column
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.training.attendance_page import AttendancePage
from migdesk.ui.screens.training.event_page import EventPage
from migdesk.ui.screens.training.presenter import TrainingPresenter
from migdesk.ui.screens.training.state import TrainingState
from migdesk.ui.widgets.page import Page
from migdesk.ui.work.form_page import FormPage, FormPlan
from migdesk.ui.work.list_page import ListPage, ListPlan
from migdesk.ui.work.pages import BarredPage, PageSwitch, back_button
from migdesk.ui.work.standing import COLUMN_WIDTH, of_about, standing_column
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


class EventList(ListPage):
    """Events, latest first."""

    def __init__(self, ctx: ScreenContext, presenter: TrainingPresenter) -> None:
        say = ctx.lang.say
        plan = ListPlan(
            "training",
            say(N_("Training")),
            say(N_("Latest events")),
            say(N_("New event")),
            _columns(ctx),
            widths=(0, 120, 140, 190, 80, 130, COLUMN_WIDTH),
            spare=(2, 4, 3, 6),
            quiet=(1, 2, 3, 6),
            icon="school",
            nothing=say(N_("No event yet")),
            lesson=say(LESSON),
        )
        super().__init__(ctx, plan, begin=presenter.new_event, open_row=presenter.open_row)
        self.model.more_wanted.connect(presenter.more)

    def show_training(self, state: TrainingState) -> None:
        self.show_rows(state.rows, more=state.more, loaded=state.loaded, may_write=state.may_write)


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
        standing_column(ctx, of_about),
    ]
