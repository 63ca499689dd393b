"""The demonstration: as many records as promised, the same each time, valid without exception."""

import pytest

from migdesk.errors import UserError
from migdesk.services import counselling, demo_data, people, today, training
from tests.support.workspaces import Desk


def test_an_officer_gets_people_counselling_and_an_event(desk: Desk) -> None:
    session = desk("OUTREACH", "52.03 35.07")
    steps: list[tuple[int, int]] = []
    made = demo_data.seed(session, told=lambda done, total: steps.append((done, total)))
    listed = people.page(session).rows
    assert len(listed) == len(made.people) == 25
    assert {(one.area_code or "")[:5] for one in listed} == {"52.03", "35.07"}
    assert len(counselling.recent(session)) == made.sessions == 15
    assert made.event is not None
    assert len(training.participants(session, made.event)) == made.participants == 30
    assert len(training.sessions(session, made.event)) == 2
    assert steps[-1] == (55, 55)
    assert [one.id for one in today.summary(session).events_today] == [made.event]


def test_it_is_the_same_every_time_but_for_ids_and_codes(desk: Desk) -> None:
    def seeded(username: str) -> list[dict[str, object]]:
        session = desk("OUTREACH", "35.07.01.2001", username)
        demo_data.seed(session)
        return sorted((one.values() | {"person_code": ""} for one in people.page(session).rows), key=repr)

    assert seeded("rina") == seeded("dewi")


@pytest.mark.parametrize(
    ("role", "persons", "participants"), [("TRAINER", 0, 30), ("CASEWORKER", 25, 0), ("DPO", 0, 0)]
)
def test_a_role_gets_what_it_may_write(desk: Desk, role: str, persons: int, participants: int) -> None:
    made = demo_data.seed(desk(role))
    assert (len(made.people), made.participants) == (persons, participants)


def test_an_area_without_shipped_villages_is_told(desk: Desk) -> None:
    with pytest.raises(UserError):
        demo_data.seed(desk("OUTREACH", "31.71"))
