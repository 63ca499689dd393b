"""Search, likeness, timelines and Today: what a person needs to find again."""

from datetime import date, timedelta

import pytest

from migdesk.domain.values import Missing, PartialDate
from migdesk.services import cases, counselling, people, search, today, training
from migdesk.services.session import Session
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import VILLAGE, Desk, case, event, person
from tests.support.workspaces import counselling as meeting

TODAY = date(2026, 3, 10)


@pytest.fixture
def rina(desk: Desk) -> Session:
    return desk("OUTREACH")


def test_people_are_found_by_name_number_and_code(rina: Session) -> None:
    who = people.save(rina, person(full_name="Né'ng Sari Dewi", nik="5203094512940003", phone="081917443322")).id
    people.save(rina, person(full_name="Lalu Hasan", sex="male"))
    code = people.get(rina, who).record.person_code or ""
    for text in ("sari dewi", "SAR", "5203094512940003", code, code.lower().replace("-", "")):
        assert [hit.id for hit in search.find(rina, text)] == [who], text
    (hit,) = search.find(rina, "sari")
    assert (hit.title, hit.open_kind, hit.open_id) == ("Né'ng Sari Dewi", "person", who)
    assert hit.subtitle.startswith(code)
    assert search.find(rina, "s") == search.find(rina, "  ") == search.find(rina, "zzz") == ()


@pytest.mark.parametrize("text", ['"', "a OR b", "sari*", "NEAR(x y)", "col:sari", "-sari", "(sari", "%_", "sa\x00ri"])
def test_no_text_breaks_the_search(rina: Session, text: str) -> None:
    people.save(rina, person(full_name="Sari Dewi"))
    assert len(search.find(rina, text)) <= 1


def test_participants_lead_to_their_event(rina: Session) -> None:
    id = training.save_event(rina, event(TODAY)).id
    who = training.save_participant(rina, {"event": id, "full_name": "Bambang Irawan", "sex": "male"}).id
    (hit,) = search.find(rina, "bambang")
    assert (hit.kind, hit.id, hit.open_kind, hit.open_id) == ("participant", who, "training_event", id)
    assert [hit.id for hit in search.find(rina, "migrasi")] == [id]


def test_likeness_by_name_alone_and_the_more_agrees_the_earlier(rina: Session) -> None:
    born = PartialDate(1994, 12, 5)
    near = people.save(rina, person(full_name="Siti Aminah", birth_date=born)).id
    far = people.save(rina, person(full_name="Siti Aminahh", sex="male", area_code="52.03.01.2001")).id
    people.save(rina, person(full_name="Lalu Hasan"))
    found = people.similar(
        rina, "siti aminah", {"sex": "female", "birth_date": PartialDate(1995), "area_code": VILLAGE}
    )
    assert [one.id for one in found] == [near, far]
    assert [one.points for one in found] == [4, 2]
    assert [one.id for one in people.similar(rina, "Aminah Siti", but=near)] == [far]
    assert people.similar(rina, "Zubaidah") == ()


def test_a_person_without_a_name_goes_by_the_code(rina: Session) -> None:
    who = people.save(rina, person(full_name=Missing.DECLINED)).id
    view = people.get(rina, who)
    assert view.name == view.record.person_code != ""


def test_people_come_page_by_page(rina: Session) -> None:
    names = [f"Nama {number:02d}" for number in range(25)]
    for name in reversed(names):
        people.save(rina, person(full_name=name))
    seen, after = [], None
    while True:
        got = people.page(rina, after=after, limit=10)
        seen += [one.full_name for one in got.rows]
        after = got.next
        if after is None:
            break
    assert seen == names
    assert people.count(rina) == 25


def test_a_timeline_is_the_latest_first(rina: Session) -> None:
    who = people.save(rina, person()).id
    days = [TODAY - timedelta(days=number) for number in (40, 3, 20)]
    for day in days:
        counselling.save(rina, meeting(who, day, destination="HK"))
    cases.save(rina, case(person=who, opened_on=TODAY - timedelta(days=10)))
    entries = people.timeline(rina, who)
    assert [(one.at, one.kind) for one in entries] == [
        (days[1], "counselling_session"),
        (TODAY - timedelta(days=10), "case"),
        (days[2], "counselling_session"),
        (days[0], "counselling_session"),
    ]
    assert entries[0].title_parts[:2] == ("in_person", "HK")
    assert entries[0].who == "Rina"
    assert [one.date for one in counselling.for_person(rina, who)] == sorted(days, reverse=True)


def test_today_names_who_is_to_be_met_again(rina: Session, clock: FakeClock) -> None:
    late, soon, far, met = (people.save(rina, person(full_name=name)).id for name in ("Ani", "Beti", "Cici", "Dedi"))
    past = TODAY - timedelta(days=60)
    for who, due in (
        (late, TODAY - timedelta(days=5)),
        (soon, TODAY + timedelta(days=7)),
        (far, TODAY + timedelta(days=8)),
    ):
        counselling.save(rina, meeting(who, past, next_date=due, next_step="verify_agency"))
    counselling.save(rina, meeting(met, past, next_date=TODAY - timedelta(days=30)))
    counselling.save(rina, meeting(met, TODAY - timedelta(days=20)))
    found = today.summary(rina).follow_ups
    assert [(one.person, one.person_name, one.days_late) for one in found] == [(late, "Ani", 5), (soon, "Beti", -7)]
    assert found[0].next_step == "verify_agency"
    clock.forward(days=200)
    assert today.summary(rina).follow_ups == ()


def test_today_names_the_training_of_today(rina: Session) -> None:
    running = training.save_event(rina, event(TODAY - timedelta(days=1), ends_on=TODAY + timedelta(days=1))).id
    held = training.save_session(rina, {"event": running, "held_on": TODAY}).id
    training.save_session(rina, {"event": running, "held_on": TODAY + timedelta(days=1)})
    training.save_event(rina, event(TODAY - timedelta(days=2)))
    training.save_event(rina, event(TODAY + timedelta(days=2)))
    training.save_event(rina, event(TODAY, status="cancelled"))
    (one,) = today.summary(rina).events_today
    assert (one.id, one.sessions) == (running, (held,))


def test_today_counts_what_waits(desk: Desk) -> None:
    rina = desk("OUTREACH")
    assert today.summary(rina).waiting == 0
    people.save(rina, person())
    seen = today.summary(rina)
    assert (seen.waiting, seen.conflicts, seen.drafts) == (1, 0, ())
    assert seen.last_sync.last_success is None


@pytest.mark.parametrize("role", ["TRAINER", "PLANNER", "ADMIN", "DPO", "CENTRAL", "CASEWORKER"])
def test_today_opens_for_every_role(desk: Desk, role: str) -> None:
    assert today.summary(desk(role)).follow_ups == ()
