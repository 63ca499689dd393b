"""`backup`, `restore`, `verify`, of a workspace and of a server folder."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from migdesk.services import backup_file
from tests.cli.test_records_verbs import everything, put
from tests.support.program import migdesk
from tests.support.records import SECRETS, counselling

VILLAGE = "52.03.09.2004"


@pytest.fixture
def saved(call: Any, home: Path, tmp_path: Path) -> Path:
    """A backup of a workspace with two records."""
    put(call, home, tmp_path / "x.jsonl", *counselling(VILLAGE))
    (made,) = call("backup", "--out", tmp_path / "day.mdbackup", "--json", home=home).objects()
    return Path(made["file"])


def test_a_backup_comes_back_in_an_empty_folder(call: Any, home: Path, saved: Path, tmp_path: Path) -> None:
    before = everything(call, home)
    other = tmp_path / "other"
    assert call("restore", saved, home=other).code == 0
    assert everything(call, other) == before
    assert call("verify", home=other).code == 0
    assert not (other / "restoring").exists()


def test_a_backup_replaces_only_when_asked_and_keeps_what_was_there(
    call: Any, home: Path, saved: Path, tmp_path: Path
) -> None:
    before = everything(call, home)
    person = before[0]["id"]
    put(call, home, tmp_path / "y.jsonl", {"kind": "person", "id": person, "dependants": 7})
    assert call("restore", saved, home=home).code == 1
    assert everything(call, home) != before
    (done,) = call("restore", saved, "--replace", "--json", home=home).objects()
    assert everything(call, home) == before
    assert (Path(done["kept"]) / "store.db").exists()


def test_the_default_backup_lies_in_the_workspace_and_says_nothing(call: Any, home: Path, tmp_path: Path) -> None:
    put(call, home, tmp_path / "x.jsonl", *counselling(VILLAGE))
    assert call("backup", home=home).code == 0
    (file,) = (home / "backups").glob("*.mdbackup")
    data = file.read_bytes()
    assert not any(secret.encode() in data for secret in SECRETS.values())
    assert file.stat().st_mode & 0o077 == 0
    assert [one.name for one in (home / "backups").iterdir()] == [file.name], "no half-made file is left"


def test_a_damaged_or_foreign_backup_changes_nothing(call: Any, saved: Path, tmp_path: Path) -> None:
    whole = saved.read_bytes()
    home = tmp_path / "other"
    for number, broken in enumerate(
        (b"", whole[:100], whole[:-50], whole[:3000] + b"?" + whole[3001:], b"PK\x03\x04 nothing")
    ):
        file = tmp_path / f"{number}.mdbackup"
        file.write_bytes(broken)
        ran = call("restore", file, home=home)
        assert ran.code == 1, number
        assert "backup" in ran.err.lower()
        assert not (home / "store.db").exists()
    assert call("restore", tmp_path / "absent", home=home).code == 1
    wrong = call("restore", saved, home=home, MIGDESK_PASSPHRASE="salah sama sekali")
    assert wrong.code == 1
    assert not (home / "store.db").exists()
    assert call("restore", saved, home=home).code == 0


def test_a_backup_of_a_newer_version_is_refused(call: Any, saved: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.mdbackup"
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(newer, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b'"format": 1', b'"format": 9') if name == "manifest.json" else data)
        new.comment = bytes(64)
    backup_file.seal(newer)
    ran = call("restore", newer, home=tmp_path / "other")
    assert ran.code == 1
    assert "newer" in ran.err


def test_verify_finds_damage(call: Any, home: Path, saved: Path) -> None:
    assert call("verify", "--json", home=home).objects() == [{"status": "whole"}]
    store = home / "store.db"
    data = bytearray(store.read_bytes())
    data[-2000] ^= 1
    store.write_bytes(bytes(data))
    ran = call("verify", home=home)
    assert ran.code == 1
    assert ran.out + ran.err


def test_a_server_folder_is_backed_up_verified_and_brought_back(tmp_path: Path) -> None:
    home, env = tmp_path / "server", {"MIGDESK_SERVER_KEY": "tiga belas perahu di Lombok"}
    given = ("--user", "sri", "--role", "SUPERVISOR", "--area", "52.03")
    code = migdesk("server", "code", "--home", home, *given, "--json", **env).done().objects()[0]["code"]
    assert code
    out = tmp_path / "server.mdbackup"
    migdesk("backup", "--home", home, "--out", out, **env).done()
    migdesk("verify", "--home", home, **env).done()
    other = tmp_path / "other"
    migdesk("restore", out, "--home", other, **env).done()
    before, after = (
        migdesk("server", "devices", "--home", one, "--json", **env).done().objects() for one in (home, other)
    )
    assert before == after


def test_automatic_backups_rotate_and_the_status_tells_of_them(call: Any, home: Path, tmp_path: Path) -> None:
    put(call, home, tmp_path / "x.jsonl", *counselling(VILLAGE))
    (made,) = call("backup", "--automatic", "--json", home=home).objects()
    assert made["status"] == "written"
    assert call("backup", "--automatic", "--json", home=home).objects() == [{"status": "not_due"}]
    call("backup", "--out", tmp_path / "copy.mdbackup", home=home)
    standing, automatic, copy = call("backup", "--status", "--json", home=home).objects()
    assert standing["last"] == "2026-11-23T05:00:00Z"
    assert automatic["file"] == made["file"]
    assert copy == {
        "status": "copy", "at": "2026-11-23T05:00:00Z", "file": str(tmp_path / "copy.mdbackup"), "apart": False,
    }  # fmt: skip
    assert standing["copy_is_due"], "the workspace of the fixture is months old"
    assert "stick" in call("backup", "--status", home=home).out


def test_a_backup_cannot_take_the_place_of_the_store(call: Any, home: Path) -> None:
    before = (home / "keys.json").read_bytes()
    ran = call("backup", "--out", home / "keys.json", home=home)
    assert ran.code == 1
    assert "another folder" in ran.err
    assert (home / "keys.json").read_bytes() == before


def test_a_preview_tells_the_difference_and_changes_nothing(call: Any, home: Path, saved: Path, tmp_path: Path) -> None:
    before = everything(call, home)
    put(call, home, tmp_path / "y.jsonl", {"kind": "person", "id": before[0]["id"], "dependants": 7})
    after = everything(call, home)
    head, *kinds = call("restore", saved, "--preview", "--json", home=home).objects()
    assert (head["status"], head["compared"], head["synced_since"]) == ("preview", True, False)
    assert {"kind": "person", "here": 1, "backup": 1, "only_here": 0, "only_backup": 0, "changed": 1} in kinds
    assert everything(call, home) == after
    words = call("restore", saved, "--preview", home=tmp_path / "empty").out
    assert "1 in the backup" in words
    assert not (tmp_path / "empty" / "store.db").exists()
