"""Sync by hand: frozen batches in a sealed file, made and taken in. Store through `db`; file work on this thread.

The batches are the very bytes that the network would carry, and they are received by the same function; so a bundle
may come twice, late, or before an earlier one.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from uuid import UUID

from migdesk.clock import to_ms
from migdesk.domain.changes import Change
from migdesk.domain.record import Tier
from migdesk.domain.scope import UserCard
from migdesk.errors import EnvError, RefusedError
from migdesk.i18n.markers import N_
from migdesk.store import applying, change_log, inbox, outbox
from migdesk.store.database import Store, Transaction
from migdesk.store.inbox import StreamKey
from migdesk.sync.inbound import early
from migdesk.sync.inbound.receiving import APPLIED, CONFLICT, DUPLICATE, HELD, REJECTED, Source, receive_batch
from migdesk.sync.laptop.outgoing import freeze_all
from migdesk.sync.progress import Watch
from migdesk.sync.runner import Runner
from migdesk.sync.trust import known_devices, server_card
from migdesk.sync.trust.judging import facts_of
from migdesk.sync.trust.known_devices import KnownDevice
from migdesk.sync.trust.readers import all_may_know, readers_of
from migdesk.sync.trust.senders import DeviceRow, may_pull
from migdesk.sync.wire.batch import FLAG_REPLY, NO_PREVIOUS, BatchHead, build, open_batch, read_head
from migdesk.sync.wire.bundle_file import VERSION, BundleBatch, Manifest, pack, read_batches, read_manifest
from migdesk.sync.wire.codec import LEVEL_FAST, Codec
from migdesk.sync.wire.frames import State
from migdesk.sync.wire.limits import BadBatchError
from migdesk.vault.device_keys import DeviceKeys, device_id_of, verify
from migdesk.vault.sealing import open_sealed, seal_file

_WHOLE_CHANGES = 2_000


@dataclass(frozen=True, slots=True)
class WaitingBatch:
    """A batch that came before an earlier one of its sender: it is kept and applied when that has come."""

    label: str
    device: int
    op_area: str
    missing_n: int
    n: int


@dataclass(frozen=True, slots=True)
class BundleInfo:
    """What a bundle says of itself. `sender` is its device; the label is the sender's own word. `left_out`, known only
    to who made it: changes of ours that a recipient may not know of."""

    sender: int
    sign_key: bytes
    label: str
    org: UUID
    created_ms: int
    batches: int
    changes: int
    size: int
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class _Collected:
    """What goes into a bundle, and how many changes do not because a recipient may not know of them."""

    manifest: Manifest
    bodies: list[bytes]
    frozen: list[outbox.FrozenBatch]
    left_out: int


@dataclass(slots=True)
class BundleReport:
    """Counts of changes. `outside`: not for this laptop's user, and not kept here."""

    batches: int = 0
    changes: int = 0
    received: int = 0
    duplicates: int = 0
    conflicts: int = 0
    held: int = 0
    quarantined: int = 0
    outside: int = 0
    waiting: list[WaitingBatch] = field(default_factory=list)


def write_bundle(
    db: Runner,
    keys: DeviceKeys,
    recipients: Sequence[str],
    out: Path,
    *,
    label: str = "",
    whole: bool = False,
    codec: Codec | None = None,
    watch: Watch | None = None,
) -> BundleInfo:
    """Write everything of ours that the server has not acknowledged into a file that only `recipients` can open.

    With `whole`, also all that is here of others and may be seen by this device's user. The sender can open it too.
    What one of the recipients may not know of is left out and counted: whole batches of our own, single changes else.
    Raises RefusedError for a recipient that is no active device of the organisation, UserError if there is none or
    this laptop is not enrolled, EnvError if the file cannot be written or does not read back, CancelledError if the
    watch stopped it; then there is no file. Phases: `packing` in batches, `sealing`.
    """
    codec, watch = codec or Codec.shipped(), watch or Watch()
    collected = db(
        partial(_collect, keys=keys, recipients=tuple(recipients), label=label, whole=whole, codec=codec, watch=watch)
    )
    watch.step("sealing", 0, 0)
    data = pack(collected.manifest, collected.bodies, keys.sign)
    temporary = out.with_name(out.name + ".part")
    try:
        seal_file(data, temporary, list(dict.fromkeys((*recipients, keys.recipient))))
        if open_sealed(temporary, keys.identity) != data:
            raise EnvError(
                N_("{file} does not read back as it was written."),
                hint=N_("Use another stick or disk. Nothing is lost on this laptop."),
                file=out.name,
            )
        _rename(temporary, out)
    finally:
        temporary.unlink(missing_ok=True)
    db(partial(_note_bundled, frozen=collected.frozen))
    return replace(_info(collected.manifest, data), left_out=collected.left_out)


def inspect(path: Path, *identities: str) -> BundleInfo:
    """What a bundle holds, without taking it in. Raises what `read_bundle` raises for a file that is none."""
    data = open_sealed(path, *identities)
    manifest, signed, signature = read_manifest(data)
    if not verify(manifest.sign_key, signed, signature):
        raise BadBatchError("signature does not hold")
    return _info(manifest, data)


def read_bundle(
    db: Runner,
    path: Path,
    *identities: str,
    user: UserCard | None = None,
    codec: Codec | None = None,
    watch: Watch | None = None,
) -> BundleReport:
    """Take a bundle in; doing it again changes nothing. `user`: of this laptop, who keeps only what is in scope.

    Raises RefusedError if it is sealed for others, from an unknown or revoked device or another organisation;
    UserError (BadBatchError) if it is damaged; then nothing was changed. CancelledError if the watch stopped it between
    two batches: what is in stays, and the rest comes when the bundle is taken in again. Phase: `taking` in batches.
    """
    codec, watch = codec or Codec.shipped(), watch or Watch()
    data = open_sealed(path, *identities)
    manifest, signed, signature = read_manifest(data)
    if not verify(manifest.sign_key, signed, signature):
        raise BadBatchError("signature does not hold")
    bodies = read_batches(data, manifest)
    sender = db(partial(_sender, manifest=manifest))
    report = BundleReport()
    for number, (batch, body) in enumerate(zip(manifest.batches, bodies, strict=True)):
        watch.step("taking", number, len(bodies))
        take = _take_made if batch.n == 0 else _take_frozen
        db(partial(take, body=body, sender=sender, user=user, org=manifest.org_id, codec=codec, report=report))
        report.batches += 1
    report.waiting = db(_waiting)
    return report


def _collect(
    store: Store, *, keys: DeviceKeys, recipients: Sequence[str], label: str, whole: bool, codec: Codec, watch: Watch
) -> "_Collected":
    with store.read() as tx:
        org = server_card.get(tx).org
        readers = readers_of(tx, recipients)
    freeze_all(store, keys, org, codec, LEVEL_FAST)
    batches, bodies, frozen, left_out = [], [], [], 0
    with store.read() as tx:
        waiting = outbox.undurable(tx)
        for number, one in enumerate(waiting):
            watch.step("packing", number, len(waiting))
            body = outbox.read_batch(tx, one.op_area, one.lane, one.n)
            _, changes = open_batch(body, _own(keys), codec)
            if len(all_may_know(tx, readers, one.op_area, changes)) < len(changes):
                left_out += len(changes)
                continue
            frozen.append(one)
            batches.append(BundleBatch(one.op_area, one.lane, one.n, one.sha256, one.size, one.changes))
            bodies.append(body)
        if whole:
            for head, count, body in _everything(tx, keys, org, codec, readers, watch):
                sha256 = hashlib.sha256(body).digest()
                batches.append(BundleBatch(head.op_area, head.lane, 0, sha256, len(body), count))
                bodies.append(body)
        manifest = Manifest(VERSION, org.bytes, keys.public, label[:80], to_ms(tx.clock.now()), tuple(batches))
    return _Collected(manifest, bodies, frozen, left_out)


def _own(keys: DeviceKeys) -> Callable[[int, bytes, bytes], bool]:
    return lambda device, data, signature: device == keys.device_id and keys.made(data, signature)


def _everything(
    tx: Transaction, keys: DeviceKeys, org: UUID, codec: Codec, readers: Sequence[UserCard], watch: Watch
) -> list[tuple[BatchHead, int, bytes]]:
    """All changes of others that are here, below tier 4, and may be known to all readers, as batches of this device."""
    made = []
    for op_area in change_log.op_areas(tx):
        seq = 0
        while rows := change_log.after(tx, op_area, seq, _WHOLE_CHANGES):
            watch.step("packing", seq, change_log.head(tx, op_area))
            others = [change for _, change in rows if change.device != keys.device_id and _may_leave(tx, change)]
            changes = all_may_know(tx, readers, op_area, others)
            first, seq = seq, rows[-1][0]
            if changes:
                head = BatchHead(
                    org, op_area, 0, keys.device_id, 0, NO_PREVIOUS, tx.schema.version(), first, seq,
                    to_ms(tx.clock.now()), FLAG_REPLY,
                )  # fmt: skip
                made.append((head, len(changes), build(head, changes, keys.sign, codec, LEVEL_FAST)))
    return made


def _may_leave(tx: Transaction, change: Change) -> bool:
    spec = tx.schema.by_number.get(change.kind)
    fields = spec.by_number if spec else {}
    return all(fields[edit.register.field].tier < Tier.T4 for edit in change.edits if edit.register.field in fields)


def _sender(store: Store, *, manifest: Manifest) -> KnownDevice:
    with store.read() as tx:
        if server_card.get(tx).org != manifest.org_id:
            raise RefusedError(N_("This bundle comes from another organisation."), hint=N_("Nothing was read from it."))
        found = known_devices.find_by_key(tx, manifest.sign_key)
    if found is None:
        raise RefusedError(
            N_("This bundle comes from a device that is not known here."),
            hint=N_("Nothing was read from it. Sync with the server first if the device is new."),
        )
    if found.row.revoked:
        raise RefusedError(
            N_("This bundle comes from a device that was revoked."),
            hint=N_("Nothing was read from it. Give it to the administrator of the server."),
        )
    return found


def _take_frozen(
    store: Store, *, body: bytes, sender: KnownDevice, user: UserCard | None, org: UUID, codec: Codec,
    report: BundleReport,
) -> None:  # fmt: skip
    """A frozen batch: received as from the network; then whatever waited behind it."""
    head = read_head(body)
    key, n, data = StreamKey(head.op_area, head.device, head.lane), head.n, body
    while True:
        with store.begin() as tx:
            row = sender.row if head.device == sender.row.device else _row_of(tx, head.device)
            got = receive_batch(tx, key, n, data, Source(row, org, codec, "bundle", user, user is not None))
            following = inbox.stream_state(tx, key).next_n
            waiting = inbox.spooled(tx, key, following) if got.state in {State.APPLIED, State.REFUSED} else None
        report.changes += got.changes
        report.outside += got.outside
        report.received += got.count(APPLIED)
        report.duplicates += got.count(DUPLICATE)
        report.conflicts += got.count(CONFLICT)
        report.held += got.count(HELD)
        report.quarantined += got.count(REJECTED) + (got.state in {State.REFUSED, State.FORKED})
        if waiting is None:
            return
        n, data = following, waiting


def _row_of(tx: Transaction, device: int) -> DeviceRow:
    found = known_devices.find(tx, device)
    if found is None:
        raise BadBatchError("batch of an unknown device")
    return found.row


def _take_made(
    store: Store, *, body: bytes, sender: KnownDevice, user: UserCard | None, org: UUID, codec: Codec,
    report: BundleReport,
) -> None:  # fmt: skip
    """A batch that the sender made of what it has of others: what sender and reader may both know of is applied."""
    row = sender.row
    head, changes = open_batch(body, lambda device, *signed: device == row.device and row.made(*signed), codec)
    if head.org != org or not head.flags & FLAG_REPLY:
        raise BadBatchError("batch of another organisation")
    with store.begin() as tx:
        is_server = row.device == server_card.get(tx).device
        facts, circles = facts_of(tx, head.op_area, changes)
        wanted = [
            change
            for change in changes
            if (is_server or (row.user and may_pull(row.user, change, tx.schema, facts, circles)))
            and (is_server or not _is_reference(tx, change))
            and (user is None or may_pull(user, change, tx.schema, facts, circles))
        ]
        results = applying.apply(tx, wanted, origin="bundle")
        early.let_go(tx, wanted)
    outcomes = [str(result.outcome) for result in results]
    report.changes += len(changes)
    report.outside += len(changes) - len(wanted)
    report.received += outcomes.count(APPLIED)
    report.duplicates += outcomes.count(DUPLICATE)
    report.conflicts += outcomes.count(CONFLICT)
    report.held += outcomes.count(HELD)
    report.quarantined += outcomes.count(REJECTED)


def _is_reference(tx: Transaction, change: Change) -> bool:
    """Users and devices decide who is trusted: they are believed from the server alone."""
    spec = tx.schema.by_number.get(change.kind)
    return spec is None or spec.reference


def _waiting(store: Store) -> list[WaitingBatch]:
    with store.read() as tx:
        labels = {one.row.device: one.label or one.username for one in known_devices.each(tx)}
        return [
            WaitingBatch(
                labels.get(one.key.device, ""), one.key.device, one.key.op_area,
                inbox.stream_state(tx, one.key).next_n, one.n,
            )
            for one in inbox.waiting(tx)
        ]  # fmt: skip


def _note_bundled(store: Store, *, frozen: Sequence[outbox.FrozenBatch]) -> None:
    with store.begin() as tx:
        outbox.mark_sent_by_bundle(tx, frozen)


def _info(manifest: Manifest, data: bytes) -> BundleInfo:
    return BundleInfo(
        device_id_of(manifest.sign_key), manifest.sign_key, manifest.label, manifest.org_id, manifest.created_ms,
        len(manifest.batches), sum(batch.changes for batch in manifest.batches), len(data),
    )  # fmt: skip


def _rename(temporary: Path, out: Path) -> None:
    try:
        temporary.replace(out)
    except OSError as error:
        raise EnvError(
            N_("{file} cannot be written."), hint=N_("Choose another folder and try again."), file=out.name
        ) from error
