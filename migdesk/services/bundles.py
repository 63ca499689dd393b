"""Sync by hand: sealed bundle files to and from named devices. File work runs on an io thread and reaches the store
only through `run`; `recipients` and `own_key` run on the store's thread."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from migdesk.clock import from_ms
from migdesk.services.events import ChangeSet
from migdesk.services.session import Session
from migdesk.store import audit
from migdesk.store.database import Store
from migdesk.sync.bundle import receipts, taking, writing
from migdesk.sync.bundle.writing import BundleInfo
from migdesk.sync.progress import Progress, Watch
from migdesk.sync.runner import Runner
from migdesk.sync.trust import known_devices, server_card
from migdesk.vault.device_keys import fingerprint_words

BundleReport = taking.BundleReport
ReceiptReport = receipts.ReceiptReport


@dataclass(frozen=True, slots=True)
class Recipient:
    """A device that a bundle can be sealed for. `words` are to be compared with its owner before the first bundle."""

    recipient: str
    label: str
    username: str
    display_name: str
    role: str
    words: str
    is_server: bool = False


@dataclass(frozen=True, slots=True)
class OwnKey:
    """What this laptop tells others about itself."""

    recipient: str
    words: str
    device: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a bundle says of itself before anything is taken in. `sender` is the sender's own word for the device;
    `known` whether that device is an active one of the organisation; `own`: it was made on this laptop. `left_out`,
    after writing only: changes of ours that a recipient may not know of."""

    sender: str
    device: str
    words: str
    known: bool
    own: bool
    created: datetime
    batches: int
    changes: int
    size: int
    org: UUID
    left_out: int = 0


def own_key(session: Session) -> OwnKey:
    """The public key of this laptop, for whoever wants to send it a bundle."""
    keys = session.keys
    return OwnKey(keys.recipient, fingerprint_words(keys.recipient), f"{keys.device_id:016x}")


def recipients(session: Session) -> tuple[Recipient, ...]:
    """The active devices of the organisation that this laptop has heard of, this one left out, by name; the server
    last. Empty before enrolment."""
    with session.store.read() as tx:
        card = server_card.find(tx)
        special = {"", session.keys.recipient, card.recipient if card is not None else ""}
        devices = [one for one in known_devices.each(tx) if not one.row.revoked and one.recipient not in special]
        found = [_recipient(one) for one in devices if one.row.user is not None]
    found.sort(key=lambda one: (one.display_name.casefold(), one.label, one.recipient))
    if card is not None and card.recipient:
        words = fingerprint_words(card.recipient)
        found.append(Recipient(card.recipient, card.url, "", "", "", words, is_server=True))
    return tuple(found)


def export(
    run: Runner,
    session: Session,
    recipients: Sequence[str],
    out: Path,
    *,
    whole: bool = False,
    label: str = "",
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> Preview:
    """Write what waits into a file that only these recipients (`age1...`) and this laptop can open; with `whole` also
    what is here of others. The file is read back before it gets its name.

    Raises RefusedError for a recipient outside the organisation, UserError before enrolment, EnvError for the disk.
    """
    name = label or session.user.username
    made = writing.write_bundle(
        run, session.keys, recipients, out, label=name, whole=whole, watch=Watch.of(progress, cancel)
    )
    run(partial(_audited, session=session, action="bundle_export", count=made.changes))
    return _preview(made, session, known=True)


def inspect(run: Runner, session: Session, path: Path) -> Preview:
    """What a bundle holds; nothing is taken in. Raises RefusedError if it is sealed for others, UserError if it is
    damaged or none."""
    found = taking.inspect(path, *session.keys.identities)
    sender = run(partial(_sender, sign_key=found.sign_key))
    if sender is not None:
        found = replace(found, sender=sender.row.device)
    return _preview(found, session, known=sender is not None and not sender.row.revoked)


def rehearse(
    run: Runner, session: Session, path: Path, progress: Progress | None = None, cancel: threading.Event | None = None
) -> BundleReport:
    """What taking this bundle in would do, by doing it and undoing it: nothing is written.

    Raises what `import_` raises.
    """
    watch = Watch.of(progress, cancel)
    return taking.read_bundle(run, path, *session.keys.identities, user=session.user, watch=watch, rehearse=True)


def import_(
    run: Runner, session: Session, path: Path, progress: Progress | None = None, cancel: threading.Event | None = None
) -> BundleReport:
    """Take a bundle in, whole or not at all; again changes nothing. What is not for this user is left out.

    Raises RefusedError for an unknown or revoked sender, a foreign organisation, or a file sealed for others;
    UserError if it is damaged; CancelledError if it was stopped; then nothing was changed.
    """
    watch = Watch.of(progress, cancel)
    report = taking.read_bundle(run, path, *session.keys.identities, user=session.user, watch=watch)
    run(partial(_refresh, session=session))
    run(partial(_audited, session=session, action="bundle_import", count=report.changes))
    return report


def is_receipt(session: Session, path: Path) -> bool:
    """Whether a sealed file is a receipt for a bundle and no bundle. Raises RefusedError, UserError, EnvError."""
    return receipts.is_receipt(path, *session.keys.identities)


def write_receipt(run: Runner, session: Session, device: str, out: Path) -> int:
    """Write for the sender of a bundle (`Preview.device`) what is here of it; returns how many batches that are.

    Raises RefusedError if the sender is no active device, UserError if nothing of it is here, EnvError for the disk.
    """
    count = receipts.write_receipt(run, session.keys, int(device, 16), out)
    run(partial(_audited, session=session, action="receipt_export", count=count))
    return count


def take_receipt(run: Runner, session: Session, path: Path) -> ReceiptReport:
    """Believe a receipt that came back for a bundle.

    Raises RefusedError if it is of or for somebody else, or was taken in before; UserError if it is damaged or forged.
    """
    report = receipts.read_receipt(run, session.keys, path)
    run(partial(_refresh, session=session))
    run(partial(_audited, session=session, action="receipt_import", count=report.changes))
    return report


def _recipient(one: known_devices.KnownDevice) -> Recipient:
    user = one.row.user
    return Recipient(
        one.recipient, one.label, one.username, user.display_name if user else "", user.role if user else "",
        fingerprint_words(one.recipient),
    )  # fmt: skip


def _preview(found: BundleInfo, session: Session, *, known: bool) -> Preview:
    return Preview(
        sender=found.label,
        device=f"{found.sender:016x}",
        words=fingerprint_words(found.sign_key),
        known=known,
        own=found.sign_key in session.keys.publics,
        created=from_ms(found.created_ms),
        batches=found.batches,
        changes=found.changes,
        size=found.size,
        org=found.org,
        left_out=found.left_out,
    )


def _sender(store: Store, *, sign_key: bytes) -> known_devices.KnownDevice | None:
    with store.read() as tx:
        return known_devices.find_by_key(tx, sign_key)


def _refresh(store: Store, *, session: Session) -> None:
    session.reload()
    session.events.publish(ChangeSet(frozenset(session.schema.by_name), initiator="bundle"))


def _audited(store: Store, *, session: Session, action: str, count: int) -> None:
    with store.begin() as tx:
        audit.append(tx, session.user.id, action, detail=str(count))
