"""The owner destroys the workspace, and the power goes at any moment: what is left is the old one, or opens no more."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from migdesk.errors import EnvError, MigDeskError, RefusedError
from migdesk.paths import Paths
from migdesk.services import backups, keys, people, safekeeping, wiping
from migdesk.services import session as sessions
from migdesk.services.instance_lock import InstanceLock
from migdesk.services.safekeeping import Reason
from migdesk.ui.first_look import is_removed, workspaces
from migdesk.vault import atomic_file
from migdesk.vault.keyfile import KeyFile
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import FAST_KDF, PASSPHRASE, create, opened, person

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked to be killed")
TOUCHES = frozenset({"open", "os.remove", "os.rename", "os.rmdir", "os.mkdir"})
MOST_STEPS = 200


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A workspace with a record, a recovery code, a backup and a folder of what a restore replaced; and that code."""
    home = create(tmp_path_factory.mktemp("world") / "home")
    session = opened(home)
    people.save(session, person(full_name="Siti"))
    safekeeping.keep(lambda fn: fn(), session, Reason.ASKED)
    sessions.close(session)
    file = KeyFile.load(Paths(home).keys_file)
    code = file.add_recovery_code(file.unlock(PASSPHRASE))
    replaced = Paths(home).backups / "replaced-1"
    replaced.mkdir()
    for name in ("keys.json", "store.db"):
        shutil.copy(home / name, replaced)
    return home, code


def wiped_and_killed(home: Path, step: int) -> bool:
    """A process of its own destroys the workspace and dies before its `step`-th touch of a file; whether it died."""
    child = os.fork()
    if child == 0:
        left = step

        def count(event: str, _args: object) -> None:
            nonlocal left
            if event in TOUCHES:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        wiping.by_own_word(home)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def ways_in(home: Path, code: str, work: Path) -> Iterator[str]:
    """By what somebody who has the passphrase and the recovery code, but not this program's care, still gets a key."""
    key_files = [path for path in home.rglob("*") if path.name.startswith("keys.json")]
    for at, copy in enumerate(path for path in home.rglob("*.mdbackup")):
        try:
            backups.restore(work / str(at), copy, lambda file, _server: file.unlock(PASSPHRASE), FakeClock())
        except (MigDeskError, ValueError, OSError):
            continue
        yield copy.name
    for path in key_files:
        for secret, way in ((PASSPHRASE, KeyFile.unlock), (code, KeyFile.unlock_with_code)):
            try:
                way(KeyFile.load(path, FAST_KDF), secret)
            except MigDeskError:
                continue
            yield str(path.relative_to(home)) if home in path.parents else path.name


def test_whole_or_shut_at_every_step(world: tuple[Path, str], tmp_path: Path) -> None:
    whole, code = world
    assert len(list(ways_in(whole, code, tmp_path / "before"))) >= 4
    states: list[bool] = []
    for step in range(1, MOST_STEPS):
        home = tmp_path / f"h{step}"
        shutil.copytree(whole, home)
        died = wiped_and_killed(home, step)
        ways = set(ways_in(home, code, tmp_path / f"w{step}"))
        states.append(bool(ways))
        if ways:
            assert "keys.json" in ways, f"{step}: the workspace is shut and something else opens: {ways}"
            assert (home / "store.db").stat().st_size > 0, "and its records are there"
        if not died:
            break
        marked = is_removed(home)
        if marked:
            assert home not in workspaces(home)
            with pytest.raises((RefusedError, MigDeskError)):
                keys.read_key(home, PASSPHRASE, FakeClock(), FAST_KDF)
            assert list(home.iterdir()) == [], "the next look at it finished it, and nothing tells of it"
        elif Paths(home).keys_file.exists():
            session = opened(home)
            assert [one.record.full_name for one in people.listed(session).rows] == ["Siti"]
            sessions.close(session)
        shutil.rmtree(tmp_path / f"w{step}", ignore_errors=True)
    assert not died, "it came to its end"
    assert step > 10
    assert states == sorted(states, reverse=True), "once shut it stays shut"
    assert states[0]
    assert not states[-1]
    assert list(home.iterdir()) == []


def test_nobody_is_told_and_the_place_is_free_again(world: tuple[Path, str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(world[0], home)
    assert wiping.by_own_word(home) > 4
    assert wiping.find(home) is None
    create(home, username="budi")
    session = opened(home)
    assert not people.listed(session).rows
    sessions.close(session)


def test_an_open_workspace_is_not_destroyed_behind_its_window(world: tuple[Path, str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(world[0], home)
    lock = InstanceLock.take(Paths(home).lock_file)
    with pytest.raises(MigDeskError, match="already open"):
        wiping.by_own_word(home)
    lock.release()
    assert wiping.find(home) is None
    sessions.close(opened(home))


def test_a_full_disk_stops_nobody_who_has_to_be_quick(
    world: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    shutil.copytree(world[0], home)

    def full(_path: Path, _data: bytes) -> None:
        raise EnvError("{file} cannot be written.", file="removed.json")

    monkeypatch.setattr(wiping, "write_atomic", full)
    assert wiping.by_own_word(home) > 4
    assert list(home.iterdir()) == []


def test_what_is_overwritten_is_not_there_any_more(tmp_path: Path) -> None:
    file = tmp_path / "day.mdbackup"
    file.write_bytes(b"keys" * 10 + bytes(600_000))
    atomic_file.shred_head(file)
    assert b"keys" not in file.read_bytes()
    assert file.stat().st_size == 600_040
