"""Today: what is due, and where to go for it. No Qt. GUI thread."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.scope import may_read, may_write
from migdesk.domain.training import TrainingEvent
from migdesk.errors import UserError
from migdesk.services import people, today
from migdesk.services.drafts import Draft
from migdesk.services.session import Session
from migdesk.services.today import EventToday, FollowUp, Today
from migdesk.ui.screen import Presenter, ScreenContext
from migdesk.ui.screens.today.state import DraftRow, TodayState
from migdesk.ui.work.resuming import place_of


@dataclass(frozen=True, slots=True)
class _Loaded:
    today: Today
    drafts: tuple[DraftRow, ...]


class TodayPresenter(Presenter):
    """Reads the day again whenever something changed."""

    def __init__(self, ctx: ScreenContext) -> None:
        super().__init__(ctx)
        self.state = TodayState()
        self._visit = 0

    def present(self) -> None:
        if self.view is not None:
            self.view.show_state(self.state)

    def opened(self, record: UUID | None, params: Mapping[str, Any]) -> None:
        role, free = self.ctx.session.user.role, not self.ctx.session.read_only
        self.state.may_counsel = free and may_write(role, CounsellingSession.spec)
        self.state.may_train = may_read(role, TrainingEvent.spec)
        self._load()

    def refresh(self, kinds: set[str]) -> None:
        self._load()

    def open_follow_up(self, one: FollowUp) -> None:
        """The next act for somebody to be met again is a new session."""
        if self.state.may_counsel:
            self.ctx.navigate("counselling", None, {"new": True, "person": one.person})
        else:
            self.ctx.navigate("people", one.person)

    def open_person(self, one: FollowUp) -> None:
        self.ctx.navigate("people", one.person)

    def open_event(self, one: EventToday) -> None:
        """Straight to the attendance list if the day has only one."""
        if len(one.sessions) == 1:
            self.ctx.navigate("training", one.id, {"attendance": one.sessions[0]})
        else:
            self.ctx.navigate("training", one.id)

    def open_draft(self, row: DraftRow) -> None:
        place = place_of(row.draft)
        if place is not None:
            self.ctx.navigate(*place)

    def counsel(self) -> None:
        self.ctx.navigate("counselling", None, {"new": True})

    def new_person(self) -> None:
        self.ctx.navigate("people", None, {"new": True})

    def go(self, screen: str) -> None:
        self.ctx.navigate(screen)

    def copy_away(self) -> None:
        """Where a copy is put on a stick."""
        self.ctx.navigate("settings")

    def make_sheet(self) -> None:
        """Where a recovery sheet is made and tried."""
        self.ctx.navigate("settings")

    def decide(self) -> None:
        """Where values that stand against each other are decided on."""
        self.ctx.navigate("sync", None, {"page": "conflicts"})

    def _load(self) -> None:
        session = self.ctx.session
        self._visit += 1
        visit = self._visit

        def load() -> _Loaded:
            found = today.summary(session)
            rows = tuple(DraftRow(draft, _name(session, draft)) for draft in found.drafts if place_of(draft))
            return _Loaded(found, rows)

        def done(loaded: _Loaded) -> None:
            if visit == self._visit:
                self.state.today, self.state.drafts = loaded.today, loaded.drafts
                self.present()

        self.ctx.run.run(load, done=done, owner=self)


def _name(session: Session, draft: Draft) -> str:
    """Whom a draft is about, if it may be said: never of a case (R-04). On the store's thread."""
    if draft.kind in {"case", "incident"}:
        return ""
    for field in ("full_name", "title"):
        value = draft.values.get(field)
        if type(value) is str:
            return value
    person = draft.record if draft.kind == "person" else draft.values.get("person")
    if not isinstance(person, UUID):
        return ""
    try:
        return people.get(session, person).name
    except UserError:
        # Gone or out of scope: the draft is still offered, without a name.
        return ""
