"""Values that stand against each other until a person decides. Reads only; `writing.decide` settles. Store's thread."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from migdesk.domain.changes import Register
from migdesk.domain.hlc import Stamp
from migdesk.domain.merge import Head
from migdesk.domain.record import KindSpec
from migdesk.store import change_log, forks, rows
from migdesk.store.database import Transaction


class ConflictId(NamedTuple):
    """Which conflict: a record's register. As text: `<record>:<field>` or `<record>:<field>:<element>`."""

    record: UUID
    register: Register

    def __str__(self) -> str:
        parts = [str(self.record), str(self.register.field), self.register.element]
        return ":".join(parts if self.register.element else parts[:2])

    @classmethod
    def parse(cls, text: str) -> "ConflictId":
        """Read the text form. Raises ValueError for anything else."""
        record, field, *element = text.split(":", 2)
        return cls(UUID(record), Register(int(field), element[0] if element else ""))


@dataclass(frozen=True, slots=True)
class Conflict:
    """The head that is shown for now, and those that lost to it. Register 0 is the deletion of the record: its winner
    has the value False when the record stands."""

    id: ConflictId
    kind: str
    record: UUID
    register: Register
    winner: Head
    losers: tuple[Head, ...]


def open_conflicts(tx: Transaction, id: UUID | None = None) -> list[Conflict]:
    """All open conflicts, or those of one record. None of reference records: the server alone writes them, and what
    two of its lives said is for nobody here to decide."""
    found: list[Conflict] = []
    for spec in tx.schema.kinds:
        if spec.reference:
            continue
        main = tx.tables.kinds[spec.name].main
        query = select(main.c.id).where(main.c.conflicts > 0).order_by(main.c.id)
        ids = tx.connection.execute(query if id is None else query.where(main.c.id == id.bytes)).scalars().all()
        for one in ids:
            found += _of_record(tx, spec, bytes(one))
    return found


def _of_record(tx: Transaction, spec: KindSpec, id: bytes) -> Iterator[Conflict]:
    row = rows.load(tx, spec, id)
    if row is None:
        return
    record = UUID(bytes=id)
    for register, shown, lost in forks.in_conflict(spec, forks.load(tx, row), forks.Ranks(tx.codes)):
        yield Conflict(ConflictId(record, register), spec.name, record, register, shown, lost)


@dataclass(frozen=True, slots=True)
class Before:
    """What a register held before its values parted: `head` is None for a blank. `known` is False where the log here
    does not reach back so far (a first pull brings present state)."""

    known: bool
    head: Head | None = None


def before(tx: Transaction, one: Conflict) -> Before:
    """The last value that all that stand against each other come from."""
    replaced: dict[Stamp, frozenset[Stamp]] = {}
    heads: dict[Stamp, Head] = {}
    for logged in change_log.history(tx, one.record, one.kind):
        change = logged.change
        for edit in change.edits:
            if edit.register == one.register:
                replaced[change.stamp] = frozenset(edit.replaces)
                heads[change.stamp] = Head(change.stamp, edit.value, change.author)
    lines = [_line(head.stamp, replaced) for head in (one.winner, *one.losers)]
    shared = frozenset.intersection(*lines)
    if shared:
        last = max(shared)
        return Before(last in heads, heads.get(last))
    return Before(all(stamp in replaced for line in lines for stamp in line) and not any(lines))


def _line(stamp: Stamp, replaced: Mapping[Stamp, frozenset[Stamp]]) -> frozenset[Stamp]:
    """All values that a value took the place of, one after the other."""
    found: set[Stamp] = set()
    ahead = set(replaced.get(stamp, ()))
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead |= replaced.get(one, frozenset())
    return frozenset(found)
