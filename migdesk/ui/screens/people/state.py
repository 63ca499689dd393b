"""What the people screen shows. Plain data, no Qt."""

from dataclasses import dataclass, field
from typing import Literal

from migdesk.services.matching import Likeness
from migdesk.services.people import PersonRow, PersonView, TimelineEntry
from migdesk.ui.work.editing import FormState

Page = Literal["list", "check", "form", "profile"]


@dataclass
class PeopleState:
    """`check` comes before the form of a new person: who is like `name` already. `alike` belongs to that, and to the
    form of a new person while it is filled in.
    """

    page: Page = "list"
    query: str = ""
    rows: tuple[PersonRow, ...] = ()
    more: bool = False
    loaded: bool = False
    total: int = 0
    may_write: bool = True
    name: str = ""
    alike: tuple[Likeness, ...] = ()
    looked: bool = False
    profile: PersonView | None = None
    timeline: tuple[TimelineEntry, ...] = ()
    may_counsel: bool = False
    may_open_case: bool = False
    form: FormState | None = field(default=None)
