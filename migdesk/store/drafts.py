"""Typing that is not saved yet, by field, so that a pulled plug costs no more than the last word. Store's thread."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, select
from sqlalchemy.sql.elements import ColumnElement

from migdesk.clock import from_ms, to_ms
from migdesk.store.database import Transaction
from migdesk.store.tables import NATIONAL


@dataclass(frozen=True, slots=True)
class DraftKey:
    """Which form: its kind, the record that is edited (None for a new one), and the version of the form.

    `slot` tells several new records of one kind apart.
    """

    kind: str
    record: UUID | None = None
    form_version: int = 0
    slot: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed: JSON values by field name, and when the last of it was kept."""

    key: DraftKey
    fields: Mapping[str, Any] = field(default_factory=dict)
    updated_at: datetime = datetime.min


def put_field(tx: Transaction, key: DraftKey, name: str, value: Any) -> None:
    """Keep one field (anything JSON can hold)."""
    row = _key(key) | {"field": name, "value": json.dumps(value), "updated_ms": to_ms(tx.clock.now())}
    tx.run(tx.sql.put_draft, row)


def put(tx: Transaction, key: DraftKey, values: Mapping[str, Any]) -> None:
    """Keep a whole form: fields that it does not name are forgotten."""
    discard(tx, key)
    for name, value in values.items():
        put_field(tx, key, name, value)


def get(tx: Transaction, key: DraftKey) -> Draft | None:
    """What was kept for this form."""
    found = _read(tx, _of(tx, key))
    return found[0] if found else None


def all(tx: Transaction) -> list[Draft]:
    """Everything that was kept, latest first."""
    return sorted(_read(tx, None), key=lambda draft: draft.updated_at, reverse=True)


def discard(tx: Transaction, key: DraftKey) -> None:
    """Forget what was kept for this form."""
    tx.connection.execute(delete(tx.tables.draft).where(_of(tx, key)))


def discard_every_version(tx: Transaction, kind: str, record: UUID | None, slot: str) -> None:
    """Forget what was kept for this form by this and by older versions of the program."""
    table, key = tx.tables.draft, _key(DraftKey(kind, record, slot=slot))
    same = (table.c[name] == key[name] for name in ("op_area", "kind", "record", "slot"))
    tx.connection.execute(delete(table).where(*same))


def _key(key: DraftKey) -> dict[str, Any]:
    return {
        "op_area": NATIONAL, "kind": key.kind, "record": key.record.bytes if key.record else b"",
        "form_version": key.form_version, "slot": key.slot,
    }  # fmt: skip


def _of(tx: Transaction, key: DraftKey) -> ColumnElement[bool]:
    return and_(*(tx.tables.draft.c[name] == value for name, value in _key(key).items()))


def _read(tx: Transaction, where: ColumnElement[bool] | None) -> list[Draft]:
    table = tx.tables.draft
    query = select(table).order_by(table.c.updated_ms)
    kept: dict[DraftKey, tuple[dict[str, Any], int]] = {}
    for row in tx.connection.execute(query if where is None else query.where(where)):
        record = UUID(bytes=bytes(row.record)) if row.record else None
        fields, _ = kept.get(key := DraftKey(row.kind, record, row.form_version, row.slot), ({}, 0))
        fields[row.field] = json.loads(row.value)
        kept[key] = fields, row.updated_ms
    return [Draft(key, fields, from_ms(at)) for key, (fields, at) in kept.items()]
