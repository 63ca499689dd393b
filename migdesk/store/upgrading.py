"""Puts in place what an older version of the program could only keep: fields in `extra`, changes of unknown kinds.

Called when a store was opened; does nothing unless the program knows more than the one that opened it last. Store's
thread, one transaction; what was put in place is not found again, so that a second run changes nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete, select, tuple_

from migdesk.domain.changes import Change
from migdesk.domain.record import KindSpec
from migdesk.store import applying, change_log, forks, inbox, purging, rows, search, settings
from migdesk.store.backup import rejoined
from migdesk.store.change_log import LoggedChange
from migdesk.store.checking import Checks
from migdesk.store.database import Store, Transaction
from migdesk.store.packing import unpack_values

FROM_SERVER = "server"
"""The origin of changes that a laptop pulled: the server judged them."""
_NAME = "store.schema_version"

TakeHeld = Callable[[Transaction, str, Sequence[Change], str], None]
"""Takes in held changes of an area, which others made, with their origin: nobody has judged them yet."""


def bring_up(store: Store, take: TakeHeld | None = None) -> int:
    """Put in place what this version has learnt to understand; how many records and changes that were.

    Without `take`, of the held changes only those that the server sent are applied.
    """
    version = store.schema.version()
    with store.read() as tx:
        if int(settings.get(tx, _NAME, 0)) >= version:
            return 0
    with store.begin() as tx:
        change_log.lock(tx, change_log.op_areas(tx))
        if int(settings.get(tx, _NAME, 0)) >= version:
            return 0  # another process was first
        done = sum(_known_fields(tx, spec) for spec in tx.schema.kinds)
        done += _known_kinds(tx, take)
        settings.put(tx, _NAME, version)
        return done


def _known_fields(tx: Transaction, spec: KindSpec) -> int:
    """Join the records of a kind again that hold values of fields which were not known."""
    main = tx.tables.kinds[spec.name].main
    found = tx.connection.execute(select(main.c.id, main.c.extra).where(main.c.extra.is_not(None))).all()
    wanted = [
        bytes(id)
        for id, extra in found
        if any(register.field in spec.by_number for register in unpack_values(bytes(extra)))
    ]
    for id in wanted:
        _join_again(tx, spec, id)
    return len(wanted)


def _join_again(tx: Transaction, spec: KindSpec, id: bytes) -> None:
    """The rank of a value may be another one now, and what the field cannot hold was never looked at."""
    checks, good = Checks(tx.schema), []
    for one in change_log.history(tx, UUID(bytes=id), spec.name):
        reason = checks.why_not(one.change)
        if reason:
            _refuse(tx, one, reason)
        else:
            good.append(one)
    if not good:
        purging.purge(tx, spec, [UUID(bytes=id)])
        return
    row = rows.load(tx, spec, id)
    assert row is not None  # it was found a moment ago, in this transaction
    again, known = rejoined(tx, spec, row, good)
    again.own_area, again.own_seq = row.own_area, row.own_seq
    rows.write(tx, again, row.op_area)
    forks.keep(tx, again, known, row.op_area)
    search.put(tx, again)


def _refuse(tx: Transaction, one: LoggedChange, reason: str) -> None:
    inbox.quarantine_change(tx, one.op_area, one.change, reason)
    _forget(tx, [one])


def _forget(tx: Transaction, logged: Iterable[LoggedChange]) -> None:
    log = tx.tables.log
    places = [(one.op_area, one.seq) for one in logged]
    for start in range(0, len(places), 500):
        part = places[start : start + 500]
        tx.connection.execute(delete(log).where(tuple_(log.c.op_area, log.c.seq).in_(part)))


def _known_kinds(tx: Transaction, take: TakeHeld | None) -> int:
    """Take in what was held: as if it came now, so that it gets new numbers in the log and every reader hears of it."""
    held: dict[tuple[str, str], list[LoggedChange]] = defaultdict(list)
    for one in change_log.held(tx, tx.schema.by_number):
        if one.origin == FROM_SERVER or (take is not None and one.origin):
            held[one.origin, one.op_area].append(one)
    for (origin, op_area), logged in sorted(held.items()):
        changes = [one.change for one in logged]
        _forget(tx, logged)
        if origin != FROM_SERVER and take is not None:
            take(tx, op_area, changes, origin)
        else:
            applying.apply(tx, changes, origin=origin)
    return sum(map(len, held.values()))
