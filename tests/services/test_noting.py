"""What the audit hears of reads, searches, locks, the key file and the clock: that it was, and never what was typed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from migdesk.errors import EnvError
from migdesk.i18n import load
from migdesk.services import (
    backups,
    cases,
    conflicts,
    counselling,
    keys,
    people,
    records,
    reporting,
    safekeeping,
    search,
)
from migdesk.services import session as sessions
from migdesk.services.reference import read_codebook
from migdesk.services.safekeeping import Reason
from migdesk.services.session import Session
from migdesk.store import audit
from migdesk.store.audit import Audited
from migdesk.vault.keyfile import KeyFile, WrongPassphraseError
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import FAST_KDF, PASSPHRASE, Desk, case, create, deliver, opened, person
from tests.support.workspaces import counselling as meeting

OTHER = "delapan ekor kuda laut"
TODAY = date(2026, 3, 10)


def rows(session: Session) -> list[Audited]:
    with session.store.read() as tx:
        assert audit.verify(tx) == []
        return list(reversed(audit.entries(tx)))


@contextmanager
def noted(session: Session) -> Iterator[list[tuple[str, str]]]:
    """Filled at the end with (act, detail) of what was noted meanwhile."""
    found: list[tuple[str, str]] = []
    before = len(rows(session))
    yield found
    found += [(one.action, one.detail) for one in rows(session)[before:]]


def test_opening_a_person_or_a_session_is_noted_once_a_while(desk: Desk, clock: FakeClock) -> None:
    rina = desk()
    who = people.save(rina, person()).id
    held = counselling.save(rina, meeting(who, TODAY)).id
    with noted(rina) as found:
        for _ in range(3):  # a screen that reads again after each save
            people.get(rina, who)
            counselling.get(rina, held)
        clock.forward(minutes=10)
        people.get(rina, who)
    assert [act for act, _ in found] == ["view_person", "view_counselling", "view_person"]
    assert rows(rina)[-1].record == who
    with noted(rina) as found:
        people.page(rina)
        people.listed(rina)
    assert found == [], "a list is no look into a record"


def test_a_search_is_noted_without_its_words(desk: Desk, clock: FakeClock) -> None:
    rina = desk()
    for name in ("Siti Aminah", "Siti Rohani"):
        people.save(rina, person(full_name=name))
    with noted(rina) as found:
        for typed in ("si", "siti", "siti ro", "siti"):  # one search, as it is typed
            search.find(rina, typed)
        search.find(rina, "zubaidah")
        clock.forward(minutes=2)
        search.find(rina, "zubaidah binti")
        search.find(rina, "z")
    assert found == [
        ("search", "letters=2 person=2"),
        ("search", "letters=8 found=0"),
        ("search", "letters=14 found=0"),
    ]
    assert not any(word in str(rows(rina)).casefold() for word in ("siti", "zubaidah", "aminah"))


def test_records_as_data_are_noted(desk: Desk) -> None:
    rina = desk("TRAINER")
    with noted(rina) as found:
        list(records.each(rina))
    assert found == [("list_records", "training_event training_session participant attendance event_attachment")]


def test_a_printed_report_is_told_from_one_that_is_given_out(desk: Desk) -> None:
    sri = desk("SUPERVISOR")
    report = reporting.indicators(sri, TODAY, TODAY)
    with noted(sri) as found:
        for printed in (False, True):
            reporting.publish(sri, report, load("en"), printed=printed)
    assert [act for act, _ in found] == ["report", "print"]
    assert found[0][1] == found[1][1] != ""


def full() -> None:
    raise EnvError("The disk is full.")


def test_what_a_full_disk_does_not_take_is_noted_later(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    rina = desk()
    who = people.save(rina, person()).id
    with noted(rina) as found:
        with monkeypatch.context() as patched:
            patched.setattr(rina.store, "begin", full)
            assert people.get(rina, who).name
            assert len(search.find(rina, "nurhayati")) == 1
        rina.notes.locked()
    assert [act for act, _ in found] == ["view_person", "search", "lock"]


def test_wrong_tries_while_it_is_closed_stand_in_the_chain_with_their_time(tmp_path: Path) -> None:
    clock = FakeClock()
    home = create(tmp_path / "home", clock=clock)
    for _ in range(2):
        with pytest.raises(WrongPassphraseError):
            keys.read_key(home, "salah sama sekali", clock)
        clock.forward(hours=1)
    session = opened(home, clock)
    assert [(one.action, one.detail) for one in rows(session)][-1] == (
        "wrong_passphrase",
        "tries=2 first=2026-03-10T02:30:00Z last=2026-03-10T03:30:00Z",
    )
    sessions.close(session)


def test_a_changed_passphrase_is_noted_wherever_it_was_changed(tmp_path: Path) -> None:
    home = create(tmp_path / "home")
    sessions.close(opened(home))
    KeyFile.load(home / "keys.json", FAST_KDF).change_passphrase(PASSPHRASE, OTHER)
    session = sessions.unlock(home, OTHER, FakeClock(), read_codebook(), kdf=FAST_KDF)
    assert ("passphrase_changed", "turn=2") in [(one.action, one.detail) for one in rows(session)]
    KeyFile.load(home / "keys.json", FAST_KDF).add_recovery_code(session.store.key)
    with noted(session) as found:
        session.notes.key_file()
        session.notes.key_file()
    assert found == [("key_file_changed", "turn=3")]
    sessions.close(session)


@pytest.mark.parametrize(("by", "said"), [(timedelta(days=-40), -3_456_000), (timedelta(hours=3), 10_800)])
def test_a_clock_that_is_set_while_the_program_runs_is_noted(
    desk: Desk, clock: FakeClock, by: timedelta, said: int
) -> None:
    rina = desk()
    people.save(rina, person())
    clock.forward(hours=8)
    clock.set_wall(clock.now() + by)
    with noted(rina) as found:
        people.save(rina, person(full_name="Rohani"))
        people.save(rina, person(full_name="Maryam"))
    assert found == [("clock_changed", f"seconds={said}"), ("create", ""), ("create", "")]


def test_time_that_passes_and_small_corrections_are_no_change(desk: Desk, clock: FakeClock) -> None:
    rina = desk()
    with noted(rina) as found:
        for correction in (90, -90):
            clock.forward(days=3)
            clock.set_wall(clock.now() + timedelta(seconds=correction))
            people.save(rina, person(full_name=f"Siti {abs(correction + 1)}"))
    assert [act for act, _ in found] == ["create", "create"]


def test_a_clock_that_was_set_back_while_it_was_closed_is_noted_and_forward_is_not(tmp_path: Path) -> None:
    clock = FakeClock()
    home = create(tmp_path / "home", clock=clock)
    sessions.close(opened(home, clock))
    clock.set_wall(clock.now() + timedelta(days=30))
    session = opened(home, clock)
    assert "clock_changed" not in [one.action for one in rows(session)]
    sessions.close(session)
    clock.set_wall(clock.now() - timedelta(days=1))
    session = opened(home, clock)
    assert [(one.action, one.detail) for one in rows(session)][-2:] == [
        ("clock_changed", "seconds=-86400"),
        ("unlock", ""),
    ]
    sessions.close(session)


def test_an_act_that_was_undone_hides_no_change_of_the_clock(desk: Desk, clock: FakeClock) -> None:
    rina = desk()
    clock.set_wall(clock.now() - timedelta(days=2))

    def undone() -> None:
        with rina.store.begin() as tx:
            audit.append(tx, rina.user.id, "unlock")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    with noted(rina) as found:
        rina.notes.locked()
    assert [act for act, _ in found] == ["clock_changed", "lock"]


def test_a_backup_that_comes_back_says_so(tmp_path: Path) -> None:
    clock = FakeClock()
    home = create(tmp_path / "home", clock=clock)
    session = opened(home, clock)
    file = safekeeping.keep(lambda fn: fn(), session, Reason.COPY, tmp_path / "day.mdbackup").file
    people.save(session, person())
    sessions.close(session)
    clock.forward(days=1)
    backups.restore(home, file, lambda held, _server: held.unlock(PASSPHRASE), clock, replace=True)
    session = opened(home, clock)
    acts = [(one.action, one.detail) for one in rows(session)]
    assert acts[-3:] == [("backup", "copy"), ("backup_restored", "made=2026-03-10T02:30:00+00:00"), ("unlock", "")]
    assert people.count(session) == 0
    sessions.close(session)


def test_reading_what_stands_against_each_other_in_a_case_is_noted(desk: Desk) -> None:
    rina, sri = desk(), desk("SUPERVISOR", username="sri")
    id = cases.save(rina, case()).id
    who = people.save(rina, person()).id
    deliver(rina, sri)
    for one, level, born in ((rina, "high", 2), (sri, "low", 3)):
        cases.save(one, {"risk_level": level}, id)
        people.save(one, {"dependants": born}, who)
    deliver(sri, rina)
    with noted(rina) as found:
        assert {one.record for one in conflicts.list_open(rina)} == {id, who}
        conflicts.list_open(rina)
    assert found == [("view_conflict", "")]
    assert rows(rina)[-1].record == id
