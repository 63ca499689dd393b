"""Whether a change that came from elsewhere can be a change at all. Pure; what is wrong is told in English, for a log.

Whether its author may make it is decided above. Codes and lengths are not judged: a newer version may know better.
"""

import re
from collections.abc import Callable
from typing import Any

from migdesk.domain.changes import DELETED, Absent, Change, Edit, Edits, Value
from migdesk.domain.field_types import Amount, Day, FieldType, Moment, Ref, type_name
from migdesk.domain.record import FieldSpec, KindSpec, Schema
from migdesk.domain.values import Missing

_AREA = re.compile(r"\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?")
MOST = 1 << 63
DEVICES = 1 << 64
_NUMBERS = 1 << 31
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
_LAST_MS = 253_402_300_799_999
_AMOUNT = re.compile(r"[A-Z]{3} -?[0-9]{1,18}")
"""What nearly every amount looks like."""
_ID_SIZE = 16
_ELEMENT = re.compile(r"[A-Za-z0-9_.]{1,40}")
REASONS = {Missing.UNKNOWN.value, Missing.DECLINED.value}
TYPES: dict[type_name, type] = {"text": str, "integer": int, "boolean": bool, "blob": bytes}
"""The type of plain values by the storage of their field."""

Check = Callable[[Any], bool]


class Checks:
    """Checks of one program's kinds, with what each field may hold worked out once."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._fields: dict[tuple[int, int], Check] = {}

    def why_not(self, change: Change) -> str:
        """Why this can be no change, or an empty string."""
        outside = _outside(change)
        if outside:
            return outside
        spec = self._schema.by_number.get(change.kind)
        registers = Edits.of(change.edits).registers
        if len(set(registers)) != len(registers):
            return "two edits of the same"
        for edit in change.edits:
            reason = _loose(edit) or (self._of_kind(spec, edit) if spec is not None else "")
            if reason:
                return reason
        return _misplaced(spec, change) if spec is not None else ""

    def _of_kind(self, spec: KindSpec, edit: Edit) -> str:
        number, element = edit.register
        check = self._fields.get((spec.number, number))
        if check is not None and not element and check(edit.value):
            return ""
        if number == DELETED:
            return "" if not element and isinstance(edit.value, bool) else "a deletion is yes or no"
        field = spec.by_number.get(number)
        if field is None:
            return ""
        if field.is_set:
            good = is_element(element) and isinstance(edit.value, bool)
            return "" if good else f"field {number} is a set"
        if element:
            return f"field {number} is no set"
        if edit.value is None or isinstance(edit.value, Absent):
            return f"field {number} cannot be blank" if field.name == spec.area else ""
        if check is None:
            check = self._fields[spec.number, number] = _check_of(field)
        return "" if check(edit.value) else f"field {number} has no such value"


def _outside(change: Change) -> str:
    """What is out of range of the columns that every change needs."""
    if not (0 <= change.device < DEVICES and 0 < change.counter < MOST and 0 < change.hlc < MOST):
        return "device, number or clock out of range"
    if not 0 < change.kind < _NUMBERS:
        return "kind out of range"
    if not is_area(change.area):
        return "no area"
    if not all(0 < stamp.hlc < MOST and 0 <= stamp.device < DEVICES for stamp in change.seen):
        return "clock out of range"
    return ""


def _loose(edit: Edit) -> str:
    """What no field of any version may hold."""
    (number, element), value, replaces = edit
    if not 0 <= number < _NUMBERS or (element and not is_text(element)):
        return "field out of range"
    if replaces and not all(0 < stamp.hlc < MOST and 0 <= stamp.device < DEVICES for stamp in replaces):
        return "clock out of range"
    return "" if _is_plain(value) else f"field {number} has no plain value"


def _is_plain(value: Value) -> bool:
    if isinstance(value, str):
        return is_text(value)
    if isinstance(value, int):
        return -MOST <= value < MOST
    if isinstance(value, Absent):
        return value.why in REASONS
    return value is None or isinstance(value, bytes)


def is_area(area: str) -> bool:
    """Whether this is written as area codes are."""
    return _AREA.fullmatch(area) is not None


def is_element(element: str) -> bool:
    """Whether a set may have this element."""
    return _ELEMENT.fullmatch(element) is not None


def is_text(text: str) -> bool:
    """Whether a database can hold this text: no NUL, no half of a surrogate pair."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _misplaced(spec: KindSpec, change: Change) -> str:
    """A record's area and the area it says it is in must be one, or it would slip out of whoever may see it."""
    if spec.area and not spec.reference:
        number = spec.by_name[spec.area].number
        for edit in change.edits:
            if edit.register.field == number and edit.value != change.area:
                return "the area is not the one of the record"
    return ""


def _check_of(field: FieldSpec) -> Check:
    """Whether a plain value is of the field's type and can be read back."""
    wanted, closer = TYPES[field.type.storage], closer_check(field)
    if closer is None:
        return lambda value: type(value) is wanted
    return lambda value: type(value) is wanted and closer(value)


def closer_check(field: FieldSpec) -> Check | None:
    """Whether a value of the right Python type can be read back; None if all can."""
    if isinstance(field.type, Day):
        return lambda value: _FIRST_DAY <= value <= _LAST_DAY
    if isinstance(field.type, Moment):
        return lambda value: -_LAST_MS <= value <= _LAST_MS
    if isinstance(field.type, Ref):
        return lambda value: len(value) == _ID_SIZE
    if isinstance(field.type, Amount):
        return lambda value: _AMOUNT.fullmatch(value) is not None or _reads(field, value)
    if type(field.type).from_plain is FieldType.from_plain or field.type.storage == "boolean":
        return None
    return lambda value: _reads(field, value)


def _reads(field: FieldSpec, value: Any) -> bool:
    try:
        field.type.from_plain(value)
    except (ValueError, TypeError):
        return False
    return True
