"""Where a draft is taken up again. No Qt. Any thread."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from migdesk.services.drafts import Draft

Place = tuple[str, UUID | None, Mapping[str, Any]]


def place_of(draft: Draft) -> Place | None:
    """Screen, record and parameters for `navigate`; None for a form that this version has no screen for."""
    resume = {"resume": draft.slot}
    new: dict[str, Any] = {} if draft.record is not None else {"new": True}
    values = draft.values
    if draft.kind == "person":
        return "people", draft.record, {**new, "edit": draft.record is not None, **resume}
    if draft.kind == "counselling_session":
        person = values.get("person")
        return "counselling", draft.record, {**new, **({"person": person} if draft.record is None else {}), **resume}
    if draft.kind == "case":
        return "cases", draft.record, {**new, **resume}
    if draft.kind == "incident":
        return "cases", _id(values.get("case")), {"incident": draft.record or "new", **resume}
    if draft.kind == "training_event":
        return "training", draft.record, {**new, "edit": draft.record is not None, **resume}
    if draft.kind in {"training_session", "participant"}:
        part = "session" if draft.kind == "training_session" else "participant"
        return "training", _id(values.get("event")), {part: draft.record or "new", **resume}
    return None


def _id(value: object) -> UUID | None:
    return value if isinstance(value, UUID) else None
