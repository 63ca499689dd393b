"""The audit trail: rows page by page behind filters, and whether the chain holds. No Qt. GUI thread."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from migdesk.errors import MigDeskError
from migdesk.services import trail
from migdesk.services.access import Page
from migdesk.services.trail import Row, Standing, Wanted
from migdesk.ui.screen import Job, Presenter, ProgressRelay, ScreenContext
from migdesk.ui.screens.audit.state import AuditState

SCREENS = {"person": "people", "case": "cases", "counselling_session": "counselling", "training_event": "training"}
"""Kinds whose records have a page, and the screen of it."""


class AuditPresenter(Presenter):
    """Reading the trail is noted in the trail, once for each time somebody comes here."""

    def __init__(self, ctx: ScreenContext) -> None:
        super().__init__(ctx)
        self.state = AuditState()
        self._next = 0
        self._asked = 0
        self._check: Job | None = None

    def present(self) -> None:
        if self.view is not None:
            self.view.show_state(self.state)

    def opened(self, record: UUID | None, params: Mapping[str, Any]) -> None:
        """`record` shows what was done with that record alone; `{"about": name}` says its name."""
        session, state = self.ctx.session, self.state
        state.record, state.about = record, str(params.get("about", ""))
        self.ctx.run.run(session.notes.audit_read, "screen")
        self.ctx.run.run(trail.users, session, done=self._users, owner=self)
        self._load()

    def left(self) -> None:
        if self._check is not None:
            self._check.cancel()
        self.state.checking = False

    def refresh(self, kinds: set[str]) -> None:
        """Not with every save: rows that move away under the eyes of whoever reads them help nobody."""

    # Filters

    def choose_days(self, days: int | None) -> None:
        self.state.days = days
        self._load()

    def choose_action(self, action: str) -> None:
        self.state.action = action
        self._load()

    def choose_user(self, user: UUID | None) -> None:
        self.state.user = user
        self._load()

    def only_about(self, row: Row) -> None:
        """What was done with the record of this row."""
        self.state.record, self.state.about = row.record, row.about
        self._load()

    def all_rows(self) -> None:
        """No filter at all."""
        state = self.state
        state.days, state.action, state.user, state.record, state.about = None, "", None, None, ""
        self._load()

    def more(self) -> None:
        """The next rows."""
        if self.state.more:
            self._load(self._next)

    # Acts

    def may_open(self, row: Row) -> bool:
        """Whether the record has a page that this user may see."""
        return row.record is not None and row.kind in SCREENS and bool(row.about)

    def open_record(self, row: Row) -> None:
        if self.may_open(row):
            self.ctx.navigate(SCREENS[row.kind], row.record)

    def check(self) -> None:
        """Follow the chain from its first row."""
        session, state = self.ctx.session, self.state
        if state.checking:
            return
        state.checking, state.chain = True, None

        def follow(relay: ProgressRelay) -> Standing:
            return trail.check(session, lambda: relay.cancelled)

        self._check = self.ctx.run.run_long(follow, done=self._checked, failed=self._not_checked, owner=self)
        self.present()

    def _checked(self, chain: Standing) -> None:
        self.state.chain, self.state.checking = chain, False
        self.present()

    def _not_checked(self, error: MigDeskError) -> None:
        self.state.checking = False
        self.present()
        self.ctx.messages.error(error)

    def _users(self, found: tuple[tuple[UUID, str], ...]) -> None:
        self.state.users = found
        self.present()

    def _load(self, before: int = 0) -> None:
        """Rows of before this number, or the latest; an answer that a later question overtook is dropped."""
        self._asked += 1
        asked, state = self._asked, self.state
        wanted = Wanted(state.action, state.user, state.record, self._since(), None)

        def done(page: Page[Row]) -> None:
            if asked != self._asked:
                return
            state.rows = (*state.rows, *page.rows) if before else page.rows
            state.more, state.loaded = page.next is not None, True
            self._next = int.from_bytes(page.next or b"", "big")
            self.present()

        self.ctx.run.run(trail.page, self.ctx.session, wanted, before, done=done, owner=self)

    def _since(self) -> datetime | None:
        """Midnight, where the laptop is, of the first day that counts."""
        if self.state.days is None:
            return None
        first = self.ctx.today() - timedelta(days=self.state.days - 1)
        return datetime.combine(first, time()).astimezone()
