"""Rights by role, and scope by area and circle. Default deny: what no line allows is refused."""

from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migdesk.domain.kinds import SCHEMA
from migdesk.domain.record import KindSpec
from migdesk.domain.scope import Role, UserCard, covers, in_scope, may_read, may_write

CASES = {"case", "incident", "case_attachment"}
TRAINING = {"training_event", "training_session", "participant", "attendance", "event_attachment"}
PEOPLE = {"person", "person_attachment"}
COUNSELLING = {"counselling_session", "counselling_attachment"}
READS = {
    Role.OUTREACH: PEOPLE | COUNSELLING | CASES | TRAINING,
    Role.CASEWORKER: PEOPLE | COUNSELLING | CASES,
    Role.TRAINER: TRAINING,
    Role.SUPERVISOR: PEOPLE | COUNSELLING | CASES | TRAINING,
    Role.CENTRAL: {"training_event", "training_session"},
    Role.PLANNER: set(),
    Role.ADMIN: set(),
    Role.DPO: set(),
}
WRITES = READS | {Role.CASEWORKER: PEOPLE | CASES, Role.CENTRAL: set()}
MATRIX = [(role, spec) for role in Role for spec in SCHEMA.kinds]
areas = st.sampled_from(["52", "52.03", "52.03.09", "52.03.09.2004", "52.03.09.2005", "52.04", "35.07.01.2001", "5"])


def user(role: str, *own: str) -> UserCard:
    return UserCard(uuid4(), "rina", "Rina", role, own or ("52.03",))


@pytest.mark.parametrize(("role", "spec"), MATRIX, ids=lambda one: getattr(one, "name", one))
def test_role_matrix(role: Role, spec: KindSpec) -> None:
    assert may_read(role, spec) is (spec.reference or spec.name in READS[role])
    assert may_write(role, spec) is (not spec.reference and spec.name in WRITES[role])
    assert may_read(role.lower(), spec) is may_read(role, spec)


@pytest.mark.parametrize("spec", SCHEMA.kinds, ids=lambda spec: spec.name)
def test_an_unknown_role_has_no_rights(spec: KindSpec) -> None:
    for role in ("", "boss", "SUPERVISOR2"):
        assert not may_read(role, spec)
        assert not may_write(role, spec)
        assert not in_scope(user(role), spec, "52.03", None, uuid4())


@given(st.lists(areas, max_size=3).map(tuple), areas)
def test_an_area_covers_its_subtree_and_nothing_else(own: tuple[str, ...], area: str) -> None:
    assert covers(own, area) is any(area.split(".")[: len(one.split("."))] == one.split(".") for one in own)
    assert covers((*own, "00"), area)


@pytest.mark.parametrize("role", list(Role))
def test_scope_of_an_ordinary_kind_is_the_area(role: Role) -> None:
    spec = SCHEMA.by_name["person"]
    who = user(role, "52.03.09")
    assert in_scope(who, spec, "52.03.09.2004", None, uuid4()) is may_read(role, spec)
    assert not in_scope(who, spec, "52.03.10.2001", None, who.id)
    assert not in_scope(who, spec, "52.03", None, uuid4())
    assert not in_scope(replace(who, areas=()), spec, "52.03.09.2004", None, who.id)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("kind", sorted(CASES))
def test_scope_of_a_case_is_its_circle_and_the_supervisor_of_its_area(role: Role, kind: str) -> None:
    spec, who, others = SCHEMA.by_name[kind], user(role), frozenset({uuid4(), uuid4()})
    works_on_cases = may_read(role, spec)
    assert in_scope(who, spec, "52.03.09.2004", others | {who.id}, uuid4()) is works_on_cases
    assert in_scope(who, spec, "52.03.09.2004", others, who.id) is (role is Role.SUPERVISOR)
    assert in_scope(who, spec, "52.03.09.2004", None, who.id) is works_on_cases
    assert not in_scope(who, spec, "35.07.01.2001", others, uuid4())
    assert not in_scope(who, spec, "35.07.01.2001", frozenset(), uuid4())


@pytest.mark.parametrize("role", list(Role))
def test_reference_records_are_for_everybody(role: Role) -> None:
    for spec in SCHEMA.kinds:
        if spec.reference:
            assert in_scope(user(role), spec, "00", None, uuid4())
