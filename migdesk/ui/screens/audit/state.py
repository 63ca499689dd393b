"""What the screen of the audit trail shows. No Qt."""

from dataclasses import dataclass
from uuid import UUID

from migdesk.services.trail import Row, Standing

PERIODS = (1, 7, 30, 365)
"""Days, today among them, that can be chosen; none of them means everything."""


@dataclass
class AuditState:
    """Rows latest first, and the filters that chose them. `about` names the record of `record` for the person."""

    rows: tuple[Row, ...] = ()
    more: bool = False
    loaded: bool = False
    days: int | None = None
    action: str = ""
    user: UUID | None = None
    record: UUID | None = None
    about: str = ""
    users: tuple[tuple[UUID, str], ...] = ()
    chain: Standing | None = None
    checking: bool = False

    @property
    def filtered(self) -> bool:
        return bool(self.days or self.action or self.user or self.record)
