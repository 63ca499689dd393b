"""Today: a greeting, four numbers, and a list for each with the next act. GUI thread."""

from collections.abc import Sequence

from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from migdesk.i18n.markers import N_
from migdesk.services.today import EventToday, FollowUp, Today
from migdesk.ui import icons
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.today.presenter import TodayPresenter
from migdesk.ui.screens.today.state import DraftRow, TodayState
from migdesk.ui.widgets.banner import Banner
from migdesk.ui.widgets.buttons import primary, secondary
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.empty import EmptyState
from migdesk.ui.widgets.page import Page
from migdesk.ui.widgets.text import text
from migdesk.ui.widgets.tile import StatTile
from migdesk.ui.work.facts import Entry, Stack, clear, pill
from migdesk.ui.work.wording import code_words, dotted, draft_title

MOST = 6
TILES_IN_A_ROW_FROM = 760


class TodayView(QWidget):
    """Built anew when the day changes: it is short."""

    def __init__(self, ctx: ScreenContext, presenter: TodayPresenter) -> None:
        super().__init__()
        self._ctx, self._presenter = ctx, presenter
        self.setObjectName("today")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._shown: object = None
        presenter.attach(self)

    def show_state(self, state: TodayState) -> None:
        shown = (state.today, state.drafts, state.may_counsel)
        if state.today is None or shown == self._shown:
            return
        self._shown = shown
        clear(self._column)
        self._column.addWidget(self._page(state, state.today))

    def _page(self, state: TodayState, today: Today) -> Page:
        ctx, theme = self._ctx, self._ctx.theme
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(4))
        if today.conflicts:
            column.addWidget(self._conflicts(today.conflicts))
        if today.days_without_copy:
            column.addWidget(self._no_copy(today.days_without_copy))
        if today.sheet_missing:
            column.addWidget(self._no_sheet())
        column.addWidget(self._tiles(state, today))
        cards = self._cards(state, today)
        for card in cards:
            column.addWidget(card)
        if not cards:
            column.addWidget(self._nothing(state))
        column.addStretch(1)
        name = ctx.session.user.display_name
        greeting = ctx.lang.say(_greeting(ctx), name=name)
        return Page(theme, greeting, ctx.lang.date(ctx.today(), "full"), self._actions(state), body)

    def _actions(self, state: TodayState) -> list[QWidget]:
        if not state.may_counsel:
            return []
        plus = icons.icon("plus", self._ctx.theme.color("on_accent"), size=self._ctx.theme.px(20))
        counsel = primary(self._ctx.lang.say(N_("New counselling")), self._presenter.counsel, icon=plus)
        counsel.setObjectName("today.counsel")
        return [counsel]

    def _tiles(self, state: TodayState, today: Today) -> QWidget:
        lang, go = self._ctx.lang, self._presenter.go
        late = sum(1 for one in today.follow_ups if one.days_late > 0)
        due = lang.many(N_("{n} overdue"), N_("{n} overdue"), late) if late else lang.say(N_("in the next seven days"))
        tiles: list[tuple[str, StatTile]] = []

        def add(name: str, number: int, label: str, hint: str, screen: str) -> None:
            tile = StatTile(self._ctx.theme, lang.number(number), label, hint, lambda: go(screen))
            tile.setObjectName(f"today.{name}")
            tiles.append((name, tile))

        if state.may_counsel or today.follow_ups:
            add("follow_ups", len(today.follow_ups), lang.say(N_("Follow-ups")), due, "counselling")
        if state.may_train:
            add(
                "events",
                len(today.events_today),
                lang.say(N_("Training today")),
                lang.say(N_("attendance lists")),
                "training",
            )
        count = len(state.drafts)
        tiles.append(
            (
                "drafts",
                StatTile(self._ctx.theme, lang.number(count), lang.say(N_("Drafts")), lang.say(N_("not saved yet"))),
            )
        )
        tiles[-1][1].setObjectName("today.drafts")
        sent = today.last_sync.last_success
        hint = (
            lang.say(N_("last sent {when}"), when=lang.ago(sent, self._ctx.session.clock.now()))
            if sent
            else lang.say(N_("not sent before"))
        )
        add("waiting", today.waiting, lang.say(N_("Waiting to be sent")), hint, "sync")
        return TileRow(self._ctx, [tile for _, tile in tiles])

    def _cards(self, state: TodayState, today: Today) -> list[Card]:
        lang = self._ctx.lang
        cards = []
        if state.drafts:
            entries: Sequence[QWidget] = [self._draft(n, row) for n, row in enumerate(state.drafts[:MOST])]
            cards.append(self._card(lang.say(N_("Go on where you stopped")), entries))
        if today.events_today:
            entries = [self._event(n, one) for n, one in enumerate(today.events_today[:MOST])]
            cards.append(self._card(lang.say(N_("Training today")), entries))
        if today.follow_ups:
            entries = [self._follow_up(n, one) for n, one in enumerate(today.follow_ups[:MOST])]
            more = len(today.follow_ups) - MOST
            cards.append(self._card(lang.say(N_("To meet again")), entries, more))
        return cards

    def _card(self, title: str, entries: Sequence[QWidget], more: int = 0) -> Card:
        card = Card(self._ctx.theme, title, Stack(self._ctx.theme, entries))
        if more > 0:
            words = self._ctx.lang.many(N_("and {n} more"), N_("and {n} more"), more)
            card.content.addWidget(text(words, "help"))
        return card

    def _draft(self, number: int, row: DraftRow) -> Entry:
        ctx, draft = self._ctx, row.draft
        what = draft_title(ctx, draft.kind, new=draft.record is None)
        when = ctx.lang.say(N_("typed {when}"), when=ctx.lang.moment(draft.updated_at))
        resume = secondary(ctx.lang.say(N_("Go on")), lambda: self._presenter.open_draft(row))
        resume.setObjectName(f"today.draft.{number}.resume")
        entry = Entry(
            ctx.theme, "pencil", row.name or what, dotted(what if row.name else "", when),
            right=[pill(ctx.theme, ctx.lang.say(N_("Draft")), "warning"), resume], tint="warning",
        )  # fmt: skip
        entry.setObjectName(f"today.draft.{number}")
        return entry

    def _event(self, number: int, one: EventToday) -> Entry:
        ctx = self._ctx
        words = N_("Attendance") if len(one.sessions) == 1 else N_("Open")
        take = secondary(ctx.lang.say(words), lambda: self._presenter.open_event(one))
        take.setObjectName(f"today.event.{number}.open")
        entry = Entry(ctx.theme, "school", one.title, one.venue, right=[take], tint="accent")
        entry.setObjectName(f"today.event.{number}")
        return entry

    def _follow_up(self, number: int, one: FollowUp) -> Entry:
        ctx, lang = self._ctx, self._ctx.lang
        right: list[QWidget] = []
        if one.days_late > 0:
            words = lang.many(N_("{n} day overdue"), N_("{n} days overdue"), one.days_late)
            right.append(pill(ctx.theme, words, "danger" if one.days_late > 7 else "warning"))
        elif one.days_late == 0:
            right.append(pill(ctx.theme, lang.say(N_("today")), "accent"))
        act = N_("Counsel") if self._presenter.state.may_counsel else N_("Open")
        meet = secondary(lang.say(act), lambda: self._presenter.open_follow_up(one))
        meet.setObjectName(f"today.follow_up.{number}.open")
        right.append(meet)
        name = one.person_name or lang.say(N_("not on this laptop"))
        entry = Entry(
            ctx.theme, "calendar", name, dotted(lang.date(one.due), code_words(ctx, "next_step", one.next_step)),
            right=right, tint="muted",
        )  # fmt: skip
        entry.setObjectName(f"today.follow_up.{number}")
        return entry

    def _conflicts(self, count: int) -> Banner:
        lang = self._ctx.lang
        words = lang.many(
            N_("{n} answer was changed by two people at once. Both are kept: choose one."),
            N_("{n} answers were changed by two people at once. Both are kept: choose one."),
            count,
        )
        look = secondary(lang.say(N_("Look at them")), self._presenter.decide)
        look.setObjectName("today.conflicts.open")
        return Banner(self._ctx.theme, "warning", words, look)

    def _no_copy(self, days: int) -> Banner:
        lang = self._ctx.lang
        words = lang.many(
            N_("For {n} day no copy of your work has left this laptop. If it is lost, what was not sent is lost too."),
            N_("For {n} days no copy of your work has left this laptop. If it is lost, what was not sent is lost too."),
            days,
        )
        copy = secondary(lang.say(N_("Copy to a stick…")), self._presenter.copy_away)
        copy.setObjectName("today.copy_away")
        return Banner(self._ctx.theme, "warning", words, copy)

    def _no_sheet(self) -> Banner:
        say = self._ctx.lang.say
        make = secondary(say(N_("Make a recovery sheet…")), self._presenter.make_sheet)
        make.setObjectName("today.make_sheet")
        words = N_("If you forget the passphrase, a recovery sheet helps. None was made and tried yet.")
        return Banner(self._ctx.theme, "info", say(words), make)

    def _nothing(self, state: TodayState) -> QWidget:
        theme, say = self._ctx.theme, self._ctx.lang.say
        begin = None
        if state.may_counsel:
            begin = primary(say(N_("Write down a person")), self._presenter.new_person)
            begin.setObjectName("today.begin")
        card = Card(theme)
        words = say(
            N_("What is due stands here: people to meet again, today's training, and forms that are not finished.")
        )
        card.content.addWidget(EmptyState(theme, "sun", say(N_("Nothing is waiting for you")), words, begin))
        return card


class TileRow(QWidget):
    """Tiles in one row, or two by two where that is too narrow."""

    def __init__(self, ctx: ScreenContext, tiles: Sequence[StatTile]) -> None:
        super().__init__()
        self._ctx, self._tiles = ctx, list(tiles)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(ctx.theme.space(3))
        self._columns = 0
        self._arrange()

    def resizeEvent(self, event: object) -> None:
        self._arrange()

    def _arrange(self) -> None:
        wide = self.width() >= self._ctx.theme.px(TILES_IN_A_ROW_FROM)
        columns = len(self._tiles) if wide else 2
        if columns == self._columns:
            return
        self._columns = columns
        for number, tile in enumerate(self._tiles):
            self._grid.addWidget(tile, number // columns, number % columns)
        for column in range(len(self._tiles)):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)


def _greeting(ctx: ScreenContext) -> str:
    """Indonesian has four parts of the day; English makes do with three of them."""
    hour = ctx.session.clock.now().astimezone().hour
    if 4 <= hour < 11:
        return N_("Good morning, {name}")
    if 11 <= hour < 15:
        return N_("Good day, {name}")
    return N_("Good afternoon, {name}") if 15 <= hour < 18 else N_("Good evening, {name}")
