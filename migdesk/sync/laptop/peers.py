"""With whom a laptop exchanges: what it sends there, whose answer it takes, what it remembers. Network thread; the
store only through `db`. Here the central server; a laptop that serves a room is in `hub`.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol

from migdesk.store import outbox
from migdesk.store.database import Store
from migdesk.store.outbox import FrozenBatch
from migdesk.store.relays import RelayBatch
from migdesk.sync.laptop import anchoring, pace, relaying
from migdesk.sync.laptop.arriving import Arrivals, Offsets
from migdesk.sync.laptop.outgoing import Outgoing, Parcel, freeze_all, freeze_next, parcel, prepare, waits_in_one_lane
from migdesk.sync.laptop.pace import Packing
from migdesk.sync.report import SyncReport
from migdesk.sync.runner import Runner
from migdesk.sync.trust import server_card
from migdesk.sync.trust.server_card import ServerCard
from migdesk.sync.wire import anchor_words
from migdesk.sync.wire.codec import Codec
from migdesk.vault.device_keys import DeviceKeys


class Peer(Protocol):
    """One end that can be exchanged with, for the length of one sync."""

    def begin(self, packing: Packing | None) -> None:
        """Freeze what waits. Raises UserError if there is nothing to exchange with."""

    def cut_off(self) -> dict[tuple[str, int], int]:
        """If the last exchange was cut: the first batch that waits of each own stream, by area and lane."""

    def card(self) -> ServerCard:
        """What is known of the central server."""

    def prepare(self, offsets: Offsets, *, told: bool) -> Outgoing:
        """The next request. `told`: in this sync a whole answer came since the last cut."""

    def following(self, out: Outgoing) -> Iterator[Parcel]:
        """What was not frozen yet when this request began, frozen while the peer takes in what goes before."""

    def arrivals(self, out: Outgoing) -> Arrivals:
        """Who takes the answer to this request."""

    def waiting(self) -> Sequence[FrozenBatch]:
        """Own batches that this peer should have and has not."""

    def left(self, out: Outgoing) -> bool:
        """Whether something of others is still to be brought there that this request did not carry."""

    def settle(self, out: Outgoing, ahead_ms: int | None) -> None:
        """The answer was whole; the clock there is so far ahead of ours, if that is news."""

    def clock_is(self, ahead_ms: int) -> None:
        """The peer refused our clock: from now on requests are signed by its own."""

    def audience(self, card: ServerCard) -> str:
        """Whom the tokens are meant for."""

    def ticket(self, card: ServerCard) -> bytes:
        """What may be shown in place of a token; empty if this peer gives none."""

    def drop_ticket(self) -> None:
        """The peer does not take its ticket any more."""

    def anchor(self) -> dict[str, str]:
        """A header that tells where the audit chain ends; nothing if this peer keeps no anchors."""

    def moved(self, count: int, seconds: float) -> None:
        """So many bytes took so long."""


class Central:
    """The central server that this laptop is enrolled at."""

    def __init__(self, db: Runner, keys: DeviceKeys, codec: Codec, report: SyncReport) -> None:
        self._db, self._keys, self._codec, self._report = db, keys, codec, report
        self._thin, self._ahead = False, False
        self._tell, self._proved = True, False
        self._answer: Arrivals | None = None
        self._freeze: Callable[[Store], list[FrozenBatch]]

    def begin(self, packing: Packing | None) -> None:
        card, known = self._db(_begun)
        chosen = packing or known
        self._thin = chosen.thin
        keys, codec, level, most = self._keys, self._codec, chosen.level, chosen.changes
        self._freeze = partial(freeze_next, keys=keys, org=card.org, codec=codec, level=level, most=most)
        self._ahead = not chosen.thin and self._db(waits_in_one_lane)
        freeze = partial(freeze_all, keys=keys, org=card.org, codec=codec, level=level, most=most)
        self._db(self._freeze if self._ahead else freeze)

    def following(self, out: Outgoing) -> Iterator[Parcel]:
        streams = {(one.op_area, one.lane) for one in out.parcels if not one.device}
        while self._ahead and streams:
            made = self._db(self._freeze)
            self._ahead = bool(made)
            yield from (parcel(one) for one in made if (one.op_area, one.lane) in streams)

    def cut_off(self) -> dict[tuple[str, int], int]:
        return self._db(_cut_off)

    def card(self) -> ServerCard:
        return self._db(_card)

    def prepare(self, offsets: Offsets, *, told: bool) -> Outgoing:
        device = self._keys.device_id
        return self._db(partial(prepare, offsets=offsets, told=told, device=device, urgent=self._thin))

    def arrivals(self, out: Outgoing) -> Arrivals:
        self._answer = Arrivals(self._db, self._codec, out.card, self._report, self._keys.device_id)
        return self._answer

    def waiting(self) -> Sequence[FrozenBatch]:
        return self._db(_pending)

    def left(self, out: Outgoing) -> bool:
        if self._tell:  # the server wants to hear of one more row of the audit
            return True
        carried = {(one.device, one.op_area, one.lane, one.n) for one in out.parcels}
        waiting = self._db(_passing)
        return any((one.key.device, one.key.op_area, one.key.lane, one.n) not in carried for one in waiting)

    def settle(self, out: Outgoing, ahead_ms: int | None) -> None:
        if self._answer is not None and self._answer.prove and not self._proved:
            self._tell = self._proved = True
        values: dict[str, Any] = {} if ahead_ms is None else {"clock_offset_ms": ahead_ms}
        if out.card.unsure:
            values["unsure"] = False
        if values:
            self._db(partial(_change_card, **values))

    def clock_is(self, ahead_ms: int) -> None:
        self._db(partial(_change_card, clock_offset_ms=ahead_ms))

    def audience(self, card: ServerCard) -> str:
        return str(card.org)

    def ticket(self, card: ServerCard) -> bytes:
        return card.ticket

    def anchor(self) -> dict[str, str]:
        # With the first request of a sync, and once more if it is asked for: on a link that drops each try costs bytes.
        told = self._db(anchoring.claim) if self._tell else ""
        self._tell = False
        return {anchor_words.HEADER: told} if told else {}

    def drop_ticket(self) -> None:
        self._db(partial(_change_card, ticket=b""))

    def moved(self, count: int, seconds: float) -> None:
        if pace.tells(count, seconds):
            self._db(partial(pace.note, count=count, seconds=seconds))


def _begun(store: Store) -> tuple[ServerCard, Packing]:
    with store.read() as tx:
        return server_card.get(tx), pace.packing(tx)


def _card(store: Store) -> ServerCard:
    with store.read() as tx:
        return server_card.get(tx)


def _cut_off(store: Store) -> dict[tuple[str, int], int]:
    with store.read() as tx:
        if not server_card.get(tx).unsure:
            return {}
        first: dict[tuple[str, int], int] = {}
        for batch in outbox.pending(tx):
            first.setdefault((batch.op_area, batch.lane), batch.n)
        return first


def _pending(store: Store) -> list[FrozenBatch]:
    with store.read() as tx:
        return outbox.pending(tx)


def _passing(store: Store) -> list[RelayBatch]:
    with store.read() as tx:
        return relaying.to_push(tx)


def _change_card(store: Store, **values: Any) -> None:
    with store.begin() as tx:
        server_card.change(tx, **values)
