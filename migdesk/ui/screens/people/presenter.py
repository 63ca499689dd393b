"""People: the list, the search before someone new, the profile, the form. No Qt. GUI thread."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from migdesk.domain.case import Case
from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.person import Person
from migdesk.domain.scope import may_write
from migdesk.errors import MigDeskError
from migdesk.services import people
from migdesk.services.access import Page
from migdesk.services.matching import Likeness
from migdesk.services.people import PersonRow, PersonView, TimelineEntry
from migdesk.services.saving import Saved
from migdesk.ui.screen import Presenter, ScreenContext
from migdesk.ui.screens.people.state import PeopleState
from migdesk.ui.work.attachments_work import AttachmentsWork
from migdesk.ui.work.editing import Editing
from migdesk.ui.work.person_search import SHORTEST, find_people
from migdesk.ui.work.wording import own_area

PAGE_ROWS = 100
LIKE_FIELDS = ("full_name", "sex", "birth_date", "area_code")


class PeoplePresenter(Presenter):
    """Keeps the state of the screen; the view may go and come."""

    def __init__(self, ctx: ScreenContext) -> None:
        super().__init__(ctx)
        self.state = PeopleState()
        self.editing = Editing(ctx, self.present)
        self.attachments = AttachmentsWork(ctx, self.present)
        self._after: bytes | None = None
        self._visit = 0

    def present(self) -> None:
        self.state.form = self.editing.state
        if self.view is not None:
            self.view.show_state(self.state)

    def opened(self, record: UUID | None, params: Mapping[str, Any]) -> None:
        """`{"new": True, "text": name}` begins someone new; `{"edit": True}` the form of `record`; `{"resume": slot}`
        takes that draft along."""
        self._rights()
        resume = params.get("resume")
        if params.get("new") and resume is not None:
            self._open_new_form("", resume)
        elif params.get("new"):
            self.new_person(str(params.get("text", self.state.query)))
        elif record is not None:
            self._open_profile(record, edit=bool(params.get("edit")), resume=resume)
        else:
            self.to_list()

    def keep_draft(self) -> None:
        self.editing.keep()

    def refresh(self, kinds: set[str]) -> None:
        self.attachments.refresh(kinds)
        if not kinds & {"*", "person", "counselling_session", "case"}:
            return
        self._rights()
        if self.state.page == "list":
            self._load_list(max(len(self.state.rows), PAGE_ROWS))
        elif self.state.profile is not None:
            self._open_profile(self.state.profile.record.id, edit=self.state.page == "form", again=True)

    # the list

    def to_list(self) -> None:
        self.editing.close()
        self.attachments.close()
        self.state.page, self.state.profile = "list", None
        self.present()
        self._load_list(PAGE_ROWS)

    def search(self, text: str) -> None:
        """Filter the list by what is in the search field."""
        self.state.query = text.strip()
        self._load_list(PAGE_ROWS)

    def more(self) -> None:
        """The next page of the list."""
        after, query = self._after, self.state.query
        if after is None or len(query) >= SHORTEST:
            return

        def done(page: Page[PersonRow]) -> None:
            if self.state.query == query and self._after == after:
                self._after = page.next
                self.state.rows += page.rows
                self.state.more = page.next is not None
                self.present()

        session = self.ctx.session
        self.ctx.run.run(lambda: people.listed(session, after=after, limit=PAGE_ROWS), done=done, owner=self)

    def open_row(self, row: PersonRow) -> None:
        self.ctx.navigate("people", row.id)

    # someone new

    def new_person(self, text: str) -> None:
        """First look whether the person is here already (V-25)."""
        self.editing.close()
        self.state.page, self.state.profile = "check", None
        self.check_name(text)

    def check_name(self, text: str) -> None:
        self.state.name, self.state.looked = text.strip(), False
        if len(self.state.name) < SHORTEST:
            self.state.alike, self.state.looked = (), True
        else:
            self._look_alike({"full_name": self.state.name})
        self.present()

    def none_of_these(self) -> None:
        """The person says that nobody shown is the one: on to the form."""
        self._open_new_form(self.state.name)

    def look_alike(self) -> None:
        """Compare what is in the form so far, while somebody new is written."""
        form = self.editing.state
        if form is not None and form.record is None and form.values.get("full_name"):
            self._look_alike({name: form.values.get(name) for name in LIKE_FIELDS})

    # one person

    def edit(self) -> None:
        view = self.state.profile
        if view is not None:
            self._open_form(view)
            self.present()

    def save(self) -> None:
        self.editing.save(self._saved)

    def cancel(self) -> None:
        """Leave the form; what was typed is kept as a draft."""
        view = self.state.profile
        self.editing.close()
        if view is None:
            self.to_list()
        else:
            self.state.page = "profile"
            self.present()

    def counsel(self) -> None:
        if self.state.profile is not None:
            self.ctx.navigate("counselling", None, {"new": True, "person": self.state.profile.record.id})

    def open_case(self) -> None:
        if self.state.profile is not None:
            self.ctx.navigate("cases", None, {"new": True, "person": self.state.profile.record.id})

    def open_entry(self, entry: TimelineEntry) -> None:
        self.ctx.navigate("cases" if entry.kind == Case.spec.name else "counselling", entry.id)

    def _rights(self) -> None:
        role = self.ctx.session.user.role
        free = not self.ctx.session.read_only
        self.state.may_write = free and may_write(role, Person.spec)
        self.state.may_counsel = free and may_write(role, CounsellingSession.spec)
        self.state.may_open_case = free and may_write(role, Case.spec)

    def _load_list(self, limit: int) -> None:
        query, session = self.state.query, self.ctx.session

        def load() -> tuple[Page[PersonRow], int]:
            if len(query) >= SHORTEST:
                return Page(find_people(session, query)), self.state.total
            return people.listed(session, limit=limit), people.count(session)

        def done(loaded: tuple[Page[PersonRow], int]) -> None:
            if self.state.query != query:
                return
            page, self.state.total = loaded
            self._after = page.next
            self.state.rows, self.state.more, self.state.loaded = page.rows, page.next is not None, True
            self.present()

        self.ctx.run.run(load, done=done, owner=self)

    def _look_alike(self, values: dict[str, Any]) -> None:
        name, session = str(values.get("full_name") or ""), self.ctx.session

        def done(found: tuple[Likeness, ...]) -> None:
            if self.state.page in {"check", "form"}:
                self.state.alike, self.state.looked = found, True
                self.present()

        self.ctx.run.run(lambda: people.similar(session, name, values), done=done, owner=self)

    def _open_new_form(self, name: str, resume: str | None = None) -> None:
        defaults = {"full_name": name or None, "area_code": own_area(self.ctx)}
        begun = {field: value for field, value in defaults.items() if value is not None}
        self.state.page, self.state.profile = "form", None
        self.editing.open(Person.spec, people.save, defaults=begun, resume=resume)
        self.present()

    def _open_profile(self, id: UUID, *, edit: bool, resume: str | None = None, again: bool = False) -> None:
        session = self.ctx.session
        self._visit += 1
        visit = self._visit
        if not again:
            self.editing.close()
            self.state.page, self.state.profile, self.state.timeline = "profile", None, ()
            self.present()

        def load() -> tuple[PersonView, tuple[TimelineEntry, ...]]:
            return people.get(session, id), people.timeline(session, id)

        def done(loaded: tuple[PersonView, tuple[TimelineEntry, ...]]) -> None:
            if visit != self._visit or self.state.page in {"list", "check"}:
                return
            self.state.profile, self.state.timeline = loaded
            if not again:
                self.attachments.open("person", id, may_add=loaded[0].about.may_write)
            if again and edit:
                self.editing.show_again(loaded[0].record.values())
            elif edit:
                self._open_form(loaded[0], resume)
            self.present()

        self.ctx.run.run(load, done=done, failed=self._gone, owner=self)

    def _gone(self, error: MigDeskError) -> None:
        self.ctx.messages.error(error)
        self.to_list()

    def _open_form(self, view: PersonView, resume: str | None = None) -> None:
        self.state.page = "form"
        held = view.record.values()
        form = self.editing.open(Person.spec, people.save, record=view.record.id, held=held, resume=resume)
        form.may_write, form.saved_state = view.about.may_write, view.about.state
        form.conflicts = view.about.conflicts

    def _saved(self, saved: Saved) -> None:
        self.editing.close()
        self.ctx.navigate("people", saved.id)
