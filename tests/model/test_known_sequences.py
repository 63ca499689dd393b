"""Sequences that once ended badly, as the state machine found them (or somebody thought of them first)."""

from uuid import UUID

import pytest

from migdesk.domain.case import Case
from migdesk.domain.person import Person
from migdesk.store import inbox, records
from tests.model import checks
from tests.model.test_convergence import VILLAGES, Machine
from tests.model.versions import HomeVisit, Referral
from tests.model.world import Pool


@pytest.fixture
def machine(pool: Pool) -> Machine:
    return Machine(pool)


def test_the_first_owner_of_a_case_gets_all_of_it(machine: Machine) -> None:
    machine.common_ground(shared=True)
    machine.hand_over_a_case(name="lead", to="sari", which=0)
    machine.teardown()


def test_a_scope_that_is_lost_with_a_new_generation_is_removed(machine: Machine) -> None:
    machine.common_ground(shared=True)
    machine.world.backup()
    machine.world.bring_back()
    machine.another_role_or_area(name="lead", role="OUTREACH", areas=frozenset({"52.03"}))
    machine.another_role_or_area(name="rina", role="OUTREACH", areas=frozenset({"35.07"}))
    machine.teardown()


def test_a_change_between_two_tries_of_a_first_pull_arrives(machine: Machine) -> None:
    machine.common_ground(shared=False)
    machine.world.sync("lead", down=473)
    machine.another_role_or_area(name="rina", role="CENTRAL", areas=frozenset({"52"}))
    machine.teardown()


def test_what_a_restored_server_writes_is_no_forgery(machine: Machine) -> None:
    """Users that were changed after the backup, and again after the restore: the same numbers must not come twice."""
    machine.common_ground(shared=True)
    world = machine.world
    world.backup()
    world.rescope("sari", "OUTREACH", frozenset({"52.03"}))
    world.settle()
    world.bring_back()
    world.rescope("sari", "TRAINER", frozenset({"35.07"}))
    machine.teardown()
    for laptop in world.laptops.values():
        with laptop.store.read() as tx:
            assert inbox.quarantined(tx) == ()


def test_a_batch_of_known_records_only(machine: Machine) -> None:
    """First values for records that are there already, twenty of them at once."""
    machine.common_ground(shared=True)
    for number in range(20):
        machine.create("rina", Person, number)
    machine.world.settle()
    for name in ("rina", "sari"):
        for number, record in enumerate(machine.world.present(machine.world.laptops[name], Person)):
            machine.world.save(machine.world.laptops[name], Person, {"address": f"{name} {number}"}, record)
    machine.teardown()


def test_a_server_back_from_the_day_before_is_filled_again(machine: Machine) -> None:
    """R1 and R4: everything acknowledged since the backup is sent again, once, under the new generation."""
    machine.common_ground(shared=True)
    world = machine.world
    world.backup()
    for number in range(10):
        machine.create(("rina", "sari", "lead")[number % 3], Person, 3 * number)
        machine.edit("rina", Case, 0, number)
    world.settle()
    before = {name: len(world.present(node, Person)) for name, node in world.pool.nodes.items()}
    world.bring_back()
    assert len(world.present(world.server, Person)) < before["server"]
    machine.teardown()
    checks.each_change_is_logged_once(world)
    assert {name: len(world.present(node, Person)) for name, node in world.pool.nodes.items()} == before


def test_the_first_change_of_a_case_overtaken_by_an_edit_is_not_lost(machine: Machine) -> None:
    """The case travels by stick from rina to lead, whose edit is at the server before rina's case is: lead must not be
    taken for its author, and rina's change be refused."""
    machine.common_ground(shared=True)
    world = machine.world
    values = machine.values_of("rina", Case, 0)
    assert values
    case = world.save(world.laptops["rina"], Case, values | {"owner": world.laptops["sari"].user})
    world.write_stick("rina", "lead", whole=False)
    world.read_stick(0)
    world.save(world.laptops["lead"], Case, {"risk_level": "high"}, case)
    world.sync("lead")
    machine.teardown()
    assert case in world.present(world.laptops["sari"], Case)


def test_an_edit_of_a_record_that_was_moved_meanwhile_reaches_everybody(machine: Machine) -> None:
    machine.common_ground(shared=True)
    world = machine.world
    [person] = world.present(world.laptops["rina"], Person)
    world.save(world.laptops["sari"], Person, {"area_code": "35.07.01.2001"}, person)
    world.save(world.laptops["rina"], Person, {"note": "by rina"}, person)
    world.save(world.laptops["sari"], Person, {"note": "by sari"}, person)
    world.delete(world.laptops["lead"], Person, person)
    for name in ("sari", "lead", "rina"):
        world.sync(name)
    machine.teardown()


def test_what_was_removed_comes_back_from_a_restored_server(machine: Machine) -> None:
    """What rina alone wrote was taken off her laptop with the scope, and is not with her when she gets it back."""
    machine.common_ground(shared=True)
    world = machine.world
    world.rescope("rina", "OUTREACH", frozenset({"35.07"}))
    world.sync("rina")
    world.backup()
    world.rescope("rina", "OUTREACH", frozenset({"52.03"}))
    world.bring_back()
    machine.teardown()


def test_who_moves_a_record_hears_what_others_said_of_it_before(machine: Machine) -> None:
    machine.common_ground(shared=True)
    world = machine.world
    [person] = world.present(world.laptops["rina"], Person)
    world.save(world.laptops["rina"], Person, {"note": "by rina"}, person)
    world.sync("rina")
    world.save(world.laptops["lead"], Person, {"area_code": "35.07.01.2001"}, person)
    machine.teardown()


def test_what_moves_away_while_the_server_comes_back_is_removed(machine: Machine) -> None:
    """Cursors of another generation tell nothing, so that the event would be behind nobody's cursor."""
    machine.common_ground(shared=True)
    world = machine.world
    [person] = world.present(world.laptops["rina"], Person)
    world.save(world.laptops["lead"], Person, {"area_code": "35.07.01.2001"}, person)
    world.backup()
    world.bring_back()
    world.sync("lead")
    machine.teardown()
    assert person not in world.present(world.laptops["rina"], Person)


@pytest.mark.parametrize("role", ["TRAINER", "OUTREACH"])
def test_what_an_older_laptop_holds_goes_with_its_scope(machine: Machine, role: str) -> None:
    """Of a kind that it does not know it cannot say who may read it: nothing of what it may no longer know stays on its
    disk, and what it may still know is told again."""
    machine.common_ground(shared=True)
    world = machine.world
    for name in ("server", "rina", "sari"):
        world.upgrade(name)
    visits = [
        world.save(world.laptops["sari"], HomeVisit, {"area_code": village, "found": village}) for village in VILLAGES
    ]
    world.settle()
    assert _held(machine, "lead") == set(visits)
    world.rescope("lead", role, frozenset({VILLAGES[0]}))
    world.sync("lead")
    assert _held(machine, "lead") == ({visits[0]} if role == "OUTREACH" else set())
    machine.teardown()


def test_an_older_laptop_upgraded_while_its_scope_changes_lacks_nothing(machine: Machine) -> None:
    machine.common_ground(shared=True)
    world = machine.world
    for name in ("server", "rina"):
        world.upgrade(name)
    visit = world.save(world.laptops["rina"], HomeVisit, {"area_code": VILLAGES[0], "found": "well"})
    world.settle()
    world.rescope("sari", "OUTREACH", frozenset({VILLAGES[0]}))
    for down in (400, 700):
        world.sync("sari", down=down)
        world.upgrade("sari")
    machine.teardown()
    assert visit in world.present(world.laptops["sari"], HomeVisit)


def test_what_an_older_laptop_holds_leaves_with_its_record(machine: Machine) -> None:
    """A visit that moves to another village, a referral whose case gets another owner."""
    machine.common_ground(shared=True)
    world = machine.world
    world.rescope("sari", "OUTREACH", frozenset({VILLAGES[0]}))
    for name in ("server", "rina", "lead"):
        world.upgrade(name)
    [case] = world.present(world.laptops["rina"], Case)
    world.save(world.laptops["rina"], Case, {"owner": world.laptops["sari"].user}, case)
    world.save(world.laptops["rina"], Referral, {"case": case, "to": "the clinic"})
    visit = world.save(world.laptops["rina"], HomeVisit, {"area_code": VILLAGES[0], "found": "well"})
    world.settle()
    assert len(_held(machine, "sari")) == 2
    world.save(world.laptops["lead"], Case, {"owner": world.laptops["lead"].user}, case)
    world.save(world.laptops["lead"], HomeVisit, {"area_code": VILLAGES[1]}, visit)
    machine.teardown()


@pytest.mark.parametrize(("there", "here"), [(0, 2), (2, 0)])
def test_what_moved_before_its_kind_was_known_is_whole_after_the_upgrade(
    machine: Machine, there: int, here: int
) -> None:
    """Its changes stand in the logs of two areas, of which rina and sari read one each."""
    machine.common_ground(shared=True)
    world = machine.world
    for name in ("rina", "lead"):
        world.upgrade(name)
    visit = world.save(world.laptops["lead"], HomeVisit, {"area_code": VILLAGES[there], "found": "well"})
    world.sync("lead")
    world.save(world.laptops["lead"], HomeVisit, {"area_code": VILLAGES[here]}, visit)
    world.sync("lead")
    world.rescope("sari", "OUTREACH", frozenset({"35.07"}))
    world.settle()
    machine.teardown()


def _held(machine: Machine, name: str) -> set[UUID]:
    """The records of which a laptop keeps changes that its version does not understand."""
    with machine.world.laptops[name].store.read() as tx:
        return checks.held(tx)


@pytest.mark.parametrize("field", ["note", "landmark"])
def test_what_a_guest_has_of_a_hub_that_was_lost_stays_with_her(machine: Machine, field: str) -> None:
    """The hub is revoked before it sends on what it wrote: nobody but its guests will ever have that."""
    machine.common_ground(shared=True, ahead={"lead", "sari"})
    world = machine.world
    lead, sari = world.laptops["lead"], world.laptops["sari"]
    [person] = world.present(lead, Person)
    world.save(lead, Person, {field: "told in the room"}, person)
    world.visit("sari", "lead")
    world.revoke("lead")
    machine.teardown()
    with sari.store.read() as tx:
        found = records.get(tx, tx.schema.by_name["person"].cls, person)
    assert getattr(found.record, field) == "told in the room"
