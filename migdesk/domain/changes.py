"""What one act changed: the unit that is logged, sent, merged and shown as history (DESIGN 4)."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from migdesk.domain.field_types import Plain
from migdesk.domain.hlc import Stamp

DELETED = 0
"""Register number that every record has beside its fields: whether the record was deleted."""


class Register(NamedTuple):
    """What merges on its own: a field, or one element of a set field (`element` is then the code)."""

    field: int
    element: str = ""


@dataclass(frozen=True, slots=True)
class Absent:
    """The plain form of a missing answer: `why` is `unknown` or `declined`."""

    why: str


Value = Plain | Absent


class Edit(NamedTuple):
    """One register's new value and the stamps of the values it replaces (none for a first value).

    An edit replaces the winner that its author saw, and with it every other head of the same value; a decision on a
    conflict replaces the losers too.
    """

    register: Register
    value: Value
    replaces: tuple[Stamp, ...] = ()


class Change(NamedTuple):
    """One author's act on one record. `(device, counter)` is its identity, for ever; `hlc` orders its values.

    `seen` goes with a deletion only: the greatest clock reading per device among the values it was made in view of.
    `area` is the area code of the record; `circle` the id of the case whose circle may see it, or None.
    """

    device: int
    counter: int
    hlc: int
    author: UUID
    kind: int
    record: UUID
    area: str
    circle: UUID | None
    edits: tuple[Edit, ...]
    seen: tuple[Stamp, ...] = ()

    @property
    def stamp(self) -> Stamp:
        return Stamp(self.hlc, self.device)
