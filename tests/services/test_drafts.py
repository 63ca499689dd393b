"""Typing that is not saved survives: closing, a kill, another version; and says nothing in clear."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from migdesk.domain.validation import InvalidRecordError
from migdesk.domain.values import Missing, Money, PartialDate
from migdesk.errors import BugError
from migdesk.services import cases, counselling, drafts, people, today, training
from migdesk.services import session as sessions
from migdesk.services.saving import Saved
from migdesk.services.session import Session
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import Desk, case, create, event, opened, person
from tests.support.workspaces import counselling as session_values

TYPED = {
    "full_name": "Nurhayati",
    "sex": "female",
    "birth_date": PartialDate(1994, 12),
    "disability": False,
    "dependants": 3,
    "phone": Missing.DECLINED,
    "address": None,
}


def test_a_draft_survives_and_is_offered_again(tmp_path: Path) -> None:
    home, clock = create(tmp_path / "home"), FakeClock()
    session = opened(home, clock)
    drafts.keep(session, "person", TYPED)
    clock.forward(minutes=1)
    drafts.keep_field(session, "person", "dependants", 4)
    session.store.close()  # the program ends without another word
    session.lock.release()
    session = opened(home, clock)
    kept = drafts.resume(session, "person")
    assert kept is not None
    assert dict(kept.values) == TYPED | {"dependants": 4}
    assert kept.updated_at == clock.now()
    assert today.summary(session).drafts == (kept,)
    drafts.discard(session, "person")
    assert drafts.resume(session, "person") is None
    sessions.close(session)
    assert not [file for file in home.rglob("*") if file.is_file() and b"Nurhayati" in file.read_bytes()]


def test_what_is_no_value_yet_is_kept_as_typed(desk: Desk) -> None:
    session = desk()
    half = {"birth_date": "05/1", "promised_wage": "1.000", "mode": "in_p", "nothing_like_it": "x"}
    drafts.keep(session, "counselling_session", half | {"date": date(2026, 3, 1), "topics": frozenset({"costs"})})
    kept = drafts.resume(session, "counselling_session")
    assert kept is not None
    assert dict(kept.values) == half | {"date": date(2026, 3, 1), "topics": frozenset({"costs"})}
    drafts.keep(session, "counselling_session", {"debt": Money(-5, "IDR")})
    kept = drafts.resume(session, "counselling_session")
    assert kept is not None
    assert kept.values["debt"] == "IDR -5"


def test_drafts_of_several_forms_do_not_mix(desk: Desk, clock: FakeClock) -> None:
    session, who, record = desk(), str(uuid4()), uuid4()
    drafts.keep(session, "counselling_session", {"advice": "satu"}, slot=who)
    clock.forward(seconds=1)
    drafts.keep(session, "counselling_session", {"advice": "dua"}, slot="lain")
    clock.forward(seconds=1)
    drafts.keep(session, "person", {"note": "tiga"}, record)
    first = drafts.resume(session, "counselling_session", slot=who)
    assert first is not None
    assert first.values == {"advice": "satu"}
    assert drafts.resume(session, "counselling_session") is None
    assert drafts.resume(session, "person") is None
    assert [one.values for one in drafts.open_drafts(session)] == [
        {"note": "tiga"},
        {"advice": "dua"},
        {"advice": "satu"},
    ]
    drafts.discard(session, "counselling_session", slot=who)
    assert [one.slot for one in drafts.open_drafts(session)] == ["", "lain"]


def test_typing_is_kept_even_when_nothing_may_be_saved(desk: Desk, clock: FakeClock) -> None:
    session = desk()
    session.lease_until = clock.now()
    assert session.read_only
    drafts.keep(session, "person", {"note": "masih ada"})
    kept = drafts.resume(session, "person")
    assert kept is not None
    assert kept.values == {"note": "masih ada"}


Form = tuple[str, Callable[..., Saved], Mapping[str, Any]]


def forms(session: Session) -> list[Form]:
    """Every form that keeps drafts: its kind, its service, and values that may be saved."""
    who = people.save(session, person()).id
    of_case = cases.save(session, case()).id if session.user.role == "SUPERVISOR" else None
    of_event = training.save_event(session, event(session.today())).id
    made: list[Form] = [
        ("person", people.save, person(full_name="Sumiati")),
        ("counselling_session", counselling.save, session_values(who, session.today())),
        ("training_event", training.save_event, event(session.today(), title="Hak pekerja")),
        ("training_session", training.save_session, {"event": of_event, "held_on": session.today()}),
        ("participant", training.save_participant, {"event": of_event, "full_name": "Rohani", "sex": "female"}),
    ]
    if of_case is not None:
        made += [("case", cases.save, case()), ("incident", cases.save_incident, {"case": of_case})]
    return made


def test_each_form_uses_its_draft_up_and_no_other(desk: Desk) -> None:
    session = desk("SUPERVISOR")
    for kind, save, values in forms(session):
        for slot in ("", "beside"):
            drafts.keep(session, kind, values, slot=slot)
        made = save(session, values, draft="").id
        left = [one for one in drafts.open_drafts(session) if one.kind == kind]
        assert [(one.record, one.slot) for one in left] == [(None, "beside")], kind
        drafts.keep(session, kind, values, made)
        save(session, values, made, draft="")
        assert drafts.resume(session, kind, made) is None, kind
        assert drafts.resume(session, kind, slot="beside") is not None, kind


def test_a_refused_save_leaves_its_draft(desk: Desk) -> None:
    session = desk()
    drafts.keep(session, "person", {"nik": "123"})
    with pytest.raises(InvalidRecordError):
        people.save(session, {"nik": "123"}, draft="")
    (kept,) = drafts.open_drafts(session)
    assert kept.values == {"nik": "123"}


def test_a_save_and_the_end_of_its_draft_are_one_transaction(desk: Desk) -> None:
    session = desk()
    drafts.keep(session, "person", person())
    with session.store.begin() as tx:
        tx.connection.exec_driver_sql(
            "CREATE TRIGGER stuck BEFORE DELETE ON draft BEGIN SELECT RAISE(ABORT, 'stuck'); END"
        )
    with pytest.raises(BugError):
        people.save(session, person(), draft="")
    assert len(drafts.open_drafts(session)) == 1
    assert people.count(session) == 0


def test_a_draft_of_an_older_version_of_the_form_is_used_up_too(desk: Desk) -> None:
    session = desk()
    drafts.keep(session, "person", person())
    with session.store.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE draft SET form_version = form_version + 1")
    drafts.keep(session, "person", person())
    assert len(drafts.open_drafts(session)) == 2
    people.save(session, person(), draft="")
    assert drafts.open_drafts(session) == ()
