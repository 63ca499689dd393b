"""What of a case leaves this replica: nothing, until the person agreed that it is sent (V-13). Store's thread.

The log rows of what is withheld stand above tier 4, which never leaves either. When the person agrees, they get new
sequence numbers, so that whoever reads on from where it was finds them.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update

from migdesk.domain.changes import Edit, Register, Value
from migdesk.domain.leaving import may_leave
from migdesk.domain.record import KindSpec, Tier
from migdesk.store import change_log, rows
from migdesk.store.database import Transaction
from migdesk.store.rows import Row

WITHHELD = 5
"""The tier of a log row that waits for consent."""
KEPT_SEQ = -1
"""`own_seq` of a record whose last own change is withheld."""


def consent(
    tx: Transaction, spec: KindSpec, row: Row | None, edits: Sequence[Edit], circle: bytes | None
) -> tuple[Value, Value]:
    """The answer that decides about a record, before and after these edits: that of its case. (None, None) if the
    case is not here."""
    for root in tx.schema.kinds:
        if not root.leaves_with or not spec.in_circle:
            continue
        field = root.by_name[root.leaves_with]
        if root.name == spec.name:
            before = row.plain(field.name) if row is not None else None
            given = [edit.value for edit in edits if edit.register == Register(field.number)]
            return before, given[-1] if given else before
        case = rows.load(tx, root, circle) if circle else None
        answer = case.plain(field.name) if case is not None else None
        return answer, answer
    return None, None


def is_withheld(spec: KindSpec, answers: tuple[Value, Value]) -> bool:
    """Whether a change made with these answers stays here."""
    return spec.in_circle and not may_leave(*answers)


def release(tx: Transaction, case: bytes) -> None:
    """Let go what was withheld of a case: its rows go behind everything that is in the log by now."""
    log = tx.tables.log
    kept = select(log).where(log.c.circle == case, log.c.tier == WITHHELD, log.c.origin == "")
    found = tx.connection.execute(kept.order_by(log.c.hlc)).all()
    counts: dict[str, int] = {}
    for row in found:
        counts[row.op_area] = counts.get(row.op_area, 0) + 1
    following = {area: change_log.take(tx, area, count) - count + 1 for area, count in sorted(counts.items())}
    last: dict[tuple[int, bytes], tuple[str, int]] = {}
    for row in found:
        seq = following[row.op_area]
        following[row.op_area] = seq + 1
        where = (log.c.op_area == row.op_area, log.c.seq == row.seq)
        tx.connection.execute(update(log).where(*where).values(seq=seq, tier=int(Tier.T3)))
        last[row.kind, bytes(row.record)] = (row.op_area, seq)
    _tell(tx, last)


def _tell(tx: Transaction, last: Mapping[tuple[int, bytes], tuple[str, int]]) -> None:
    for (kind, id), (op_area, seq) in last.items():
        main = tx.tables.kinds[tx.schema.by_number[kind].name].main
        tx.connection.execute(update(main).where(main.c.id == id).values(own_area=op_area, own_seq=seq))
