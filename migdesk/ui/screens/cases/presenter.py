"""Cases: the list by code, the intake, one case with its incidents. No Qt. GUI thread.

Reads are audited by the service; nothing of a case is kept here longer than it is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from migdesk.domain.case import Case, Incident
from migdesk.domain.leaving import AGREED
from migdesk.domain.person import Person
from migdesk.domain.scope import may_write
from migdesk.errors import MigDeskError
from migdesk.services import cases, people
from migdesk.services.cases import CaseRow, CaseView, IncidentView
from migdesk.services.saving import Saved
from migdesk.ui.screen import Presenter, ScreenContext
from migdesk.ui.screens.cases.state import CasesState
from migdesk.ui.work.attachments_work import AttachmentsWork
from migdesk.ui.work.editing import Editing
from migdesk.ui.work.list_pages import ListPages
from migdesk.ui.work.person_search import PersonSearch
from migdesk.ui.work.wording import own_area

INTAKE_LEAVES_OUT = ("status", "categories", "reported_elsewhere", "where_now")
"""What an intake does not ask: it is short, and the rest can wait until the person is safe."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    case: CaseView
    incidents: tuple[IncidentView, ...]


class CasesPresenter(Presenter):
    """Keeps the state of the screen; the view may go and come."""

    def __init__(self, ctx: ScreenContext) -> None:
        super().__init__(ctx)
        self.state = CasesState()
        self.editing = Editing(ctx, self.present)
        self.attachments = AttachmentsWork(ctx, self.present)
        self.choosing = PersonSearch(ctx, self.present)
        self.pages = ListPages(
            ctx.run, self.state, self.present, lambda after, limit: cases.page(ctx.session, after=after, limit=limit)
        )
        self._visit = 0

    def present(self) -> None:
        self.state.form, self.state.choosing = self.editing.state, self.choosing.state
        if self.view is not None:
            self.view.show_state(self.state)

    def opened(self, record: UUID | None, params: Mapping[str, Any]) -> None:
        """`{"new": True}` takes a case in, of `person` if given; `{"incident": "new" or id}` opens an incident of
        `record`; `{"resume": slot}` takes that draft along."""
        self.state.may_write = not self.ctx.session.read_only and may_write(self.ctx.session.user.role, Case.spec)
        self._leave()
        resume, incident = params.get("resume"), params.get("incident")
        if incident is not None:
            self._open_incident(record, incident if isinstance(incident, UUID) else None, resume)
        elif record is not None:
            self._open_case(record, resume)
        elif params.get("new"):
            self._open_intake(params.get("person"), resume)
        else:
            self.to_list()

    def left(self) -> None:
        super().left()
        self.state.name_shown = False

    def keep_draft(self) -> None:
        self.editing.keep()

    def refresh(self, kinds: set[str]) -> None:
        self.attachments.refresh(kinds)
        if not kinds & {"*", "case", "incident"}:
            return
        if self.state.page == "list":
            self.pages.reload()
        elif self.state.page == "case" and self.state.case is not None:
            self._open_case(self.state.case.record.id, again=True)

    # the list

    def to_list(self) -> None:
        self._leave()
        self.state.page = "list"
        self.present()
        self.pages.load()

    def more(self) -> None:
        self.pages.more()

    def open_row(self, row: CaseRow) -> None:
        self.ctx.navigate("cases", row.id)

    def new_case(self) -> None:
        self.ctx.navigate("cases", None, {"new": True})

    # one case

    def save(self) -> None:
        self.editing.save(self._saved, told=self.state.case is None or self.state.page == "incident")

    def back(self) -> None:
        """From an incident to its case, from a case to the list."""
        if self.state.page == "incident" and self.state.case is not None:
            self.ctx.navigate("cases", self.state.case.record.id)
        else:
            self.to_list()

    def begin_link(self) -> None:
        self.state.linking = True
        self.choosing.look("")

    def link(self, person: Person) -> None:
        """Say of whom the case is. It is saved with the form."""
        self.state.linking, self.state.name_shown = False, True
        name = person.full_name
        self.state.person_name = str(name) if type(name) is str else person.person_code or ""
        self.editing.edit("person", person.id)
        self.editing.keep()
        self.present()

    def unlink(self) -> None:
        self.state.linking, self.state.person_name = False, ""
        self.editing.edit("person", None)
        self.editing.keep()
        self.present()

    def show_name(self) -> None:
        self.state.name_shown = True
        self.present()

    def open_person(self) -> None:
        person = self.editing.state.values.get("person") if self.editing.state is not None else None
        if isinstance(person, UUID):
            self.ctx.navigate("people", person)

    def new_incident(self) -> None:
        if self.state.case is not None:
            self.ctx.navigate("cases", self.state.case.record.id, {"incident": "new"})

    def open_incident(self, row: IncidentView) -> None:
        if self.state.case is not None:
            self.ctx.navigate("cases", self.state.case.record.id, {"incident": row.record.id})

    def _leave(self) -> None:
        self.editing.close()
        self.attachments.close()
        self._visit += 1
        state = self.state
        state.case, state.incidents, state.person_name = None, (), ""
        state.name_shown = state.linking = False

    def _open_intake(self, person: UUID | None, resume: str | None) -> None:
        self.state.page = "case"
        begun: dict[str, Any] = {"opened_on": self.ctx.today(), "area_code": own_area(self.ctx), "person": person}
        form = self.editing.open(
            Case.spec,
            cases.save,
            defaults={name: value for name, value in begun.items() if value is not None},
            resume=resume,
        )
        form.may_write = self.state.may_write
        self.present()
        if person is not None:
            self._name_person(person)

    def _name_person(self, person: UUID) -> None:
        """Who comes from a profile knows the name already: it is shown."""
        visit, session = self._visit, self.ctx.session

        def done(name: str) -> None:
            if visit == self._visit:
                self.state.person_name, self.state.name_shown = name, True
                self.present()

        self.ctx.run.run(lambda: people.get(session, person).name, done=done, owner=self)

    def _open_case(self, id: UUID, resume: str | None = None, *, again: bool = False) -> None:
        session = self.ctx.session
        self.state.page = "case"
        visit = self._visit

        def load() -> _Loaded:
            return _Loaded(cases.get(session, id), cases.incidents(session, id))

        def done(loaded: _Loaded) -> None:
            if visit != self._visit:
                return
            self._take(loaded)
            values = loaded.case.record.values()
            if again:
                self.editing.show_again(values)
            else:
                form = self.editing.open(Case.spec, cases.save, record=id, held=values, resume=resume)
                form.may_write, form.saved_state = loaded.case.about.may_write, loaded.case.about.state
                form.conflicts = loaded.case.about.conflicts
                self.attachments.open("case", id, may_add=loaded.case.about.may_write)
            self.present()

        self.present()
        self.ctx.run.run(load, done=done, failed=self._gone, owner=self)

    def _open_incident(self, case: UUID | None, id: UUID | None, resume: str | None) -> None:
        session = self.ctx.session
        self.state.page = "incident"
        visit = self._visit

        def load() -> tuple[_Loaded, IncidentView | None]:
            held = cases.get_incident(session, id) if id is not None else None
            of = held.record.case if held is not None else case
            if of is None:
                raise ValueError("an incident belongs to a case")
            return _Loaded(cases.get(session, of), cases.incidents(session, of)), held

        def done(found: tuple[_Loaded, IncidentView | None]) -> None:
            if visit != self._visit:
                return
            loaded, held = found
            self._take(loaded)
            of = loaded.case.record.id
            form = self.editing.open(
                Incident.spec,
                cases.save_incident,
                record=id,
                held=held.record.values() if held is not None else None,
                fixed={"case": of},
                slot=str(of) if id is None else "",
                resume=resume,
            )
            form.may_write = loaded.case.about.may_write
            form.kept_here = loaded.case.record.consent_server != AGREED
            self.present()

        self.present()
        self.ctx.run.run(load, done=done, failed=self._gone, owner=self)

    def _take(self, loaded: _Loaded) -> None:
        self.state.case, self.state.incidents = loaded.case, loaded.incidents
        self.state.person_name = loaded.case.person_name
        self.state.name_shown = self.state.name_shown or not loaded.case.name_hidden

    def _saved(self, saved: Saved) -> None:
        """A new case shows its code and its page; an incident leads back to its case."""
        case = self.state.case
        if self.state.page == "incident" and case is not None:
            self.ctx.navigate("cases", case.record.id)
        elif case is None:
            self.ctx.navigate("cases", saved.id)

    def _gone(self, error: MigDeskError) -> None:
        self.ctx.messages.error(error)
        self.to_list()
