"""Every role, every kind, every place and circle, pushed and pulled through the real exchange (issue 3, "Shown by" 6).

The rights stand here as data (DOMAIN 2.2, R-03) and come from nowhere in the program: whoever opens something in
`domain.scope` turns a row red, and a kind that is new has to be put down here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

import pytest

from migdesk.domain.changes import Change, Edit, Register, Value
from migdesk.domain.kinds import SCHEMA
from migdesk.domain.record import KindSpec
from migdesk.store import applying, change_log, inbox
from migdesk.store.change_log import Entry
from migdesk.store.database import Transaction
from migdesk.store.tables_sync import as_sql
from tests.sync.office import Laptop, Server

CASES = ("case", "incident", "case_attachment")
"""Kinds of a circle."""
TABLE = {
    # kind                   OUTR  CASEW  TRAIN  SUPER  CENTR  PLANN  ADMIN  DPO
    "person":                ("rw", "rw", "--", "rw", "--", "--", "--", "--"),
    "person_attachment":     ("rw", "rw", "--", "rw", "--", "--", "--", "--"),
    "counselling_session":   ("rw", "r-", "--", "rw", "--", "--", "--", "--"),
    "counselling_attachment":("rw", "r-", "--", "rw", "--", "--", "--", "--"),
    "case":                  ("rw", "rw", "--", "rw", "--", "--", "--", "--"),
    "incident":              ("rw", "rw", "--", "rw", "--", "--", "--", "--"),
    "case_attachment":       ("rw", "rw", "--", "rw", "--", "--", "--", "--"),
    "training_event":        ("rw", "--", "rw", "rw", "r-", "--", "--", "--"),
    "training_session":      ("rw", "--", "rw", "rw", "r-", "--", "--", "--"),
    "participant":           ("rw", "--", "rw", "rw", "--", "--", "--", "--"),
    "attendance":            ("rw", "--", "rw", "rw", "--", "--", "--", "--"),
    "event_attachment":      ("rw", "--", "rw", "rw", "--", "--", "--", "--"),
    "area":                  ("r-", "r-", "r-", "r-", "r-", "r-", "r-", "r-"),
    "user":                  ("r-", "r-", "r-", "r-", "r-", "r-", "r-", "r-"),
    "device":                ("r-", "r-", "r-", "r-", "r-", "r-", "r-", "r-"),
}  # fmt: skip
ROLES = ("OUTREACH", "CASEWORKER", "TRAINER", "SUPERVISOR", "CENTRAL", "PLANNER", "ADMIN", "DPO")
OWN = "52.03.09"
PLACES = {
    "own": OWN, "below": "52.03.09.2004", "beside": "52.03.10", "below_beside": "52.03.10.2001", "above": "52.03",
    "elsewhere": "35.07.01.2001",
}  # fmt: skip
INSIDE = {"own", "below"}
SAME_REGENCY = {"own", "below", "beside", "below_beside", "above"}
REFERENCE = {"area", "user", "device"}
_SOMEBODY = UUID(int=0xA11)
_FAR_DEVICE = 0xFA2


@dataclass(frozen=True)
class Cell:
    """Where a record is and whose: `circle` is `member`, `not_member` or `unknown` (its case is not here)."""

    kind: str
    place: str
    circle: str
    role: str

    @property
    def id(self) -> UUID:
        return uuid5(_SOMEBODY, f"{self.kind}/{self.place}/{self.circle}/{self.role}")

    @property
    def case(self) -> UUID:
        return uuid5(_SOMEBODY, f"case/{self.place}/{self.circle}/{self.role}")


def may_be_pulled(role: str, cell: Cell) -> bool:
    """The rule, in one place: what the table allows, inside the user's areas; of cases what one is in the circle of,
    within the regency that one works in, and what a supervisor has in her areas."""
    if "r" not in TABLE[cell.kind][ROLES.index(role)]:
        return False
    if cell.kind in REFERENCE:
        return True
    if cell.kind not in CASES:
        return cell.place in INSIDE
    if role == "SUPERVISOR" and cell.place in INSIDE:
        return True
    return cell.circle == "member" and cell.role == role and cell.place in SAME_REGENCY


def may_be_pushed(role: str, cell: Cell, *, new: bool) -> bool:
    """Nothing outside the user's areas. Of cases only what one is in the circle of; one's own new case is one's own,
    and so is what one writes down of a case that has not arrived yet."""
    if "w" not in TABLE[cell.kind][ROLES.index(role)] or cell.place not in INSIDE:
        return False
    if cell.kind not in CASES or role == "SUPERVISOR":
        return True
    if new and (cell.kind == "case" or cell.circle == "unknown"):
        return True
    return cell.circle == "member" and cell.role == role


def cells(roles: tuple[str, ...] = ROLES) -> Iterator[Cell]:
    """Every cell; a circle's members are a role's user, so there is one for each role."""
    for kind in TABLE:
        for place in PLACES:
            if kind not in CASES:
                yield Cell(kind, place, "none", "")
                continue
            yield Cell(kind, place, "not_member", "")
            if kind != "case":
                yield Cell(kind, place, "unknown", "")
            for role in roles:
                yield Cell(kind, place, "member", role)


def edits_of(spec: KindSpec, cell: Cell, owner: UUID | None, text: str) -> tuple[Edit, ...]:
    """A record's first values: where it is, what it belongs to, whose it is, and a word."""
    values: dict[str, Value] = {}
    if spec.area:
        values[spec.area] = PLACES[cell.place]
    if spec.parent:
        values[spec.parent] = (cell.case if spec.in_circle else uuid5(cell.id, spec.parent)).bytes
    if cell.kind == "case" and owner:
        values["owner"] = owner.bytes
    word = {"case": "case_code", "incident": "place_type", "attendance": "status"}.get(cell.kind)
    word = word or next(
        name
        for name in ("full_name", "advice", "title", "caption", "name", "display_name", "label")
        if name in spec.by_name
    )
    values[word] = text
    return tuple(Edit(Register(spec.by_name[name].number), value) for name, value in values.items())


def change_of(
    cell: Cell, number: int, device: int, author: UUID, *, owner: UUID | None = None, new: bool = False
) -> Change:
    """A change that makes the cell's record, or (`new`) another one like it in the same place and circle."""
    spec = SCHEMA.by_name[cell.kind]
    id = uuid5(cell.id, f"new {device} {number}") if new else cell.id
    circle = None
    if spec.in_circle:
        circle = id if cell.kind == "case" else cell.case
    edits = edits_of(spec, cell, owner, f"word {number}")
    return Change(
        device, number, (1_770_000_000_000 + number) << 16, author, spec.number, id, PLACES[cell.place], circle, edits
    )


def parent_of(cell: Cell, number: int) -> list[Change]:
    """What the cell's record hangs on, in the same place; the case of a circle is a cell of its own or unknown."""
    spec = SCHEMA.by_name[cell.kind]
    if not spec.parent or spec.in_circle:
        return []
    above = Cell(spec.parent_kind, cell.place, "none", "")
    made = change_of(above, number, _FAR_DEVICE, _SOMEBODY)
    return [made._replace(record=uuid5(cell.id, spec.parent))]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, Laptop]]]:
    """For what is given: nobody writes here."""
    yield from _office(tmp_path_factory.mktemp("given"))


@pytest.fixture(scope="module")
def sending_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, Laptop]]]:
    """For what is sent."""
    yield from _office(tmp_path_factory.mktemp("sent"))


def _office(folder: Path) -> Iterator[tuple[Server, dict[str, Laptop]]]:
    """A server with every record of the matrix, and a laptop of each role, whose user's area is a district."""
    server = Server(folder)
    laptops = {role: Laptop(folder, role.lower(), server, role=role, area=OWN) for role in ROLES}
    made = []
    for number, cell in enumerate(cells(), 1):
        if cell.kind not in REFERENCE:
            owner = laptops[cell.role].user if cell.role else None
            made.append(change_of(cell, number, _FAR_DEVICE, _SOMEBODY, owner=owner))
            made += parent_of(cell, 1_000_000 + number)
    with server.store.begin() as tx:
        assert {str(one.outcome) for one in applying.apply(tx, made, origin="net")} == {"applied"}
    yield server, laptops
    for node in (server, *laptops.values()):
        node.store.close()


def test_the_table_names_every_kind() -> None:
    assert set(TABLE) == set(SCHEMA.by_name)
    assert all(len(row) == len(ROLES) for row in TABLE.values())
    assert {name for name in TABLE if SCHEMA.by_name[name].in_circle} == set(CASES)
    assert {name for name in TABLE if SCHEMA.by_name[name].reference} == REFERENCE


@pytest.mark.parametrize("role", ROLES)
def test_what_each_role_is_given(office: tuple[Server, dict[str, Laptop]], role: str) -> None:
    server, laptops = office
    laptop = laptops[role]
    laptop.sync()
    for kind in SCHEMA.kinds:
        with laptop.store.read() as tx:
            here = {UUID(bytes=bytes(row[0])) for row in tx.rows(f'SELECT id FROM "{kind.name}"')}
            logged = {
                UUID(bytes=bytes(row[0]))
                for row in tx.rows("SELECT record FROM change_log WHERE kind = :kind", {"kind": kind.number})
            }
        if kind.reference:
            with server.store.read() as tx:
                assert here == {UUID(bytes=bytes(row[0])) for row in tx.rows(f'SELECT id FROM "{kind.name}"')}
            continue
        expected = {cell.id for cell in cells() if cell.kind == kind.name and may_be_pulled(role, cell)}
        for cell in cells():
            above = Cell(kind.name, cell.place, "none", "")
            if cell.kind not in REFERENCE and any(one.kind == kind.number for one in parent_of(cell, 1)):
                expected |= {uuid5(cell.id, SCHEMA.by_name[cell.kind].parent)} if may_be_pulled(role, above) else set()
        wrong = [one for one in cells() if one.kind == kind.name and (one.id in here) != (one.id in expected)]
        assert not wrong
        assert here == expected == logged


@pytest.mark.parametrize("role", ROLES)
def test_what_each_role_may_send(sending_office: tuple[Server, dict[str, Laptop]], role: str) -> None:
    """Each cell as an edit of the record that is there and as a new one; those that are refused stop no other."""
    server, laptops = sending_office
    laptop = laptops[role]
    sent: dict[int, tuple[Cell, bool]] = {}
    entries = []
    with laptop.store.read() as tx:
        number = tx.rows("SELECT coalesce(max(counter), 0) FROM replica")[0][0]
    for cell in cells():
        for new in (False, True):
            number += 1
            sent[number] = (cell, new)
            change = change_of(cell, number, laptop.keys.device_id, laptop.user, new=new)
            spec = SCHEMA.by_name[cell.kind]
            entries.append(Entry(change, "00" if spec.reference else change.area[:5]))
    with laptop.store.begin() as tx:
        change_log.append(tx, entries)
    with server.store.read() as tx:
        audited = refusals_noted(tx)
    report = laptop.sync()
    with server.store.read() as tx:
        key = laptop.keys.device_id
        refused = {one.counter: one.reason for one in inbox.quarantined(tx) if one.device == key}
        mine = {number for number in sent if tx.one(_HERE, {"device": as_sql(key), "counter": number})}
        waits = {row[0] for row in tx.rows(_WAITS, {"device": as_sql(key)})}
        assert refusals_noted(tx) - audited == len(refused)
    assert report.waiting == 0
    assert report.quarantined == len(refused)
    wrong = [
        (cell, "new" if new else "edit", refused.get(number, "let in"))
        for number, (cell, new) in sent.items()
        if may_be_pushed(role, cell, new=new) != (number not in refused)
    ]
    assert not wrong
    assert mine | waits == set(sent) - set(refused)
    assert {sent[number][0].circle for number in waits} <= {"unknown"}
    assert all(refused.values())


_WAITS = "SELECT counter FROM backlog WHERE device = :device"
_HERE = "SELECT 1 FROM change_log WHERE device = :device AND counter = :counter"


def refusals_noted(tx: Transaction) -> int:
    """How many refusals the audit tells of."""
    return int(tx.rows("SELECT count(*) FROM audit WHERE action = 'refused'")[0][0])
