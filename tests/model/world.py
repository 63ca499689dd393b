"""Three laptops, the server and sticks in one process, with stores that are put back instead of made anew."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from migdesk.domain.changes import DELETED, Register
from migdesk.domain.office import User
from migdesk.domain.record import Record
from migdesk.errors import EnvError, MigDeskError, RefusedError, UserError
from migdesk.store import change_log, cipher_file, conflicts, inbox, upgrading, writing
from migdesk.store.database import Store, Transaction
from migdesk.store.tables_sync import from_sql
from migdesk.sync.bundle.taking import read_bundle
from migdesk.sync.bundle.writing import write_bundle
from migdesk.sync.inbound.early import take_held
from migdesk.sync.laptop.outgoing import freeze_all
from migdesk.sync.trust import known_devices, server_card
from migdesk.sync.trust.host_identity import HostIdentity
from migdesk.sync.trust.server_card import ServerCard
from migdesk.sync.wire.limits import BadBatchError
from tests.model.oracle import GONE, SETS, T4, ChangeId, Oracle, Said, Slot, Unheard, View, covering, shown
from tests.model.versions import NEXT, UNHEARD, in_next_version
from tests.support.fake_clock import START
from tests.sync.hub_office import Room
from tests.sync.office import CODEC, ORG, Laptop, Link, Node, Server

PEOPLE = {
    "rina": ("OUTREACH", frozenset({"52.03"})),
    "sari": ("OUTREACH", frozenset({"52.03", "35.07"})),
    "lead": ("SUPERVISOR", frozenset({"52", "35"})),
}
REQUESTS_KEPT = 6


class RecordingLink(Link):
    """Keeps what was sent, so that it can be sent again; `between` runs in the middle of the next request."""

    def __init__(self, server: Server, device: int) -> None:
        super().__init__(server, device)
        self.requests: list[bytes] = []
        self.between: Callable[[], None] | None = None

    def post(
        self, path: str, headers: Mapping[str, str], body: Iterable[bytes], on_bytes: Callable[[int, int], None]
    ) -> Iterator[bytes]:
        sent = bytearray()

        def told() -> Iterator[bytes]:
            for piece in body:
                sent.extend(piece)
                half = len(piece) // 2
                yield piece[:half]
                if self.between:
                    self.between()
                    self.between = None
                yield piece[half:]

        try:
            yield from super().post(path, headers, told(), on_bytes)
        finally:
            self.requests = [*self.requests[1 - REQUESTS_KEPT :], bytes(sent)]

    def again(self, which: int, upto: int | None = None) -> None:
        """An earlier request comes a second time, whole or cut; nobody waits for the answer."""
        if not self.requests:
            return
        exchange, body = self.server.exchange(self.device), self.requests[which % len(self.requests)]
        exchange.receive(body[:upto])
        try:
            b"".join(exchange.answer())
        except BadBatchError:
            exchange.lost()


class Pool:
    """Opened once for many sequences: stores, keys, and of each store a copy of how it was in the beginning."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = Server(folder)
        self.links: dict[str, RecordingLink] = {}
        self.laptops = {name: Laptop(folder, name, self.server, role=role) for name, (role, _) in PEOPLE.items()}
        self.nodes: dict[str, Node] = {"server": self.server, **self.laptops}
        card = ServerCard("", ORG, self.server.keys.public, self.server.keys.recipient, b"gen-0001")
        for name, (role, areas) in PEOPLE.items():
            self.server.save(User, {"role": role, "areas": areas}, self.laptops[name].user)
        with self.server.store.begin() as tx:
            server_card.put(tx, card)  # sticks that are for the server itself are read there
        self._first = {}
        self.today = {name: node.store for name, node in self.nodes.items()}
        self.next = {name: in_next_version(store) for name, store in self.today.items()}
        for name, node in self.nodes.items():
            upgrading.bring_up(node.store)
            node.store.raw.execute("PRAGMA synchronous = OFF")
            self._first[name] = self._copy(node.store, name)
        self._kept: Any = None

    def _copy(self, store: Store, name: str) -> Any:
        raw = cipher_file.connect(self.folder / f"{name}.copy", bytes(32))
        store.raw.backup(raw)
        return raw

    def keep_server(self) -> None:
        """A backup of the server as it is now."""
        if self._kept is None:
            self._kept = self._copy(self.server.store, "kept")
        else:
            self.server.store.raw.backup(self._kept)

    def restore_server(self) -> None:
        """The server as it was in the last backup."""
        self._kept.backup(self.server.store.raw)

    def reset(self) -> None:
        """Everything as in the beginning."""
        for name, node in self.nodes.items():
            node.store = self.today[name]
            self._first[name].backup(node.store.raw)
            node.clock.set_wall(START)
        self.server.identity = HostIdentity(ORG, self.server.keys, b"gen-0001")
        for name, laptop in self.laptops.items():
            laptop.link = self.links[name] = RecordingLink(self.server, laptop.keys.device_id)

    def close(self) -> None:
        for raw in (*self._first.values(), self._kept):
            if raw is not None:
                raw.close()
        for store in self.today.values():
            store.close()


class World:
    """One sequence: what people do, and what is remembered of it."""

    def __init__(self, pool: Pool) -> None:
        pool.reset()
        self.pool, self.server, self.laptops = pool, pool.server, pool.laptops
        self.oracle = Oracle()
        self.sticks: list[tuple[str, Path]] = []
        self.people = dict(PEOPLE)
        self.revoked: set[str] = set()
        self.written_before: set[tuple[str, UUID]] = set()
        """Laptop and record that stood there before the server had said its first word about the area."""
        self.generations = 1
        self.cursors: dict[tuple[str, str, bytes], int] = {}
        self.has_backup = False
        self.rooms: dict[str, Room] = {}
        self.orphans: set[ChangeId] = set()
        self.latest = self.server.clock.now()

    # What is here

    def present(self, node: Node, kind: type[Record], *, gone: bool = False) -> list[UUID]:
        """Records of a kind at a replica, in the order of their ids."""
        with node.store.read() as tx:
            rows = tx.rows(f'SELECT id FROM "{kind.spec.name}" WHERE deleted = :gone ORDER BY id', {"gone": int(gone)})
        return [UUID(bytes=bytes(row[0])) for row in rows]

    def knows(self, node: Node, kind: type[Record]) -> bool:
        """Whether the version of a replica has this kind."""
        return kind.spec.number in node.store.schema.by_number

    def unheard(self, node: Node) -> Unheard:
        """The fields that are none to the version of a replica."""
        return frozenset() if node.store.schema is NEXT else UNHEARD

    def heard(self, tx: Transaction, record: UUID) -> set[tuple[ChangeId, Slot]]:
        """What a replica has in its log of a record."""
        spec = NEXT.by_name[self.oracle.kinds[record]]
        found = set()
        for logged in change_log.history(tx, record):
            change = logged.change
            for edit in change.edits:
                found.add(((change.device, change.counter), slot_of(spec, edit.register)))
        return found

    # What people do

    def save(self, node: Node, kind: type[Record], values: Mapping[str, Any], id: UUID | None = None) -> UUID:
        node.clock.forward(seconds=20)
        record = id or (kind.spec.natural_id(values) if kind.spec.natural else None)
        with node.store.begin() as tx:
            before = self._view(tx, record)
            saved = writing.save(tx, node.author, as_known(tx, kind), values, id)
            edits = wanted_edits(before.values, values)
            parts = [
                part
                for part in (
                    {slot: value for slot, value in edits.items() if (kind.spec.name, slot[0]) not in T4},
                    {slot: value for slot, value in edits.items() if (kind.spec.name, slot[0]) in T4},
                )
                if part
            ]
            self._note(tx, node, kind, saved, parts)
        return saved.id

    def delete(self, node: Node, kind: type[Record], id: UUID) -> None:
        with node.store.begin() as tx:
            self._note(tx, node, kind, writing.delete(tx, node.author, as_known(tx, kind), id), [{GONE: True}])

    def restore(self, node: Node, kind: type[Record], id: UUID) -> None:
        with node.store.begin() as tx:
            self._note(tx, node, kind, writing.restore(tx, node.author, as_known(tx, kind), id), [{GONE: False}])

    def decide(self, node: Node, which: int, choice: int) -> None:
        """Settle one of the open conflicts here, if there is one."""
        with node.store.begin() as tx:
            found = conflicts.open_conflicts(tx)
            if not found:
                return
            one = found[which % len(found)]
            kind = NEXT.by_name[one.kind]
            heads = (one.winner, *one.losers)
            value = heads[choice % len(heads)].value
            saved = writing.decide(tx, node.author, one.id, value)
            slot = slot_of(kind, one.register)
            plain = (
                value
                if slot == GONE or slot[0] in SETS or value is None
                else kind.by_name[slot[0]].type.from_plain(cast(Any, value))
            )
            self._note(tx, node, kind.cls, saved, [{slot: plain}], decided=True)

    def _view(self, tx: Transaction, record: UUID | None) -> View:
        if record is None or record not in self.oracle.kinds:
            return View({}, False, {})
        return self.oracle.view(record, self.heard(tx, record))

    def _note(
        self, tx: Transaction, node: Node, kind: type[Record], saved: writing.Saved,
        parts: list[dict[Slot, Any]], *, decided: bool = False,
    ) -> None:  # fmt: skip
        assert len(parts) == len(saved.changes), "another number of changes than values that differ"
        spec = NEXT.by_name[kind.spec.name]
        self.oracle.kinds.setdefault(saved.id, spec.name)
        mine = {(change.device, change.counter) for change in saved.changes}
        heads = self.oracle.heads(pair for pair in self.heard(tx, saved.id) if pair[0] not in mine)
        for change, edits in zip(saved.changes, parts, strict=True):
            assert {slot_of(spec, edit.register) for edit in change.edits} == set(edits)
            replaced = {slot: self._replaced(spec.cls, heads, slot, decided or slot == GONE) for slot in edits}
            covers = covering(heads) if edits.get(GONE) else {}
            self.oracle.said[change.device, change.counter] = Said(
                (change.device, change.counter), change.hlc, node.name, spec.name, saved.id, change.author, edits,
                replaced, covers,
            )  # fmt: skip

    def _replaced(
        self, kind: type[Record], heads: Mapping[Slot, list[Said]], slot: Slot, whole: bool
    ) -> frozenset[ChangeId]:
        """An ordinary edit replaces what its author saw; a decision all that stood."""
        here = heads.get(slot, [])
        if not here:
            return frozenset()
        seen = shown(kind.spec.name, slot, here).edits[slot]
        return frozenset(one.id for one in here if whole or one.edits[slot] == seen)

    # What links and sticks do

    def sync(self, name: str, *, up: int | None = None, down: int | None = None, lose: bool = False) -> None:
        """One sync, whole or broken off; whatever the link does is no error here."""
        laptop = self.laptops[name]
        before = self._unspoken(name)
        laptop.link.cut_up, laptop.link.cut_down, laptop.link.lose_answer = up, down, lose
        try:
            laptop.sync()
        except EnvError:
            undisturbed = up is None and down is None and not lose
            assert not undisturbed or name in self.revoked, "a sync that nothing disturbed must succeed"
        finally:
            laptop.link.heal()
        self.written_before |= {(name, record) for record in before - self._unspoken(name)}
        self.watch_cursors(name)

    def _unspoken(self, name: str) -> set[UUID]:
        """The records on a laptop that stand in areas of which the server never said anything to it."""
        with self.laptops[name].store.read() as tx:
            met = {area for (area,) in tx.rows("SELECT op_area FROM pull_cursor WHERE peer = 0")}
            logged = tx.rows("SELECT record, op_area FROM change_log WHERE op_area <> '00'")
        return {UUID(bytes=record) for record, area in logged if area not in met}

    def visit(self, name: str, hub: str, *, up: int | None = None, down: int | None = None, lose: bool = False) -> None:
        """One sync with a colleague's laptop that serves the room, whole or broken off."""
        room, guest = self.rooms.setdefault(hub, Room(self.laptops[hub])), self.laptops[name]
        with room.hub.store.read() as tx:
            if known_devices.find(tx, guest.keys.device_id) is None:
                return  # whom a hub has not heard of it does not let in
        link = room.link(guest)
        link.cut_up, link.cut_down, link.lose_answer = up, down, lose
        try:
            room.visit(guest)
        except RefusedError:
            pass  # they do not know of each other yet, or no more
        except UserError:
            assert name in self.revoked, "a laptop in use that its hub knows must know itself"
        except EnvError:
            assert up is not None or down is not None or lose, "a sync that nothing disturbed must succeed"
        finally:
            link.heal()

    def freeze(self, name: str) -> None:
        laptop = self.laptops[name]
        freeze_all(laptop.store, laptop.keys, ORG, CODEC)

    def write_stick(self, name: str, to: str, *, whole: bool) -> None:
        laptop, path = self.laptops[name], self.pool.folder / f"stick-{len(self.sticks)}.mdb"
        recipient = self.pool.nodes[to].keys.recipient
        try:
            write_bundle(laptop.db, laptop.keys, [recipient], path, whole=whole, codec=CODEC)
        except MigDeskError:
            return  # not yet known here, or revoked: nothing is written
        self.sticks.append((to, path))

    def read_stick(self, which: int) -> None:
        if not self.sticks:
            return
        to, path = self.sticks[which % len(self.sticks)]
        node = self.pool.nodes[to]
        with node.store.read() as tx:
            user = known_devices.user_of(tx, node.name) if node is not self.server else None
        try:
            read_bundle(node.db, path, node.keys.identity, user=user, codec=CODEC)
        except MigDeskError:
            return  # a sender that is not known here or revoked

    # What the administrator does

    def backup(self) -> None:
        """A verified backup: what is in it is durable."""
        with self.server.store.begin() as tx:
            heads = inbox.applied_heads(tx)
        self.pool.keep_server()
        with self.server.store.begin() as tx:
            inbox.set_durable(tx, heads)
        self.has_backup = True

    def bring_back(self) -> None:
        """The server comes back from its last backup, as another generation; the administrator repeats what is lost.

        Of what a revoked laptop had sent since then others keep what they have; nobody sends that again.
        """
        if not self.has_backup:
            return
        before, now = self._logged_of_revoked(), self.server.clock.now()
        self.pool.restore_server()
        self.orphans |= before - self._logged_of_revoked()
        self.server.clock.set_wall(max(now, self.latest))
        self._bring_up(self.server)  # the backup may be of before its upgrade
        self.generations += 1
        self.server.identity = HostIdentity(ORG, self.server.keys, b"gen-%04d" % self.generations)
        with self.server.store.begin() as tx:
            change_log.leap(tx)
        for name in sorted(self.revoked):
            self.server.set_status(self.laptops[name], "revoked")
        for name, (role, areas) in self.people.items():
            self.rescope(name, role, areas)

    def _logged_of_revoked(self) -> set[ChangeId]:
        devices = {self.laptops[name].keys.device_id for name in self.revoked}
        with self.server.store.read() as tx:
            rows = tx.rows("SELECT device, counter FROM change_log")
        return {(from_sql(device), counter) for device, counter in rows if from_sql(device) in devices}

    def upgrade(self, name: str) -> None:
        """The next version of the program opens what this one left."""
        self.pool.nodes[name].store = self.pool.next[name]
        self._bring_up(self.pool.nodes[name])

    def upgrade_all(self) -> None:
        for name in self.pool.nodes:
            self.upgrade(name)

    @property
    def is_mixed(self) -> bool:
        """Whether anybody was upgraded."""
        return any(node.store.schema is NEXT for node in self.pool.nodes.values())

    def _bring_up(self, node: Node) -> None:
        upgrading.bring_up(node.store, take_held if node is self.server else None)

    def rescope(self, name: str, role: str, areas: frozenset[str]) -> None:
        """Another role, other areas: what counts from the next exchange on."""
        self.server.save(User, {"role": role, "areas": areas}, self.laptops[name].user)
        self.people[name] = (role, areas)
        self.latest = max(self.latest, self.server.clock.now())

    def revoke(self, name: str) -> None:
        self.server.set_status(self.laptops[name], "revoked")
        self.revoked.add(name)

    def settle(self) -> None:
        """Enough good syncs for everybody in use to hear of everything."""
        for _ in range(3):
            for name in self.laptops:
                if name not in self.revoked:
                    self.sync(name)

    def is_gone(self, node: Node, kind: type[Record], values: Mapping[str, Any]) -> bool:
        """Whether the record that these values name was deleted here."""
        return kind.spec.natural_id(values) in self.present(node, kind, gone=True)

    def watch_cursors(self, name: str) -> None:
        """Within a generation of the server a cursor never goes back, unless its area was taken off the laptop."""
        with self.laptops[name].store.read() as tx:
            now = tx.rows("SELECT op_area, generation, seq FROM pull_cursor WHERE peer = 0")
        for area, generation, seq in now:
            key = (name, area, bytes(generation))
            assert not seq or self.cursors.get(key, 0) <= seq
            self.cursors[key] = seq


def wanted_edits(before: Mapping[str, Any], values: Mapping[str, Any]) -> dict[Slot, Any]:
    """Which slots these values change, in view of what was shown."""
    edits: dict[Slot, Any] = {}
    for name, value in values.items():
        if name not in SETS:
            if before.get(name) != value:
                edits[name, ""] = value
            continue
        old, new = before.get(name) or frozenset(), value or frozenset()
        edits |= {(name, element): element in new for element in old ^ new}
    return edits


def as_known(tx: Transaction, kind: type[Record]) -> type[Record]:
    """A kind as the version that has this store open declares it."""
    return tx.schema.by_name[kind.spec.name].cls


def slot_of(spec: Any, register: Register) -> Slot:
    if register.field == DELETED:
        return GONE
    return spec.by_number[register.field].name, register.element
