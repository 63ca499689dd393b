"""Records as they are now, for a reader who is to have them whole: changes without what was superseded. Store's thread.

A value that was replaced never comes back, so its edit may be left out, as long as the edit that stands names it among
those it replaces (a reader may hold it) and its change is still named (a stick may bring it later).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from migdesk.domain.changes import DELETED, Change, Edit, Register
from migdesk.domain.hlc import Stamp
from migdesk.domain.merge import Fork, joined
from migdesk.store import change_log
from migdesk.store.database import Transaction


def whole(tx: Transaction, records: Collection[UUID]) -> list[Change]:
    """All changes of these records that are here and may leave, in the order of the log, superseded edits left out."""
    by_record: dict[UUID, list[Change]] = defaultdict(list)
    for change in change_log.of_records(tx, records):
        by_record[change.record].append(change)
    return [change for changes in by_record.values() for change in pruned(changes)]


def pruned(changes: Sequence[Change]) -> Iterable[Change]:
    """The changes of one record, all that are known, without the edits that others of them replace."""
    if len(changes) == 1:
        return changes
    forks: dict[Register, Fork] = {}
    for change in changes:
        forks = joined(forks, change)
    dead = _replaced(changes)
    return [change._replace(edits=tuple(_standing(change, forks, dead))) for change in changes]


def _replaced(changes: Iterable[Change]) -> dict[Register, set[Stamp]]:
    dead: dict[Register, set[Stamp]] = defaultdict(set)
    for change in changes:
        for edit in change.edits:
            dead[edit.register].update(edit.replaces)
    return dead


def _standing(change: Change, forks: dict[Register, Fork], dead: dict[Register, set[Stamp]]) -> Iterable[Edit]:
    for edit in change.edits:
        # Deletions are told apart by what they knew of: all of them go.
        if edit.register.field == DELETED:
            yield edit
        elif any(head.stamp == change.stamp for head in forks[edit.register].heads):
            yield edit._replace(replaces=tuple(sorted(dead[edit.register])))
