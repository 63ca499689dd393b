"""What the counselling screen shows. Plain data, no Qt."""

from dataclasses import dataclass, field
from typing import Literal

from migdesk.services.counselling import CounsellingView
from migdesk.services.people import PersonView
from migdesk.ui.work.editing import FormState
from migdesk.ui.work.person_search import PersonSearchState

Page = Literal["list", "choose", "form"]


@dataclass
class CounsellingState:
    """`choose` asks with whom; the form belongs to `person`, whose earlier sessions are `earlier`."""

    page: Page = "list"
    rows: tuple[CounsellingView, ...] = ()
    loaded: bool = False
    may_write: bool = True
    may_add_people: bool = True
    choosing: PersonSearchState = field(default_factory=PersonSearchState)
    person: PersonView | None = None
    person_name: str = ""
    earlier: tuple[CounsellingView, ...] = ()
    form: FormState | None = None
