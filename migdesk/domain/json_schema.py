"""JSON Schema (2020-12) of a kind: the JSON form that `records put` takes and `records list` gives. Pure; any thread.

What JSON Schema has no word for stands in `x-` members: labels in every language, sensitivity tier, wire number, when a
field matters.
"""

from collections.abc import Callable, Mapping
from typing import Any

from migdesk.domain.codes import MISSING_CODES, CodeBook
from migdesk.domain.field_types import Ref
from migdesk.domain.record import FieldSpec, KindSpec, Required

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NOT_KNOWN: dict[str, Any] = {
    "type": "object",
    "properties": {"missing": {"enum": list(MISSING_CODES)}},
    "required": ["missing"],
    "additionalProperties": False,
}

Say = Callable[[str], str]


def kind_schema(spec: KindSpec, codes: CodeBook, say: Mapping[str, Say]) -> dict[str, Any]:
    """The schema of one kind. `say` translates a label into each language, by its code; `title` is the English one."""
    return {
        "$schema": DIALECT,
        "$id": f"urn:migdesk:kind:{spec.name}",
        "title": spec.title,
        "type": "object",
        "properties": {
            "kind": {"const": spec.name},
            "id": {"type": "string", "format": "uuid"},
            **{one.name: field_schema(one, codes, say) for one in spec.fields},
        },
        "required": ["kind", *(one.name for one in spec.fields if one.required is Required.SAVE)],
        "additionalProperties": False,
        "x-number": spec.number,
        "x-titles": _words(spec.title, say),
        "x-tier": spec.tier.name,
        "x-lane": spec.lane.name.lower(),
        "x-in-circle": spec.in_circle,
        "x-reference": spec.reference,
        "x-natural": list(spec.natural),
        "x-parent": spec.parent or None,
    }


def field_schema(one: FieldSpec, codes: CodeBook, say: Mapping[str, Say]) -> dict[str, Any]:
    """The schema of one field; null is a blank."""
    shape = one.type.schema()
    if one.codes in codes.lists:
        allowed = {"enum": [entry.code for entry in codes[one.codes].entries]}
        if not one.is_set and one.can_decline:
            allowed["enum"] += [code for code in MISSING_CODES if code not in allowed["enum"]]
        shape = shape | {"items": {"type": "string"} | allowed} if one.is_set else shape | allowed
    forms = [shape, {"type": "null"}]
    if one.can_decline and not one.codes:
        forms.insert(1, _NOT_KNOWN)
    found: dict[str, Any] = {
        "title": one.label,
        "anyOf": forms,
        "x-number": one.number,
        "x-titles": _words(one.label, say),
        "x-tier": one.tier.name,
        "x-required": one.required.value,
    }
    if one.help:
        found |= {"description": one.help, "x-descriptions": _words(one.help, say)}
    if one.codes:
        found |= {"x-codes": one.codes}
    if one.codes in codes.lists:
        found |= {"x-labels": {entry.code: dict(entry.labels) for entry in codes[one.codes].entries}}
    if isinstance(one.type, Ref):
        found |= {"x-kind": one.type.kind}
    if one.when is not None:
        found |= {"x-when": {"field": one.when.field, "is_one_of": list(one.when.is_one_of)}}
    return found | ({"x-exports": dict(one.exports)} if one.exports else {})


def _words(text: str, say: Mapping[str, Say]) -> dict[str, str]:
    return {language: translate(text) for language, translate in say.items()}
