"""The receipt that goes back to the sender of a bundle: an acknowledgement as of an exchange, carried by hand.

What it means is what the same answer would mean over the network: of the central server, that it has the changes; of a
colleague's laptop, that it has them and brings them to the server, for which they go on waiting. Store through `db`.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from migdesk.clock import to_ms
from migdesk.errors import RefusedError, UserError
from migdesk.i18n.markers import N_
from migdesk.store import inbox, outbox, relays, settings
from migdesk.store.database import Store, Transaction
from migdesk.store.inbox import StreamKey
from migdesk.sync.laptop.arriving import note_ack
from migdesk.sync.report import SyncReport
from migdesk.sync.runner import Runner
from migdesk.sync.trust import known_devices, server_card
from migdesk.sync.trust.host_identity import HostIdentity
from migdesk.sync.trust.known_devices import KnownDevice
from migdesk.sync.wire.frames import Ack, State
from migdesk.sync.wire.limits import BadBatchError
from migdesk.sync.wire.receipt_file import VERSION, BundleReceipt, HeldStream, pack, read
from migdesk.sync.wire.receipt_file import is_receipt as looks_like_one
from migdesk.vault.device_keys import DeviceKeys, verify
from migdesk.vault.sealing import open_sealed, seal_file

_MADE = "receipts.made"
"""Setting: the number of the last receipt that was made here."""
_TAKEN = "receipts.taken"
"""Setting: `{device: number of its last receipt that was taken in}`."""


@dataclass(frozen=True, slots=True)
class ReceiptReport:
    """What a receipt said: `changes` of ours that its `device` has and was not known to have. `at_server`: it is the
    central server."""

    device: int
    label: str
    changes: int
    at_server: bool


def write_receipt(db: Runner, keys: DeviceKeys, sender: int, out: Path, *, host: HostIdentity | None = None) -> int:
    """Write for the sender of a bundle what is here of its streams; returns how many batches that are. `host`: the
    central server, if it is the one that writes.

    Raises RefusedError if the sender is no active device, UserError if nothing of it is here, EnvError if the file
    cannot be written.
    """
    receipt, recipient = db(partial(_made, keys=keys, sender=sender, host=host))
    if not receipt.streams:
        raise UserError(N_("There is nothing to confirm: nothing of this sender is here."))
    seal_file(pack(receipt, keys.sign), out, list(dict.fromkeys((recipient, keys.recipient))))
    return sum(one.n for one in receipt.streams)


def read_receipt(db: Runner, keys: DeviceKeys, path: Path) -> ReceiptReport:
    """Believe a receipt: from now on this laptop knows what its writer has.

    Raises RefusedError if it is sealed for others, for another laptop, of nobody known, or was taken in before;
    UserError (BadBatchError) if it is damaged or forged. Whatever it raises, nothing was changed.
    """
    receipt, signed, signature = read(open_sealed(path, *keys.identities))
    if not verify(receipt.sign_key, signed, signature):
        raise BadBatchError("signature does not hold")
    return db(partial(_take, receipt=receipt, own=keys.device_id))


def is_receipt(path: Path, *identities: str) -> bool:
    """Whether a sealed file is a receipt. Raises what `read_receipt` raises for a file that cannot be opened."""
    return looks_like_one(open_sealed(path, *identities))


def _made(store: Store, *, keys: DeviceKeys, sender: int, host: HostIdentity | None) -> tuple[BundleReceipt, str]:
    with store.begin() as tx:
        known = _active(known_devices.find(tx, sender))
        number = max(to_ms(tx.clock.now()), int(settings.get(tx, _MADE, 0)) + 1)
        settings.put(tx, _MADE, number)
        streams = []
        for key in sorted(inbox.streams_of(tx, sender), key=lambda one: (one.op_area, one.lane)):
            state = inbox.stream_state(tx, key)
            if state.applied_n and not state.forked:
                streams.append(HeldStream(key.op_area, key.lane, state.applied_n, state.applied_sha))
        org = host.org if host is not None else server_card.get(tx).org
    generation = host.generation if host is not None else b""
    return BundleReceipt(VERSION, org.bytes, keys.public, sender, number, generation, tuple(streams)), known.recipient


def _take(store: Store, *, receipt: BundleReceipt, own: int) -> ReceiptReport:
    if receipt.device != own:
        raise RefusedError(N_("This receipt is for another laptop."), hint=N_("Nothing was changed."))
    with store.begin() as tx:
        card = server_card.get(tx)
        if card.org != receipt.org_id:
            raise _unknown()
        writer = _active(known_devices.find_by_key(tx, receipt.sign_key))
        device = writer.row.device
        at_server = device == card.device
        if at_server and receipt.generation != card.generation:
            raise RefusedError(
                N_("This receipt is older than what the server holds now."),
                hint=N_("Nothing was changed. Sync, or carry a new bundle to the server."),
            )
        _must_be_newer(tx, device, receipt.number)
        note = _at_server if at_server else _at_colleague
        changes = sum(note(tx, one, own, device) for one in receipt.streams)
        peer = "" if at_server else f"{device:016x}"
        outbox.sync_note(tx, SyncReport(sent=changes, peer=peer).to_json())
    return ReceiptReport(device, writer.label or writer.username, changes, at_server)


def _must_be_newer(tx: Transaction, device: int, number: int) -> None:
    taken = settings.get(tx, _TAKEN, {})
    if number <= int(taken.get(f"{device:016x}", 0)):
        raise RefusedError(
            N_("This receipt was taken in already, or a newer one of the same laptop was."),
            hint=N_("Nothing was changed, and nothing is missing."),
        )
    settings.put(tx, _TAKEN, {**taken, f"{device:016x}": number})


def _at_server(tx: Transaction, held: HeldStream, own: int, device: int) -> int:
    return note_ack(tx, Ack(held.op_area, held.lane, held.n, State.APPLIED, 0, held.sha256))


def _at_colleague(tx: Transaction, held: HeldStream, own: int, device: int) -> int:
    """As in a room (`laptop.hub`): only what names a batch of ours by its hash is believed."""
    batch = outbox.find_batch(tx, held.op_area, held.lane, held.n)
    if batch is None or batch.sha256 != held.sha256:
        return 0
    key = StreamKey(held.op_area, own, held.lane)
    before = relays.had(tx, device).get(key, 0)
    relays.note(tx, device, key, held.n)
    kept = outbox.undurable(tx)
    stream = [one for one in kept if (one.op_area, one.lane) == (held.op_area, held.lane)]
    return sum(one.changes for one in stream if before < one.n <= held.n)


def _active(found: KnownDevice | None) -> KnownDevice:
    if found is None or found.row.revoked or found.row.user is None:
        raise _unknown()
    return found


def _unknown() -> RefusedError:
    return RefusedError(
        N_("This receipt does not come from, or go to, an active device of your organisation."),
        hint=N_("Nothing was changed. Sync with the server first if the device is new."),
    )
