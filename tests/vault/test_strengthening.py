"""Slots that cost too little are wrapped anew on unlock; whoever alters one finds the file shut, and it is said."""

import errno
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from migdesk.clock import SystemClock
from migdesk.errors import EnvError, UserError
from migdesk.vault.key_wrap import Argon2Params
from migdesk.vault.keyfile import KeyFile, WrongPassphraseError
from tests.vault.test_keyfile import SECRET, rewrite

CHEAP = Argon2Params(memory_kib=64, passes=1, lanes=1)
DEARER = Argon2Params(memory_kib=128, passes=2, lanes=1)


def make(folder: Path) -> tuple[Path, bytes]:
    file, key = KeyFile.create(folder / "keys.json", SECRET, clock=SystemClock(), params=CHEAP)
    return file.path, key


def params(path: Path) -> list[tuple[int, int]]:
    return [(slot["memory_kib"], slot["passes"]) for slot in json.loads(path.read_bytes())["slots"]]


def test_which_parameters_are_weaker() -> None:
    today = Argon2Params()
    assert not today.weaker(today)
    assert Argon2Params(memory_kib=32 * 1024, passes=6).weaker(today)
    assert Argon2Params(passes=2).weaker(today)
    assert not Argon2Params(lanes=1).weaker(today)
    assert not Argon2Params(memory_kib=256 * 1024, passes=1).weaker(today)


def test_a_weak_slot_is_raised_once_and_the_key_stays(tmp_path: Path) -> None:
    path, key = make(tmp_path)
    file = KeyFile.load(path, DEARER)
    assert file.strengthen(file.unlock(SECRET), SECRET)
    assert params(path) == [(128, 2)]
    again = KeyFile.load(path, DEARER)
    assert again.unlock(SECRET) == key
    before = path.read_bytes()
    assert not again.strengthen(key, SECRET)
    assert path.read_bytes() == before


def test_a_slot_that_costs_more_than_today_is_never_lowered(tmp_path: Path) -> None:
    file, key = KeyFile.create(tmp_path / "keys.json", SECRET, clock=SystemClock(), params=DEARER)
    again = KeyFile.load(file.path, CHEAP)
    assert not again.strengthen(key, SECRET)
    again.change_passphrase(SECRET, "enam kapal di Malang")
    assert params(file.path) == [(128, 2)]


def test_a_new_passphrase_costs_what_it_costs_today(tmp_path: Path) -> None:
    path, key = make(tmp_path)
    file = KeyFile.load(path, DEARER)
    file.set_passphrase(key, "enam kapal di Malang")
    file.add_recovery_code(key)
    assert params(path) == [(128, 2), (128, 2)]


def test_a_passphrase_that_was_changed_meanwhile_is_not_changed_back(tmp_path: Path) -> None:
    path, key = make(tmp_path)
    slow = KeyFile.load(path, DEARER)
    KeyFile.load(path, CHEAP).change_passphrase(SECRET, "enam kapal di Malang")
    assert not slow.strengthen(key, SECRET)
    assert KeyFile.load(path, CHEAP).unlock("enam kapal di Malang") == key


@pytest.mark.parametrize("call", ["open", "fsync", "replace"])
def test_a_disk_that_fails_while_raising_leaves_a_file_that_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path, key = make(tmp_path)
    file = KeyFile.load(path, DEARER)
    file.unlock(SECRET)

    def full(*_args: Any, **_more: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(EnvError):
            file.strengthen(key, SECRET)
    assert KeyFile.load(path, DEARER).unlock(SECRET) == key
    assert params(path) == [(64, 1)]


def test_a_slot_that_was_lowered_is_shut_and_named(tmp_path: Path) -> None:
    file, _ = KeyFile.create(tmp_path / "keys.json", SECRET, clock=SystemClock(), params=DEARER)

    def lower(body: dict[str, Any]) -> None:
        body["slots"][0] |= {"memory_kib": 64, "passes": 1}

    with pytest.raises(WrongPassphraseError) as caught:
        KeyFile.load(file.path, DEARER).unlock("not this one")
    assert "altered" not in str(caught.value)
    rewrite(file.path, lower)
    with pytest.raises(WrongPassphraseError, match="altered the key file"):
        KeyFile.load(file.path, DEARER).unlock(SECRET)


def test_every_character_altered_under_a_right_checksum_never_gives_a_key(tmp_path: Path) -> None:
    """Who has the file and knows the format makes the checksum right again; wrap and seal still keep it shut."""
    path, key = make(tmp_path)
    KeyFile.load(path, CHEAP).add_recovery_code(key)
    data = path.read_bytes()
    body = json.loads(data)
    del body["checksum"]
    sealed = (json.dumps(body, sort_keys=True, indent=1) + "\n").encode()
    opened = 0
    for at, byte in enumerate(sealed):
        altered = sealed[:at] + bytes([byte ^ 1]) + sealed[at + 1 :]
        try:
            again = json.loads(altered)
            again["checksum"] = hashlib.sha256(altered).hexdigest()
        except (ValueError, TypeError):
            continue
        path.write_bytes((json.dumps(again, sort_keys=True, indent=1) + "\n").encode())
        opened += 1
        with pytest.raises(UserError):
            KeyFile.load(path, CHEAP).unlock(SECRET)
    assert opened > 500
    path.write_bytes(data)
    assert KeyFile.load(path, CHEAP).unlock(SECRET) == key
