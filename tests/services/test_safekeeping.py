"""Backups by themselves: when, where, verified, rotated, and what is said when the disk does not let it."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from migdesk.errors import EnvError, UserError
from migdesk.paths import Paths
from migdesk.services import backups, people, safekeeping
from migdesk.services import session as sessions
from migdesk.services.backup_file import BEFORE
from migdesk.services.reference import read_codebook
from migdesk.services.safekeeping import EVERY, Reason, automatic, is_due, keep, keep_if_due, rotate, standing
from migdesk.services.session import Session
from migdesk.store import audit, migrate
from migdesk.store import backup as store_backup
from migdesk.store.errors import DamagedError
from migdesk.vault.keyfile import KeyFile
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import PASSPHRASE, Desk, create, opened, person

T = TypeVar("T")


def here(fn: Callable[[], T]) -> T:
    return fn()


def folder_of(session: Session) -> Path:
    return Paths(session.home).backups


def write(session: Session, name: str = "Siti") -> None:
    people.save(session, person(full_name=name))


def brought_back(file: Path, home: Path) -> list[str]:
    """The people in a backup."""

    def unlock(keys: KeyFile, _is_server: bool) -> bytes:
        return keys.unlock(PASSPHRASE)

    clock = FakeClock()
    backups.restore(home, file, unlock, clock)
    session = opened(home, clock)
    try:
        assert store_backup.verify(session.store) == []
        return [str(one.record.full_name) for one in people.listed(session).rows]
    finally:
        sessions.close(session)


def test_one_is_made_when_it_is_time_and_something_was_written(desk: Desk, clock: FakeClock) -> None:
    session = desk()
    write(session)
    assert keep_if_due(here, session) is not None
    write(session)
    assert keep_if_due(here, session) is None, "the last one is recent"
    clock.forward(seconds=EVERY.total_seconds())
    assert keep_if_due(here, session) is not None
    clock.forward(seconds=EVERY.total_seconds())
    assert keep_if_due(here, session) is None, "nothing was written since"
    assert [one.n for one in automatic(folder_of(session))] == [1, 2]


@pytest.mark.parametrize("leap", [timedelta(days=-400), timedelta(days=4000)])
def test_a_clock_that_leaps_does_not_keep_backups_away(desk: Desk, clock: FakeClock, leap: timedelta) -> None:
    session = desk()
    assert keep_if_due(here, session) is not None
    write(session)
    clock.set_wall(clock.now() + leap)
    made = keep_if_due(here, session)
    assert made is not None
    assert automatic(folder_of(session))[-1].file == made.file
    write(session)
    assert not is_due(session)


def test_a_backup_comes_back_whole_and_leaves_nothing_beside(desk: Desk, tmp_path: Path) -> None:
    session = desk()
    write(session)
    made = keep(here, session, Reason.AUTOMATIC)
    assert [one.name for one in folder_of(session).iterdir()] == [made.file.name]
    assert made.file.stat().st_mode & 0o077 == 0
    assert brought_back(made.file, tmp_path / "other") == ["Siti"]
    with session.store.read() as tx:
        assert [one.detail for one in audit.entries(tx, action="backup")] == ["automatic"]


def test_saving_goes_on_while_one_is_made_elsewhere(tmp_path: Path) -> None:
    """The copy is made on another thread and connection; saves meanwhile neither wait for it nor are lost."""
    home, codes = create(tmp_path / "home"), read_codebook()
    with ThreadPoolExecutor(1) as owner, ThreadPoolExecutor(1) as pool:
        session = owner.submit(opened, home, FakeClock(), codes).result()
        owner.submit(write, session).result()
        making = pool.submit(keep, lambda fn: owner.submit(fn).result(), session, Reason.ASKED)
        for n in range(50):
            owner.submit(write, session, f"Siti {n}").result()
        made = making.result()
        held = owner.submit(lambda: people.count(session)).result()
        owner.submit(sessions.close, session).result()
    assert held == 51
    assert "Siti" in brought_back(made.file, tmp_path / "back")


def test_rotating_removes_only_what_was_made_here_by_itself(desk: Desk, clock: FakeClock) -> None:
    session = desk()
    folder = folder_of(session)
    first = keep(here, session, Reason.AUTOMATIC).file
    foreign = [
        "migdesk-20200101-000000.mdbackup", "migdesk-auto-1-20200101-000000.mdbackup",
        "migdesk-auto-000001-20201301-000000.mdbackup", "migdesk-auto-000001-20200101-000000.mdbackup.copy",
        "migdesk-auto-000001-20200101-000000.mdbackup~", "surat.txt", "migdesk-before-version-0001-1.mdbackup",
    ]  # fmt: skip
    for name in foreign:
        (folder / name).write_text("someone else's")
    (folder / "migdesk-auto-000002-20200101-000000.mdbackup").mkdir()
    (folder / "migdesk-auto-000003-20200101-000000.mdbackup").symlink_to(folder / "surat.txt")
    for n in range(4, 60):
        moment = clock.now() + timedelta(hours=4 * n)
        shutil.copy(first, folder / f"migdesk-auto-{n:06d}-{moment:%Y%m%d-%H%M%S}.mdbackup")
    left_over = folder / "migdesk-auto-000060-20260101-000000.mdbackup.store.part"
    left_over.write_text("cut short")
    gone = rotate(folder)
    assert left_over in gone
    assert all((folder / name).exists() for name in foreign)
    assert (folder / "migdesk-auto-000002-20200101-000000.mdbackup").is_dir()
    assert (folder / "migdesk-auto-000003-20200101-000000.mdbackup").is_symlink()
    assert automatic(folder)[-1].n == 59
    assert 13 <= len(automatic(folder)) <= 17


def test_a_folder_that_cannot_be_written_says_so_and_leaves_the_work(desk: Desk) -> None:
    session = desk()
    folder_of(session).write_text("a file where the folder should be")
    with pytest.raises(EnvError, match="cannot be written"):
        keep_if_due(here, session)
    assert "Earlier ones" in session.backup_trouble
    write(session)
    folder_of(session).unlink()
    assert keep_if_due(here, session) is not None
    assert session.backup_trouble == ""


def test_a_disk_with_little_room_is_not_filled(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    session = desk()
    first = keep(here, session, Reason.AUTOMATIC).file
    usage = shutil.disk_usage(session.home)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage._replace(free=1 << 20))
    with pytest.raises(EnvError, match="too little room"):
        keep(here, session, Reason.AUTOMATIC)
    assert list(folder_of(session).iterdir()) == [first]
    write(session)


def test_a_damaged_store_does_not_push_good_backups_out(desk: Desk, clock: FakeClock) -> None:
    session = desk()
    good = keep(here, session, Reason.AUTOMATIC).file
    with session.store.begin() as tx:
        tx.run("UPDATE audit SET detail = 'changed' WHERE n = 1")
    clock.forward(days=1)
    with pytest.raises(DamagedError):
        keep_if_due(here, session)
    assert "damaged" in session.backup_trouble
    assert list(folder_of(session).iterdir()) == [good]


def test_a_copy_on_another_disk_ends_the_reminder(
    desk: Desk, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = desk()
    assert not standing(session).copy_is_due
    clock.forward(days=14)
    assert standing(session).copy_is_due
    keep(here, session, Reason.COPY, tmp_path / "beside.mdbackup")
    found = standing(session)
    assert (found.copy_is_due, found.copied, len(found.copies)) == (True, None, 1)
    monkeypatch.setattr(safekeeping, "_is_apart", lambda _folder, _home: True)
    keep(here, session, Reason.COPY, tmp_path / "stick.mdbackup")
    found = standing(session)
    assert not found.copy_is_due
    assert found.copied is not None
    assert found.copied.file == (tmp_path / "stick.mdbackup").resolve()
    clock.set_wall(clock.now() - timedelta(days=900))
    assert standing(session).days_without == 0


def test_a_copy_never_takes_the_place_of_a_file_of_the_workspace(desk: Desk) -> None:
    session = desk()
    for name in ("store.db", "keys.json"):
        with pytest.raises(UserError, match="among the files"):
            keep(here, session, Reason.COPY, session.home / name)
    write(session)


def test_the_last_backup_comes_at_closing_and_waits_for_nobody(desk: Desk) -> None:
    session = desk()
    with session.backup_lock:
        safekeeping.at_close(session)
    assert not folder_of(session).exists()
    safekeeping.at_close(session)
    assert len(automatic(folder_of(session))) == 1
    sessions.close(session)
    safekeeping.at_close(session)
    assert len(automatic(folder_of(session))) == 1


def test_a_workspace_is_backed_up_before_its_tables_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup like any other, that the program before could bring back; nothing is changed if it cannot be made."""
    clock, codes = FakeClock(), read_codebook()
    home = create(tmp_path / "home", clock=clock, codes=codes)
    session = opened(home, clock, codes)
    write(session)
    session.store.raw.execute("PRAGMA user_version = 1")
    sessions.close(session)
    monkeypatch.setattr(migrate, "REVISION", "0002")
    seen: list[str] = []
    monkeypatch.setattr(migrate, "upgrade", lambda _connection: seen.append("migrated"))
    Paths(home).backups.write_text("in the way")
    with pytest.raises(EnvError, match="not brought up to date"):
        opened(home, clock, codes)
    assert seen == []
    Paths(home).backups.unlink()
    sessions.close(opened(home, clock, codes))
    assert seen == ["migrated"]
    [file] = Paths(home).backups.iterdir()
    assert file.name.startswith(BEFORE)
    monkeypatch.setattr(migrate, "REVISION", "0001")
    assert brought_back(file, tmp_path / "back") == ["Siti"]
