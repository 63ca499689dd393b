"""Workspaces: made, opened, refused, re-keyed and destroyed."""

import json
import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from migdesk.clock import to_ms
from migdesk.domain.office import Area, User
from migdesk.errors import MigDeskError, RefusedError, UserError
from migdesk.services import keys, people
from migdesk.services import session as sessions
from migdesk.services.reference import read_areas, read_codebook
from migdesk.store import audit, change_log, records
from migdesk.sync.trust import server_card
from migdesk.sync.trust.server_card import ServerCard
from migdesk.vault.keyfile import WrongPassphraseError
from tests.support.fake_clock import FakeClock
from tests.support.program import ROOT
from tests.support.workspaces import FAST_KDF, PASSPHRASE, Desk, create, opened, person


def test_a_new_workspace_knows_its_user_and_the_areas(tmp_path: Path) -> None:
    session = opened(create(tmp_path / "home", "outreach", "52.03.09.2004 52.03.01"))
    card = session.user
    assert (card.username, card.display_name, card.role) == ("rina", "Rina", "OUTREACH")
    assert card.areas == ("52.03.01", "52.03.09.2004")
    assert card.id == User.spec.natural_id({"username": "rina"})
    assert session.author.user == card.id
    assert session.author.device == session.keys.device_id
    with session.store.read() as tx:
        assert records.count(tx, Area) == sum(1 for _ in read_areas())
        assert change_log.unsent_count(tx) == 0
        assert audit.verify(tx) == []
    sessions.close(session)


@pytest.mark.skipif(os.name != "posix", reason="POSIX modes")
def test_nobody_else_may_look_into_the_folder(tmp_path: Path) -> None:
    home = create(tmp_path / "home")
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert {file.name for file in home.iterdir()} >= {"keys.json", "store.db"}
    assert not list(home.glob("store.new*"))


def test_reading_the_key_loads_no_database_library_and_no_qt(tmp_path: Path) -> None:
    home = create(tmp_path / "home")
    script = f"""
import sys
from pathlib import Path
from migdesk.clock import SystemClock
from migdesk.services import keys, session, settings
key = keys.read_key(Path({str(home)!r}), {PASSPHRASE!r}, SystemClock())
settings.read_interface(Path({str(home)!r}))
session.info(Path({str(home)!r}))
assert len(key) == 32
print(sorted(name for name in sys.modules if name.split(".")[0] in ("sqlalchemy", "sqlcipher3", "alembic", "PySide6")))
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout.strip() == "[]"


def test_a_wrong_passphrase_is_told_and_the_right_one_still_opens(tmp_path: Path) -> None:
    home = create(tmp_path / "home")
    with pytest.raises(WrongPassphraseError):
        keys.read_key(home, "salah sama sekali", FakeClock(), FAST_KDF)
    sessions.close(opened(home))


def test_a_key_of_another_workspace_is_refused(tmp_path: Path) -> None:
    home, other = create(tmp_path / "home"), create(tmp_path / "other")
    key = keys.read_key(other, PASSPHRASE, FakeClock(), FAST_KDF)
    with pytest.raises(MigDeskError):
        sessions.open_session(home, key, FakeClock(), read_codebook())
    sessions.close(opened(home))


def test_a_changed_passphrase_opens_and_the_old_one_no_more(tmp_path: Path) -> None:
    home = create(tmp_path / "home")
    with pytest.raises(WrongPassphraseError):
        keys.change_passphrase(home, "salah sama sekali", "delapan ekor kuda laut", FakeClock())
    key = keys.read_key(home, PASSPHRASE, FakeClock(), FAST_KDF)
    keys.change_passphrase(home, PASSPHRASE, "delapan ekor kuda laut", FakeClock())
    assert keys.read_key(home, "delapan ekor kuda laut", FakeClock(), FAST_KDF) == key
    with pytest.raises(WrongPassphraseError):
        keys.read_key(home, PASSPHRASE, FakeClock(), FAST_KDF)


def test_a_folder_that_is_no_workspace_is_told(tmp_path: Path) -> None:
    assert not sessions.info(tmp_path).exists
    with pytest.raises(UserError, match="no workspace"):
        keys.read_key(tmp_path, PASSPHRASE, FakeClock(), FAST_KDF)
    with pytest.raises(UserError, match="no workspace"):
        sessions.wipe(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_workspace_is_never_made_over_another(tmp_path: Path) -> None:
    home = create(tmp_path / "home")
    before = (home / "keys.json").read_bytes()
    with pytest.raises(UserError, match="already"):
        create(home, username="budi")
    assert (home / "keys.json").read_bytes() == before


def test_a_creation_that_was_cut_short_is_done_again(tmp_path: Path) -> None:
    home = create(tmp_path / "half")
    (home / "store.db").rename(home / "store.new.db")  # as it stood right before its last step
    assert not sessions.info(home).exists
    sessions.close(opened(create(home, username="budi")))
    assert not list(home.glob("store.new*"))


@pytest.mark.parametrize(
    ("username", "role", "area", "passphrase"),
    [
        ("", "OUTREACH", "52.03", PASSPHRASE),
        ("Ibu Rina", "OUTREACH", "52.03", PASSPHRASE),
        ("rina", "BOSS", "52.03", PASSPHRASE),
        ("rina", "OUTREACH", "Lombok", PASSPHRASE),
        ("rina", "OUTREACH", "", PASSPHRASE),
        ("rina", "OUTREACH", "52.03", "short"),
    ],
)
def test_a_bad_user_leaves_no_workspace(tmp_path: Path, username: str, role: str, area: str, passphrase: str) -> None:
    with pytest.raises(UserError):
        sessions.create_workspace(
            tmp_path / "home", username=username, role=role, area=area, passphrase=passphrase,
            clock=FakeClock(), codes=read_codebook(),
        )  # fmt: skip
    assert not sessions.info(tmp_path / "home").exists
    assert not (tmp_path / "home" / "keys.json").exists()


def test_only_one_program_has_a_workspace_open(tmp_path: Path) -> None:
    home = create(tmp_path / "home")
    session = opened(home)
    assert sessions.info(home).open_elsewhere
    with pytest.raises(UserError, match="already open"):
        opened(home)
    with pytest.raises(UserError, match="already open"):
        sessions.wipe(home)
    sessions.close(session)
    sessions.close(session)
    assert not sessions.info(home).open_elsewhere
    sessions.close(opened(home))


def test_a_failed_opening_lets_go_of_the_workspace(tmp_path: Path) -> None:
    home = create(tmp_path / "home")
    with pytest.raises(MigDeskError):
        sessions.open_session(home, bytes(32), FakeClock(), read_codebook())
    sessions.close(opened(home))


def test_a_key_file_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    home = create(tmp_path / "home")
    body = json.loads((home / "keys.json").read_text()) | {"version": 99}
    (home / "keys.json").write_text(json.dumps(body))
    for act in (lambda: keys.read_key(home, PASSPHRASE, FakeClock(), FAST_KDF), lambda: sessions.info(home)):
        with pytest.raises(UserError, match="newer"):
            act()
    assert json.loads((home / "keys.json").read_text()) == body


def test_a_wipe_counts_what_was_unsent_and_leaves_nothing(tmp_path: Path, desk: Desk) -> None:
    session = desk()
    people.save(session, person())
    home = session.home
    (home / "logs").mkdir()
    (home / "logs" / "migdesk.log").write_text("nothing")
    assert sessions.unsent(session) > 0
    wiped = sessions.wipe(home, session)
    assert wiped.unsent == 1
    assert list(home.iterdir()) == []
    with pytest.raises(UserError, match="no workspace"):
        keys.read_key(home, PASSPHRASE, FakeClock(), FAST_KDF)


def test_a_wipe_without_the_passphrase_says_that_nobody_counted(tmp_path: Path) -> None:
    assert sessions.wipe(create(tmp_path / "home")).unsent is None


def test_when_the_lease_ends_records_may_be_read_and_not_written(desk: Desk, clock: FakeClock) -> None:
    session = desk()
    saved = people.save(session, person())
    until = clock.now() + timedelta(days=30)
    card = ServerCard("https://example.org", uuid4(), bytes(32), "", bytes(8), to_ms(until))
    with session.store.begin() as tx:
        server_card.put(tx, card)
    session.reload()
    people.save(session, {"dependants": 1}, saved.id)
    clock.forward(days=30)
    assert session.read_only
    with pytest.raises(RefusedError):
        people.save(session, {"dependants": 2}, saved.id)
    assert people.get(session, saved.id).record.dependants == 1
    assert not people.get(session, saved.id).about.may_write


def test_a_revoked_laptop_writes_nothing_new(desk: Desk) -> None:
    session = desk()
    card = ServerCard("https://example.org", uuid4(), bytes(32), "", bytes(8), revoked=True)
    with session.store.begin() as tx:
        server_card.put(tx, card)
    session.reload()
    with pytest.raises(RefusedError, match="revoked"):
        people.save(session, person())
