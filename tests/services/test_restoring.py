"""What a backup would bring back is told before it does, truly, and changes nothing; then it comes back."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from migdesk.errors import UserError
from migdesk.paths import Paths
from migdesk.services import people, restoring, safekeeping
from migdesk.services import session as sessions
from migdesk.services.restoring import Preview, preview_folder, preview_open, restore_open
from migdesk.services.safekeeping import Reason
from migdesk.services.session import Session
from migdesk.store import outbox
from migdesk.store.comparing import Difference
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import PASSPHRASE, Desk, opened, person

T = TypeVar("T")


def here(fn: Callable[[], T]) -> T:
    return fn()


def saved(session: Session, file: Path) -> Path:
    return safekeeping.keep(here, session, Reason.COPY, file).file


def of_people(found: Preview) -> Difference:
    return next(one for one in found.kinds if one.kind == "person")


def names(session: Session) -> set[str]:
    return {str(one.record.full_name) for one in people.listed(session).rows}


def test_the_difference_is_told_by_kind(desk: Desk, clock: FakeClock, tmp_path: Path) -> None:
    session = desk()
    stays = people.save(session, person(full_name="Siti")).id
    goes = people.save(session, person(full_name="Rohani")).id
    people.save(session, person(full_name="Maryam"))
    file = saved(session, tmp_path / "day.mdbackup")
    same = preview_open(session, file)
    assert of_people(same) == Difference("person", 3, 3, 0, 0, 0)
    assert same.lost == 0
    clock.forward(hours=1)
    people.save(session, {"dependants": 4}, stays)
    for name in ("Dewi", "Yuliana"):
        people.save(session, person(full_name=name))
    before = (session.home / "store.db").stat().st_size
    found = preview_open(session, file)
    assert of_people(found) == Difference("person", 5, 3, 2, 0, 1)
    assert found.lost == 3
    assert found.made == clock.now().replace(hour=clock.now().hour - 1)
    assert [one.kind for one in restoring.told(found)] == ["person"], "areas are the same on both sides"
    assert (session.home / "store.db").stat().st_size == before
    assert goes in {one.record.id for one in people.listed(session).rows}


def test_a_backup_comes_back_and_what_was_here_is_kept(desk: Desk, clock: FakeClock, tmp_path: Path) -> None:
    session = desk()
    people.save(session, person(full_name="Siti"))
    file = saved(session, tmp_path / "day.mdbackup")
    people.save(session, person(full_name="Dewi"))
    done = restore_open(session, file)
    assert done.kept is not None
    again = opened(session.home, clock)
    assert names(again) == {"Siti"}
    sessions.close(again)
    aside = tmp_path / "aside"
    aside.mkdir()
    for one in done.kept.iterdir():
        (aside / one.name).write_bytes(one.read_bytes())
    former = opened(aside, clock)
    assert names(former) == {"Siti", "Dewi"}
    sessions.close(former)


def test_the_backup_of_another_workspace_is_refused_and_nothing_changes(desk: Desk, tmp_path: Path) -> None:
    mine, other = desk(), desk(username="sri")
    people.save(mine, person(full_name="Siti"))
    foreign = saved(other, tmp_path / "other.mdbackup")
    with pytest.raises(UserError, match="does not open"):
        preview_open(mine, foreign)
    with pytest.raises(UserError, match="does not open"):
        restore_open(mine, foreign)
    again = opened(mine.home)
    assert names(again) == {"Siti"}
    sessions.close(again)


def test_a_restore_does_not_run_into_a_backup_that_is_being_made(desk: Desk, tmp_path: Path) -> None:
    session = desk()
    file = saved(session, tmp_path / "day.mdbackup")
    people.save(session, person(full_name="Siti"))
    with session.backup_lock, pytest.raises(UserError, match="just being made"):
        restore_open(session, file)
    again = opened(session.home)
    assert names(again) == {"Siti"}
    sessions.close(again)


def test_what_was_synced_since_is_said(desk: Desk, clock: FakeClock, tmp_path: Path) -> None:
    session = desk()
    file = saved(session, tmp_path / "day.mdbackup")
    assert not preview_open(session, file).synced_since
    clock.forward(hours=1)
    with session.store.begin() as tx:
        outbox.sync_note(tx, {"sent": 1})
    assert preview_open(session, file).synced_since


@pytest.mark.parametrize("damaged", [False, True])
def test_without_a_workspace_that_opens_the_backup_is_only_counted(
    desk: Desk, clock: FakeClock, tmp_path: Path, damaged: bool
) -> None:
    session = desk()
    people.save(session, person(full_name="Siti"))
    file = saved(session, tmp_path / "day.mdbackup")
    home = tmp_path / "empty"
    if damaged:
        home.mkdir()
        Paths(home).store_file.write_bytes(b"nothing that opens" * 1000)
    found = preview_folder(home, file, lambda keys: keys.unlock(PASSPHRASE), clock, session.codes)
    assert not found.compared
    assert of_people(found) == Difference("person", 0, 1, 0, 1, 0)
