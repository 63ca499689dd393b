"""What the server answers, put into the store of a laptop frame by frame. Network thread; the store only through `db`.

A reply is kept piece by piece until it is whole, then applied in one transaction with the cursor that it moves. A long
one is opened on a thread of its own while the one before it is applied.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from uuid import UUID

from migdesk.domain.changes import Change
from migdesk.domain.scope import UserCard
from migdesk.errors import RefusedError
from migdesk.i18n.markers import N_
from migdesk.store import applying, bulk, cursors, outbox, relays, replies
from migdesk.store.applying import Result
from migdesk.store.bulk import Prepared
from migdesk.store.cursors import PullCursor
from migdesk.store.database import Store, Transaction
from migdesk.store.replies import PartialReply
from migdesk.sync.inbound import early
from migdesk.sync.inbound.ahead import WORTH_BYTES, Ahead
from migdesk.sync.inbound.receiving import CONFLICT, HELD, REJECTED, Opened
from migdesk.sync.laptop import anchoring, removing
from migdesk.sync.laptop.relaying import passed_on
from migdesk.sync.report import SyncReport
from migdesk.sync.runner import Runner
from migdesk.sync.trust import orders, scopes, server_card
from migdesk.sync.trust.server_card import ServerCard
from migdesk.sync.wire.anchor_words import Verdict
from migdesk.sync.wire.batch import FLAG_ENTERING, FLAG_MORE, FLAG_REPLY, meant_for, open_batch
from migdesk.sync.wire.codec import Codec
from migdesk.sync.wire.frames import Ack, Control, Cursor, Frame, Order, Pull, Scope, State
from migdesk.sync.wire.limits import BadBatchError
from migdesk.sync.wire.scope_words import LEFT
from migdesk.vault.device_keys import verify

Offsets = dict[tuple[int, str, int, int], int]
_KEEP_AT = 32 << 10
_KEEP_AFTER_S, _KEEP_MOST = 0.25, 1 << 20
"""On a quick link a reply is whole before it were worth a write of its pieces."""
_LONG_ANSWER = 8 << 20
"""A server ends an answer at some size, perhaps between two areas: after so many bytes it is asked once more."""


class _Reply:
    """A reply on its way: what is kept already (`offset` bytes) and what is in memory."""

    def __init__(self, pull: Pull) -> None:
        self.op_area, self.reply_id, self.offset, self.total = pull.op_area, pull.reply_id, pull.offset, pull.total
        self.data = bytearray()
        self.since = time.monotonic()

    def fits(self, pull: Pull) -> bool:
        return self.reply_id == pull.reply_id and self.offset + len(self.data) == pull.offset

    def is_worth_keeping(self) -> bool:
        """Whether it would be a pity to lose what is in memory if this program were killed."""
        size = len(self.data)
        return size >= _KEEP_AT and (size >= _KEEP_MOST or time.monotonic() - self.since >= _KEEP_AFTER_S)


class Arrivals:
    """Handles the frames of one answer of the central server. `offsets`: where a batch goes on, by its device (0: this
    one), area, lane and number. `prove`: it wants to hear of a row of the audit."""

    peer = cursors.SERVER

    def __init__(self, db: Runner, codec: Codec, card: ServerCard, report: SyncReport, device: int) -> None:
        self._db, self._codec, self._report, self._device = db, codec, report, device
        self.card = card
        self.server_ms = 0
        self.prove = False
        self._unfinished: set[str] = set()
        self._anew: set[str] = set()
        self.offsets: Offsets = {}
        self._reply: _Reply | None = None
        self._acks: list[Ack] = []
        self._ahead = Ahead()
        self._prepare: Callable[[Sequence[Change]], Prepared] | None = None
        self._pulled = 0
        self._greeted = False

    def handle(self, frame: Frame) -> None:
        """Take one frame. Raises BadBatchError for what does not fit, RefusedError for a foreign server."""
        if not isinstance(frame, Pull):
            self._ahead.finish()
        if not isinstance(frame, Ack):
            self._note_acks()
        if isinstance(frame, Control):
            self._control(frame)
        elif not self._greeted:
            raise BadBatchError("answer without its head")
        elif isinstance(frame, Ack):
            self._ack(frame)
        elif isinstance(frame, Pull):
            self._pull(frame)
        elif isinstance(frame, Cursor):
            self._unfinished.discard(frame.op_area)
            self._db(partial(_move_cursor, frame=frame, generation=self.card.generation, peer=self.peer))
        elif isinstance(frame, Scope):
            self._scope(frame)
        elif isinstance(frame, Order):
            self._order(frame)

    @property
    def more(self) -> bool:
        """Whether another request will bring more at once."""
        return bool(self._unfinished or self._anew) or self._pulled >= _LONG_ANSWER

    def keep(self) -> None:
        """Keep what arrived of an unfinished reply; called when the answer ends or breaks off."""
        try:
            # One that does not hold was refused; what ended the answer is the news.
            with suppress(BadBatchError):
                self._ahead.finish()
            self._note_acks()
        finally:
            self._ahead.close()
            self._keep_piece()

    def _keep_piece(self) -> None:
        here, self._reply = self._reply, None
        if here and here.data:
            part = PartialReply(here.op_area, here.reply_id, here.offset, here.total)
            self._db(partial(_keep, part=part, data=bytes(here.data), peer=self.peer))

    def _scope(self, frame: Scope) -> None:
        removed, anew = self._db(partial(_rescope, frame=frame, card=self.card, device=self._device))
        self._report.removed += removed
        if anew:
            self._anew.add(frame.op_area)

    def _order(self, frame: Order) -> None:
        self._db(partial(_take_order, frame=frame, device=self._device))

    def _control(self, frame: Control) -> None:
        if frame.org != self.card.org.bytes:
            raise RefusedError(
                N_("This server belongs to another organisation."),
                hint=N_("Nothing was sent. Check the address of the server, or enrol this laptop there."),
            )
        if frame.device != self._device:
            raise BadBatchError("answer for another device")
        self._greeted, self.server_ms = True, frame.server_ms
        self._report.revoked = frame.revoked
        self.card, verdict = self._db(partial(_note_control, frame=frame))
        self.prove = verdict is Verdict.PROVE
        if verdict in (Verdict.BACK, Verdict.FORKED):
            self._report.set_back = True

    def _ack(self, ack: Ack) -> None:
        if ack.state in (State.APPLIED, State.DURABLE, State.REFUSED) and not ack.device:
            self._acks.append(ack)  # those of a long push come all at once
            return
        self._note_acks()
        if ack.state == State.RECEIVED:
            self.offsets[ack.device, ack.op_area, ack.lane, ack.n] = ack.offset
        if ack.device:
            self._report.passed_on += self._db(partial(passed_on, ack=ack))
            return
        if ack.state == State.RECEIVED:
            self._db(partial(_note_next, ack=ack))
            return
        if ack.state == State.FORKED:
            self._report.forked = True

    def _note_acks(self) -> None:
        acks, self._acks = self._acks, []
        if not acks:
            return
        for ack, done in zip(acks, self._db(partial(_note_acks, acks=acks)), strict=True):
            self._report.sent += done
            if done and ack.state == State.APPLIED:
                for outcome in ack.outcomes:
                    self._report.conflicts += outcome.outcome == CONFLICT
                    self._report.held += outcome.outcome == HELD
                    self._report.quarantined += outcome.outcome == REJECTED
            elif done:
                self._report.quarantined += done

    def _pull(self, pull: Pull) -> None:
        if self._reply is None or not self._reply.fits(pull):
            self._keep_piece()
            self._reply = _Reply(pull)
        self._reply.data += pull.data
        self._pulled += len(pull.data)
        if self._reply.offset + len(self._reply.data) == self._reply.total:
            # Whatever comes of it, its bytes are not kept again.
            whole, self._reply = self._reply, None
            self._whole(whole)
            return
        self._ahead.finish_opened()
        if self._reply.is_worth_keeping():
            self._keep_piece()
            self._reply = _Reply(pull._replace(offset=pull.offset + len(pull.data)))

    def _whole(self, reply: _Reply) -> None:
        """Apply a reply; a long one when the next is here too, so that one is opened while the other is applied."""
        if reply.offset or len(reply.data) < WORTH_BYTES:
            self._ahead.finish()
            self._apply(partial(self._open, reply), reply)
        else:
            self._prepare = self._prepare or self._db(bulk.preparer)
            self._ahead.add(partial(self._open, reply, self._prepare), partial(self._apply, reply=reply))

    def _apply(self, opened: Callable[[], Opened], reply: _Reply) -> None:
        more, results, removed = self._db(partial(self._applied, reply=reply, opened=opened))
        (self._unfinished.add if more else self._unfinished.discard)(reply.op_area)
        self._report.removed += removed
        self._report.received += len(results)
        self._report.conflicts += results.count(CONFLICT)
        self._report.held += results.count(HELD)
        self._report.quarantined += results.count(REJECTED)

    def _applied(self, store: Store, *, reply: _Reply, opened: Callable[[], Opened]) -> tuple[bool, list[str], int]:
        """Apply a whole reply and move its cursor; whether more is waiting, the outcome of each change, and how many
        records left the scope."""
        try:
            with store.begin() as tx:
                if reply.offset:
                    kept = replies.partial_bytes(tx, reply.op_area, reply.reply_id, self.peer)
                    reply.data[:0] = kept[: reply.offset]
                whole = opened()
                replies.drop_parts(tx, reply.op_area, self.peer)
                return self._apply_whole(tx, whole, reply.op_area)
        except BadBatchError:
            with store.begin() as tx:
                replies.drop_parts(tx, reply.op_area, self.peer)
            raise

    def _open(self, reply: _Reply, prepare: Callable[[Sequence[Change]], Prepared] | None = None) -> Opened:
        """What is in a reply of which all bytes are here. On any thread."""
        data = bytes(reply.data)
        if hashlib.sha256(data).digest()[:16] != reply.reply_id:
            raise BadBatchError("reply is not what it is called")
        head, changes = open_batch(data, self._made, self._codec)
        if not head.flags & FLAG_REPLY or head.org != self.card.org or head.op_area != reply.op_area:
            raise BadBatchError("reply is of something else")
        if head.prev_sha16 != meant_for(self._device):
            raise BadBatchError("reply is for another device")
        return Opened(head, changes, prepare(changes) if prepare else None)

    def _apply_whole(self, tx: Transaction, opened: Opened, op_area: str) -> tuple[bool, list[str], int]:
        head, changes, prepared = opened
        generation = self.card.generation
        cursor = cursors.find(tx, op_area, generation, self.peer) or PullCursor(op_area, generation, 0)
        more, entering = bool(head.flags & FLAG_MORE), bool(head.flags & FLAG_ENTERING)
        if entering and op_area in self._anew:
            return True, [], 0  # It is told less than it needs by now, and asks again.
        if head.first_counter > (cursor.gained if entering else cursor.seq) or (entering and not cursor.gaining):
            raise BadBatchError("reply does not follow what is here")
        results, removed = self._take(tx, op_area, changes, prepared)
        if entering:
            cursor = cursor.entered(head.last_counter, whole=not more)
        else:
            cursor = replace(cursor, seq=max(cursor.seq, head.last_counter))
        cursors.put(tx, cursor, self.peer)
        return more, [str(result.outcome) for result in results], removed

    def _made(self, device: int, data: bytes, signature: bytes) -> bool:
        """Whether a reply is from whom it should be."""
        return device == self.card.device and verify(self.card.sign_key, data, signature)

    def _take(
        self, tx: Transaction, op_area: str, changes: list[Change], prepared: Prepared | None
    ) -> tuple[list[Result], int]:
        """Apply the changes of a reply; the results, and how many records were removed."""
        removed = removing.remove_left(tx, [change for change in changes if change.kind == LEFT])
        wanted = [change for change in changes if change.kind != LEFT]
        prepared = prepared if len(wanted) == len(changes) else None
        results = applying.apply(tx, wanted, origin="server", prepared=prepared)
        early.let_go(tx, wanted)
        return results, removed


def _note_control(store: Store, *, frame: Control) -> tuple[ServerCard, Verdict | None]:
    """Take over lease, revocation and generation, and what is said of the end of the audit; another generation means
    that the server came from a backup."""
    with store.begin() as tx:
        card = server_card.get(tx)
        if frame.generation != card.generation:
            outbox.resend(tx)
            relays.forget(tx, cursors.SERVER)
            replies.drop_parts(tx)
        verdict = anchoring.heard(tx, frame.anchor) if frame.anchor else None
        card = server_card.change(
            tx, generation=frame.generation, lease_until_ms=frame.lease_until_ms, revoked=frame.revoked,
            heard_ms=frame.server_ms, good_ms=card.good_ms if frame.revoked else frame.server_ms,
            ticket=frame.ticket or card.ticket,
        )  # fmt: skip
        return card, verdict


def _take_order(store: Store, *, frame: Order, device: int) -> None:
    with store.begin() as tx:
        orders.take(tx, frame, device)


def _note_acks(store: Store, *, acks: Sequence[Ack]) -> list[int]:
    """Believe acknowledgements that name a batch of ours by its hash. Returns how many changes each settles."""
    with store.begin() as tx:
        return [note_ack(tx, ack) for ack in acks]


def note_ack(tx: Transaction, ack: Ack) -> int:
    """Believe one acknowledgement of the central server, if it names a batch of ours by its hash. Returns how many
    changes it settles."""
    batch = outbox.find_batch(tx, ack.op_area, ack.lane, ack.n)
    if ack.state == State.DURABLE:
        outbox.mark_durable(tx, ack.op_area, ack.lane, ack.n)
        return 0
    if batch is None or batch.sha256 != ack.sha256:
        return 0
    if ack.state == State.REFUSED:
        outbox.mark_refused(tx, ack.op_area, ack.lane, ack.n)
        return batch.changes
    return outbox.mark_applied(tx, ack.op_area, ack.lane, ack.n)


def _note_next(store: Store, *, ack: Ack) -> None:
    """The server wants batch `n` next: what it once acknowledged from there on is lost there, and waits again."""
    with store.begin() as tx:
        outbox.wait_again(tx, ack.op_area, ack.lane, ack.n)


def _move_cursor(store: Store, *, frame: Cursor, generation: bytes, peer: int) -> None:
    """The server has nothing more up to there; with a scope, nothing more of what that scope brings."""
    with store.begin() as tx:
        known = cursors.find(tx, frame.op_area, generation, peer) or PullCursor(frame.op_area, generation, 0)
        if frame.scope and frame.scope == known.gaining:
            known = known.entered(0, whole=True)
        cursors.put(tx, replace(known, seq=max(known.seq, frame.seq)), peer)


def _rescope(store: Store, *, frame: Scope, card: ServerCard, device: int) -> tuple[int, bool]:
    """What this laptop may know of an area changed: what lies outside goes. Returns how many records went, and whether
    the area must be entered from nothing: something was held that may be in the new scope as it was in the old one."""
    with store.begin() as tx:
        if frame.user and len(frame.user) != 16:
            raise BadBatchError("no user")
        known = cursors.find(tx, frame.op_area, card.generation)
        replies.drop_parts(tx, frame.op_area)
        held = removing.remove_held(tx, frame.op_area)
        if not frame.role:
            removed = held + removing.remove_outside(tx, frame.op_area, None, device)
            cursors.put(tx, PullCursor(frame.op_area, card.generation, 0, scopes.GONE))
            return removed, False
        user = UserCard(UUID(bytes=frame.user), "", "", frame.role, frame.areas)
        # Before the first exchange about an area nothing of it came from the server: what is here was written here.
        # A cursor of another generation counts too: the records that it brought are here.
        met = frame.op_area in cursors.of_peer(tx)
        removed = held + (removing.remove_outside(tx, frame.op_area, user, device) if met else 0)
        if held and known and known.scope:
            cursors.put(tx, replace(known, scope=b"", gaining=b"", gained=0))
            return removed, True
        known = known or PullCursor(frame.op_area, card.generation, 0)
        cursors.put(tx, replace(known, seq=known.seq or frame.target, gaining=frame.fingerprint, gained=0))
        return removed, False


def _keep(store: Store, *, part: PartialReply, data: bytes, peer: int) -> None:
    with store.begin() as tx:
        replies.put_part(tx, part, data, peer)
