"""Typing that is not saved yet: kept by field in the encrypted store, offered again after a kill. Store thread."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from migdesk.domain.record import KindSpec, from_json, to_json
from migdesk.services.session import Session
from migdesk.store import drafts
from migdesk.store.drafts import DraftKey


@dataclass(frozen=True, slots=True)
class Draft:
    """Kept typing. `record` is the record being edited, None for a new one; `slot` tells several new ones apart (for
    a counselling session: the id of the person). `values` may hold text that is no value of its field yet.
    """

    kind: str
    record: UUID | None
    slot: str
    values: Mapping[str, Any]
    updated_at: datetime


def keep(session: Session, kind: str, values: Mapping[str, Any], record: UUID | None = None, slot: str = "") -> None:
    """Keep all of a form. Never refused: typing is kept even when it may not be saved."""
    spec = session.schema.by_name[kind]
    with session.store.begin() as tx:
        drafts.put(
            tx, _key(session, kind, record, slot), {name: _pack(spec, name, one) for name, one in values.items()}
        )


def keep_field(session: Session, kind: str, name: str, value: Any, record: UUID | None = None, slot: str = "") -> None:
    """Keep one field of a form."""
    spec = session.schema.by_name[kind]
    with session.store.begin() as tx:
        drafts.put_field(tx, _key(session, kind, record, slot), name, _pack(spec, name, value))


def resume(session: Session, kind: str, record: UUID | None = None, slot: str = "") -> Draft | None:
    """What was kept for this form, also by another version of the program; None if nothing was."""
    return next((one for one in open_drafts(session) if (one.kind, one.record, one.slot) == (kind, record, slot)), None)


def open_drafts(session: Session) -> tuple[Draft, ...]:
    """All kept typing, latest first."""
    with session.store.read() as tx:
        found = drafts.all(tx)
    kept = [_draft(session, one) for one in found if one.key.kind in session.schema.by_name]
    return tuple(sorted(kept, key=lambda one: one.updated_at, reverse=True))


def discard(session: Session, kind: str, record: UUID | None = None, slot: str = "") -> None:
    """Forget what was kept for this form, because the person said so; a save uses its draft up by itself."""
    with session.store.begin() as tx:
        drafts.discard_every_version(tx, kind, record, slot)


def _key(session: Session, kind: str, record: UUID | None, slot: str) -> DraftKey:
    return DraftKey(kind, record, session.schema.version(), slot)


def _draft(session: Session, one: drafts.Draft) -> Draft:
    spec = session.schema.by_name[one.key.kind]
    values = {name: _unpack(spec, name, data) for name, data in one.fields.items()}
    return Draft(one.key.kind, one.key.record, one.key.slot, values, one.updated_at)


def _pack(spec: KindSpec, name: str, value: Any) -> dict[str, Any]:
    """A value in its JSON form; what is no value of the field (half a date) as the text that it is."""
    if value is None:
        return {"value": None}
    one = spec.by_name.get(name)
    if one is not None:
        try:
            data = to_json(one, value)
            from_json(one, data)
        except (ValueError, TypeError, AttributeError):
            return {"text": str(value)}
        return {"value": data}
    return {"text": str(value)}


def _unpack(spec: KindSpec, name: str, data: Mapping[str, Any]) -> Any:
    one = spec.by_name.get(name)
    if "value" not in data or one is None:
        return data.get("text")
    try:
        return from_json(one, data["value"])
    except (ValueError, TypeError, AttributeError):
        return str(data["value"])
