"""Turns stored values of registers into field values that a screen can show. Pure."""

from dataclasses import dataclass
from typing import Any

from migdesk.domain.changes import DELETED, Absent, Register, Value
from migdesk.domain.record import KindSpec, Tier
from migdesk.domain.values import Missing
from migdesk.i18n.markers import N_


@dataclass(frozen=True, slots=True)
class Words:
    """One register in words: its translatable `label`, the code list of its values if any, and for one element of a
    set the element's code. `field` is empty for the deletion of a record and for a field of a newer version."""

    field: str
    label: str
    codes: str = ""
    element: str = ""
    secret: bool = False


def words(spec: KindSpec, register: Register) -> Words:
    """What a register is called."""
    if register.field == DELETED:
        return Words("", N_("Removed"))
    one = spec.by_number.get(register.field)
    if one is None:
        return Words("", N_("A field of a newer version"), element=register.element)
    return Words(one.name, one.label, one.codes, register.element, one.tier >= Tier.T4)


def shown(spec: KindSpec, register: Register, value: Value) -> Any:
    """The field value behind a stored one; for an element of a set, and for a deletion, yes or no."""
    if isinstance(value, Absent):
        return Missing(value.why)
    one = spec.by_number.get(register.field)
    if value is None or one is None or register.element or register.field == DELETED:
        return value
    try:
        return one.type.from_plain(value)
    except (ValueError, TypeError):
        return str(value)
