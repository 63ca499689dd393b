"""What replicas must come to, worked out from what was saved alone: nothing here is taken from `domain.merge`.

The oracle writes down every value with what its author saw at that moment. What a replica must show follows from the
set of those values that reached it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

ChangeId = tuple[int, int]
Slot = tuple[str, str]
"""A field, and an element of it if it is a set. `GONE` says whether the record was deleted."""
GONE: Slot = ("", "")
SETS = frozenset({"categories", "topics", "documents", "tags"})
T4 = frozenset({("case", "wishes"), ("incident", "account")})
PROTECTIVE = {
    ("case", "consent_services"): ("no", "withdrawn"), ("case", "consent_statistics"): ("no", "withdrawn"),
    ("case", "consent_server"): ("no", "withdrawn"), ("person", "may_contact"): ("no",),
    ("person", "may_visit"): ("no",), ("home_visit", "may_return"): ("no",),
}  # fmt: skip
HIGHER = frozenset({("case", "risk_level"), ("case", "threat_level")})
RISK = (None, "none", "low", "medium", "high")


class Said(NamedTuple):
    """One change as it was made: its edits, and by slot the changes whose values it replaced. `covers` goes with a
    deletion: the latest clock of each device among the values that it was made in view of."""

    id: ChangeId
    hlc: int
    device: str
    kind: str
    record: UUID
    author: UUID
    edits: Mapping[Slot, Any]
    replaced: Mapping[Slot, frozenset[ChangeId]]
    covers: Mapping[int, int]

    @property
    def stamp(self) -> tuple[int, int]:
        return self.hlc, self.id[0]


@dataclass(frozen=True)
class View:
    """What is to be seen of a record: values by field, whether it is gone, and for each slot in dispute the value
    that is shown and those that lost."""

    values: dict[str, Any]
    gone: bool
    disputes: dict[Slot, tuple[Any, frozenset[Any]]]


Pairs = Iterable[tuple[ChangeId, Slot]]
Unheard = frozenset[tuple[str, str]]
"""Kind and name of fields."""


@dataclass
class Oracle:
    """Everything that was ever saved."""

    said: dict[ChangeId, Said] = field(default_factory=dict)
    kinds: dict[UUID, str] = field(default_factory=dict)

    def heads(self, pairs: Pairs) -> dict[Slot, list[Said]]:
        """By slot, the changes whose value nobody among these replaced."""
        found: dict[Slot, list[Said]] = {}
        for id, slot in set(pairs):
            found.setdefault(slot, []).append(self.said[id])
        for slot, here in found.items():
            gone = frozenset().union(*(one.replaced[slot] for one in here))
            found[slot] = [one for one in here if one.id not in gone]
        return {slot: here for slot, here in found.items() if here}

    def view(self, record: UUID, pairs: Pairs, unheard: Unheard = frozenset()) -> View:
        """What a replica that heard of these pairs must show of a record, if these fields are none to its version:
        their values do not show, and those that stand against each other go by their stamps."""
        kind, heads = self.kinds[record], self.heads(pairs)
        values: dict[str, Any] = {}
        disputes: dict[Slot, tuple[Any, frozenset[Any]]] = {}
        for slot, here in heads.items():
            if slot == GONE:
                continue
            value = shown(kind, slot, here, unheard).edits[slot]
            if (kind, slot[0]) in unheard:
                pass
            elif slot[0] in SETS:
                if value:
                    values[slot[0]] = values.get(slot[0], frozenset()) | {slot[1]}
            elif value is not None:
                values[slot[0]] = value
            lost = frozenset(one.edits[slot] for one in here) - {value}
            if lost:
                disputes[slot] = (value, lost)
        gone = self._gone(heads)
        if self._deletion_disputed(heads):
            disputes[GONE] = (False, frozenset({True}))
        return View(values, gone, {} if gone else disputes)

    def _gone(self, heads: Mapping[Slot, list[Said]]) -> bool:
        """A deletion counts unless somebody brought the record back, or a value stands that it did not know of."""
        here = heads.get(GONE, [])
        if not here or not all(one.edits[GONE] for one in here):
            return False
        return not unknown_to(max(here, key=lambda one: one.stamp), heads)

    def _deletion_disputed(self, heads: Mapping[Slot, list[Said]]) -> bool:
        removals = [one for one in heads.get(GONE, ()) if one.edits[GONE]]
        if not removals:
            return False
        if len(removals) < len(heads[GONE]):
            return True
        return bool(unknown_to(max(removals, key=lambda one: one.stamp), heads))


def unknown_to(removal: Said, heads: Mapping[Slot, list[Said]]) -> list[Said]:
    """The standing values that a deletion was made without knowing of."""
    standing = [one for slot, here in heads.items() if slot != GONE for one in here]
    return [one for one in standing if one.hlc > removal.covers.get(one.id[0], 0)]


def covering(heads: Mapping[Slot, list[Said]]) -> dict[int, int]:
    """What a deletion made now would know of."""
    covers: dict[int, int] = {}
    for slot, here in heads.items():
        for one in here if slot != GONE else ():
            covers[one.id[0]] = max(covers.get(one.id[0], 0), one.hlc)
    return covers


def shown(kind: str, slot: Slot, heads: Iterable[Said], unheard: Unheard = frozenset()) -> Said:
    """DESIGN 4: protection before all, the higher risk, an addition to a set; then the later clock, then the device."""

    def rank(one: Said) -> tuple[int, tuple[int, int]]:
        value = one.edits[slot]
        if (kind, slot[0]) in unheard:
            return 0, one.stamp
        if slot[0] in SETS:
            return int(value is True), one.stamp
        if (kind, slot[0]) in PROTECTIVE:
            return int(value in PROTECTIVE[kind, slot[0]]), one.stamp
        if (kind, slot[0]) in HIGHER:
            return RISK.index(value) if value else -1, one.stamp
        return 0, one.stamp

    return max(heads, key=rank)
