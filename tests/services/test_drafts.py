"""Typing that is not saved survives: closing, a kill, another version; and says nothing in clear."""

from datetime import date
from pathlib import Path
from uuid import uuid4

from migdesk.domain.values import Missing, Money, PartialDate
from migdesk.services import drafts, today
from migdesk.services import session as sessions
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import Desk, create, opened

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
    session, person, record = desk(), str(uuid4()), uuid4()
    drafts.keep(session, "counselling_session", {"advice": "satu"}, slot=person)
    clock.forward(seconds=1)
    drafts.keep(session, "counselling_session", {"advice": "dua"}, slot="lain")
    clock.forward(seconds=1)
    drafts.keep(session, "person", {"note": "tiga"}, record)
    first = drafts.resume(session, "counselling_session", slot=person)
    assert first is not None
    assert first.values == {"advice": "satu"}
    assert drafts.resume(session, "counselling_session") is None
    assert drafts.resume(session, "person") is None
    assert [one.values for one in drafts.open_drafts(session)] == [
        {"note": "tiga"},
        {"advice": "dua"},
        {"advice": "satu"},
    ]
    drafts.discard(session, "counselling_session", slot=person)
    assert [one.slot for one in drafts.open_drafts(session)] == ["", "lain"]


def test_typing_is_kept_even_when_nothing_may_be_saved(desk: Desk, clock: FakeClock) -> None:
    session = desk()
    session.lease_until = clock.now()
    assert session.read_only
    drafts.keep(session, "person", {"note": "masih ada"})
    kept = drafts.resume(session, "person")
    assert kept is not None
    assert kept.values == {"note": "masih ada"}
