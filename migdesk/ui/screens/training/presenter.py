"""Training: events, one event with sessions and participants, attendance. No Qt. GUI thread.

Each mark is saved at once; the list shows it before the store answers, and takes it back if the store refuses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from migdesk.domain.scope import may_write
from migdesk.domain.training import Participant, TrainingEvent, TrainingSession
from migdesk.errors import MigDeskError
from migdesk.services import training
from migdesk.services.saving import Saved
from migdesk.services.session import Session
from migdesk.services.training import EventView
from migdesk.ui.screen import Presenter, ScreenContext
from migdesk.ui.screens.training.state import Mark, TrainingState
from migdesk.ui.work.attachments_work import AttachmentsWork
from migdesk.ui.work.editing import Editing
from migdesk.ui.work.list_pages import ListPages
from migdesk.ui.work.wording import own_area

MOST_UNDO = 50
KINDS = {"training_event", "training_session", "participant", "attendance"}


@dataclass(frozen=True, slots=True)
class _Event:
    view: EventView
    sessions: tuple[TrainingSession, ...]
    participants: tuple[Participant, ...]
    marks: dict[UUID, dict[UUID, str]]


class TrainingPresenter(Presenter):
    """Keeps the state of the screen; the view may go and come."""

    def __init__(self, ctx: ScreenContext) -> None:
        super().__init__(ctx)
        self.state = TrainingState()
        self.editing = Editing(ctx, self.present)
        self.attachments = AttachmentsWork(ctx, self.present)
        self.pages = ListPages(
            ctx.run,
            self.state,
            self.present,
            lambda after, limit: training.events(ctx.session, after=after, limit=limit),
        )
        self._visit = 0

    def present(self) -> None:
        self.state.form = self.editing.state
        if self.view is not None:
            self.view.show_state(self.state)

    def opened(self, record: UUID | None, params: Mapping[str, Any]) -> None:
        """`{"new": True}` or `{"edit": True}`: the form of an event. With an event as `record`, `attendance`,
        `session` and `participant` name a session or participant of it (`"new"` for one to be added)."""
        role = self.ctx.session.user.role
        self.state.may_write = not self.ctx.session.read_only and may_write(role, TrainingEvent.spec)
        self._leave()
        if record is not None:
            self._open_event(record, params)
        elif params.get("new"):
            self._open_event_form(None, params.get("resume"))
        else:
            self.to_list()

    def keep_draft(self) -> None:
        self.editing.keep()

    def refresh(self, kinds: set[str]) -> None:
        self.attachments.refresh(kinds)
        if not kinds & {"*", *KINDS}:
            return
        if self.state.page == "list":
            self.pages.reload()
        elif self.state.event is not None and not self.state.unsaved:
            self._load_event(self.state.event.id, {}, again=True)

    # the list

    def to_list(self) -> None:
        self._leave()
        self.state.page = "list"
        self.present()
        self.pages.load()

    def more(self) -> None:
        self.pages.more()

    def open_row(self, row: EventView) -> None:
        self.ctx.navigate("training", row.id)

    def new_event(self) -> None:
        self.ctx.navigate("training", None, {"new": True})

    # one event

    def go(self, **params: object) -> None:
        """To a part of the open event: `attendance`, `session`, `participant` or `edit`."""
        if self.state.event is not None:
            self.ctx.navigate("training", self.state.event.id, params)

    def back(self) -> None:
        if self.state.event is not None and self.state.page != "event":
            self.ctx.navigate("training", self.state.event.id)
        else:
            self.to_list()

    def save(self) -> None:
        self.editing.save(self._saved)

    def save_and_new(self) -> None:
        """Save a participant and go on with the next; the institution stays, because people come in groups."""
        form = self.editing.state
        if form is None or form.spec is not Participant.spec:
            self.save()
            return
        sticky = {name: form.values[name] for name in ("institution", "institution_type") if form.values.get(name)}

        def then(saved: Saved) -> None:
            self._open_part("participant", "new", None, sticky)
            self.refresh({"participant"})

        self.editing.save(then)

    # attendance

    def mark(self, participant: UUID, status: str) -> None:
        """Set the mark of one participant."""
        before = self.state.attendance.get(participant)
        if before == status or self.state.session is None or not self.state.may_write:
            return
        self._remember((Mark(participant, before),))
        self._write({participant: status})

    def mark_rest(self, status: str = "present") -> None:
        """Set everybody who has no mark yet, in one act that one undo takes back."""
        session = self.state.session
        rest = [who.id for who in self.state.participants if who.id not in self.state.attendance]
        if session is None or not rest or not self.state.may_write:
            return
        self._remember(tuple(Mark(who, None) for who in rest))
        held, of = self.ctx.session, session.id
        self._send(dict.fromkeys(rest, status), lambda: training.mark_all(held, of, status, rest))

    def undo(self) -> None:
        """Take the last act back."""
        if self.state.undo and self.state.session is not None:
            self._write({mark.participant: mark.before for mark in self.state.undo.pop()})

    def _remember(self, marks: tuple[Mark, ...]) -> None:
        self.state.undo.append(marks)
        del self.state.undo[:-MOST_UNDO]

    def _write(self, marks: Mapping[UUID, str | None]) -> None:
        session = self.state.session
        if session is not None:
            held, of = self.ctx.session, session.id
            self._send(marks, lambda: _mark_each(held, of, marks))

    def _send(self, marks: Mapping[UUID, str | None], work: Any) -> None:
        """Show the marks now, write them, and show what the store really holds if it refuses."""
        visit = self._visit
        for who, status in marks.items():
            if status is None:
                self.state.attendance.pop(who, None)
            else:
                self.state.attendance[who] = status
        self.state.unsaved += 1
        self.present()

        def done(_: object) -> None:
            if visit == self._visit:
                self.state.unsaved -= 1
                self.present()

        def failed(error: MigDeskError) -> None:
            self.ctx.messages.error(error)
            if visit == self._visit and self.state.event is not None:
                self.state.unsaved -= 1
                self.state.undo.clear()
                self._load_event(self.state.event.id, {}, again=True)

        self.ctx.run.run(work, done=done, failed=failed, owner=self)

    def _leave(self) -> None:
        self.editing.close()
        self.attachments.close()
        self._visit += 1
        state = self.state
        state.event, state.session, state.sessions, state.participants = None, None, (), ()
        state.attendance, state.marked, state.undo, state.unsaved = {}, {}, [], 0

    def _open_event(self, event: UUID, params: Mapping[str, Any]) -> None:
        self.state.page = "attendance" if "attendance" in params else "form" if set(params) - {"new"} else "event"
        self.present()
        self._load_event(event, params)

    def _load_event(self, event: UUID, params: Mapping[str, Any], *, again: bool = False) -> None:
        session, visit = self.ctx.session, self._visit

        def load() -> _Event:
            sessions = training.sessions(session, event)
            return _Event(
                training.get_event(session, event),
                sessions,
                training.participants(session, event),
                {one.id: training.attendance(session, one.id) for one in sessions},
            )

        def done(loaded: _Event) -> None:
            # Marks made while this was read are newer than what was read.
            if visit == self._visit and not (again and self.state.unsaved):
                self._take(loaded, params, again=again)

        self.ctx.run.run(load, done=done, failed=self._gone, owner=self)

    def _take(self, loaded: _Event, params: Mapping[str, Any], *, again: bool) -> None:
        state = self.state
        state.event, state.sessions, state.participants = loaded.view, loaded.sessions, loaded.participants
        state.marked = {session: len(marks) for session, marks in loaded.marks.items()}
        wanted = state.session.id if again and state.session is not None else params.get("attendance")
        state.session = next((one for one in loaded.sessions if one.id == wanted), None)
        state.attendance = dict(loaded.marks.get(state.session.id, {})) if state.session is not None else {}
        if state.page == "attendance" and state.session is None:
            state.page = "event"
        if not again and state.page == "event":
            self.attachments.open("training_event", loaded.view.id, may_add=loaded.view.about.may_write)
        if not again and state.page == "form":
            part = next((name for name in ("session", "participant") if name in params), None)
            if part is None:
                self._open_event_form(loaded.view, params.get("resume"))
            else:
                self._open_part(part, params[part], params.get("resume"))
        self.present()

    def _open_event_form(self, view: EventView | None, resume: str | None) -> None:
        self.state.page = "form"
        begun = {"area_code": own_area(self.ctx), "starts_on": self.ctx.today()}
        form = self.editing.open(
            TrainingEvent.spec,
            training.save_event,
            record=view.id if view is not None else None,
            held=view.record.values() if view is not None else None,
            defaults={name: value for name, value in begun.items() if value is not None},
            resume=resume,
        )
        form.may_write = self.state.may_write
        form.saved_state = view.about.state if view is not None else ""
        form.conflicts = view.about.conflicts if view is not None else 0
        self.present()

    def _open_part(self, part: str, which: object, resume: str | None, begun: Mapping[str, Any] | None = None) -> None:
        """The form of a session or a participant of the open event."""
        view = self.state.event
        if view is None:
            return
        of_sessions = part == "session"
        rows: tuple[TrainingSession, ...] | tuple[Participant, ...] = (
            self.state.sessions if of_sessions else self.state.participants
        )
        held = next((one for one in rows if one.id == which), None)
        day = max(self.ctx.today(), view.record.starts_on or self.ctx.today())
        defaults: dict[str, Any] = {"number": len(rows) + 1, "held_on": day} if of_sessions else {}
        form = self.editing.open(
            TrainingSession.spec if of_sessions else Participant.spec,
            training.save_session if of_sessions else training.save_participant,
            record=held.id if held is not None else None,
            held=held.values() if held is not None else None,
            defaults={**defaults, **(begun or {})},
            fixed={"event": view.id},
            slot=str(view.id) if held is None else "",
            resume=resume,
        )
        form.may_write = self.state.may_write
        self.present()

    def _saved(self, saved: Saved) -> None:
        event = self.state.event.id if self.state.event is not None else saved.id
        self.ctx.navigate("training", event)

    def _gone(self, error: MigDeskError) -> None:
        self.ctx.messages.error(error)
        self.to_list()


def _mark_each(session: Session, of: UUID, marks: Mapping[UUID, str | None]) -> None:
    """On the store's thread."""
    for who, status in marks.items():
        training.mark(session, of, who, status)
