"""The sync screen: how things stand and one button, what waits and needs the person, and the other ways. GUI thread."""

from collections.abc import Callable
from typing import Protocol

from PySide6.QtWidgets import QVBoxLayout, QWidget

from migdesk.i18n.markers import N_
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.sync.cards import ConnectCard, NeedsCard, StandingCard, WaitingCard
from migdesk.ui.screens.sync.conflicts_page import ConflictsPage
from migdesk.ui.screens.sync.history_card import HistoryCard
from migdesk.ui.screens.sync.presenter import SyncPresenter
from migdesk.ui.screens.sync.room_card import RoomCard
from migdesk.ui.screens.sync.side_cards import AutomaticCard, ByHandCard
from migdesk.ui.screens.sync.state import SyncState
from migdesk.ui.widgets.banner import Banner, Kind
from migdesk.ui.widgets.page import Page
from migdesk.ui.work.facts import clear
from migdesk.ui.work.pages import PageSwitch, tame
from migdesk.ui.work.two_pane import SideColumn, TwoPane


class SideCard(Protocol):
    """A card beside the screen; it is a QWidget."""

    def show_state(self, state: SyncState) -> None: ...


CARDS: tuple[Callable[[ScreenContext, SyncPresenter], SideCard], ...] = (AutomaticCard, RoomCard, ByHandCard)
"""The cards beside the screen from top to bottom."""

CARDED = frozenset({"review", "set_aside", "not_enrolled"})
"""What a card of its own tells already."""


class SyncView(PageSwitch):
    """Shows a whole state each time; parts that did not change are left alone."""

    def __init__(self, ctx: ScreenContext, presenter: SyncPresenter) -> None:
        super().__init__("sync.screen")
        self._ctx, self._presenter = ctx, presenter
        presenter.attach(self)

    def show_state(self, state: SyncState) -> None:
        page = self.show_page(state.page, self._build)
        if isinstance(page, SyncHome):
            page.show_state(state)
        elif isinstance(page, ConflictsPage):
            page.show_deciding(self._presenter.deciding.state)

    def _build(self) -> QWidget:
        if self._presenter.state.page == "conflicts":
            return ConflictsPage(self._ctx, self._presenter)
        return SyncHome(self._ctx, self._presenter)


class SyncHome(QWidget):
    """The first page."""

    def __init__(self, ctx: ScreenContext, presenter: SyncPresenter) -> None:
        super().__init__()
        self._ctx, self._presenter = ctx, presenter
        theme, say = ctx.theme, ctx.lang.say
        self._shown: SyncState | None = None
        self.standing = StandingCard(ctx, presenter)
        self._banners = QVBoxLayout()
        self._banners.setSpacing(theme.space(2))
        self.connect_card = ConnectCard(ctx, presenter)
        self.waiting, self.needs, self.history = WaitingCard(ctx), NeedsCard(ctx, presenter), HistoryCard(ctx)
        main = QWidget()
        left = QVBoxLayout(main)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(theme.space(4))
        for part in (self.needs, self.waiting, self.history):
            left.addWidget(part)
        left.addStretch(1)
        self.cards = [make(ctx, presenter) for make in CARDS]
        side = SideColumn(theme, *(card for card in self.cards if isinstance(card, QWidget)))
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(4))
        column.addWidget(self.standing)
        column.addLayout(self._banners)
        column.addWidget(self.connect_card)
        column.addWidget(TwoPane(theme, main, side, side_first=False))
        column.addStretch(1)
        subtitle = say(N_("Everything works without a network; this is how it reaches the others."))
        page = Page(theme, say(N_("Sync")), subtitle, [], body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(page)
        tame(self)

    def show_state(self, state: SyncState) -> None:
        before, self._shown = self._shown, state
        self.standing.show_state(before, state)
        self.connect_card.show_state(state)
        self.waiting.show_waiting(state.waiting)
        self.needs.show_needs(state)
        for card in self.cards:
            card.show_state(state)
        if state.status is not None and (before is None or before.status != state.status):
            self.history.show_notes(state.status.history)
        if before is None or (before.outcome, before.standing) != (state.outcome, state.standing):
            self._show_banners(state)

    def _show_banners(self, state: SyncState) -> None:
        """What the last work came to, and what else is so beside the sentence at the top."""
        clear(self._banners)
        theme, lang = self._ctx.theme, self._ctx.lang
        if state.outcome:
            kind: Kind = "warning" if state.outcome_bad else "success"
            banner = Banner(theme, kind, state.outcome)
            banner.setObjectName(f"sync.outcome.{kind}")
            self._banners.addWidget(banner)
        for plain in state.standing[1:]:
            if plain.key in CARDED:
                continue
            words = " ".join(part for part in (plain.sentence(lang), plain.more(lang)) if part)
            beside = Banner(theme, plain.tone, words)
            beside.setObjectName(f"sync.also.{plain.key}")
            self._banners.addWidget(beside)
