"""One event: what it is, its sessions with their attendance lists, its participants. GUI thread."""

from collections import Counter
from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from migdesk.domain.training import Participant, TrainingEvent, TrainingSession
from migdesk.i18n.markers import N_
from migdesk.services.standing import standing_of
from migdesk.services.training import EventView
from migdesk.ui import icons
from migdesk.ui.models.rows import Column, RowsModel
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.training.presenter import TrainingPresenter
from migdesk.ui.screens.training.state import TrainingState
from migdesk.ui.widgets.buttons import primary, quiet, secondary
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.page import Page
from migdesk.ui.widgets.text import text
from migdesk.ui.work.attachments_card import AttachmentsCard
from migdesk.ui.work.facts import Entry, Facts, Stack, clear, pill
from migdesk.ui.work.fitted_table import FittedTable
from migdesk.ui.work.pages import back_button
from migdesk.ui.work.row_delegate import RowDelegate
from migdesk.ui.work.standing import DecideBanner, standing_line
from migdesk.ui.work.two_pane import SideColumn, TwoPane
from migdesk.ui.work.wording import code_words, dotted, short_place, value_words

FACTS = ("type", "theme", "level", "area_code", "venue", "organiser")


class EventPage(QWidget):
    """Sessions first: taking attendance is why one comes here."""

    def __init__(self, ctx: ScreenContext, presenter: TrainingPresenter) -> None:
        super().__init__()
        self._ctx, self._presenter = ctx, presenter
        theme, say = ctx.theme, ctx.lang.say
        pencil = icons.icon("pencil", theme.color("accent"), size=theme.px(20))
        self.edit = quiet(say(N_("Edit")), lambda: presenter.go(edit=True), icon=pencil)
        self.edit.setObjectName("training.edit")
        self.sessions = Card(theme, say(N_("Sessions and attendance")))
        self.add_session = quiet(say(N_("Add a session")), lambda: presenter.go(session="new"))
        self.add_session.setObjectName("training.new_session")
        self.sessions.header.addWidget(self.add_session)
        self.people = self._participants()
        main = QWidget()
        column = QVBoxLayout(main)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(4))
        column.addWidget(self.sessions)
        column.addWidget(self.people)
        column.addStretch(1)
        self.facts = Card(theme, say(N_("Key facts")))
        self.decide = DecideBanner(ctx)
        column.insertWidget(0, self.decide)
        self.attachments = AttachmentsCard(ctx, presenter.attachments)
        body = TwoPane(theme, main, SideColumn(theme, self.facts, self.attachments), side_first=False)
        back = back_button(ctx, "training.back", presenter.back)
        self.page = Page(theme, "", "", [self.edit], body, back=back)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.page)
        self._shown: object = None

    def show_training(self, state: TrainingState) -> None:
        self.attachments.show_attachments(self._presenter.attachments.state)
        view = state.event
        if view is None or (view, state.sessions, state.participants, state.marked) == self._shown:
            return
        self._shown = (view, state.sessions, state.participants, dict(state.marked))
        for one in (self.edit, self.add_session, self.add_person):
            one.setVisible(state.may_write)
        self.page.set_title(view.record.title or "", _subtitle(self._ctx, view))
        self._show_sessions(state)
        self._show_facts(view)
        self.decide.show_open(view.record.id, view.about.conflicts)
        self.model.set_rows(state.participants)
        self.table.setFixedHeight(self._height(len(state.participants)))
        self.table.setVisible(bool(state.participants))
        self.sexes.setText(_sex_words(self._ctx, state.participants))

    def _participants(self) -> Card:
        ctx, theme, say = self._ctx, self._ctx.theme, self._ctx.lang.say
        card = Card(theme, say(Participant.spec.plural))
        self.add_person = secondary(say(N_("Add a participant")), lambda: self._presenter.go(participant="new"))
        self.add_person.setObjectName("training.new_participant")
        card.header.addWidget(self.add_person)
        self.sexes = text("", "muted", wrap=True)
        card.content.addWidget(self.sexes)
        spec = Participant.spec.by_name
        columns = [
            Column(say(spec["full_name"].label), lambda row: row.full_name or ""),
            Column(say(spec["sex"].label), lambda row: code_words(ctx, "sex", row.sex)),
            Column(
                say(spec["institution"].label),
                lambda row: value_words(ctx, Participant.spec, "institution", row.institution),
            ),
            Column(say(spec["role"].label), lambda row: code_words(ctx, "participant_role", row.role)),
        ]
        self.model = RowsModel(columns, self)
        self.table = FittedTable(theme, self.model, say(Participant.spec.plural), spare=(3, 2))
        self.table.setObjectName("training.participants")
        self.table.setItemDelegate(RowDelegate(theme, self.table, quiet=(1, 2, 3)))
        self.table.fit_columns(theme, 0, 130, 210, 110)
        self.table.activated_row.connect(self._open_participant)
        card.content.addWidget(self.table)
        return card

    def _show_sessions(self, state: TrainingState) -> None:
        clear(self.sessions.content)
        ctx, say = self._ctx, self._ctx.lang.say
        if not state.sessions:
            words = say(N_("Add the first session; its attendance list then stands here."))
            self.sessions.content.addWidget(text(words, "muted", wrap=True))
            return
        parts: list[QWidget] = []
        for number, one in enumerate(state.sessions):
            today = one.held_on == ctx.today()
            make = primary if today else secondary
            take = make(say(N_("Attendance")), self._taker(one))
            take.setObjectName(f"training.attendance.{number}")
            take.setAccessibleName(say(N_("Attendance of session {number}"), number=one.number or 0))
            marked = state.marked.get(one.id, 0)
            done = pill(
                ctx.theme,
                say(
                    N_("{marked} of {all} marked"),
                    marked=ctx.lang.number(marked),
                    all=ctx.lang.number(len(state.participants)),
                ),
                "success" if marked and marked >= len(state.participants) else "plain",
            )
            parts.append(self._session(number, one, [done, take]))
        self.sessions.content.addWidget(Stack(ctx.theme, parts))

    def _taker(self, one: TrainingSession) -> Callable[[], None]:
        return lambda: self._presenter.go(attendance=one.id)

    def _session(self, number: int, one: TrainingSession, right: list[QWidget]) -> QWidget:
        ctx = self._ctx
        held = ctx.lang.date(one.held_on, "full") if one.held_on is not None else ""
        minutes = value_words(ctx, TrainingSession.spec, "minutes", one.minutes)
        lasts = ctx.lang.say(N_("{minutes} minutes"), minutes=minutes) if minutes else ""
        title = value_words(ctx, TrainingSession.spec, "title", one.title)
        head = dotted(ctx.lang.say(N_("Session {number}"), number=one.number or 0), title)
        entry = Entry(ctx.theme, "calendar-event", head, dotted(held, lasts), right=right)
        entry.setObjectName(f"training.session.{number}")
        return entry

    def _show_facts(self, view: EventView) -> None:
        clear(self.facts.content)
        ctx, spec = self._ctx, TrainingEvent.spec
        pairs = [
            (ctx.lang.say(spec.by_name[name].label), value_words(ctx, spec, name, getattr(view.record, name)))
            for name in FACTS
        ]
        self.facts.content.addWidget(Facts(ctx.theme, pairs))
        standing = standing_of(view.about.state, view.about.conflicts)
        self.facts.content.addWidget(standing_line(ctx, standing, "training.standing"))

    def _height(self, rows: int) -> int:
        theme = self._ctx.theme
        header = self.table.horizontalHeader().sizeHint().height()
        return header + max(rows, 1) * theme.size("row") + theme.space(1)

    def _open_participant(self, number: int) -> None:
        row = self.model.row(number)
        if row is not None and self._presenter.state.may_write:
            self._presenter.go(participant=row.id)


def _subtitle(ctx: ScreenContext, view: EventView) -> str:
    held = view.record
    days = ctx.lang.date(held.starts_on) if held.starts_on is not None else ""
    if held.ends_on is not None and not isinstance(held.ends_on, str) and held.ends_on != held.starts_on:
        days = ctx.lang.say(N_("{first} to {last}"), first=days, last=ctx.lang.date(held.ends_on))
    return dotted(days, short_place(ctx, held.area_code), code_words(ctx, "event_status", held.status))


def _sex_words(ctx: ScreenContext, participants: tuple[Participant, ...]) -> str:
    """`30 people · Female 18 · Male 12`."""
    if not participants:
        return ctx.lang.say(N_("Nobody is registered yet."))
    counted = Counter(str(one.sex or "unknown") for one in participants)
    sexes = [
        ctx.lang.say(N_("{sex} {n}"), sex=ctx.lang.code_label(ctx.session.codes, "sex", sex), n=ctx.lang.number(n))
        for sex, n in sorted(counted.items())
    ]
    return dotted(ctx.lang.many(N_("{n} person"), N_("{n} people"), len(participants)), *sexes)
