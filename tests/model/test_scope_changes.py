"""Scopes that change in the middle of things, and what never may come near a laptop (SYNC 3.14: S1, S2, R2)."""

from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest

from migdesk.domain.case import Case
from migdesk.domain.person import Person
from migdesk.domain.training import TrainingEvent
from migdesk.errors import MigDeskError
from migdesk.store import cipher_file, inbox
from migdesk.store.tables_sync import as_sql
from migdesk.sync.wire.batch import open_batch
from migdesk.sync.wire.frames import FrameReader, Pull
from tests.model import checks
from tests.model.test_convergence import DAY, Machine
from tests.model.world import Pool, World
from tests.sync.office import CODEC, VILLAGE, Laptop, Link, Server

AWAY = "35.07.01.2001"


@pytest.fixture
def world(pool: Pool) -> World:
    machine = Machine(pool)
    machine.common_ground(shared=True)
    for number in range(6):
        machine.create("lead", Person, number)
        machine.create("lead", TrainingEvent, number)
        machine.create("lead", Case, number)
    machine.world.sync("lead")
    return machine.world


class Tapped(Link):
    """Keeps everything that came down."""

    def __init__(self, server: Server, device: int) -> None:
        super().__init__(server, device)
        self.came: list[bytearray] = []

    def post(
        self, path: str, headers: Mapping[str, str], body: Iterable[bytes], on_bytes: Callable[[int, int], None]
    ) -> Iterator[bytes]:
        self.came.append(bytearray())
        for piece in super().post(path, headers, body, on_bytes):
            self.came[-1] += piece
            yield piece


def told(link: Tapped) -> str:
    """All that a laptop can read of what it received: frames, and the changes inside the replies."""
    bodies: dict[bytes, bytearray] = {}
    text = repr(link.came)
    for answer in link.came:
        for frame in FrameReader().feed(bytes(answer)):
            if isinstance(frame, Pull):
                bodies.setdefault(frame.reply_id, bytearray()).extend(frame.data)
    for body in bodies.values():
        text += repr(open_batch(bytes(body), lambda *_: True, CODEC))
    return text


def on_disk(laptop: Laptop) -> str:
    """Every row of every table."""
    with laptop.store.read() as tx:
        return repr(
            [list(tx.connection.execute(table.select())) for table in laptop.store.tables.metadata.sorted_tables]
        )


@pytest.mark.parametrize(
    ("role", "seen"), [("TRAINER", "training"), ("CENTRAL", ""), ("PLANNER", ""), ("OUTREACH", "person training")]
)
def test_no_byte_of_a_forbidden_kind_comes_near_a_laptop(pool: Pool, role: str, seen: str) -> None:
    """Canaries in a person, in a case of others and in what lies elsewhere."""
    world = World(pool)
    lead, rina = world.laptops["lead"], world.laptops["rina"]
    world.save(lead, Person, {"full_name": "CANARY-person", "area_code": VILLAGE})
    world.save(lead, Person, {"full_name": "CANARY-elsewhere", "area_code": AWAY})
    case = {"opened_on": DAY, "primary_category": "GBV", "area_code": VILLAGE, "consent_server": "yes"}
    world.save(lead, Case, case | {"case_code": "CANARY-case", "wishes": "CANARY-wishes"})
    world.save(lead, TrainingEvent, {"title": "T", "venue": "CANARY-training", "area_code": VILLAGE, "starts_on": DAY})
    if role == "CENTRAL":
        seen = "training"
    world.rescope("rina", role, frozenset({"52.03"}))
    world.sync("lead")
    link = Tapped(world.server, rina.keys.device_id)
    rina.link = link
    world.sync("rina")
    world.sync("rina")
    for where in (told(link), on_disk(rina)):
        for canary in ("person", "elsewhere", "case", "wishes", "training"):
            assert (f"CANARY-{canary}" in where) is (canary in seen.split()), canary
    with world.server.store.read() as tx:
        assert "CANARY-wishes" not in repr(tx.rows("SELECT body FROM change_log"))


@pytest.mark.parametrize("down", range(150, 3_000, 410))
@pytest.mark.parametrize(
    "after", [("OUTREACH", "35.07"), ("TRAINER", "52.03"), ("SUPERVISOR", "52"), ("PLANNER", "52.03")]
)
def test_a_grant_that_changes_in_the_middle_of_a_pull(world: World, down: int, after: tuple[str, str]) -> None:
    """Wherever the pull was cut: in the end exactly what the new rights allow is there."""
    world.sync("sari", down=down)
    world.rescope("sari", after[0], frozenset({after[1]}))
    world.sync("sari", down=down)
    world.rescope("sari", "OUTREACH", frozenset({"52.03"}))
    world.sync("sari", down=down)
    world.rescope("sari", after[0], frozenset({after[1]}))
    world.settle()
    checks.replicas_agree(world)


@pytest.mark.parametrize("down", [None, 300, 700, 1_100])
def test_a_record_that_moves_back_and_forth(world: World, down: int | None) -> None:
    world.rescope("sari", "OUTREACH", frozenset({"35.07"}))
    lead = world.laptops["lead"]
    person = world.present(lead, Person)[0]
    for _ in range(3):
        for village in (AWAY, VILLAGE):
            world.save(lead, Person, {"area_code": village, "note": f"in {village}"}, person)
            world.sync("lead")
            world.sync("sari", down=down)
            world.sync("rina", down=down)
    world.settle()
    checks.replicas_agree(world)
    assert person in world.present(world.laptops["rina"], Person)
    assert person not in world.present(world.laptops["sari"], Person)


def test_a_laptop_whose_disk_was_set_back_is_found_out_and_loses_nothing(world: World, pool: Pool) -> None:
    """R2: the same numbers come with other bytes. The stream stops, both versions are kept."""
    rina = world.laptops["rina"]
    world.sync("rina")
    image = cipher_file.connect(pool.folder / "image.db", bytes(32))
    rina.store.raw.backup(image)
    world.save(rina, Person, {"full_name": "before", "area_code": VILLAGE})
    world.sync("rina")
    image.backup(rina.store.raw)
    image.close()
    rina.save(Person, {"full_name": "after", "area_code": VILLAGE})
    report = None
    try:
        report = rina.sync()
    except MigDeskError:
        report = rina.sync()
    assert report.forked
    with world.server.store.read() as tx:
        streams = tx.rows("SELECT forked FROM in_stream WHERE device = :id", {"id": as_sql(rina.keys.device_id)})
        kept = [one for one in inbox.quarantined(tx) if one.form == "batch"]
        names = [row[0] for row in tx.rows("SELECT full_name FROM person_t3")]
    assert any(row[0] for row in streams)
    assert [one.reason for one in kept] == ["another batch has this number"]
    assert "after" in repr(open_batch(kept[0].body, lambda *_: True, CODEC)[1])
    assert "before" in names
    with rina.store.read() as tx:
        assert "after" in [row[0] for row in tx.rows("SELECT full_name FROM person_t3")]
