"""Photographs and scans that belong to a record (DOMAIN 2.6). The bytes themselves are no record: see `store.blobs`.

One kind for each kind that can have them, because area, circle, consent and rights follow from the kind and its parent.
"""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from migdesk.domain.field_types import Blob, Code, Day, Digest, Ref, Text, Whole
from migdesk.domain.record import Lane, Record, Required, Tier, declared, record
from migdesk.domain.values import Answer
from migdesk.i18n.markers import N_

MAX_BYTES = 20 << 20
"""Of one file as it is kept, before encryption."""
SUMMARY = ("file_name", "document_kind")

# A field is one line; those of the base are no defaults of their own, `@record` of each kind takes them.
# ruff: noqa: RUF009
# fmt: off


@dataclass(frozen=True, kw_only=True)
class Attachment(Record):
    """What is known of any attachment. `sha256` names the encrypted bytes, `blob_key` opens them; whoever may read the
    record may read the file. Field 1 of each kind is what it belongs to."""

    file_name: str | None = declared(2, Text(120), N_("Name of the file"), help=N_("Leave names of people out."), required=Required.SAVE, can_decline=False)
    media_type: str | None = declared(3, Code("media_type"), N_("Kind of file"), required=Required.SAVE, can_decline=False)
    size: int | None = declared(4, Whole(1, MAX_BYTES), N_("Size (bytes)"), required=Required.SAVE, can_decline=False)
    sha256: bytes | None = declared(5, Digest(), N_("Fingerprint of the encrypted file"), required=Required.SAVE, can_decline=False)
    blob_key: bytes | None = declared(6, Blob(32), N_("Key of the encrypted file"), required=Required.SAVE, can_decline=False)
    width: int | None = declared(7, Whole(1, 100_000), N_("Width (pixels)"), can_decline=False)
    height: int | None = declared(8, Whole(1, 100_000), N_("Height (pixels)"), can_decline=False)
    caption: Answer[str] = declared(9, Text(200), N_("What it shows"), can_decline=False)
    document_kind: Answer[str] = declared(10, Code("attachment_kind"), N_("Kind of document"), can_decline=False)
    taken_on: Answer[dt.date] = declared(11, Day(), N_("Taken on"), can_decline=False)


@record(12, N_("Attachment of a person"), N_("Attachments of people"), tier=Tier.T2, lane=Lane.BULK, parent="person", summary=SUMMARY)
class PersonAttachment(Attachment):
    """A photo of a document of a person."""

    person: UUID | None = declared(1, Ref("person"), N_("Person"), required=Required.SAVE, can_decline=False)


@record(13, N_("Attachment of a session"), N_("Attachments of sessions"), tier=Tier.T2, lane=Lane.BULK, parent="session", summary=SUMMARY)
class CounsellingAttachment(Attachment):
    """A scan that came up in counselling: a contract, a cost list."""

    session: UUID | None = declared(1, Ref("counselling_session"), N_("Counselling session"), required=Required.SAVE, can_decline=False)


@record(14, N_("Attachment of a case"), N_("Attachments of cases"), tier=Tier.T3, lane=Lane.BULK, parent="case", in_circle=True, summary=SUMMARY)
class CaseAttachment(Attachment):
    """Evidence in a case: for its circle only, and it leaves only with the person's consent, as the case does."""

    case: UUID | None = declared(1, Ref("case"), N_("Case"), required=Required.SAVE, can_decline=False)


@record(15, N_("Attachment of an event"), N_("Attachments of events"), tier=Tier.T1, lane=Lane.BULK, parent="event", summary=SUMMARY)
class EventAttachment(Attachment):
    """A scanned attendance sheet, a photo of a training."""

    event: UUID | None = declared(1, Ref("training_event"), N_("Event"), required=Required.SAVE, can_decline=False)


# fmt: on
KINDS: tuple[type[Attachment], ...] = (PersonAttachment, CounsellingAttachment, CaseAttachment, EventAttachment)


def kind_for(parent: str) -> type[Attachment] | None:
    """The kind of attachment of a kind of record, by name; None if it has none."""
    return next((kind for kind in KINDS if parent_kind(kind) == parent), None)


def parent_kind(kind: type[Attachment]) -> str:
    """The name of the kind of record that attachments of this kind belong to."""
    ref = kind.spec.by_name[kind.spec.parent].type
    return ref.kind if isinstance(ref, Ref) else ""
