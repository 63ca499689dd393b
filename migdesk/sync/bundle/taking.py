"""Sync by hand, the way in: a sealed file is opened, judged, and taken in by one transaction, or only tried.

Store through `db`; file work on this thread. The batches are received by the same function as from the network; so a
bundle may come twice, late, or before an earlier one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from migdesk.domain.changes import Change
from migdesk.domain.scope import UserCard
from migdesk.errors import RefusedError, UserError
from migdesk.i18n.markers import N_
from migdesk.store import applying, inbox
from migdesk.store.database import Store, Transaction
from migdesk.store.inbox import StreamKey
from migdesk.sync.bundle.tally import KindCounts, Tally
from migdesk.sync.bundle.writing import BundleInfo, info_of
from migdesk.sync.inbound import early
from migdesk.sync.inbound.receiving import (
    APPLIED,
    CONFLICT,
    DUPLICATE,
    HELD,
    REJECTED,
    Opened,
    Received,
    Source,
    outcome_of,
    receive_batch,
)
from migdesk.sync.progress import Watch
from migdesk.sync.runner import Runner
from migdesk.sync.trust import known_devices, server_card
from migdesk.sync.trust.judging import facts_of
from migdesk.sync.trust.known_devices import KnownDevice
from migdesk.sync.trust.senders import DeviceRow, may_pull
from migdesk.sync.wire.batch import FLAG_REPLY, open_batch, read_head
from migdesk.sync.wire.bundle_file import Manifest, read_batches, read_manifest
from migdesk.sync.wire.codec import Codec
from migdesk.sync.wire.frames import Outcome, State
from migdesk.sync.wire.limits import BadBatchError
from migdesk.vault.device_keys import verify
from migdesk.vault.sealing import open_sealed


@dataclass(frozen=True, slots=True)
class WaitingBatch:
    """A batch that came before an earlier one of its sender: it is kept and applied when that has come. `written_ms`
    is when its sender made it."""

    label: str
    device: int
    op_area: str
    missing_n: int
    n: int
    written_ms: int = 0


@dataclass(slots=True)
class BundleReport:
    """Counts of changes; `kinds` counts records. `outside`: not for this laptop's user, and not kept here. `rejected`:
    how many of the quarantined for which reason (English, as it stands there). `later`: they wait for an earlier
    bundle. `rehearsed`: nothing was kept, it only says what would be."""

    batches: int = 0
    changes: int = 0
    received: int = 0
    duplicates: int = 0
    conflicts: int = 0
    held: int = 0
    quarantined: int = 0
    outside: int = 0
    waiting: list[WaitingBatch] = field(default_factory=list)
    kinds: dict[str, KindCounts] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    later: int = 0
    rehearsed: bool = False

    @property
    def new(self) -> int:
        return sum(one.new for one in self.kinds.values())

    @property
    def changed(self) -> int:
        return sum(one.changed for one in self.kinds.values())

    @property
    def says_nothing_new(self) -> bool:
        """Whether all that the bundle holds was here before."""
        return self.duplicates == self.changes and not self.quarantined and not self.later

    def reject(self, reason: str, count: int = 1) -> None:
        self.quarantined += count
        self.rejected[reason] = self.rejected.get(reason, 0) + count


class _RehearsedError(Exception):
    """Undoes the transaction of a rehearsal."""


def inspect(path: Path, *identities: str) -> BundleInfo:
    """What a bundle holds, without taking it in. Raises what `read_bundle` raises for a file that is none."""
    manifest, data = _opened(path, *identities)
    return info_of(manifest, data)


def read_bundle(
    db: Runner,
    path: Path,
    *identities: str,
    user: UserCard | None = None,
    codec: Codec | None = None,
    watch: Watch | None = None,
    rehearse: bool = False,
) -> BundleReport:
    """Take a bundle in, all of it or nothing; doing it again changes nothing. `user`: of this laptop, who keeps only
    what is in scope. With `rehearse` everything is done and then undone: the report says what would be.

    Raises RefusedError if it is sealed for others, from an unknown or revoked device or another organisation;
    UserError (BadBatchError) if it is damaged; CancelledError if the watch stopped it. Whatever it raises, nothing was
    changed. Phase: `taking` in batches, or `rehearsing`.
    """
    manifest, data = _opened(path, *identities)
    bodies = read_batches(data, manifest)
    sender = db(partial(_sender, manifest=manifest))
    taking = _Taking(manifest, sender, user, codec or Codec.shipped())
    return db(partial(_take, taking=taking, bodies=bodies, watch=watch or Watch(), rehearse=rehearse))


def _opened(path: Path, *identities: str) -> tuple[Manifest, bytes]:
    data = open_sealed(path, *identities)
    manifest, signed, signature = read_manifest(data)
    if not verify(manifest.sign_key, signed, signature):
        raise BadBatchError("signature does not hold")
    return manifest, data


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


def _take(store: Store, *, taking: "_Taking", bodies: Sequence[bytes], watch: Watch, rehearse: bool) -> BundleReport:
    """All batches in one transaction: a bundle that is half in would be hard to tell from one that is damaged."""
    report = taking.report
    report.rehearsed = rehearse
    try:
        with store.begin() as tx:
            for number, body in enumerate(bodies):
                watch.step("rehearsing" if rehearse else "taking", number, len(bodies))
                taking.batch(tx, number, body)
            report.waiting = _waiting(tx)
            report.kinds = taking.tally.counts(tx)
            if rehearse:
                raise _RehearsedError
    except _RehearsedError:
        pass
    return report


class _Taking:
    """The batches of one bundle, one after another in one transaction."""

    def __init__(self, manifest: Manifest, sender: KnownDevice, user: UserCard | None, codec: Codec) -> None:
        self._manifest, self._sender, self._user, self._codec = manifest, sender, user, codec
        self.report, self.tally = BundleReport(), Tally()

    def batch(self, tx: Transaction, number: int, body: bytes) -> None:
        """Take one in."""
        listed = self._manifest.batches[number]
        self.report.batches += 1
        if listed.n == 0:
            self._made(tx, body)
        else:
            self._frozen(tx, body, listed.changes)

    def _frozen(self, tx: Transaction, body: bytes, listed: int) -> None:
        """A frozen batch: received as from the network; then whatever waited behind it."""
        head = read_head(body)
        key, n, data = StreamKey(head.op_area, head.device, head.lane), head.n, body
        while True:
            got = self._receive(tx, key, n, data, head.device)
            if got.state == State.APPLIED and not got.changes and not got.outcomes:
                # Known by its number and hash: it was not even opened.
                self.report.changes += listed
                self.report.duplicates += listed
            elif got.state == State.RECEIVED:
                self._must_be_kept(tx, key, n)
                self.report.later += listed
            following = inbox.stream_state(tx, key).next_n
            waiting = inbox.spooled(tx, key, following) if got.state in {State.APPLIED, State.REFUSED} else None
            if waiting is None:
                return
            n, data, listed = following, waiting, 0

    def _must_be_kept(self, tx: Transaction, key: StreamKey, n: int) -> None:
        if inbox.spooled(tx, key, n) is None:
            raise UserError(
                N_("Too much of this sender waits for an earlier bundle already."),
                hint=N_("Nothing was changed. Take in the earlier bundle first, then this one again."),
            )

    def _receive(self, tx: Transaction, key: StreamKey, n: int, data: bytes, device: int) -> Received:
        sender, user = self._sender, self._user
        row = sender.row if device == sender.row.device else _row_of(tx, device)
        source = Source(row, self._manifest.org_id, self._codec, "bundle", user, passes_on=user is not None)

        def opened() -> Opened:
            # `receive_batch` looked at the signature before it asks for this.
            made = Opened(*open_batch(data, lambda *_: True, self._codec))
            self.tally.before(tx, made.changes)
            return made

        got = receive_batch(tx, key, n, data, source, opened)
        report = self.report
        report.changes += got.changes
        report.outside += got.outside
        report.received += got.count(APPLIED)
        self._outcomes(key.device, got.outcomes)
        if got.state in {State.REFUSED, State.FORKED}:
            report.reject(got.why)
        return got

    def _made(self, tx: Transaction, body: bytes) -> None:
        """A batch that the sender made of what it has of others: what sender and reader may both know of is applied."""
        row, user = self._sender.row, self._user
        head, changes = open_batch(
            body, lambda device, *signed: device == row.device and row.made(*signed), self._codec
        )
        if head.org != self._manifest.org_id or not head.flags & FLAG_REPLY:
            raise BadBatchError("batch of another organisation")
        is_server = row.device == server_card.get(tx).device
        facts, circles = facts_of(tx, head.op_area, changes)
        wanted = [
            change
            for change in changes
            if (is_server or (row.user and may_pull(row.user, change, tx.schema, facts, circles)))
            and (is_server or not _is_reference(tx, change))
            and (user is None or may_pull(user, change, tx.schema, facts, circles))
        ]
        self.tally.before(tx, wanted)
        results = applying.apply(tx, wanted, origin="bundle")
        early.let_go(tx, wanted)
        report = self.report
        report.changes += len(changes)
        report.outside += len(changes) - len(wanted)
        report.received += sum(str(one.outcome) == APPLIED for one in results)
        outcomes = [(one.change_id[0], outcome_of(one)) for one in results if str(one.outcome) != APPLIED]
        for device, outcome in outcomes:
            self._outcomes(device, [outcome])

    def _outcomes(self, device: int, outcomes: Iterable[Outcome]) -> None:
        report = self.report
        for one in outcomes:
            report.duplicates += one.outcome == DUPLICATE
            report.held += one.outcome == HELD
            if one.outcome == CONFLICT:
                report.conflicts += 1
                self.tally.disputed([(device, one.counter)])
            elif one.outcome == REJECTED:
                report.reject(one.reason)


def _row_of(tx: Transaction, device: int) -> DeviceRow:
    found = known_devices.find(tx, device)
    if found is None:
        raise BadBatchError("batch of an unknown device")
    return found.row


def _is_reference(tx: Transaction, change: Change) -> bool:
    """Users and devices decide who is trusted: they are believed from the server alone."""
    spec = tx.schema.by_number.get(change.kind)
    return spec is None or spec.reference


def _waiting(tx: Transaction) -> list[WaitingBatch]:
    labels = {one.row.device: one.label or one.username for one in known_devices.each(tx)}
    found = []
    for one in inbox.waiting(tx):
        body = inbox.spooled(tx, one.key, one.n)
        written = read_head(body).created_ms if body else 0
        missing = inbox.stream_state(tx, one.key).next_n
        found.append(
            WaitingBatch(labels.get(one.key.device, ""), one.key.device, one.key.op_area, missing, one.n, written)
        )
    return found
