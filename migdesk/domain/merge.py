"""How replicas that heard the same changes come to the same record, whatever the order (DESIGN 4).

Per register, the *heads* are the values that no known change replaced: one, unless people edited without knowing of
each other. One head wins by the field's rule and is shown; every other head with another value is a conflict, kept
until a person decides. Heads are a function of the set of changes alone (each change names what it replaces), so
joining is commutative and associative; `awaited` remembers replaced stamps that have not arrived yet. Whoever joins
hears each change once: the store knows every `(device, counter)` that it applied.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from migdesk.domain.changes import DELETED, Change, Register, Value
from migdesk.domain.hlc import Stamp
from migdesk.domain.record import FieldSpec, Merge


class Head(NamedTuple):
    """A value that stands: its stamp, and who wrote it. `seen` as in `Change`, for a deletion."""

    stamp: Stamp
    value: Value
    author: UUID
    seen: tuple[Stamp, ...] = ()


@dataclass(frozen=True, slots=True)
class Fork:
    """The state of one register: its heads (unordered) and the replaced stamps that are still awaited."""

    heads: tuple[Head, ...] = ()
    awaited: frozenset[Stamp] = frozenset()

    def join(self, head: Head, replaces: Iterable[Stamp]) -> "Fork":
        """This register after one more edit."""
        gone = set(replaces)
        here = {known.stamp for known in self.heads}
        if head.stamp in here:
            return self
        heads = tuple(known for known in self.heads if known.stamp not in gone)
        if head.stamp not in self.awaited:
            heads += (head,)
        awaited = (self.awaited | (gone - here)) - {head.stamp}
        return Fork(heads, awaited)


Rank = Callable[[Value], int]


def ordinary(value: Value) -> int:
    """The rank of every value of a field whose latest value wins."""
    return 0


def rank_of(spec: FieldSpec | None, order: Mapping[str, int]) -> Rank:
    """How a field's rule ranks values before their stamps do. `order` gives the rank of each code of its list.

    Protective values (consent withdrawn, do not contact) win against any concurrent edit; a risk keeps its higher
    level; an element of a set keeps its addition. A field that this version does not know goes by its stamps.
    """
    if spec is None:
        return ordinary
    if spec.is_set:
        return lambda value: int(value is True)
    if spec.merge is Merge.PROTECTIVE:
        return lambda value: int(value in spec.protective)
    if spec.merge is Merge.HIGHER:
        return lambda value: order.get(value, -1) if isinstance(value, str) else -1
    return ordinary


def winner(heads: Iterable[Head], rank: Rank) -> Head:
    """The head that is shown: highest rank, then greatest stamp."""
    return max(heads, key=lambda head: (rank(head.value), head.stamp))


def losers(heads: Iterable[Head], rank: Rank) -> tuple[Head, ...]:
    """The heads that lost with another value than the winner's, greatest stamp first: what a person must see."""
    heads = tuple(heads)
    if len(heads) < 2:
        return ()
    shown = winner(heads, rank)
    rest = (head for head in heads if head.value != shown.value)
    return tuple(sorted(rest, key=lambda head: head.stamp, reverse=True))


def replaced_by_edit(heads: Iterable[Head], rank: Rank) -> tuple[Stamp, ...]:
    """What an ordinary edit replaces: the shown value, and every head that says the same."""
    heads = tuple(heads)
    if not heads:
        return ()
    shown = winner(heads, rank)
    return tuple(sorted(head.stamp for head in heads if head.value == shown.value))


def is_deleted(deletion: Fork, others: Iterable[Head]) -> bool:
    """Whether the record is gone. A deletion loses to a standing value, or a restoration, that it did not know of."""
    if not deletion.heads:
        return False
    last = winner(deletion.heads, lambda value: int(value is False))
    return last.value is True and not unseen(last, others)


def unseen(deletion: Head, others: Iterable[Head]) -> tuple[Head, ...]:
    """The standing values that a deletion was made without knowing of."""
    known = {stamp.device: stamp.hlc for stamp in deletion.seen}
    return tuple(head for head in others if head.stamp.hlc > known.get(head.stamp.device, 0))


def seen_of(others: Iterable[Head]) -> tuple[Stamp, ...]:
    """The `seen` of a deletion made in view of these values."""
    latest: dict[int, int] = {}
    for head in others:
        latest[head.stamp.device] = max(latest.get(head.stamp.device, 0), head.stamp.hlc)
    return tuple(Stamp(hlc, device) for device, hlc in sorted(latest.items()))


def joined(state: Mapping[Register, Fork], change: Change) -> dict[Register, Fork]:
    """The registers of a record after `change`; the reference that faster paths in `store` are tested against."""
    after = dict(state)
    for edit in change.edits:
        head = Head(change.stamp, edit.value, change.author, change.seen if edit.register.field == DELETED else ())
        after[edit.register] = after.get(edit.register, Fork()).join(head, edit.replaces)
    return after
