"""Joins changes into a record: quickly where nobody forked, by `domain.merge` where somebody did. Store's thread.

A register is *forked* when several values of it stand, when stamps it replaced have not arrived, or when it is the
deletion of its record; then `head` and `awaited` hold what the row cannot.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from migdesk.domain.changes import DELETED, Change, Register
from migdesk.domain.codes import CodeBook
from migdesk.domain.hlc import Stamp
from migdesk.domain.merge import Fork, Head, Rank, is_deleted, joined, losers, rank_of, unseen, winner
from migdesk.domain.record import KindSpec
from migdesk.store.database import Transaction
from migdesk.store.packing import pack, pack_stamps, pack_value, unpack, unpack_stamps, unpack_value
from migdesk.store.rows import Row, new_row, touch
from migdesk.store.tables_sync import as_sql, from_sql

Forks = dict[Register, Fork]

DELETION = Register(DELETED)
_UNKNOWN_AUTHOR = UUID(int=0)


@dataclass(slots=True)
class Ranks:
    """The ranks of a program's fields; made once for a transaction's work."""

    codes: CodeBook

    def of(self, spec: KindSpec, register: Register) -> Rank:
        """How values of this register rank (`merge.rank_of`)."""
        field = spec.by_number.get(register.field)
        return rank_of(field, self.codes.ranks(field.codes) if field is not None and field.codes else {})


def join_quickly(row: Row, change: Change) -> bool:
    """Write a change into a row if it replaces exactly what stands there; False, and nothing done, if it does not."""
    stamp, stamps = change.stamp, row.stamps
    if row.forked or not row.created < stamp:
        return False
    for edit in change.edits:
        held = stamps.get(edit.register)
        if edit.register.field == DELETED or edit.replaces != (() if held is None else (held,)) or held == stamp:
            return False
    for register, value, _ in change.edits:
        stamps[register] = stamp
        if value is None:
            row.values.pop(register, None)
        else:
            row.values[register] = value
    touch(row, change)
    row.place()
    return True


def start(spec: KindSpec, change: Change) -> Row | None:
    """The row of a record that begins with this change; None if the change knows of something before it."""
    for edit in change.edits:
        if edit.replaces or edit.register.field == DELETED:
            return None
    row, stamp = new_row(spec, change), change.stamp
    for register, value, _ in change.edits:
        row.stamps[register] = stamp
        if value is not None:
            row.values[register] = value
    row.place()
    return row


def join(row: Row, forks: Forks, change: Change) -> Forks:
    """The registers after one more change, by the rule itself. `show` brings the row in line with them."""
    touch(row, change)
    return joined(forks, change)


def show(row: Row, forks: Mapping[Register, Fork], ranks: Ranks) -> None:
    """Set everything that a row shows from its registers."""
    stamped = {register for register in row.values if register in row.stamps or register in forks}
    for register in stamped:
        del row.values[register]
    row.stamps.clear()
    for register, fork in forks.items():
        if not fork.heads or register == DELETION:
            continue
        shown = winner(fork.heads, ranks.of(row.spec, register))
        row.stamps[register] = shown.stamp
        if shown.value is not None:
            row.values[register] = shown.value
    row.forked = any(_is_kept(register, fork) for register, fork in forks.items())
    row.deleted = is_deleted(forks.get(DELETION, Fork()), others(forks))
    row.conflicts = 0 if row.deleted else sum(1 for _ in in_conflict(row.spec, forks, ranks))
    row.place()


def others(forks: Mapping[Register, Fork]) -> tuple[Head, ...]:
    """All values that stand, the deletion apart."""
    return tuple(head for register, fork in forks.items() if register != DELETION for head in fork.heads)


def in_conflict(
    spec: KindSpec, forks: Mapping[Register, Fork], ranks: Ranks
) -> Iterable[tuple[Register, Head, tuple[Head, ...]]]:
    """Registers with the head that is shown and those that lost. A deletion that did not know of a value lost to it."""
    for register, fork in sorted(forks.items(), key=_register):
        if register == DELETION:
            continue
        lost = losers(fork.heads, ranks.of(spec, register))
        if lost:
            yield register, winner(fork.heads, ranks.of(spec, register)), lost
    deletion = _deletion_in_conflict(forks)
    if deletion is not None:
        yield DELETION, *deletion


def _stamp_of(head: Head) -> Stamp:
    return head.stamp


def _register(item: tuple[Register, Fork]) -> Register:
    return item[0]


def _deletion_in_conflict(forks: Mapping[Register, Fork]) -> tuple[Head, tuple[Head, ...]] | None:
    fork = forks.get(DELETION)
    if fork is None:
        return None
    removals = tuple(sorted((head for head in fork.heads if head.value is True), key=_stamp_of, reverse=True))
    if not removals:
        return None
    restored = [head for head in fork.heads if head.value is not True]
    standing = restored or unseen(removals[0], others(forks))
    if not standing:
        return None
    latest = max(standing, key=_stamp_of)
    return Head(latest.stamp, False, latest.author), removals


def of_row(row: Row, kept: Mapping[Register, Fork], authors: Mapping[Stamp, UUID]) -> Forks:
    """All registers of a record: those that are kept apart, and those that the row says all about."""
    forks = {}
    for register, stamp in row.stamps.items():
        head = Head(stamp, row.values.get(register), authors.get(stamp, _UNKNOWN_AUTHOR))
        forks[register] = Fork((head,))
    for register, fork in kept.items():
        plain = forks.get(register)
        forks[register] = fork if fork.heads or plain is None else Fork(plain.heads, fork.awaited)
    return forks


def load(tx: Transaction, row: Row, authors: Mapping[Stamp, UUID] | None = None) -> Forks:
    """All registers of a stored record; `authors` of changes that are not in the log yet."""
    known = authors_of(tx, row.spec, row.id) | dict(authors or {})
    return of_row(row, _kept(tx, row) if row.forked else {}, known)


def authors_of(tx: Transaction, spec: KindSpec, id: bytes) -> dict[Stamp, UUID]:
    """Who wrote each change of a record that is in the log here."""
    found = tx.rows(tx.sql.stamps_of_record, {"record": id, "kind": spec.number})
    return {Stamp(hlc, from_sql(device)): UUID(bytes=author) for hlc, device, author in found}


def arrived(forks: Mapping[Register, Fork], here: Iterable[Stamp]) -> Forks:
    """Registers that await only what is not `here`: a change comes once, so nothing else can still matter."""
    known = frozenset(here)
    return {
        register: Fork(fork.heads, fork.awaited - known) if fork.awaited else fork for register, fork in forks.items()
    }


def _kept(tx: Transaction, row: Row) -> Forks:
    where = {"op_area": row.op_area, "kind": row.spec.number, "record": row.id}
    heads: dict[Register, list[Head]] = {}
    for _, _, _, field, element, hlc, device, author, body in tx.rows(tx.sql.heads, where):
        value, seen = unpack(body)
        head = Head(Stamp(hlc, from_sql(device)), unpack_value(value), UUID(bytes=author), unpack_stamps(seen))
        heads.setdefault(Register(field, element), []).append(head)
    awaited: dict[Register, set[Stamp]] = {}
    for _, _, _, field, element, hlc, device in tx.rows(tx.sql.awaited, where):
        awaited.setdefault(Register(field, element), set()).add(Stamp(hlc, from_sql(device)))
    return {
        register: Fork(tuple(heads.get(register, ())), frozenset(awaited.get(register, ())))
        for register in {*heads, *awaited}
    }


def keep(tx: Transaction, row: Row, forks: Mapping[Register, Fork], old_area: str) -> None:
    """Write what the row cannot hold of its registers; `old_area` is where that stood before."""
    where = {"op_area": old_area, "kind": row.spec.number, "record": row.id}
    tx.run(tx.sql.drop_heads, where)
    tx.run(tx.sql.drop_awaited, where)
    here = where | {"op_area": row.op_area}
    for register, fork in forks.items():
        key = here | {"field": register.field, "element": register.element}
        if len(fork.heads) > 1 or register == DELETION:
            for head in fork.heads:
                body = pack([pack_value(head.value), pack_stamps(head.seen)])
                tx.run(tx.sql.add_head, key | _stamp(head.stamp) | {"author": head.author.bytes, "body": body})
        for stamp in fork.awaited:
            tx.run(tx.sql.add_awaited, key | _stamp(stamp))


def _stamp(stamp: Stamp) -> dict[str, int]:
    return {"hlc": stamp.hlc, "device": as_sql(stamp.device)}


def _is_kept(register: Register, fork: Fork) -> bool:
    return len(fork.heads) > 1 or bool(fork.awaited) or (register == DELETION and bool(fork.heads))
