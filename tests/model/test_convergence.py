"""Whatever three laptops, the server, links and sticks do: in the end all agree, and every value ever saved is there.

A state machine (SYNC 3.14, M1): hypothesis makes the sequences, `oracle` says what must come of them.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from migdesk.domain.case import Case, Incident
from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.person import Person
from migdesk.domain.record import Record
from migdesk.domain.training import Attendance, Participant, TrainingEvent, TrainingSession
from tests.conftest import LONG
from tests.model import checks
from tests.model.versions import NEXT_KINDS, UNHEARD, HomeVisit, Referral
from tests.model.world import PEOPLE, Pool, World

SEQUENCES = 2_000 if LONG else 200
PARTS = 4
NAMES = st.sampled_from(sorted(PEOPLE))
NODES = st.sampled_from(["server", *sorted(PEOPLE)])
NUMBERS = st.integers(0, 1 << 16)
VILLAGES = ("52.03.09.2004", "52.03.09.2005", "35.07.01.2001")
ROLES = ("OUTREACH", "OUTREACH", "SUPERVISOR", "CASEWORKER", "TRAINER", "CENTRAL", "PLANNER")
AREAS = tuple(map(frozenset, (["52.03"], ["52"], ["35.07"], ["52.03.09.2004"], ["52.03", "35.07"], [])))
DAY = dt.date(2026, 3, 9)
KINDS: tuple[type[Record], ...] = (
    Person, CounsellingSession, Case, Incident, TrainingEvent, TrainingSession, Participant, Attendance,
    *NEXT_KINDS,
)  # fmt: skip
TEXTS = {
    "person": ("full_name", "address", "note"), "counselling_session": ("advice",), "case": ("wishes", "case_code"),
    "incident": ("account",), "training_event": ("venue", "title"), "training_session": ("title",),
    "participant": ("institution",), "attendance": (), "home_visit": ("found",), "referral": ("to",),
}  # fmt: skip
CHOICES: dict[str, dict[str, tuple[Any, ...]]] = {
    "person": {"may_contact": ("yes", "no", None), "sex": ("female", "male")},
    "counselling_session": {"topics": (frozenset({"contract"}), frozenset({"rights", "costs"}), None)},
    "case": {
        "consent_services": ("yes", "no", "withdrawn"), "consent_server": ("yes", "yes", "no", "withdrawn"),
        "risk_level": ("none", "low", "medium", "high", None),
        "categories": (frozenset({"TIP"}), frozenset({"TIP", "GBV"}), frozenset({"EXPL"}), None),
    },
    "incident": {"place_type": ("home", "street"), "reported_to_police": (True, False, None)},
    "training_event": {}, "training_session": {}, "participant": {},
    "attendance": {"status": ("present", "late", "absent")},
    "home_visit": {"may_return": ("yes", "no", None)}, "referral": {},
}  # fmt: skip
NEW_FIELDS: dict[str, dict[str, tuple[Any, ...] | None]] = {
    "person": {
        "landmark": None, "may_visit": ("yes", "no", None, "depends"),
        "tags": (frozenset({"contract"}), frozenset({"rights", "costs"}), None),
    },
    "case": {"agreed_steps": None, "threat_level": ("low", "high", "medium", None)},
}  # fmt: skip
"""What only an upgraded laptop can write; None: any text."""
assert {(kind, name) for kind, fields in NEW_FIELDS.items() for name in fields} == UNHEARD
ACTS = st.sampled_from(["create", "edit", "edit", "delete", "restore"])
CUTS = st.none() | st.integers(0, 4_000)
JUMPS = st.sampled_from([-10 * 365, -365, -1, 1, 365, 10 * 365])


class Machine(RuleBasedStateMachine):
    """Rules are what happens in the field; the end of every sequence is `settle`."""

    def __init__(self, pool: Pool) -> None:
        super().__init__()
        self.world = World(pool)
        self.count = 0

    def text(self) -> str:
        self.count += 1
        return f"value {self.count}"

    def pick(self, name: str, kind: type[Record], which: int, *, gone: bool = False) -> UUID | None:
        found = self.world.present(self.world.pool.nodes[name], kind, gone=gone)
        return found[which % len(found)] if found else None

    def values_of(self, name: str, kind: type[Record], which: int) -> dict[str, Any] | None:
        """What a new record of this kind says; None if what it belongs to is not here."""
        village, text = VILLAGES[which % len(VILLAGES)], self.text()
        above: dict[type[Record], type[Record]] = {
            CounsellingSession: Person, Incident: Case, TrainingSession: TrainingEvent, Participant: TrainingEvent,
            Referral: Case,
        }  # fmt: skip
        parent = self.pick(name, above[kind], which) if kind in above else None
        if kind in above and parent is None:
            return None
        if kind is Attendance:
            session, person = self.pick(name, TrainingSession, which), self.pick(name, Participant, which)
            return {"session": session, "participant": person, "status": "present"} if session and person else None
        consent = ("yes", "yes", "yes", "no")[which % 4]
        made: dict[type[Record], dict[str, Any]] = {
            Person: {"full_name": text, "area_code": village},
            CounsellingSession: {
                "person": parent,
                "date": DAY,
                "area_code": village,
                "topics": frozenset({"contract"}),
            },
            Case: {"opened_on": DAY, "primary_category": "GBV", "area_code": village, "consent_server": consent},
            Incident: {"case": parent, "account": text, "place_type": "home"},
            TrainingEvent: {"title": text, "area_code": village, "starts_on": DAY},
            TrainingSession: {"event": parent, "number": 1 + which % 3},
            Participant: {"event": parent, "full_name": text, "sex": "female"},
            HomeVisit: {"area_code": village, "found": text},
            Referral: {"case": parent, "to": text},
        }
        return made[kind]

    def edit_of(self, name: str, kind: type[Record], which: int) -> dict[str, Any]:
        choices: dict[str, tuple[Any, ...] | None] = {**dict.fromkeys(TEXTS[kind.spec.name]), **CHOICES[kind.spec.name]}
        if not self.world.unheard(self.world.laptops[name]):
            # First, so that two who edit the same meet in a new field more often.
            choices = NEW_FIELDS.get(kind.spec.name, {}) | choices
        return self.chosen(choices, which)

    def chosen(self, choices: Mapping[str, tuple[Any, ...] | None], which: int) -> dict[str, Any]:
        """A field and a value of it; of one without choices any text."""
        fields = list(choices)
        field = fields[which % len(fields)]
        values = choices[field]
        return {field: values[which // len(fields) % len(values)] if values else self.text()}

    @initialize(shared=st.booleans(), ahead=st.sets(NODES, max_size=2))
    def common_ground(self, shared: bool, ahead: Iterable[str] = ()) -> None:
        """A person, a case and a training that, in half of the sequences, everybody knows from the beginning. Some may
        be upgraded by then."""
        for name in sorted(ahead):
            self.world.upgrade(name)
        for kind in (Person, CounsellingSession, Case, Incident, TrainingEvent, TrainingSession, Participant):
            self.create("rina", kind, 0)
        self.world.save(self.world.laptops["rina"], Person, {"full_name": "in common"}, self.pick("rina", Person, 0))
        if shared:
            self.world.settle()

    @rule(work=st.lists(st.tuples(NAMES, ACTS, st.sampled_from(KINDS), NUMBERS, NUMBERS), min_size=1, max_size=6))
    def people_work(self, work: list[tuple[str, str, type[Record], int, int]]) -> None:
        for name, act, kind, which, what in work:
            if act == "edit":
                self.edit(name, kind, which, what)
            else:
                getattr(self, act)(name, kind, which)

    def create(self, name: str, kind: type[Record], which: int) -> None:
        node = self.world.laptops[name]
        values = self.values_of(name, kind, which) if self.world.knows(node, kind) else None
        if values is None or (kind.spec.natural and self.world.is_gone(node, kind, values)):
            return
        self.world.save(node, kind, values)

    def edit(self, name: str, kind: type[Record], which: int, what: int) -> None:
        record = self.pick(name, kind, which)
        if record:
            self.world.save(self.world.laptops[name], kind, self.edit_of(name, kind, what), record)

    def delete(self, name: str, kind: type[Record], which: int) -> None:
        record = self.pick(name, kind, which)
        if record:
            self.world.delete(self.world.laptops[name], kind, record)

    def restore(self, name: str, kind: type[Record], which: int) -> None:
        record = self.pick(name, kind, which, gone=True)
        if record:
            self.world.restore(self.world.laptops[name], kind, record)

    @rule(kind=st.sampled_from((Person, Case, Attendance, HomeVisit)), which=NUMBERS, what=NUMBERS, other=NUMBERS)
    def all_edit_the_same(self, kind: type[Record], which: int, what: int, other: int) -> None:
        """The same record, perhaps the same field, on every laptop that has it."""
        record = self.pick("lead", kind, which)
        for number, laptop in enumerate(self.world.laptops.values()):
            if record in self.world.present(laptop, kind):
                self.world.save(laptop, kind, self.edit_of(laptop.name, kind, what + number * (other % 3)), record)

    @rule(kind=st.sampled_from((Person, Case)), which=NUMBERS, what=NUMBERS, name=NAMES, back=st.booleans())
    def one_deletes_what_others_edit(self, kind: type[Record], which: int, what: int, name: str, back: bool) -> None:
        record = self.pick("lead", kind, which)
        for laptop in self.world.laptops.values():
            if record and record in self.world.present(laptop, kind):
                if laptop.name == name:
                    self.world.delete(laptop, kind, record)
                    if back:
                        self.world.restore(laptop, kind, record)
                else:
                    self.world.save(laptop, kind, self.edit_of(laptop.name, kind, what), record)

    @rule(name=NAMES, which=NUMBERS, choice=NUMBERS)
    def decide(self, name: str, which: int, choice: int) -> None:
        self.world.decide(self.world.laptops[name], which, choice)

    @rule(name=NAMES)
    def freeze(self, name: str) -> None:
        self.world.freeze(name)

    @rule(name=NAMES)
    def sync(self, name: str) -> None:
        self.world.sync(name)

    @rule(name=NAMES, up=CUTS, down=CUTS, lose=st.booleans())
    def sync_is_cut(self, name: str, up: int | None, down: int | None, lose: bool) -> None:
        self.world.sync(name, up=up, down=down, lose=lose)

    @rule(name=NAMES, hub=NAMES, up=CUTS, down=CUTS, whole=st.booleans())
    def sync_in_a_room(self, name: str, hub: str, up: int | None, down: int | None, whole: bool) -> None:
        """With a colleague's laptop as the hub; what it takes it passes on when it syncs next."""
        if name != hub:
            self.world.visit(name, hub, up=None if whole else up, down=None if whole else down)

    @rule(name=NAMES, which=NUMBERS, upto=CUTS)
    def an_old_request_comes_again(self, name: str, which: int, upto: int | None) -> None:
        self.world.pool.links[name].again(which, upto)

    @rule(name=NAMES, other=NAMES, which=NUMBERS, upto=CUTS)
    def requests_interleave(self, name: str, other: str, which: int, upto: int | None) -> None:
        """An old request of the same or another laptop comes in the middle of a new one."""
        link = self.world.pool.links[name]
        link.between = lambda: self.world.pool.links[other].again(which, upto)
        self.world.sync(name)
        link.between = None

    @rule(name=NAMES, to=NODES, whole=st.booleans())
    def write_stick(self, name: str, to: str, whole: bool) -> None:
        if to != name:
            self.world.write_stick(name, to, whole=whole)

    @rule(which=st.lists(NUMBERS, min_size=1, max_size=3))
    def read_sticks(self, which: list[int]) -> None:
        for one in which:
            self.world.read_stick(one)

    @rule(name=NODES, days=JUMPS)
    def clock_jumps(self, name: str, days: int) -> None:
        clock = self.world.pool.nodes[name].clock
        clock.set_wall(max(clock.now() + dt.timedelta(days=days), dt.datetime(1971, 1, 1, tzinfo=dt.UTC)))

    @rule(what=st.sampled_from(["backup", "backup", "restore"]))
    def at_the_server(self, what: str) -> None:
        if what == "backup":
            self.world.backup()
        else:
            self.world.bring_back()

    @rule(name=NODES, which=NUMBERS, what=NUMBERS)
    def upgrade(self, name: str, which: int, what: int) -> None:
        """One side gets a version with more fields and kinds; it may write them from then on, and does at once."""
        self.world.upgrade(name)
        if name in PEOPLE:
            self.use_what_is_new(name, which, what)

    @rule(which=NUMBERS, what=NUMBERS, other=NUMBERS)
    def all_use_what_is_new(self, which: int, what: int, other: int) -> None:
        """The same record, perhaps the same field, on every laptop that was upgraded."""
        for number, name in enumerate(self.world.laptops):
            self.use_what_is_new(name, which, what + number * (other % 3))

    def use_what_is_new(self, name: str, which: int, what: int) -> None:
        """A new field of a record that others may have too, a record of a new kind, and an edit of one."""
        laptop, kind = self.world.laptops[name], (Person, Case)[which % 2]
        if self.world.unheard(laptop):
            return
        record = self.pick(name, kind, which // 2)
        if record:
            self.world.save(laptop, kind, self.chosen(NEW_FIELDS[kind.spec.name], what), record)
        self.create(name, NEXT_KINDS[what % 2], which)
        self.edit(name, NEXT_KINDS[which % 2], which, what)

    @rule(name=NAMES, really=st.integers(0, 7))
    def revoke(self, name: str, really: int) -> None:
        if not self.world.revoked and not really:
            self.world.revoke(name)

    @rule(name=NAMES, role=st.sampled_from(ROLES), areas=st.sampled_from(AREAS))
    def another_role_or_area(self, name: str, role: str, areas: frozenset[str]) -> None:
        self.world.rescope(name, role, areas)

    @rule(name=NAMES, kind=st.sampled_from((Person, Case, TrainingEvent, CounsellingSession, HomeVisit)), which=NUMBERS)
    def move_to_another_area(self, name: str, kind: type[Record], which: int) -> None:
        record = self.pick(name, kind, which)
        if record:
            self.world.save(self.world.laptops[name], kind, {"area_code": VILLAGES[which % len(VILLAGES)]}, record)

    @rule(name=NAMES, to=NAMES, which=NUMBERS)
    def hand_over_a_case(self, name: str, to: str, which: int) -> None:
        record = self.pick(name, Case, which)
        if record:
            self.world.save(self.world.laptops[name], Case, {"owner": self.world.laptops[to].user}, record)

    @invariant()
    def each_change_is_logged_once(self) -> None:
        checks.each_change_is_logged_once(self.world)

    @rule(really=st.integers(0, 3))
    def settle(self, really: int) -> None:
        if not really:
            self.world.settle()
            checks.replicas_agree(self.world)

    def teardown(self) -> None:
        self.world.settle()
        checks.replicas_agree(self.world)
        if self.world.is_mixed:
            self.world.upgrade_all()
            self.world.settle()
            checks.replicas_agree(self.world)


@pytest.mark.parametrize("part", range(PARTS))
def test_replicas_converge_and_nothing_is_lost(pool: Pool, part: int) -> None:
    run_state_machine_as_test(
        cast(Any, lambda: Machine(pool)),
        settings=settings(
            max_examples=SEQUENCES // PARTS,
            stateful_step_count=60 if LONG else 20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
