"""What the first screen shows. Plain data, no Qt."""

from dataclasses import dataclass

from migdesk.services.drafts import Draft
from migdesk.services.today import Today


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft with the name of its person, or the code of its case; empty for neither."""

    draft: Draft
    name: str


@dataclass
class TodayState:
    """`today` is None until it is read."""

    today: Today | None = None
    drafts: tuple[DraftRow, ...] = ()
    may_counsel: bool = False
    may_train: bool = False
