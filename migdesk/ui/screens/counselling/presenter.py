"""Counselling: the latest sessions, with whom, and the form of one session. No Qt. GUI thread."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.person import Person
from migdesk.domain.scope import may_write
from migdesk.errors import MigDeskError
from migdesk.services import counselling, people
from migdesk.services.counselling import CounsellingView
from migdesk.services.people import PersonView
from migdesk.ui.screen import Presenter, ScreenContext
from migdesk.ui.screens.counselling.state import CounsellingState
from migdesk.ui.work.attachments_work import AttachmentsWork
from migdesk.ui.work.editing import Editing
from migdesk.ui.work.person_search import PersonSearch
from migdesk.ui.work.wording import own_area


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A session to be edited (None for a new one), its person, and the person's other sessions."""

    held: CounsellingView | None
    person: PersonView | None
    earlier: tuple[CounsellingView, ...]


class CounsellingPresenter(Presenter):
    """Keeps the state of the screen; the view may go and come."""

    def __init__(self, ctx: ScreenContext) -> None:
        super().__init__(ctx)
        self.state = CounsellingState()
        self.editing = Editing(ctx, self.present)
        self.attachments = AttachmentsWork(ctx, self.present)
        self.choosing = PersonSearch(ctx, self.present)
        self._visit = 0

    def present(self) -> None:
        self.state.form, self.state.choosing = self.editing.state, self.choosing.state
        if self.view is not None:
            self.view.show_state(self.state)

    def opened(self, record: UUID | None, params: Mapping[str, Any]) -> None:
        """`{"new": True}` begins a session, with `person` if that is known; `{"resume": slot}` takes that draft."""
        role, free = self.ctx.session.user.role, not self.ctx.session.read_only
        self.state.may_write = free and may_write(role, CounsellingSession.spec)
        self.state.may_add_people = free and may_write(role, Person.spec)
        person = params.get("person")
        if record is not None or isinstance(person, UUID):
            self._open_form(record, person, params.get("resume"))
        elif params.get("new"):
            self.choose()
        else:
            self.to_list()

    def keep_draft(self) -> None:
        self.editing.keep()

    def refresh(self, kinds: set[str]) -> None:
        self.attachments.refresh(kinds)
        if not kinds & {"*", "person", "counselling_session"}:
            return
        if self.state.page == "list":
            self._load_list()
        elif self.state.page == "form" and self.state.person is not None:
            form = self.editing.state
            self._load_form(form.record if form is not None else None, self.state.person.record.id, again=True)

    def to_list(self) -> None:
        self.editing.close()
        self.attachments.close()
        self._visit += 1
        self.state.page, self.state.person = "list", None
        self.present()
        self._load_list()

    def choose(self) -> None:
        """Ask with whom the session was."""
        self.editing.close()
        self._visit += 1
        self.state.page = "choose"
        self.choosing.look("")

    def chosen(self, person: Person) -> None:
        self.ctx.navigate("counselling", None, {"new": True, "person": person.id})

    def new_person(self) -> None:
        self.ctx.navigate("people", None, {"new": True, "text": self.choosing.state.query})

    def open_row(self, row: CounsellingView) -> None:
        self.ctx.navigate("counselling", row.id)

    def open_person(self) -> None:
        if self.state.person is not None:
            self.ctx.navigate("people", self.state.person.record.id)

    def save(self) -> None:
        self.editing.save(lambda _saved: self.refresh({"counselling_session"}), told=False)

    def _load_list(self) -> None:
        def done(rows: tuple[CounsellingView, ...]) -> None:
            self.state.rows, self.state.loaded = rows, True
            self.present()

        self.ctx.run.run(lambda: counselling.recent(self.ctx.session), done=done, owner=self)

    def _open_form(self, record: UUID | None, person: UUID | None, resume: str | None) -> None:
        self.editing.close()
        self.attachments.close()
        self.state.page, self.state.person, self.state.earlier = "form", None, ()
        self.state.person_name = ""
        self.present()
        self._load_form(record, person, resume)

    def _load_form(
        self, record: UUID | None, person: UUID | None, resume: str | None = None, *, again: bool = False
    ) -> None:
        session = self.ctx.session
        self._visit += 1
        visit = self._visit

        def load() -> _Loaded:
            held = counselling.get(session, record) if record is not None else None
            whom = held.record.person if held is not None else person
            # The person may be out of scope while the session is not: an area that changed hands.
            found = people.get(session, whom) if whom is not None and (held is None or held.person_name) else None
            earlier = counselling.for_person(session, found.record.id) if found is not None else ()
            return _Loaded(held, found, earlier)

        def done(loaded: _Loaded) -> None:
            if visit == self._visit:
                self._show_form(loaded, resume, again=again)

        self.ctx.run.run(load, done=done, failed=self._gone, owner=self)

    def _show_form(self, loaded: _Loaded, resume: str | None, *, again: bool) -> None:
        shown = self.editing.state.record if again and self.editing.state is not None else None
        here = {shown, loaded.held.id if loaded.held is not None else None}
        self.state.person = loaded.person
        self.state.earlier = tuple(one for one in loaded.earlier if one.id not in here)
        self.state.person_name = loaded.person.name if loaded.person is not None else ""
        held = loaded.held
        if held is not None:
            self.attachments.open(CounsellingSession.spec.name, held.id, may_add=held.about.may_write)
        if again:
            if held is not None:
                self.editing.show_again(held.record.values())
            self.present()
            return
        if held is not None:
            values = held.record.values()
            form = self.editing.open(
                CounsellingSession.spec, counselling.save, record=held.id, held=values, resume=resume
            )
            form.may_write, form.saved_state = held.about.may_write, held.about.state
            form.conflicts = held.about.conflicts
        elif loaded.person is not None:
            self._open_new(loaded.person.record, resume)
        self.present()

    def _open_new(self, person: Person, resume: str | None) -> None:
        begun = {"date": self.ctx.today(), "area_code": own_area(self.ctx, person.area_code)}
        last = self.state.earlier[0].record if self.state.earlier else None
        # What was said before need not be asked again; it can be changed.
        for name in ("intention", "destination", "occupation"):
            begun[name] = getattr(last, name) if last is not None else None
        if begun["destination"] is None and begun["intention"] is not None:
            begun["destination"] = person.destination
        form = self.editing.open(
            CounsellingSession.spec,
            counselling.save,
            defaults={name: value for name, value in begun.items() if value is not None},
            fixed={"person": person.id},
            slot=str(person.id),
            resume=resume,
        )
        form.may_write = self.state.may_write

    def _gone(self, error: MigDeskError) -> None:
        self.ctx.messages.error(error)
        self.to_list()
