"""What one act changed: the unit that is logged, sent, merged and shown as history (DESIGN 4).

Ten thousand records are a quarter of a million edits. So a change that was read keeps its registers and values side by
side (`Edits`), and an `Edit` is made only for whoever asks for one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple, overload
from uuid import UUID

import msgspec

from migdesk.domain.field_types import Plain
from migdesk.domain.hlc import Stamp

DELETED = 0
"""Register number that every record has beside its fields: whether the record was deleted."""


class Register(NamedTuple):
    """What merges on its own: a field, or one element of a set field (`element` is then the code)."""

    field: int
    element: str = ""


class Absent(msgspec.Struct, frozen=True, array_like=True, gc=False):
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


class Edits(Sequence[Edit]):
    """Edits as two or three parallel tuples; equal to a tuple of the same edits. `replaces` is None if no edit
    replaces anything. Never changed once made."""

    __slots__ = ("registers", "replaces", "values")

    def __init__(
        self,
        registers: tuple[Register, ...],
        values: tuple[Value, ...],
        replaces: tuple[tuple[Stamp, ...], ...] | None = None,
    ) -> None:
        self.registers, self.values, self.replaces = registers, values, replaces

    @classmethod
    def of(cls, edits: Iterable[Edit]) -> "Edits":
        """The same edits in this form."""
        if isinstance(edits, Edits):
            return edits
        edits = tuple(edits)
        if not edits:
            return cls((), ())
        registers, values, replaces = zip(*edits, strict=True)
        return cls(registers, values, replaces if any(replaces) else None)

    def __len__(self) -> int:
        return len(self.registers)

    def __iter__(self) -> Iterator[Edit]:
        return map(Edit, self.registers, self.values, self.replaces or repeat(()))

    @overload
    def __getitem__(self, place: int) -> Edit: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Edit, ...]: ...
    def __getitem__(self, place: int | slice) -> Edit | tuple[Edit, ...]:
        return tuple(self)[place]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Edits):
            return (
                self.registers == other.registers
                and self.values == other.values
                and (self.replaces == other.replaces or tuple(self) == tuple(other))
            )
        return tuple(self) == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


class Change(msgspec.Struct, frozen=True, gc=False):
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
    edits: Sequence[Edit]
    seen: tuple[Stamp, ...] = ()

    @property
    def stamp(self) -> Stamp:
        return Stamp(self.hlc, self.device)

    def _replace(self, **fields: Any) -> "Change":
        """The same change with other values in these fields."""
        return msgspec.structs.replace(self, **fields)


class KindColumns(NamedTuple):
    """What the changes of one kind say, column by column: the places of those changes, ascending, and for each register
    the places of the changes that speak of it beside what they say."""

    rows: Sequence[int]
    columns: Sequence[tuple[Register, Sequence[int], Sequence[Value]]]


class ChangeTable(list[Change]):
    """Changes that were read as columns and replace nothing, with these columns by kind: whoever writes them into
    columns again need not ask each change. Never changed once made."""

    __slots__ = ("columns",)

    def __init__(self, changes: Iterable[Change], columns: Mapping[int, KindColumns]) -> None:
        super().__init__(changes)
        self.columns = columns
