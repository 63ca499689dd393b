"""Takes in changes that were made elsewhere: logs them and joins them into records, each once. Store's thread.

One bad change never stops the others: it goes to quarantine. Order does not matter: `domain.merge` is the rule, and
faster ways are taken only where they give the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from migdesk.domain.changes import Change, Edits
from migdesk.domain.hlc import Stamp
from migdesk.domain.record import KindSpec
from migdesk.store import bulk, change_log, forks, inbox, rows, search
from migdesk.store.bulk import NewRecords, Prepared
from migdesk.store.change_log import Entry
from migdesk.store.checking import Checks, is_text
from migdesk.store.database import Transaction
from migdesk.store.forks import Forks, Ranks
from migdesk.store.packing import pack, pack_body
from migdesk.store.rows import Row


class Outcome(StrEnum):
    """What became of a change. `HELD`: kept and passed on, but its kind is not known to this version."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    HELD = "held"
    REJECTED = "rejected"


class Result(NamedTuple):
    """The outcome of one change, which its device and number name; `reason` is English, for a log."""

    change_id: tuple[int, int]
    outcome: Outcome
    reason: str = ""


@dataclass(slots=True)
class _Work:
    """A record that is being joined. `forks` are loaded when the quick way does not do; `authors` are of this run."""

    row: Row | None
    is_new: bool
    old_area: str = ""
    forks: Forks | None = None
    authors: dict[Stamp, UUID] = field(default_factory=dict)


def apply(tx: Transaction, changes: Sequence[Change], *, origin: str, prepared: Prepared | None = None) -> list[Result]:
    """Take in these changes; one result for each, in their order. `origin` names where they came from, for the log;
    `prepared` is what `bulk.preparer` made of them, if somebody did that.

    Never raises for what is in a change. The clock hears of them in the same transaction.
    """
    run = _Run(tx, origin or "?", prepared)
    run.lock(changes)
    accepted = run.sift(changes)
    if accepted:
        change_log.hear(tx, max(change.hlc for change in accepted))
        run.join()
        run.write(accepted)
    return [run.results[place] for place in range(len(changes))]


class _Run:
    """One call of `apply`."""

    def __init__(self, tx: Transaction, origin: str, prepared: Prepared | None) -> None:
        self._tx, self._origin, self._prepared = tx, origin, prepared
        self._ranks = Ranks(tx.codes)
        self._work: dict[tuple[int, bytes], _Work] = {}
        self._new: list[NewRecords] = []
        self._joining: list[tuple[int, Change]] = []
        self.results: dict[int, Result] = {}

    def lock(self, changes: Iterable[Change]) -> None:
        """Keep other writers out of the areas of these changes, as far as they name any."""
        by_number = self._tx.schema.by_number
        places = {(change.kind, change.area) for change in changes}
        named = {rows.op_area_of(by_number.get(kind), area) for kind, area in places}
        change_log.lock(self._tx, (op_area for op_area in named if is_text(op_area)))

    def sift(self, changes: Sequence[Change]) -> list[Change]:
        """The changes that are new and can be changes at all."""
        checks, accepted, known = Checks(self._tx.schema), [], change_log.known(self._tx, changes)
        done = self._new_records(changes, known)
        for place, change in enumerate(changes):
            id = (change.device, change.counter)
            if place in done:
                known[id] = (change.hlc, change.record.bytes)
                self.results[place] = Result(id, Outcome.APPLIED)
                accepted.append(change)
                continue
            reason = checks.why_not(change)
            if not reason and id in known:
                if known[id] == (change.hlc, change.record.bytes):
                    self.results[place] = Result(id, Outcome.DUPLICATE)
                    continue
                reason = "another change has this number"
            if reason:
                self._quarantine(change, reason)
                self.results[place] = Result(id, Outcome.REJECTED, reason)
                continue
            known[id] = (change.hlc, change.record.bytes)
            self._joining.append((place, change))
            accepted.append(change)
        return accepted

    def _new_records(
        self, changes: Sequence[Change], known: Mapping[tuple[int, int], tuple[int, bytes]]
    ) -> frozenset[int]:
        """Take what is nothing but new records, and nearly all of a first sync is: the places of these changes."""
        done: set[int] = set()
        of_them = self._prepared.candidates if self._prepared and not known else bulk.candidates(changes, known)
        for number, candidates in of_them.items():
            spec = self._tx.schema.by_number.get(number)
            if spec is None or len(candidates) < bulk.LEAST:
                continue
            here = rows.here(self._tx, spec, [changes[place].record.bytes for place in candidates])
            places = [place for place in candidates if changes[place].record.bytes not in here]
            made = self._made(spec, places, changes)
            if made is not None:
                self._new.append(made)
                done.update(places)
        return frozenset(done)

    def _made(self, spec: KindSpec, places: list[int], changes: Sequence[Change]) -> NewRecords | None:
        if self._prepared is not None:
            before, made = self._prepared.made.get(spec.number, ([], None))
            if before == places:
                return made
        return bulk.new_records(self._tx, spec, [changes[place] for place in places]) if places else None

    def _quarantine(self, change: Change, reason: str) -> None:
        """Keep what may not be applied, as far as it can be written at all."""
        circle = change.circle.bytes if change.circle else None
        head = [change.hlc, change.author.bytes, change.kind, change.record.bytes, change.area, circle]
        try:
            body = pack([change.device, change.counter, *head, pack_body(change.edits, change.seen)])
        except (OverflowError, UnicodeEncodeError, TypeError, ValueError):
            body = repr(change).encode("utf-8", "backslashreplace")
        inbox.quarantine(
            self._tx, rows.op_area_of(None, change.area if len(change.area) < 6 else change.area[:5]) or "00",
            change.device % (1 << 64), body, reason, form="change",
            kind=change.kind if 0 <= change.kind < 1 << 31 else 0,
            counter=change.counter if 0 <= change.counter < 1 << 63 else 0,
        )  # fmt: skip

    def join(self) -> None:
        """Join every change into its record, in memory."""
        self._load([change for _, change in self._joining])
        for place, change in self._joining:
            spec = self._tx.schema.by_number.get(change.kind)
            if spec is None:
                outcome, reason = Outcome.HELD, "a newer version's kind of record"
            else:
                outcome, reason = self._join(spec, change), ""
            self.results[place] = Result((change.device, change.counter), outcome, reason)

    def _load(self, changes: Sequence[Change]) -> None:
        ids: dict[int, dict[bytes, None]] = {}
        for change in changes:
            ids.setdefault(change.kind, {})[change.record.bytes] = None
        for number, wanted in ids.items():
            spec = self._tx.schema.by_number.get(number)
            if spec is not None:
                found = rows.load_many(self._tx, spec, wanted)
                for id in wanted:
                    row = found.get(id)
                    self._work[number, id] = _Work(row, row is None, row.op_area if row else "")

    def _join(self, spec: KindSpec, change: Change) -> Outcome:
        work = self._work[change.kind, change.record.bytes]
        if work.row is None:
            work.row = forks.start(spec, change)
            if work.row is None:
                work.row, work.forks = rows.new_row(spec, change), {}
        elif work.forks is None and forks.join_quickly(work.row, change):
            work.authors[change.stamp] = change.author
            return Outcome.APPLIED
        else:
            self._load_forks(work)
        work.authors[change.stamp] = change.author
        if work.forks is None:
            return Outcome.APPLIED
        work.forks = forks.join(work.row, work.forks, change)
        touched = set(Edits.of(change.edits).registers)
        disputed = {one for one, _, _ in forks.in_conflict(spec, work.forks, self._ranks)}
        return Outcome.CONFLICT if disputed and (disputed & touched or forks.DELETION in disputed) else Outcome.APPLIED

    def _load_forks(self, work: _Work) -> None:
        if work.forks is None and work.row is not None:
            if work.is_new:
                work.forks = forks.of_row(work.row, {}, work.authors)
            else:
                work.forks = forks.load(self._tx, work.row, work.authors)

    def write(self, changes: Sequence[Change]) -> None:
        """Write log, rows and search index."""
        by_number = self._tx.schema.by_number
        entries = []
        for change in changes:
            spec = by_number.get(change.kind)
            entries.append(Entry(change, rows.op_area_of(spec, change.area), held=spec is None))
        fresh: dict[int, list[Row]] = {}
        for (number, _), work in self._work.items():
            row = work.row
            if row is None:
                continue
            if work.forks is not None:
                here = set(work.authors)
                if not work.is_new:
                    here |= set(forks.authors_of(self._tx, row.spec, row.id))
                work.forks = forks.arrived(work.forks, here)
                forks.show(row, work.forks, self._ranks)
            if work.is_new:
                fresh.setdefault(number, []).append(row)
            else:
                rows.write(self._tx, row, work.old_area)
                search.put(self._tx, row)
            if work.forks is not None:
                forks.keep(self._tx, row, work.forks, work.old_area or row.op_area)
        for made in self._new:
            made.write(self._tx)
        for number, new in fresh.items():
            rows.write_new(self._tx, by_number[number], new)
            search.put_new(self._tx, by_number[number], new)
        bodies = self._prepared.bodies if self._prepared and len(self._prepared.bodies) == len(changes) else None
        change_log.append(self._tx, entries, self._origin, bodies)
