"""One form being filled in: values, problems, kept typing, saving. No Qt: presenters own one each. GUI thread.

What is typed goes to the encrypted draft store; a draft that was found is offered, never applied by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from migdesk.clock import to_ms
from migdesk.domain.leaving import AGREED
from migdesk.domain.record import KindSpec
from migdesk.domain.validation import InvalidRecordError, Problem
from migdesk.domain.values import Missing
from migdesk.errors import MigDeskError
from migdesk.i18n.markers import N_
from migdesk.services import drafts
from migdesk.services.drafts import Draft
from migdesk.services.saving import Saved
from migdesk.services.session import Session
from migdesk.ui.screen import ScreenContext

Phase = Literal["clean", "unsaved", "saving", "saved"]


class SaveService(Protocol):
    """How a service saves: `people.save`, `cases.save_incident` ... It uses up the draft in the slot `draft`."""

    def __call__(
        self, session: Session, values: Mapping[str, Any], id: UUID | None = None, *, draft: str | None = None
    ) -> Saved: ...


@dataclass
class FormState:
    """What a form shows. `held` is the record as it stands, `values` what the person sees; `fixed` are values that the
    screen chose (the person of a session) and that are saved with the rest. `attempts` grows with each refused save.
    `slot` tells forms of one kind apart; `draft_slot` is where typing goes: beside an older draft, never over it.
    `told` is what the draft store was given last. `kept_here`: the record belongs to one that may not leave the laptop.
    `saved_state` and `conflicts` tell how the record stands (`services.standing`).
    """

    spec: KindSpec
    record: UUID | None = None
    slot: str = ""
    draft_slot: str = ""
    held: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    fixed: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    phase: Phase = "clean"
    offer: Draft | None = None
    kept_at: datetime | None = None
    saved_state: str = ""
    conflicts: int = 0
    kept_here: bool = False
    may_write: bool = True
    attempts: int = 0
    serial: int = 0

    def changes(self) -> dict[str, Any]:
        """The fields that differ from the record as it stands; None clears one. What no longer matters (a destination,
        once nobody wants to leave) is cleared, because the person cannot see it any more."""
        shown = {name: value if self._matters(name) else None for name, value in self.values.items()}
        names = self.held.keys() | shown.keys()
        return {name: shown.get(name) for name in sorted(names) if shown.get(name) != self.held.get(name)}

    def _matters(self, name: str) -> bool:
        when = self.spec.by_name[name].when
        return when is None or when.holds(self.values)

    @property
    def stays(self) -> bool:
        """Whether the record may not leave the laptop: nobody has agreed to that (a case and what belongs to it)."""
        asked = self.spec.leaves_with
        return self.kept_here or (bool(asked) and self.values.get(asked) != AGREED)

    @property
    def open_answers(self) -> int:
        """How many answers a finished record still lacks, as the last save said."""
        return sum(1 for one in self.problems if one.rule == "complete")


class Editing:
    """The form of a presenter. `changed()` is called whenever the state is to be shown again."""

    def __init__(self, ctx: ScreenContext, changed: Callable[[], None]) -> None:
        self._ctx, self._changed = ctx, changed
        self._save: SaveService | None = None
        self._serial = 0
        self.state: FormState | None = None

    def open(
        self,
        spec: KindSpec,
        save: SaveService,
        *,
        record: UUID | None = None,
        held: Mapping[str, Any] | None = None,
        defaults: Mapping[str, Any] | None = None,
        fixed: Mapping[str, Any] | None = None,
        slot: str = "",
        resume: str | None = None,
    ) -> FormState:
        """Begin a form on a record as it stands, or on a new one with `defaults`, and look for a draft of it. `resume`
        is the slot of a draft that the person chose elsewhere: that one is taken without asking again."""
        self.keep()
        self._serial += 1
        stands = {name: value for name, value in (held or {}).items() if name in spec.by_name}
        # The defaults of a new record count as unchanged: a form that nobody touched leaves no draft behind.
        shown = stands or dict(defaults or {})
        self._save = save
        self.state = FormState(
            spec, record, slot, self._beside(slot), stands, dict(shown), dict(fixed or {}), shown, serial=self._serial
        )
        self._look_for_draft(resume)
        return self.state

    def close(self) -> None:
        """Leave the form: unsaved typing is kept as a draft."""
        self.keep()
        self.state = None

    @property
    def dirty(self) -> bool:
        """Whether something typed is neither saved nor given up."""
        return self.state is not None and self.state.phase == "unsaved"

    def edit(self, name: str, value: object) -> None:
        """The person gave or took back an answer. The view shows it already, so nothing is shown again at once."""
        form = self.state
        if form is None or form.values.get(name) == value:
            return
        form.values[name] = value
        form.problems = tuple(one for one in form.problems if one.field != name)
        if form.phase != "saving":
            form.phase = "unsaved"
        self._changed()

    def keep(self) -> None:
        """Put what is typed into the draft store now. Cheap when nothing is new."""
        if self.state is not None:
            self._keep(self.state)

    def _keep(self, form: FormState) -> None:
        # What is typed while a save is under way waits for its end: only then is it known which record it belongs to.
        if form.phase != "unsaved" or form.values == form.told:
            return
        form.told = dict(form.values)
        args = (form.spec.name, {**form.changes(), **form.fixed}, form.record, form.draft_slot)

        def done(_: None) -> None:
            if self.state is form and form.phase == "unsaved":
                form.kept_at = self._ctx.session.clock.now()
                self._changed()

        self._ctx.run.run(lambda: drafts.keep(self._ctx.session, *args), done=done, owner=self)

    def recover(self) -> None:
        """Take the offered draft into the form. It stays a draft until it is saved."""
        form = self.state
        if form is None or form.offer is None:
            return
        for name, value in form.offer.values.items():
            if name in form.spec.by_name and name not in form.fixed and readable(form.spec, name, value):
                form.values[name] = value
        form.draft_slot, form.offer, form.phase = form.offer.slot, None, "unsaved"
        form.told = dict(form.values)
        self._changed()

    def discard(self) -> None:
        """Forget the offered draft for good."""
        form = self.state
        if form is None or form.offer is None:
            return
        args = (form.spec.name, form.record, form.offer.slot)
        form.offer = None
        self._ctx.run.run(lambda: drafts.discard(self._ctx.session, *args), owner=self)
        self._changed()

    def later(self) -> None:
        """Put the offer away for now; the draft stays, and what is typed now is kept beside it."""
        if self.state is not None:
            self.state.offer = None
            self._changed()

    def show_again(self, held: Mapping[str, Any]) -> None:
        """The record changed elsewhere (sync): take over what the person is not editing."""
        form = self.state
        if form is None or form.phase == "saving":
            return
        touched = form.changes() if form.phase == "unsaved" else {}
        form.held = {name: value for name, value in held.items() if name in form.spec.by_name}
        form.values = {**form.held, **touched}
        self._changed()

    def save(self, then: Callable[[Saved], None] | None = None, *, told: bool = True) -> None:
        """Save what changed. Nothing is lost when that is refused: problems stand beside their fields. `told`: say
        so, because the form closes; one that stays open says it in its own bar."""
        form, service = self.state, self._save
        if form is None or service is None or form.phase == "saving":
            return
        values = form.changes()
        if form.record is None:
            values |= form.fixed
        taken, record, slot, session = dict(form.values), form.record, form.draft_slot, self._ctx.session
        form.phase = "saving"

        def done(saved: Saved) -> None:
            if told:
                self._ctx.messages.success(self._ctx.lang.say(saved_words(form)))
            self._saved(form, saved, taken)
            if then is not None:
                then(saved)

        self._ctx.run.run(
            lambda: service(session, values, record, draft=slot),
            done=done, failed=lambda error: self._refused(form, error), owner=self,
        )  # fmt: skip
        self._changed()

    def _saved(self, form: FormState, saved: Saved, taken: dict[str, Any]) -> None:
        """Also for a form that was left meanwhile: what was typed after the save began is kept."""
        form.record, form.slot = saved.id, ""
        form.draft_slot = self._beside("")
        form.held = {name: value for name, value in {**form.fixed, **taken}.items() if value is not None}
        form.problems, form.offer, form.kept_at = saved.problems, None, None
        form.saved_state = "waits" if saved.changed else form.saved_state
        form.phase = "saved" if form.values == taken else "unsaved"
        form.told = taken
        self._keep(form)
        if self.state is form:
            self._changed()

    def _refused(self, form: FormState, error: MigDeskError) -> None:
        form.phase = "unsaved"
        self._keep(form)
        if self.state is form:
            if isinstance(error, InvalidRecordError):
                form.problems = error.problems
                form.attempts += 1
            self._changed()
        if not isinstance(error, InvalidRecordError) or not any(self._shown_beside(one) for one in error.problems):
            self._ctx.messages.error(error)

    def _shown_beside(self, problem: Problem) -> bool:
        return self.state is not None and problem.is_error and bool(self.state.spec.by_name[problem.field].section)

    def _beside(self, slot: str) -> str:
        """A slot of its own, so that no older draft of the same form is written over."""
        return f"{slot}+{to_ms(self._ctx.session.clock.now())}"

    def _look_for_draft(self, resume: str | None) -> None:
        form = self.state
        if form is None:
            return
        session, kind, record, slot, serial = self._ctx.session, form.spec.name, form.record, form.slot, form.serial

        def find() -> Draft | None:
            same = [one for one in drafts.open_drafts(session) if (one.kind, one.record) == (kind, record)]
            wanted = [one for one in same if one.slot == resume] if resume is not None else []
            own = [one for one in same if one.slot == slot or one.slot.startswith(f"{slot}+")]
            return next(iter(wanted or own), None)

        def done(found: Draft | None) -> None:
            if self.state is None or self.state.serial != serial or found is None:
                return
            self.state.offer = found
            if resume == found.slot:
                self.recover()
            self._changed()

        self._ctx.run.run(find, done=done, owner=self)


def saved_words(form: FormState) -> str:
    """Where a record is once it is saved; to be translated when shown."""
    if form.stays:
        return N_("Saved on this laptop · not sent, as long as the person has not agreed to it")
    return N_("Saved on this laptop · waiting to be sent")


def readable(spec: KindSpec, name: str, value: object) -> bool:
    """Whether a kept value still means something to this version (a draft may be older than the form)."""
    if value is None or isinstance(value, Missing):
        return True
    try:
        spec.by_name[name].type.normalise(value)
    except (ValueError, TypeError):
        return False
    return True
