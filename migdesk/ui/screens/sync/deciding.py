"""Deciding between values as acts of a person: what was chosen so far, what is typed instead, and the decision. No Qt.
GUI thread."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from migdesk.domain.field_types import Note, Phone, Text
from migdesk.domain.validation import InvalidRecordError, Problem
from migdesk.domain.values import Missing
from migdesk.errors import MigDeskError
from migdesk.i18n.markers import N_
from migdesk.services import apart, conflicts
from migdesk.services.apart import WrittenApart
from migdesk.services.conflicts import Answer, OpenConflict, RecordConflicts
from migdesk.ui.screen import ScreenContext


@dataclass(frozen=True, slots=True)
class Given:
    """What was answered to one question so far: the place of a choice, or None and a value of one's own."""

    choice: int | None
    value: Any = None


@dataclass(frozen=True, slots=True)
class DecidingState:
    """`given` by the text of the conflict's id. `only` is the record that was asked for, if one was. `busy` is the
    record whose decision is being written; `problems` are of new values that were refused, by the same text."""

    records: tuple[RecordConflicts, ...] = ()
    apart: tuple[WrittenApart, ...] = ()
    loaded: bool = False
    given: Mapping[str, Given] = field(default_factory=dict)
    problems: Mapping[str, Problem] = field(default_factory=dict)
    only: UUID | None = None
    busy: UUID | None = None

    @property
    def shown(self) -> tuple[RecordConflicts, ...]:
        """The records to be decided on, or the one that was asked for while it is open."""
        chosen = tuple(one for one in self.records if one.record == self.only)
        return chosen or self.records

    def answered(self, record: RecordConflicts) -> tuple[OpenConflict, ...]:
        """The questions that have an answer. A removal that is decided for answers all."""
        return tuple(one for one in record.questions if str(one.id) in self.given)


class Deciding:
    """Keeps what is chosen and typed over every rebuild of the view, until it is decided."""

    def __init__(self, ctx: ScreenContext, shown: Callable[[], None]) -> None:
        self._ctx, self._tell = ctx, shown
        self.state = DecidingState()

    def load(self) -> None:
        """Look again what is open."""
        run, session = self._ctx.run, self._ctx.session
        run.run(conflicts.by_record, session, done=self._open, owner=self)
        run.run(apart.recent, session, done=self._apart, owner=self)

    def ask_for(self, record: UUID | None) -> None:
        """Show the questions about one record only, or all."""
        self._show(replace(self.state, only=record))

    def choose(self, question: OpenConflict, place: int) -> None:
        """One of the values that stand against each other."""
        self._give(question, Given(place))

    def combine(self, question: OpenConflict) -> None:
        """A value of one's own, beginning with what both have."""
        held = self.state.given.get(str(question.id))
        if held is None or held.choice is not None:
            self._give(question, Given(None, self.beginning(question)))

    def write(self, question: OpenConflict, value: Any) -> None:
        """What is typed or picked as a value of one's own."""
        self._give(question, Given(None, value))

    def keep(self, record: RecordConflicts) -> None:
        """Choose for every question what is shown for now; it is not decided yet."""
        kept = {str(one.id): Given(0) for one in record.questions}
        self._show(replace(self.state, given={**self.state.given, **kept}))

    def beginning(self, question: OpenConflict) -> Any:
        """Where a value of one's own begins: all texts one after the other; else what is shown for now."""
        shown = question.choices[0].value
        spec = self._ctx.session.schema.by_name[question.kind].by_name.get(question.words.field)
        if spec is None or not isinstance(spec.type, Text | Note) or isinstance(spec.type, Phone):
            return shown
        words = [str(one.value) for one in question.choices if one.value and not isinstance(one.value, Missing)]
        return ("\n" if isinstance(spec.type, Note) else ", ").join(dict.fromkeys(words)) or None

    def decide(self, record: RecordConflicts) -> None:
        """Write what is answered about a record, in one act."""
        answers = []
        for one in self.state.answered(record):
            given = self.state.given[str(one.id)]
            answers.append(Answer(one.id, given.choice, given.value))
        if not answers or self.state.busy is not None:
            return
        self._show(replace(self.state, busy=record.record, problems={}))
        self._ctx.run.run(
            conflicts.decide_all, self._ctx.session, record.record, tuple(answers),
            done=lambda _none: self._decided(), failed=lambda error: self._refused(record, error), owner=self,
        )  # fmt: skip

    def see(self, some: tuple[WrittenApart, ...]) -> None:
        """What was edited apart was looked at: do not tell again."""
        self._ctx.run.run(apart.see, self._ctx.session, some, done=lambda _none: self.load(), owner=self)

    def _give(self, question: OpenConflict, given: Given) -> None:
        key = str(question.id)
        problems = {id: problem for id, problem in self.state.problems.items() if id != key}
        self._show(replace(self.state, given={**self.state.given, key: given}, problems=problems))

    def _open(self, found: tuple[RecordConflicts, ...]) -> None:
        still = {str(one.id): one for record in found for one in record.questions}
        before = {str(one.id): one for record in self.state.records for one in record.questions}
        # An answer stands for the values that were seen: other values ask anew.
        given = {
            id: one
            for id, one in self.state.given.items()
            if id in still and (id not in before or before[id].choices == still[id].choices)
        }
        self._show(replace(self.state, records=found, given=given, loaded=True))

    def _apart(self, found: tuple[WrittenApart, ...]) -> None:
        self._show(replace(self.state, apart=found))

    def _decided(self) -> None:
        self._ctx.messages.success(self._ctx.lang.say(N_("Decided. The others hear of it with the next sync.")))
        self._show(replace(self.state, busy=None))
        self.load()

    def _refused(self, record: RecordConflicts, error: MigDeskError) -> None:
        problems: dict[str, Problem] = {}
        if isinstance(error, InvalidRecordError):
            by_field = {problem.field: problem for problem in error.problems}
            problems = {
                str(one.id): by_field[one.words.field] for one in record.questions if one.words.field in by_field
            }
        if not problems:
            self._ctx.messages.error(error)
        self._show(replace(self.state, busy=None, problems=problems))
        if not problems:
            self.load()

    def _show(self, state: DecidingState) -> None:
        self.state = state
        self._tell()
