"""The pulls of an answer: for each area what a new scope brings, then what is new. The answering half of an exchange.

Each reply is one short piece of work with the store; between two of them nothing is locked. A reply is frozen for its
reader until it is acknowledged, so that it goes on at a byte.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from migdesk.clock import to_ms
from migdesk.domain.scope import NATIONAL, UserCard
from migdesk.store import audit, change_log, replies, scoping
from migdesk.store.database import Store, Transaction
from migdesk.store.replies import FrozenReply
from migdesk.sync.host.pull_feed import Entering, News, Page, Reader
from migdesk.sync.runner import Runner
from migdesk.sync.trust import scopes
from migdesk.sync.trust.host_identity import HostIdentity
from migdesk.sync.trust.senders import op_area_in_scope
from migdesk.sync.wire.batch import FLAG_ENTERING, FLAG_MORE, FLAG_REPLY, BatchHead, build, meant_for
from migdesk.sync.wire.codec import Codec
from migdesk.sync.wire.frames import Cursor, Part, Pull, Scope, encode

REPLY_CHANGES = 2_000
FIRST_CHANGES = 1_000
"""The reader has something to do while what follows is made."""
REPLY_BYTES = 16 << 20


class Feed(Protocol):
    """Gives what a reader is told, page by page, in about so many changes."""

    def page(self, tx: Transaction, place: int, limit: int) -> Page: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader said of itself, by area: its cursors, unless of another generation, and replies partly there."""

    cursors: Mapping[str, Cursor]
    parts: Mapping[str, Part]


@dataclass(frozen=True, slots=True)
class _Run:
    """Pages of one feed of an area. `entering`: the fingerprint of the scope that they bring; empty for news."""

    op_area: str
    feed: Feed
    entering: bytes
    part: Part | None


class Replies:
    """What one answer tells one reader."""

    def __init__(self, db: Runner, reader: Reader, host: HostIdentity, codec: Codec) -> None:
        self._db, self._reader, self._host, self._codec = db, reader, host, codec
        self._room = REPLY_BYTES
        self._kept: set[str] = set()
        self._most = FIRST_CHANGES
        self.told = 0

    def frames(self, asked: Asked, *, forget: bool) -> Iterator[bytes]:
        """Area by area what there is; with `forget`, what was frozen for this reader before is dropped first."""
        user = self._reader.user
        heads, kept = self._db(partial(_heads, user=user, device=self._reader.device, forget=forget))
        self._kept = set() if forget else kept
        for op_area in sorted({*heads, *asked.cursors}):
            if op_area == NATIONAL and self._host.room_user is not None:
                continue  # Who is who is the central server's to say.
            cursor = asked.cursors.get(op_area)
            if op_area_in_scope(user, op_area):
                head = heads.get(op_area, 0)
                if op_area in kept and cursor is not None and cursor.seq >= head and not cursor.gaining:
                    self._db(partial(_forget, device=self._reader.device, op_area=op_area))
                yield from self._area(op_area, head, cursor, asked.parts.get(op_area))
            elif cursor is not None and cursor.scope != scopes.GONE:
                self._db(partial(_note_lost, reader=self._reader, op_area=op_area))
                yield encode(Scope(op_area, b"", b"", "", (), 0))

    def _area(self, op_area: str, head: int, cursor: Cursor | None, part: Part | None) -> Iterator[bytes]:
        mark = scopes.fingerprint(self._reader.user, op_area)
        if cursor is not None and cursor.scope == mark and not cursor.gaining:
            at = cursor
        else:
            if cursor is not None and cursor.gaining == mark:
                at = cursor
            else:
                at = (cursor or Cursor(op_area, 0))._replace(gaining=mark, gained=0)
                at = at._replace(seq=at.seq or head)
                yield self._told(at)
            was = scopes.as_it_was(self._reader.user, self._db(partial(_words, op_area=op_area, mark=at.scope)))
            feed = Entering(self._reader, was, op_area, at.seq, fresh=cursor is None)
            done = Cursor(op_area, at.seq, mark)
            yield from self._pages(_Run(op_area, feed, mark, part), at.gained, done)
        if at.seq < head and self._room > 0:
            news = News(self._reader, op_area, self._host.keys.device_id)
            yield from self._pages(_Run(op_area, news, b"", part), at.seq, Cursor(op_area, head))

    def _told(self, at: Cursor) -> bytes:
        """Another scope counts than the reader knows of."""
        user = scopes.restricted(self._reader.user, at.op_area)
        self._db(partial(_remember, user=user, device=self._reader.device, op_area=at.op_area, mark=at.gaining))
        return encode(Scope(at.op_area, at.gaining, user.id.bytes, user.role, user.areas, at.seq))

    def _pages(self, run: _Run, place: int, done: Cursor) -> Iterator[bytes]:
        """Replies from a place on, as long as there is room; `done` is said if the last page had nothing to tell."""
        while self._room > 0:
            made = self._db(partial(self._next, run=run, place=place))
            if isinstance(made, tuple):
                reply, body = made
                piece = self._pull(reply, body, run.part)
                self._room -= len(piece)
                yield piece
                if not reply.more:
                    return
                place = reply.to_seq
            elif made.end:
                yield encode(done if run.entering else done._replace(seq=made.upto))
                return
            else:
                place = made.upto

    def _next(self, store: Store, *, run: _Run, place: int) -> tuple[FrozenReply, bytes] | Page:
        """What this reader is told next: a kept reply, a new one, or a page with nothing on it."""
        device = self._reader.device
        if run.op_area in self._kept:
            with store.begin() as tx:
                kept = replies.reply_after(tx, device, run.op_area, place, run.entering)
                if kept is not None:
                    return kept, replies.read_reply(tx, device, run.op_area, kept.reply_id)
                replies.drop_replies(tx, device, run.op_area, 0 if run.entering else place, run.entering, place)
        # Most pages of most readers are empty: no other writer waits for those.
        with store.read() as tx:
            page, made = self._page(tx, run, place)
        if made is None:
            return page
        reply, body = made
        with store.begin() as tx:
            replies.put_reply(tx, device, reply, body)
        self.told += len(page.changes)
        return made

    def _page(self, tx: Transaction, run: _Run, place: int) -> tuple[Page, tuple[FrozenReply, bytes] | None]:
        """The next page, and the reply made of it unless it is empty."""
        limit, self._most = self._most, REPLY_CHANGES
        while True:
            page = run.feed.page(tx, place, limit)
            if not page.changes:
                return page, None
            try:
                return page, self._built(tx, run, place, page)
            except ValueError:
                # Too much for one batch: records that enter are whole, so a page may be longer than was asked for.
                if limit == 1:
                    raise
                limit = max(1, limit // 4)

    def _built(self, tx: Transaction, run: _Run, place: int, page: Page) -> tuple[FrozenReply, bytes]:
        flags = FLAG_REPLY | (0 if page.end else FLAG_MORE) | (FLAG_ENTERING if run.entering else 0)
        plan = BatchHead(
            self._host.org, run.op_area, 0, self._host.keys.device_id, 0, meant_for(self._reader.device),
            tx.schema.version(), place, page.upto, to_ms(tx.clock.now()), flags,
        )  # fmt: skip
        body = build(plan, page.changes, self._host.keys.sign, self._codec)
        name = hashlib.sha256(body).digest()[:16]
        return FrozenReply(run.op_area, name, place, page.upto, not page.end, len(body), run.entering), body

    def _pull(self, reply: FrozenReply, body: bytes, part: Part | None) -> bytes:
        offset = part.offset if part and part.reply_id == reply.reply_id else 0
        offset = min(offset, len(body))
        return encode(Pull(reply.op_area, reply.reply_id, offset, len(body), body[offset:]))


def _heads(store: Store, *, user: UserCard, device: int, forget: bool) -> tuple[dict[str, int], set[str]]:
    """The areas that this user may hear of, with the number of their last change; those with replies that are kept."""
    with store.begin() if forget else store.read() as tx:
        heads = {area: seq for area, seq in change_log.heads(tx).items() if op_area_in_scope(user, area)}
        kept = replies.areas_with_replies(tx, device)
        if forget:
            for area in kept:
                replies.drop_replies(tx, device, area)
        return heads, kept


def _forget(store: Store, *, device: int, op_area: str) -> None:
    with store.begin() as tx:
        replies.drop_replies(tx, device, op_area)


def _note_lost(store: Store, *, reader: Reader, op_area: str) -> None:
    with store.begin() as tx:
        replies.drop_replies(tx, reader.device, op_area)
        audit.append(tx, reader.user.id, "scope_lost", detail=f"{reader.device:016x} {op_area}")


def _remember(store: Store, *, user: UserCard, device: int, op_area: str, mark: bytes) -> None:
    """Also forget what was frozen: an earlier entering of the same scope tells of the records as they were then."""
    with store.begin() as tx:
        replies.drop_replies(tx, device, op_area)
        scoping.remember_scope(tx, op_area, mark, scopes.words_of(user, op_area))


def _words(store: Store, *, op_area: str, mark: bytes) -> str:
    with store.read() as tx:
        return scoping.scope_of(tx, op_area, mark) if mark else ""
