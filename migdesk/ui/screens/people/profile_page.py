"""One person: the note on safe contact, what happened, and the key facts beside it. GUI thread."""

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from migdesk.domain.case import Case
from migdesk.domain.person import Person
from migdesk.i18n.markers import N_
from migdesk.services.people import PersonView, TimelineEntry
from migdesk.services.standing import standing_of
from migdesk.ui import icons
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.people.presenter import PeoplePresenter
from migdesk.ui.screens.people.state import PeopleState
from migdesk.ui.widgets.banner import Banner, Kind
from migdesk.ui.widgets.buttons import primary, quiet, secondary
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.empty import EmptyState
from migdesk.ui.widgets.page import Page
from migdesk.ui.work.attachments_card import AttachmentsCard
from migdesk.ui.work.facts import Entry, Facts, Stack, clear
from migdesk.ui.work.pages import back_button
from migdesk.ui.work.standing import DecideBanner, standing_line
from migdesk.ui.work.two_pane import SideColumn, TwoPane
from migdesk.ui.work.wording import contact_words, counselling_words, dotted, person_line, value_words

FACTS = ("migration_stage", "destination", "birth_date", "nik", "phone", "address", "area_code", "marital_status",
         "education", "dependants", "disability", "language", "note")  # fmt: skip
_ALERTS: dict[str, Kind] = {"success": "success", "warning": "warning", "danger": "danger"}


class PersonProfile(QWidget):
    """Built anew for each state: a profile is short."""

    def __init__(self, ctx: ScreenContext, presenter: PeoplePresenter) -> None:
        super().__init__()
        self._ctx, self._presenter = ctx, presenter
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._shown: object = None
        self._attachments: AttachmentsCard | None = None

    def show_people(self, state: PeopleState) -> None:
        if state.profile is None:
            return
        if (state.profile, state.timeline) != self._shown:
            self._shown = (state.profile, state.timeline)
            clear(self._column)
            self._attachments = AttachmentsCard(self._ctx, self._presenter.attachments)
            self._column.addWidget(self._page(state, state.profile, self._attachments))
        if self._attachments is not None:
            self._attachments.show_attachments(self._presenter.attachments.state)

    def _page(self, state: PeopleState, view: PersonView, attachments: AttachmentsCard) -> QWidget:
        ctx, theme = self._ctx, self._ctx.theme
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(4))
        kind, words = contact_words(ctx, view.record)
        contact = Banner(theme, _ALERTS[kind], words, icon="phone")
        contact.setObjectName("people.contact")
        column.addWidget(contact)
        decide = DecideBanner(ctx)
        column.addWidget(decide)
        decide.show_open(view.record.id, view.about.conflicts)
        history = Card(theme, ctx.lang.say(N_("History")))
        history.content.addWidget(self._timeline(state, state.timeline))
        left = QWidget()
        left_column = QVBoxLayout(left)
        left_column.setContentsMargins(0, 0, 0, 0)
        left_column.setSpacing(theme.space(4))
        left_column.addWidget(history)
        left_column.addWidget(attachments)
        left_column.addStretch(1)
        facts = Card(theme, ctx.lang.say(N_("Key facts")), self._facts(view))
        column.addWidget(TwoPane(theme, left, SideColumn(theme, facts), side_first=False), 1)
        back = back_button(ctx, "people.back", self._presenter.to_list)
        return Page(theme, view.name, person_line(ctx, view.record), self._actions(state), body, back=back)

    def _actions(self, state: PeopleState) -> list[QWidget]:
        theme, say, presenter = self._ctx.theme, self._ctx.lang.say, self._presenter
        actions: list[QWidget] = []
        if state.may_write:
            edit = quiet(
                say(N_("Edit")), presenter.edit, icon=icons.icon("pencil", theme.color("accent"), size=theme.px(20))
            )
            edit.setObjectName("people.edit")
            actions.append(edit)
        if state.may_open_case:
            case = secondary(say(N_("New case")), presenter.open_case)
            case.setObjectName("people.new_case")
            actions.append(case)
        if state.may_counsel:
            counsel = primary(say(N_("New counselling")), presenter.counsel)
            counsel.setObjectName("people.new_counselling")
            actions.append(counsel)
        return actions

    def _timeline(self, state: PeopleState, entries: Sequence[TimelineEntry]) -> QWidget:
        ctx = self._ctx
        if not entries:
            words = ctx.lang.say(N_("The first counselling session will stand here."))
            return EmptyState(ctx.theme, "history", ctx.lang.say(N_("Nothing yet")), words)
        parts: list[QWidget] = []
        for number, one in enumerate(entries):
            entry = self._case(one) if one.kind == Case.spec.name else self._session(one)
            entry.setObjectName(f"people.timeline.{number}")
            parts.append(entry)
        return Stack(ctx.theme, parts)

    def _session(self, one: TimelineEntry) -> Entry:
        ctx = self._ctx
        head, second = counselling_words(ctx, one.title_parts)
        return Entry(
            ctx.theme, "messages", head, dotted(ctx.lang.date(one.at), second, one.who),
            on_open=lambda: self._presenter.open_entry(one), tint="accent",
        )  # fmt: skip

    def _case(self, one: TimelineEntry) -> Entry:
        ctx = self._ctx
        code = str(one.title_parts[0] or "") if one.title_parts else ""
        head = ctx.lang.say(N_("Case {code}"), code=code)
        return Entry(
            ctx.theme, "shield-lock", head, dotted(ctx.lang.date(one.at), one.who),
            on_open=lambda: self._presenter.open_entry(one), tint="danger",
        )  # fmt: skip

    def _facts(self, view: PersonView) -> QWidget:
        ctx, spec, record = self._ctx, Person.spec, view.record
        say = ctx.lang.say
        pairs = [(say(N_("Code")), record.person_code or "")]
        for name in FACTS:
            value = getattr(record, name)
            shown = _masked(value) if name == "nik" else value_words(ctx, spec, name, value)
            if name == "phone" and record.may_contact == "no":
                shown = say(N_("not shown: do not contact"))
            pairs.append((say(spec.by_name[name].label), shown))
        about = view.about
        pairs.append((say(N_("Last change")), dotted(ctx.lang.moment(about.updated_at), about.updated_by_name)))
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(ctx.theme.space(3))
        column.addWidget(Facts(ctx.theme, pairs))
        column.addWidget(standing_line(ctx, standing_of(about.state, about.conflicts), "people.standing"))
        return box


def _masked(nik: object) -> str:
    """The NIK with its middle covered: whoever stands behind the officer reads along."""
    words = nik if type(nik) is str else ""
    return f"{words[:4]} •••• •••• {words[-4:]}" if len(words) == 16 else ""
