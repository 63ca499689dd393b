"""What the training screen shows. Plain data, no Qt."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from migdesk.domain.training import Participant, TrainingSession
from migdesk.services.training import EventView
from migdesk.ui.work.editing import FormState

Page = Literal["list", "event", "form", "attendance"]
STATUSES = ("present", "late", "excused", "absent")


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark that can be taken back: of whom, and what stood there before (None for nothing)."""

    participant: UUID
    before: str | None


@dataclass
class TrainingState:
    """`attendance` belongs to `session`. `undo` holds the latest acts, each as the marks it changed. `unsaved` are
    marks on their way to the store."""

    page: Page = "list"
    rows: tuple[EventView, ...] = ()
    more: bool = False
    loaded: bool = False
    may_write: bool = True
    event: EventView | None = None
    sessions: tuple[TrainingSession, ...] = ()
    participants: tuple[Participant, ...] = ()
    marked: dict[UUID, int] = field(default_factory=dict)
    session: TrainingSession | None = None
    attendance: dict[UUID, str] = field(default_factory=dict)
    unsaved: int = 0
    undo: list[tuple[Mark, ...]] = field(default_factory=list)
    form: FormState | None = None

    def counts(self) -> dict[str, Counter[str]]:
        """How many of each sex by status; an empty status counts those without a mark."""
        found: dict[str, Counter[str]] = {status: Counter() for status in (*STATUSES, "")}
        for who in self.participants:
            status = self.attendance.get(who.id, "")
            found.setdefault(status, Counter())[str(who.sex or "unknown")] += 1
        return found
