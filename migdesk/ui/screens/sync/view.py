"""The sync screen: what waits, what went wrong, what needs a decision, and the way by hand. GUI thread."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from migdesk.i18n.markers import N_
from migdesk.ui import icons
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.sync.bundle_sheets import open_export, open_import
from migdesk.ui.screens.sync.cards import ConnectCard, HistoryCard
from migdesk.ui.screens.sync.conflict_card import ConflictCard
from migdesk.ui.screens.sync.presenter import STOPPED, SyncPresenter
from migdesk.ui.screens.sync.state import SyncState
from migdesk.ui.widgets.banner import Banner
from migdesk.ui.widgets.buttons import primary, secondary
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.page import Page
from migdesk.ui.widgets.progress_bar import ProgressBar
from migdesk.ui.widgets.text import text
from migdesk.ui.widgets.tile import StatTile


class SyncView(QWidget):
    """Shows a whole state each time; parts that did not change are left alone."""

    def __init__(self, ctx: ScreenContext, presenter: SyncPresenter) -> None:
        super().__init__()
        self._ctx, self._presenter = ctx, presenter
        theme, say = ctx.theme, ctx.lang.say
        self._shown: SyncState | None = None
        self.go = primary(
            say(N_("Sync now")), presenter.sync, icon=icons.icon("refresh", theme.color("on_accent"), size=theme.px(18))
        )
        self.go.setObjectName("sync.now")
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(4))
        self.progress = ProgressBar(theme, say(N_("Progress of the sync")), say(N_("Stop")), presenter.stop)
        self.progress.setObjectName("sync.progress")
        self.progress.stop.setObjectName("sync.stop")
        column.addWidget(self.progress)
        self._banners = QVBoxLayout()
        self._banners.setSpacing(theme.space(2))
        column.addLayout(self._banners)
        column.addLayout(self._tiles())
        self.connect_card = ConnectCard(ctx, presenter)
        column.addWidget(self.connect_card)
        self.conflict_list = QVBoxLayout()
        self.conflict_list.setSpacing(theme.space(3))
        column.addLayout(self.conflict_list)
        column.addWidget(self._by_hand())
        self.history = HistoryCard(ctx)
        column.addWidget(self.history)
        column.addStretch(1)
        subtitle = say(N_("Everything works without a network; this is how it reaches the others."))
        page = Page(theme, say(N_("Sync")), subtitle, [self.go], body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(page)
        presenter.attach(self)

    def show_state(self, state: SyncState) -> None:
        before, self._shown = self._shown, state
        self._show_work(before, state)
        if before is None or before.status != state.status:
            self._show_status(state)
        if before is None or before.conflicts != state.conflicts:
            self._show_conflicts(state)
        if before is None or (before.outcome, before.status) != (state.outcome, state.status):
            self._show_banners(state)
        self.connect_card.show_state(state)

    def _tiles(self) -> QHBoxLayout:
        theme, say = self._ctx.theme, self._ctx.lang.say
        row = QHBoxLayout()
        row.setSpacing(theme.space(4))
        self.waiting = StatTile(theme, "–", say(N_("changes wait to be sent")))
        self.waiting.setObjectName("sync.waiting")
        self.last = StatTile(theme, "–", say(N_("last successful sync")))
        self.last.setObjectName("sync.last")
        self.open = StatTile(theme, "–", say(N_("values need your decision")))
        self.open.setObjectName("sync.open_conflicts")
        for tile in (self.waiting, self.last, self.open):
            row.addWidget(tile, 1)
        return row

    def _by_hand(self) -> Card:
        theme, say = self._ctx.theme, self._ctx.lang.say
        intro = say(N_("Carry it on a stick: a sealed file that only those whom you name can open."))
        card = Card(theme, say(N_("Without a network")), intro=intro)
        row = QHBoxLayout()
        row.setSpacing(theme.space(2))
        out = secondary(
            say(N_("Write a bundle…")),
            lambda: open_export(self, self._ctx, self._presenter),
            icon=icons.icon("usb", theme.color("ink"), size=theme.px(18)),
        )
        out.setObjectName("sync.export")
        into = secondary(
            say(N_("Take in a bundle…")),
            lambda: open_import(self, self._ctx, self._presenter),
            icon=icons.icon("download", theme.color("ink"), size=theme.px(18)),
        )
        into.setObjectName("sync.import")
        row.addWidget(out)
        row.addWidget(into)
        row.addStretch(1)
        card.content.addLayout(row)
        return card

    def _show_work(self, before: SyncState | None, state: SyncState) -> None:
        enrolled = state.status is not None and state.status.enrolled
        self.go.setEnabled(enrolled and not state.work)
        if state.work and (before is None or before.work != state.work):
            self.progress.begin(state.progress[2])
        elif state.work:
            self.progress.advance(*state.progress)
        else:
            self.progress.end()
        self.progress.stop.setVisible(state.work in STOPPED)

    def _show_status(self, state: SyncState) -> None:
        status, lang = state.status, self._ctx.lang
        if status is None:
            return
        self.waiting.set_number(lang.number(status.waiting))
        now = self._ctx.session.clock.now()
        never = lang.say(N_("never"))
        self.last.set_number(lang.ago(status.last_success, now) if status.last_success else never)
        self.open.set_number(lang.number(status.conflicts))
        self.history.show_notes(status.history)

    def _show_conflicts(self, state: SyncState) -> None:
        _empty(self.conflict_list)
        if not state.conflicts:
            return
        say = self._ctx.lang.say
        self.conflict_list.addWidget(text(say(N_("Which value is right?")), "section"))
        lesson = say(N_("Two people changed the same thing without knowing of each other. Both values are kept."))
        self.conflict_list.addWidget(text(lesson, "muted", wrap=True))
        for number, conflict in enumerate(state.conflicts):
            self.conflict_list.addWidget(ConflictCard(self._ctx, self._presenter, conflict, number))

    def _show_banners(self, state: SyncState) -> None:
        _empty(self._banners)
        theme, say = self._ctx.theme, self._ctx.lang.say
        status = state.status
        if state.outcome:
            kind = "warning" if state.outcome_bad else "success"
            banner = Banner(theme, "warning" if state.outcome_bad else "success", state.outcome)
            banner.setObjectName(f"sync.outcome.{kind}")
            self._banners.addWidget(banner)
        elif status is not None and status.last_error:
            self._banners.addWidget(Banner(theme, "warning", say(status.last_error)))
        if status is not None and status.read_only:
            words = say(N_("This laptop may only be read until it has been heard of again: sync or carry a bundle."))
            self._banners.addWidget(Banner(theme, "danger", words))
        if status is not None and status.clock_behind:
            words = say(N_("The clock of this laptop shows an earlier time than the last sync. Please set it."))
            self._banners.addWidget(Banner(theme, "warning", words))


def _empty(layout: QVBoxLayout) -> None:
    while layout.count():
        item = layout.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()
