"""What opening a workspace does for its key file, and what it notices about one that was swapped."""

import json
import shutil
from pathlib import Path

import pytest

from migdesk.errors import RefusedError
from migdesk.paths import Paths
from migdesk.services import keys
from migdesk.services import session as sessions
from migdesk.services.reference import read_codebook
from migdesk.store import audit
from migdesk.vault.key_wrap import Argon2Params
from migdesk.vault.keyfile import KeyFile, WrongPassphraseError
from migdesk.vault.waits import TooSoonError
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import FAST_KDF, PASSPHRASE, create, opened

OTHER = "delapan ekor kuda laut"
DEARER = Argon2Params(memory_kib=128, passes=2, lanes=1)


def actions(session: sessions.Session) -> list[tuple[str, str]]:
    with session.store.read() as tx:
        return [(one.action, one.detail) for one in audit.entries(tx)]


def test_unlocking_raises_what_became_too_cheap(tmp_path: Path) -> None:
    home = create(tmp_path / "home")
    key = keys.read_key(home, PASSPHRASE, FakeClock(), DEARER)
    slot = json.loads(Paths(home).keys_file.read_bytes())["slots"][0]
    assert (slot["memory_kib"], slot["passes"]) == (128, 2)
    session = sessions.open_session(home, key, FakeClock(), read_codebook())
    assert session.warnings == []
    sessions.close(session)


def test_a_key_file_that_cannot_be_raised_opens_all_the_same(tmp_path: Path) -> None:
    home = create(tmp_path / "home")
    (home / "keys.json.tmp").mkdir()
    assert len(keys.read_key(home, PASSPHRASE, FakeClock(), DEARER)) == 32


def test_an_older_key_file_is_noticed_and_named(tmp_path: Path) -> None:
    home = create(tmp_path / "home")
    shutil.copy(Paths(home).keys_file, tmp_path / "old.json")
    sessions.close(opened(home))
    KeyFile.load(Paths(home).keys_file, FAST_KDF).change_passphrase(PASSPHRASE, OTHER)
    session = sessions.unlock(home, OTHER, FakeClock(), read_codebook(), kdf=FAST_KDF)
    assert session.warnings == []
    sessions.close(session)
    shutil.copy(tmp_path / "old.json", Paths(home).keys_file)
    session = opened(home)
    assert ["older one" in str(one) for one in session.warnings] == [True]
    assert ("key_file_older", "turn=1 known=2") in actions(session)
    sessions.close(session)
    session = opened(home)
    assert session.warnings == []
    sessions.close(session)


def test_an_older_and_weaker_key_file_is_noticed_though_it_is_raised_at_once(tmp_path: Path) -> None:
    home = create(tmp_path / "home")
    shutil.copy(Paths(home).keys_file, tmp_path / "weak.json")
    sessions.close(sessions.unlock(home, PASSPHRASE, FakeClock(), read_codebook(), kdf=DEARER))
    shutil.copy(tmp_path / "weak.json", Paths(home).keys_file)
    session = sessions.unlock(home, PASSPHRASE, FakeClock(), read_codebook(), kdf=DEARER)
    assert len(session.warnings) == 1
    sessions.close(session)


def test_a_change_of_passphrase_in_the_open_workspace_is_known_at_once(tmp_path: Path) -> None:
    home = create(tmp_path / "home")
    session = opened(home)
    shutil.copy(Paths(home).keys_file, tmp_path / "old.json")
    KeyFile.load(Paths(home).keys_file, FAST_KDF).change_passphrase(PASSPHRASE, OTHER)
    session.notes.key_file()
    sessions.close(session)
    shutil.copy(tmp_path / "old.json", Paths(home).keys_file)
    session = opened(home)
    assert len(session.warnings) == 1
    sessions.close(session)


def test_a_foreign_key_file_does_not_take_the_lock_away(tmp_path: Path) -> None:
    home, foreign = create(tmp_path / "home"), create(tmp_path / "foreign")
    session = opened(home)
    keys.read_own_key(home, session.key_proof, PASSPHRASE, FakeClock())
    shutil.copy(Paths(foreign).keys_file, Paths(home).keys_file)
    with pytest.raises(RefusedError, match="another workspace"):
        keys.read_own_key(home, session.key_proof, PASSPHRASE, FakeClock())
    sessions.close(session)


def test_wrong_tries_wait_over_a_restart_and_stand_in_the_audit(tmp_path: Path) -> None:
    home, clock = create(tmp_path / "home"), FakeClock()
    for _ in range(3):
        with pytest.raises(WrongPassphraseError):
            keys.read_key(home, "salah sama sekali", clock)
    assert keys.wait_left(home, clock) == 2
    with pytest.raises(TooSoonError):
        keys.change_passphrase(home, PASSPHRASE, OTHER, clock)
    clock.forward(seconds=2)
    session = opened(home, clock)
    told = "tries=3 first=2026-03-10T02:30:00Z last=2026-03-10T02:30:00Z"
    assert ("wrong_passphrase", told) in actions(session)
    session.notes.wrong_tries()
    assert [action for action, _ in actions(session)].count("wrong_passphrase") == 1
    assert not Paths(home).tries_file.exists()
    sessions.close(session)


def test_a_wipe_leaves_no_tries_behind(tmp_path: Path) -> None:
    home = create(tmp_path / "home")
    with pytest.raises(WrongPassphraseError):
        keys.read_key(home, "salah sama sekali", FakeClock())
    sessions.wipe(home)
    assert list(home.iterdir()) == []
