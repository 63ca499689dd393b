"""Attachments of a record: list, add, describe, open, save a copy, remove. Store thread, unless it says otherwise.

Whoever may read the record may open its attachments; each look into one of a case is audited. Clear bytes exist in
memory only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from migdesk.domain.attachment import KINDS, Attachment, kind_for, parent_kind
from migdesk.domain.record import Tier
from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.services import access, saving
from migdesk.services.access import About, Names
from migdesk.services.attachment_files import ENDINGS, Prepared
from migdesk.services.events import ChangeSet
from migdesk.services.session import Session
from migdesk.store import audit, blobs, records, settings
from migdesk.store.blobs import BlobKey, Held
from migdesk.store.database import Transaction
from migdesk.store.errors import not_found
from migdesk.store.records import State, Stored
from migdesk.vault import blob_cipher
from migdesk.vault.atomic_file import write_atomic

_ALWAYS = "attachments.always_fetch"


class Place(StrEnum):
    """Where the bytes of an attachment are, seen from this laptop."""

    KEPT = "kept"
    WAITS = "waits"
    PARTLY_SENT = "partly_sent"
    SENT = "sent"
    AWAY = "away"
    ASKED = "asked"
    PARTLY_HERE = "partly_here"


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """One attachment in a list. `moved` of `total` encrypted bytes were sent or have come; `here`: it can be opened."""

    record: Attachment
    about: About
    place: Place
    moved: int
    total: int

    @property
    def here(self) -> bool:
        return self.place in (Place.KEPT, Place.WAITS, Place.PARTLY_SENT, Place.SENT)


@dataclass(frozen=True, slots=True)
class Opened:
    """The clear bytes of an attachment, in memory."""

    record: Attachment
    data: bytes


def add(session: Session, of: str, parent: UUID, file: Prepared, values: Mapping[str, Any] | None = None) -> UUID:
    """Keep a prepared file with the record `parent` of the kind `of`: record and bytes in one transaction.

    `values`: `caption`, `document_kind`, `file_name`. Raises UserError for a kind without attachments, RefusedError,
    InvalidRecordError; EnvError for a full disk. Then nothing was written.
    """
    kind, given = _kind(of), dict(values or {})
    access.must_write(session, kind.spec)
    made, today = file.cleaned, session.today()
    taken = made.taken_on if made.taken_on is not None and made.taken_on <= today else None
    full = {
        kind.spec.parent: parent, "media_type": made.media_type, "size": len(made.data), "sha256": file.sha256,
        "blob_key": file.blob_key, "width": made.width or None, "height": made.height or None, "taken_on": taken,
        "file_name": file_name(made.media_type, given.get("document_kind"), taken or today),
    } | {name: value for name, value in given.items() if value is not None}  # fmt: skip
    with session.store.begin() as tx:
        saved = saving.save_in(session, tx, kind, full)
        stored = records.get(tx, kind, saved.id)
        blobs.put(tx, BlobKey(_op_area(stored), file.sha256), file.pieces)
    session.events.publish(ChangeSet(saved.kinds, frozenset({saved.id})))
    return saved.id


def kind_of_record(session: Session, id: UUID) -> str:
    """The kind of a record that may have attachments. Raises NotFoundError."""
    with session.store.read() as tx:
        for kind in KINDS:
            of = parent_kind(kind)
            if access.find(session, tx, session.schema.by_name[of].cls, id) is not None:
                return of
    raise not_found()


def file_name(media_type: str, document_kind: object, day: date) -> str:
    """A name that says nothing of a person (V-22)."""
    what = document_kind if isinstance(document_kind, str) else "document" if media_type == "pdf" else "photo"
    return f"{what}-{day.isoformat()}{ENDINGS.get(media_type, '')}"


def listed(session: Session, of: str, parent: UUID) -> tuple[AttachmentRow, ...]:
    """The attachments of a record, latest first. Raises RefusedError, UserError."""
    kind = _kind(of)
    access.must_read(session, kind.spec)
    with session.store.read() as tx:
        names = Names(tx)
        found = access.all_of(session, tx, kind, where={kind.spec.parent: parent})
        rows = [_row(session, tx, stored, names) for stored in found]
    return tuple(sorted(rows, key=lambda one: one.about.created_at, reverse=True))


def get(session: Session, id: UUID) -> AttachmentRow:
    """One attachment of whatever record. Raises NotFoundError."""
    with session.store.read() as tx:
        return _row(session, tx, _stored(session, tx, id), Names(tx))


def open_clear(session: Session, id: UUID, *, act: str = "view_attachment", detail: str = "") -> Opened:
    """The clear bytes. Raises NotFoundError; UserError if they are not on this laptop yet, or are damaged."""
    with session.store.begin() as tx:
        stored = _stored(session, tx, id)
        held = _held(tx, stored)
        if held is None or not held.complete:
            raise UserError(
                N_("This file is not on this laptop yet."), hint=N_("Ask for it; it comes with the next sync.")
            )
        if stored.record.spec.in_circle or detail:
            audit.append(tx, session.user.id, act, stored.record.spec.name, id, detail)
        sealed = blobs.whole(tx, held.key)
    if stored.record.spec.tier >= Tier.T2 and not stored.record.spec.in_circle and not detail:
        session.notes.looked(act, stored.record.spec.name, id)
    try:
        return Opened(stored.record, blob_cipher.unseal(stored.record.blob_key or b"", sealed))
    except ValueError as error:
        raise UserError(
            N_("This file is damaged on this laptop."), hint=N_("Ask whoever added it to add it once more.")
        ) from error


def thumbnail_bytes(session: Session, id: UUID) -> Opened | None:
    """The clear bytes for a small picture in a list, or None if they are not here. A list is no look into a file."""
    with session.store.read() as tx:
        stored = _stored(session, tx, id)
        held = _held(tx, stored)
        sealed = blobs.whole(tx, held.key) if held is not None and held.complete else None
    if sealed is None:
        return None
    try:
        return Opened(stored.record, blob_cipher.unseal(stored.record.blob_key or b"", sealed))
    except ValueError:
        return None


def copy_out(session: Session, id: UUID, reason: str) -> Opened:
    """The clear bytes for a copy outside the workspace. `reason` is a code of the list `copy_reason`; it is audited.
    Raises UserError without one."""
    if reason not in session.codes["copy_reason"].by_code:
        raise UserError(N_("Say why the copy is needed."), hint=N_("A copy outside MigDesk is protected by nobody."))
    return open_clear(session, id, act="copy_attachment", detail=f"reason: {reason}")


def write_copy(path: Path, opened: Opened) -> None:
    """Write a copy, whole or not at all. For an io thread. Raises EnvError."""
    write_atomic(path, opened.data)


def want(session: Session, id: UUID) -> None:
    """Have it come with the next sync. Raises NotFoundError."""
    with session.store.begin() as tx:
        stored = _stored(session, tx, id)
        held = _held(tx, stored)
        if held is None or not held.complete:
            key = held.key if held is not None else _key(stored)
            blobs.want(tx, key, blob_cipher.sealed_size(stored.record.size or 0))
    session.events.publish(ChangeSet(frozenset({stored.record.spec.name}), frozenset({id})))


def describe(session: Session, id: UUID, values: Mapping[str, Any]) -> None:
    """Change `caption`, `document_kind` or `file_name`. Raises RefusedError, NotFoundError, InvalidRecordError."""
    with session.store.read() as tx:
        kind = type(_stored(session, tx, id).record)
    saving.save(session, kind, {name: values[name] for name in ("caption", "document_kind", "file_name")
                                if name in values}, id)  # fmt: skip


def delete(session: Session, id: UUID) -> None:
    """Remove it from the record. Bytes that the server has are let go here. Raises RefusedError, NotFoundError."""
    with session.store.read() as tx:
        stored = _stored(session, tx, id)
    saving.delete(session, type(stored.record), id)
    with session.store.begin() as tx:
        held = _held(tx, stored)
        if held is not None and held.settled:
            blobs.drop(tx, held.key)


def always_fetch(session: Session) -> bool:
    """Whether every attachment in scope is fetched by itself, not only the small ones."""
    with session.store.read() as tx:
        return bool(settings.get(tx, _ALWAYS, False))


def set_always_fetch(session: Session, on: bool) -> None:
    """Fetch every attachment in scope by itself, or only small ones and those asked for."""
    with session.store.begin() as tx:
        settings.put(tx, _ALWAYS, on)


def _kind(of: str) -> type[Attachment]:
    kind = kind_for(of)
    if kind is None:
        raise UserError(N_("This kind of record has no attachments."))
    return kind


def _stored(session: Session, tx: Transaction, id: UUID) -> Stored[Attachment]:
    for kind in KINDS:
        found: Stored[Any] | None = access.find(session, tx, kind, id)
        if found is not None:
            return found
    raise not_found()


def _op_area(stored: Stored[Any]) -> str:
    return blobs.op_area_of(stored.meta.area)


def _key(stored: Stored[Attachment]) -> BlobKey:
    return BlobKey(_op_area(stored), stored.record.sha256 or b"")


def _held(tx: Transaction, stored: Stored[Attachment]) -> Held | None:
    return blobs.find(tx, stored.record.sha256 or b"", _op_area(stored))


def _row(session: Session, tx: Transaction, stored: Stored[Any], names: Names) -> AttachmentRow:
    record: Attachment = stored.record
    held, total = _held(tx, stored), blob_cipher.sealed_size(record.size or 0)
    place, moved = _place(held, stored.meta.state)
    return AttachmentRow(record, access.about(session, stored, names), place, moved, total)


def _place(held: Held | None, state: State) -> tuple[Place, int]:
    if held is None or not held.complete:
        if held is not None and held.held:
            return Place.PARTLY_HERE, held.held
        return (Place.ASKED if held is not None and held.wanted else Place.AWAY), 0
    if held.settled:
        return Place.SENT, held.size
    if state == State.KEPT:
        return Place.KEPT, 0
    return (Place.PARTLY_SENT, held.sent) if held.sent else (Place.WAITS, 0)
