"""What the cases screen shows. Plain data, no Qt."""

from dataclasses import dataclass, field
from typing import Literal

from migdesk.services.cases import CaseRow, CaseView, IncidentView
from migdesk.ui.work.editing import FormState
from migdesk.ui.work.person_search import PersonSearchState

Page = Literal["list", "case", "incident"]


@dataclass
class CasesState:
    """`case` is None while a new one is taken in. A name is shown only when asked for (`name_shown`)."""

    page: Page = "list"
    rows: tuple[CaseRow, ...] = ()
    more: bool = False
    loaded: bool = False
    may_write: bool = True
    case: CaseView | None = None
    incidents: tuple[IncidentView, ...] = ()
    person_name: str = ""
    name_shown: bool = False
    linking: bool = False
    choosing: PersonSearchState = field(default_factory=PersonSearchState)
    form: FormState | None = None
