"""What a bundle brings, counted in records: new, changed, in conflict. Store's thread, in the transaction of taking.

Counted by what the change log holds before and after, so that a preview cannot promise what the import does not do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from migdesk.domain.changes import Change
from migdesk.domain.record import KindSpec
from migdesk.store import change_log, rows
from migdesk.store.database import Transaction

Id = tuple[int, int]


@dataclass(slots=True)
class KindCounts:
    """Records of one kind. `conflicts`: those of them on whose values a person has to decide."""

    new: int = 0
    changed: int = 0
    conflicts: int = 0


@dataclass(slots=True)
class Tally:
    """Told of every batch before it is applied and of its conflicts after; `counts` is asked at the end."""

    _here: dict[tuple[int, UUID], bool] = field(default_factory=dict)
    _fresh: list[Change] = field(default_factory=list)
    _disputed: set[Id] = field(default_factory=set)

    def before(self, tx: Transaction, changes: Sequence[Change]) -> None:
        """These changes are about to be taken in."""
        known = change_log.known(tx, changes)
        fresh = [change for change in changes if (change.device, change.counter) not in known]
        self._fresh += fresh
        by_kind: dict[int, set[UUID]] = {}
        for change in fresh:
            if (change.kind, change.record) not in self._here:
                by_kind.setdefault(change.kind, set()).add(change.record)
        for number, ids in by_kind.items():
            spec = tx.schema.by_number.get(number)
            stored = rows.here(tx, spec, [id.bytes for id in ids]) if spec is not None else set()
            self._here.update({(number, id): id.bytes in stored for id in ids})

    def disputed(self, ids: Iterable[Id]) -> None:
        """These changes stand against others."""
        self._disputed.update(ids)

    def counts(self, tx: Transaction) -> dict[str, KindCounts]:
        """By the name of the kind, for all that was taken in; kinds that this version does not know are left out."""
        taken = change_log.known(tx, self._fresh)
        records: dict[tuple[int, UUID], bool] = {}
        for change in self._fresh:
            id = (change.device, change.counter)
            if id in taken:
                key = (change.kind, change.record)
                records[key] = records.get(key, False) or id in self._disputed
        found: dict[str, KindCounts] = {}
        for (number, record), in_conflict in records.items():
            spec: KindSpec | None = tx.schema.by_number.get(number)
            if spec is not None:
                counts = found.setdefault(spec.name, KindCounts())
                if self._here[number, record]:
                    counts.changed += 1
                else:
                    counts.new += 1
                counts.conflicts += in_conflict
        return found
