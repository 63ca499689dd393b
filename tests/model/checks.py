"""What must hold between the replicas of a world, at any time and at the end."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from migdesk.domain.office import Device, User
from migdesk.domain.record import KindSpec
from migdesk.store import change_log, conflicts, inbox, records
from migdesk.store.database import Transaction
from migdesk.store.tables_sync import from_sql
from migdesk.sync.wire.batch import open_batch
from tests.model.oracle import GONE, T4, ChangeId, Slot, View
from tests.model.versions import NEXT, NEXT_KINDS
from tests.model.world import World, slot_of
from tests.sync.office import CODEC

KINDS = [spec for spec in NEXT.kinds if not spec.reference and spec.name in {
    "person", "counselling_session", "case", "incident", "training_event", "training_session", "participant",
    "attendance", *(kind.spec.name for kind in NEXT_KINDS),
}]  # fmt: skip
ALL = frozenset(spec.name for spec in KINDS)
TRAINING = frozenset({"training_event", "training_session", "participant", "attendance"})
READS = {
    "OUTREACH": ALL, "SUPERVISOR": ALL, "CASEWORKER": ALL - TRAINING, "TRAINER": TRAINING,
    "CENTRAL": frozenset({"training_event", "training_session"}), "PLANNER": frozenset[str](),
}  # fmt: skip
"""Who may know of which kinds (DOMAIN 2.2), for this test."""


_CURSOR = "SELECT 1 FROM pull_cursor WHERE peer = 0 AND op_area = :area"


def each_change_is_logged_once(world: World) -> None:
    """In every log."""
    for name, node in world.pool.nodes.items():
        with node.store.read() as tx:
            twice = tx.rows("SELECT device, counter FROM change_log GROUP BY device, counter HAVING count(*) > 1")
        assert not twice, f"{name} has changes twice"


@dataclass(frozen=True)
class _AtServer:
    """What the server has: what it heard of each record, whose its records are, users and devices, what it refused; and
    what revoked laptops said that it never got."""

    heard: dict[UUID, set[tuple[ChangeId, Slot]]]
    owners: dict[UUID, tuple[str, UUID, UUID | None, set[UUID]]]
    cards: dict[UUID, Any]
    refused: set[ChangeId]
    kept_back: set[ChangeId]


def replicas_agree(world: World) -> None:
    """After enough good syncs: server and laptops show what the oracle says, and nothing of what was said is lost."""
    with world.server.store.read() as tx:
        there = _records(tx) | held(tx)
        assert there <= set(world.oracle.kinds)
        heard = {record: world.heard(tx, record) for record in there}
        for record, pairs in heard.items():
            expected = world.oracle.view(record, pairs, world.unheard(world.server))
            _same("server", world, record, _seen(tx, world, record), expected)
        kept_back = {one.id for one in world.oracle.said.values() if one.device in world.revoked} - _arrived(tx)
        at_server = _AtServer(heard, _owners(tx), _reference(tx), _quarantined(tx), kept_back)
    nothing_is_lost(world)
    nothing_kept_back_left(world)
    for name, laptop in world.laptops.items():
        if name in world.revoked:
            continue
        with laptop.store.read() as tx:
            here = _records(tx) | held(tx)
            for record in here | set(heard):
                if not _moved_in_vain(world, name, record, at_server.refused):
                    _agrees_on(tx, world, name, record, at_server, is_here=record in here)
            known = _reference(tx)
            # Of users and devices a laptop may hold what a restored server lost (M-findings 9).
            assert world.generations > 1 or known == at_server.cards, (
                f"{name} knows users and devices as {known}, not {at_server.cards}"
            )


def _agrees_on(tx: Transaction, world: World, name: str, record: UUID, at_server: _AtServer, *, is_here: bool) -> None:
    """A laptop shows of a record what the server told it or it knows alone, and has none that it may not know of."""
    pairs = world.heard(tx, record) if is_here else set()
    laptop, owners = world.laptops[name], at_server.owners
    unheard, own = world.unheard(laptop), laptop.keys.device_id
    if world.oracle.kinds[record] not in world.server.store.schema.by_name:
        # A server of before its upgrade tells nobody of it; what came another way is in its place.
        if is_here:
            _same(name, world, record, _seen(tx, world, record), world.oracle.view(record, pairs, unheard))
        return
    # A stick may bring what the server refused, or lost with a backup and will not be sent again; and a guest of a room
    # has of its hub what that had not sent on when it was revoked (docs/protocol.md, Rooms).
    astray = world.orphans | at_server.refused | at_server.kept_back
    mine = {pair for pair in pairs if pair[0][0] == own or pair[0] in astray}
    if not may_know(world, name, record, owners):
        # What the server refused stays with its author, who sees that it was refused.
        outside = pairs if record in owners else pairs - mine
        # What came by stick or in a room of an area that the server never spoke of (M-findings 15).
        unasked = record in owners and not tx.one(_CURSOR, {"area": owners[record][0][:5]})
        # What its user wrote before the server's first word stays with her, whatever that word was: a code for the
        # wrong role or place must not empty a laptop. It was not removed then, and no later word speaks of it.
        hers = (name, record) in world.written_before and all(pair[0][0] == own for pair in pairs)
        excused = unasked or hers or _is_kept(tx, record)
        assert not outside or excused, f"{name} knows of {world.oracle.kinds[record]} {record}"
        return
    expected = at_server.heard.get(record, set()) | mine
    assert is_here, f"{name} lacks {world.oracle.kinds[record]} {record}"
    _same(name, world, record, _seen(tx, world, record), world.oracle.view(record, expected, unheard))
    if unheard:
        # Nothing of what it does not understand may be missing on the day of its own upgrade.
        _same(name, world, record, _kept(tx, world, record), world.oracle.view(record, expected))


def _same(name: str, world: World, record: UUID, seen: View, expected: View) -> None:
    assert seen == expected, f"{name} shows {world.oracle.kinds[record]} as {seen}, not {expected}"


def may_know(
    world: World, name: str, record: UUID, owners: dict[UUID, tuple[str, UUID, UUID | None, set[UUID]]]
) -> bool:
    """Whether the user of a laptop may know of a record, by its row at the server. What is not there is nobody
    else's."""
    role, areas = world.people[name]
    if record not in owners:
        return False
    where, _, case, circle = owners[record]
    if world.oracle.kinds[record] not in READS[role] or not any((where + ".").startswith(area + ".") for area in areas):
        return False
    return case is None or role == "SUPERVISOR" or world.laptops[name].user in circle


def nothing_is_lost(world: World) -> None:
    """Every change that may leave a laptop in use is in the server's log or its quarantine; the others are at home."""
    with world.server.store.read() as tx:
        there = _arrived(tx)
    for name, laptop in world.laptops.items():
        with laptop.store.read() as tx:
            home = _logged(tx)
            kept = _logged(tx, "tier >= 4")
        said = {one.id for one in world.oracle.said.values() if one.device == name}
        assert said <= home | there
        if name not in world.revoked:
            assert said - kept <= there, f"{name} said something that did not arrive"


def nothing_kept_back_left(world: World) -> None:
    """Fields of the innermost tier are at the laptop that wrote them and nowhere else."""
    for node in world.pool.nodes.values():
        with node.store.read() as tx:
            for record in _records(tx) & set(world.oracle.kinds):
                for id, slot in world.heard(tx, record):
                    inner = (world.oracle.kinds[record], slot[0]) in T4
                    assert not inner or world.oracle.said[id].device == node.name


def _records(tx: Transaction) -> set[UUID]:
    return {UUID(bytes=bytes(row[0])) for spec in KINDS for row in tx.rows(f'SELECT id FROM "{spec.name}"')}


def held(tx: Transaction) -> set[UUID]:
    """The records of kinds that the version here has not heard of."""
    return {UUID(bytes=bytes(row[0])) for row in tx.rows("SELECT DISTINCT record FROM change_log WHERE held = 1")}


def _kept(tx: Transaction, world: World, record: UUID) -> View:
    """What the log of a replica says of a record, understood or not. Of a change that came without what was superseded
    all counts."""
    ids = {(one.change.device, one.change.counter) for one in change_log.history(tx, record)}
    return world.oracle.view(record, {(id, slot) for id in ids for slot in world.oracle.said[id].edits})


def _owners(tx: Transaction) -> dict[UUID, tuple[str, UUID, UUID | None, set[UUID]]]:
    """By record: area, author, case of its circle, users of that."""
    circles = {
        bytes(id): {UUID(bytes=bytes(one)) for one in users if one}
        for id, *users in tx.rows('SELECT id, created_by, owner FROM "case"')
    }
    found = {}
    for spec in KINDS:
        for id, area, author, circle in tx.rows(f'SELECT id, area, created_by, circle FROM "{spec.name}"'):
            case = bytes(circle) if spec.in_circle and circle else None
            users = circles.get(case, {UUID(bytes=bytes(author))}) if case else set()
            found[UUID(bytes=bytes(id))] = (area, UUID(bytes=bytes(author)), UUID(bytes=case) if case else None, users)
    return found


def _seen(tx: Transaction, world: World, record: UUID) -> View:
    """What a replica shows of a record; of a kind that its version has not heard of, what it will show."""
    spec = NEXT.by_name[world.oracle.kinds[record]]
    if spec.name not in tx.schema.by_name:
        return _kept(tx, world, record)
    stored = records.get(tx, tx.schema.by_name[spec.name].cls, record, deleted=True)
    disputes: dict[Slot, tuple[Any, frozenset[Any]]] = {}
    for one in conflicts.open_conflicts(tx, record):
        slot = slot_of(spec, one.register)
        lost = frozenset(_back(spec, slot, head.value) for head in one.losers)
        disputes[slot] = (_back(spec, slot, one.winner.value), lost)
    assert stored.meta.conflicts == len(disputes)
    return View(stored.record.values(), stored.meta.deleted, disputes)


def _back(spec: KindSpec, slot: Slot, plain: Any) -> Any:
    if slot == GONE or spec.by_name[slot[0]].is_set or plain is None:
        return plain
    return spec.by_name[slot[0]].type.from_plain(plain)


def _logged(tx: Transaction, where: str = "1 = 1") -> set[ChangeId]:
    return {
        (from_sql(device), counter)
        for device, counter in tx.rows(f"SELECT device, counter FROM change_log WHERE {where}")
    }


def _arrived(tx: Transaction) -> set[ChangeId]:
    """What a replica has, whatever it makes of it."""
    return _logged(tx) | _quarantined(tx) | _waiting(tx)


def _waiting(tx: Transaction) -> set[ChangeId]:
    """What came before the record it is of."""
    return {(from_sql(device), counter) for device, counter in tx.rows("SELECT device, counter FROM backlog")}


def _quarantined(tx: Transaction) -> set[ChangeId]:
    """The changes that can be read back out of quarantine."""
    found = set()
    for one in inbox.quarantined(tx):
        if one.form == "change":
            changes = [inbox.read_change(one.body)]
        else:
            changes = open_batch(one.body, lambda *_: True, CODEC)[1]
        found |= {(change.device, change.counter) for change in changes}
    return found


def _moved_in_vain(world: World, name: str, record: UUID, refused: set[ChangeId]) -> bool:
    """Whether this laptop moved a record to an area where the server refused it: the two disagree on where it stands,
    and so on whether it belongs there (M-findings 1)."""
    of_laptop = (one for one in world.oracle.said.values() if one.device == name and one.record == record)
    return any(one.id in refused and ("area_code", "") in one.edits for one in of_laptop)


def _is_kept(tx: Transaction, record: UUID) -> bool:
    """Whether something of a record is on this laptop alone and may not leave: then all of it stays."""
    where = {"record": record.bytes}
    return bool(tx.one("SELECT 1 FROM change_log WHERE record = :record AND origin = '' AND tier >= 4", where))


def _reference(tx: Transaction) -> dict[UUID, Any]:
    found = {}
    for kind in (User, Device):
        for stored in records.each(tx, kind, None):
            found[stored.record.id] = stored.record.values()
    return found
