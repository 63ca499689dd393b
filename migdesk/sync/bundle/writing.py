"""Sync by hand, the way out: frozen batches in a sealed file. Store through `db`; file work on this thread.

The batches are the very bytes that the network would carry.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from uuid import UUID

from migdesk.clock import to_ms
from migdesk.domain.changes import Change
from migdesk.domain.record import Tier
from migdesk.domain.scope import UserCard
from migdesk.errors import EnvError
from migdesk.i18n.markers import N_
from migdesk.store import change_log, outbox
from migdesk.store.database import Store, Transaction
from migdesk.sync.laptop.outgoing import freeze_all
from migdesk.sync.progress import Watch
from migdesk.sync.runner import Runner
from migdesk.sync.trust import server_card
from migdesk.sync.trust.readers import all_may_know, readers_of
from migdesk.sync.wire.batch import FLAG_REPLY, NO_PREVIOUS, BatchHead, build, open_batch
from migdesk.sync.wire.bundle_file import VERSION, BundleBatch, Manifest, pack
from migdesk.sync.wire.codec import LEVEL_FAST, Codec
from migdesk.vault.atomic_file import discard
from migdesk.vault.device_keys import DeviceKeys, device_id_of
from migdesk.vault.sealing import open_sealed, seal_file

_WHOLE_CHANGES = 2_000


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
        discard(temporary)
    db(partial(_note_bundled, frozen=collected.frozen))
    return replace(info_of(collected.manifest, data), left_out=collected.left_out)


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


def _note_bundled(store: Store, *, frozen: Sequence[outbox.FrozenBatch]) -> None:
    with store.begin() as tx:
        outbox.mark_sent_by_bundle(tx, frozen)


def info_of(manifest: Manifest, data: bytes) -> BundleInfo:
    """What a bundle says of itself, from its manifest and its clear content."""
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
