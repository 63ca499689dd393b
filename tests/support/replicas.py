"""Histories of one record written by several devices that hear of each other now and then, for property tests."""

from datetime import date
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from migdesk.domain.case import Case
from migdesk.domain.changes import DELETED, Absent, Change, Edit, Register, Value
from migdesk.domain.merge import Fork, joined, ordinary, replaced_by_edit, seen_of

RECORD = UUID(int=0xC0FFEE)
UNKNOWN_FIELD = 900
DEVICES = ((1 << 63) + 1, 2, 3)

_SPEC = Case.spec
_NAMES = {name: _SPEC.by_name[name].number for name in _SPEC.by_name}
_AREAS = ("52.03.09.2004", "52.03.09.2005", "35.07.01.2001")
_CHOICES: dict[Register, tuple[Value, ...]] = {
    Register(_NAMES["consent_server"]): ("yes", "no", "withdrawn", None),
    Register(_NAMES["risk_level"]): ("none", "low", "medium", "high", None),
    Register(_NAMES["opened_on"]): ((date(2026, 11, 1) - date(1970, 1, 1)).days, Absent("unknown"), None),
    Register(_NAMES["status"]): ("open", "closed"),
    Register(_NAMES["categories"], "EXPL"): (True, False),
    Register(_NAMES["categories"], "TIP"): (True, False),
    Register(UNKNOWN_FIELD): ("new", b"\x01", None, 7),
    Register(UNKNOWN_FIELD + 1, "x"): (True, False),
    Register(_NAMES["area_code"]): _AREAS,
}


@st.composite
def histories(draw: st.DrawFn, most: int = 9) -> list[Change]:
    """Changes of one case, each made in view of what its device had heard of by then; clocks may disagree."""
    states: list[dict[Register, Fork]] = [{} for _ in DEVICES]
    heard: list[set[int]] = [set() for _ in DEVICES]
    changes: list[Change] = []
    hlcs = draw(st.lists(st.integers(1, 40), min_size=most, max_size=most, unique=True))
    for n in range(draw(st.integers(1, most))):
        at = draw(st.integers(0, len(DEVICES) - 1))
        for other in draw(st.sets(st.integers(0, n - 1))) if n else ():
            if other not in heard[at]:
                heard[at].add(other)
                states[at] = joined(states[at], changes[other])
        made = _change(draw, states[at], DEVICES[at], n, hlcs[n] << 20)
        changes.append(made)
        heard[at].add(n)
        states[at] = joined(states[at], made)
    return changes


def _change(draw: st.DrawFn, state: dict[Register, Fork], device: int, n: int, hlc: int) -> Change:
    author = UUID(int=device)
    more: dict[str, Any] = {}
    edits: tuple[Edit, ...]
    area = draw(st.sampled_from(_AREAS))
    if draw(st.integers(0, 5)) == 0:
        gone = draw(st.booleans())
        others = [head for register, fork in state.items() if register.field != DELETED for head in fork.heads]
        here = state.get(Register(DELETED), Fork()).heads
        edits = (Edit(Register(DELETED), gone, tuple(sorted(head.stamp for head in here))),)
        more = {"seen": seen_of(others)} if gone else {}
    else:
        registers = draw(st.sets(st.sampled_from(sorted(_CHOICES)), min_size=1, max_size=4))
        edits = tuple(_edit(draw, state, register, area) for register in sorted(registers))
    return Change(device, n + 1, hlc, author, _SPEC.number, RECORD, area, RECORD, edits, **more)


def _edit(draw: st.DrawFn, state: dict[Register, Fork], register: Register, area: str) -> Edit:
    value = area if register.field == _NAMES["area_code"] else draw(st.sampled_from(_CHOICES[register]))
    heads = state.get(register, Fork()).heads
    whole = draw(st.booleans())
    replaces = tuple(sorted(head.stamp for head in heads)) if whole else replaced_by_edit(heads, ordinary)
    return Edit(register, value, replaces)
