"""What a reader is told of an area, page by page: what is new, and what a new scope brings. Store's thread; reads only.

Places in the entering of a scope count twice up to its target: first the records of urgent lanes, then all others, so
that a laptop on a thin link has its cases before anything else.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from migdesk.clock import to_ms
from migdesk.domain.changes import Change, Edit
from migdesk.domain.hlc import tick
from migdesk.domain.scope import UserCard
from migdesk.store import change_log, scoping, visibility
from migdesk.store.database import Transaction
from migdesk.store.scoping import NOWHERE, Belonging, ScopeEvent
from migdesk.sync.host.entering import whole
from migdesk.sync.trust.senders import RecordFacts, may_know, op_area_of
from migdesk.sync.wire.scope_words import LEFT, LEFT_KIND

_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Page:
    """Changes, and the place up to which they tell everything; `end`: there is nothing behind it."""

    changes: list[Change]
    upto: int
    end: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is told: the user, and the device, which knows its own changes."""

    user: UserCard
    device: int


class _Sight:
    """What users may know of the records of an area, looked up once for each page."""

    def __init__(self, tx: Transaction, op_area: str) -> None:
        self._tx, self._op_area = tx, op_area

    def seen_by(self, user: UserCard, records: Collection[tuple[int, UUID]]) -> set[UUID]:
        """Those of the records (kind, id) that stand in this area and that the user may know of."""
        tx, facts = self._tx, {}
        by_kind: dict[int, set[UUID]] = {}
        for kind, id in records:
            by_kind.setdefault(kind, set()).add(id)
        for kind, ids in by_kind.items():
            spec = tx.schema.by_number.get(kind)
            if spec is not None:
                found = visibility.owners(tx, spec, self._op_area, ids)
                facts.update({(kind, id): RecordFacts(*rest) for id, rest in found.items()})
                # What was said of a record before it moved is in the log of the area that it left.
                for id, (_, place) in scoping.places(tx, spec, ids - found.keys()).items():
                    facts[kind, id] = RecordFacts(place.area, place.author, place.circle)
        cases: dict[str, set[UUID]] = {}
        for one in facts.values():
            if one.circle:
                cases.setdefault(op_area_of(one.area), set()).add(one.circle)
        circles = {
            case: who for area, here in cases.items() for case, who in visibility.circles(tx, area, here).items()
        }
        known: dict[tuple[int, RecordFacts], bool] = {}
        seen = set()
        for (kind, id), one in facts.items():
            may = known.get((kind, one))
            if may is None:
                may = known[kind, one] = may_know(user, tx.schema, kind, one, circles)
            if may:
                seen.add(id)
        return seen


class News:
    """What is new for a reader behind a sequence number: changes of others, records that entered or left its scope."""

    def __init__(self, reader: Reader, op_area: str, host: int) -> None:
        self._reader, self._op_area, self._host = reader, op_area, host

    def page(self, tx: Transaction, seq: int, limit: int) -> Page:
        """About `limit` changes; more when records enter whole."""
        sight, head = _Sight(tx, self._op_area), change_log.head(tx, self._op_area)
        news: list[Change] = []
        upto, end = seq, False
        while len(news) < limit and not end:
            rows = change_log.after(tx, self._op_area, upto, limit - len(news), but_of=self._reader.device)
            changes = [change for _, change in rows if change.device != self._reader.device]
            seen = sight.seen_by(self._reader.user, {(change.kind, change.record) for change in changes})
            news += [change for change in changes if change.record in seen]
            end = not rows
            upto = rows[-1][0] if rows else max(upto, head)
        events = scoping.events(tx, self._op_area, seq, upto)
        if events:
            entered, left = self._moved(tx, sight, events)
            news = [change for change in news if change.record not in entered]
            news += whole(tx, entered)
            news += [self._left(tx, upto, *one) for one in sorted(left)]
        return Page(news, upto, end or upto >= head)

    def gone(self, tx: Transaction, upto: int) -> list[Change]:
        """What ever left this reader's scope, for one whose cursor tells nothing: of another generation."""
        events = scoping.events(tx, self._op_area, 0, upto)
        left = self._moved(tx, _Sight(tx, self._op_area), events)[1] if events else set()
        return [self._left(tx, upto, *one) for one in sorted(left)]

    def _moved(
        self, tx: Transaction, sight: _Sight, events: Iterable[ScopeEvent]
    ) -> tuple[set[UUID], set[tuple[int, UUID]]]:
        """Records that this reader may know since these events and could not before, and the other way round."""
        entered: set[UUID] = set()
        left: set[tuple[int, UUID]] = set()
        for event in events:
            with_it = self._with(tx, event)
            now = sight.seen_by(self._reader.user, with_it) | _elsewhere(tx, self._reader.user, event, self._op_area)
            for kind, id in with_it:
                before = _might_know(tx, self._reader.user, kind, event.before)
                if id in now and not before:
                    entered.add(id)
                    left.discard((kind, id))
                elif before and id not in now:
                    left.add((kind, id))
                    entered.discard(id)
        return entered, left

    def _with(self, tx: Transaction, event: ScopeEvent) -> list[tuple[int, UUID]]:
        """The record itself; of a case all that its circle shares."""
        spec = tx.schema.by_number.get(event.kind)
        if spec is None or not spec.in_circle or spec.parent:
            return [(event.kind, event.record)]
        shared = scoping.in_circle_of(tx, event.record)
        return [(kind, id) for kind, ids in shared.items() for id in ids]

    def _left(self, tx: Transaction, upto: int, kind: int, id: UUID) -> Change:
        now = tick(0, to_ms(tx.clock.now()))
        edits = (Edit(LEFT_KIND, kind),)
        return Change(self._host, max(upto, 1), now, _NOBODY, LEFT, id, self._op_area, None, edits)


class Entering:
    """What a reader may know under a new scope and could not under the one before: those records as they are now.

    `fresh`: the reader never had anything of this area, so that what it wrote alone is with it.
    """

    def __init__(self, reader: Reader, before: UserCard, op_area: str, target: int, *, fresh: bool) -> None:
        self._reader, self._before, self._op_area = reader, before, op_area
        self._target, self._fresh = target, fresh

    def page(self, tx: Transaction, place: int, limit: int) -> Page:
        """The records that first appear in about the next `limit` rows of the log."""
        records: list[tuple[int, UUID]] = []
        gone = [] if place or self._fresh else News(self._reader, self._op_area, 0).gone(tx, self._target)
        end = 2 * self._target
        while len(records) < limit and place < end:
            start = 0 if place < self._target else self._target
            rows, upto = change_log.entering(
                tx, self._op_area, place - start, self._target, limit - len(records), urgent=not start,
                but_of=self._reader.device if self._fresh else None,
            )  # fmt: skip
            records += [(kind, id) for id, kind, _ in rows]
            place = upto + start
        return Page(gone + self._whole(tx, records), place, place >= end)

    def _whole(self, tx: Transaction, records: Collection[tuple[int, UUID]]) -> list[Change]:
        sight = _Sight(tx, self._op_area)
        ids = sight.seen_by(self._reader.user, records)
        if self._before.role:
            # Cases are few, and a laptop may have dropped one that it was not sure of: they are told again.
            shared = {number for number, spec in tx.schema.by_number.items() if spec.in_circle}
            ids -= sight.seen_by(self._before, [one for one in records if one[0] not in shared])
        changes = whole(tx, ids)
        if not self._fresh:
            return changes
        others = {change.record for change in changes if change.device != self._reader.device}
        return [change for change in changes if change.record in others]


def _might_know(tx: Transaction, user: UserCard, kind: int, before: Belonging) -> bool:
    if before == NOWHERE:
        return False
    facts = RecordFacts(before.area, before.author, before.circle)
    circles = {before.circle: before.members} if before.circle else {}
    return may_know(user, tx.schema, kind, facts, circles)


def _elsewhere(tx: Transaction, user: UserCard, event: ScopeEvent, op_area: str) -> set[UUID]:
    """The record of an event, if it went to another area and the user may know of it there."""
    spec = tx.schema.by_number.get(event.kind)
    if spec is None:
        return set()
    now = scoping.places(tx, spec, [event.record]).get(event.record)
    if now is None or now[0] == op_area:
        return set()
    return {event.record} if _might_know(tx, user, event.kind, now[1]) else set()
