"""The key file: every way to open it, and every way in which it must stay shut."""

import hashlib
import json
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from migdesk.clock import SystemClock
from migdesk.errors import EnvError, UserError
from migdesk.vault.human_code import new_code, read_code
from migdesk.vault.key_wrap import Argon2Params, box, stretch, unbox
from migdesk.vault.keyfile import KeyFile, WrongPassphraseError

SECRET = "lima perahu di Labuhan Haji"
CHEAP = Argon2Params(memory_kib=64, passes=1, lanes=1)
CLOCK = SystemClock()

# Made by the first version; must open for ever. The passphrase is SECRET.
FROZEN = Path(__file__).with_name("keys-1.json")
FROZEN_KEY = "38fdcca721b5f36fba6979bf38cd76e0585e91fac877b4178b8cd36394c33b24"


def make(folder: Path, params: Argon2Params = CHEAP) -> tuple[KeyFile, bytes]:
    return KeyFile.create(folder / "keys.json", SECRET, clock=CLOCK, params=params)


def test_a_created_file_opens_with_its_passphrase(tmp_path: Path) -> None:
    file, key = make(tmp_path, Argon2Params())
    again = KeyFile.load(file.path)
    assert again.unlock(SECRET) == key
    assert len(key) == 32
    assert abs((again.created - datetime.now(UTC)).total_seconds()) < 60
    params = json.loads(file.path.read_bytes())["slots"][0]
    assert (params["memory_kib"], params["passes"], params["lanes"]) == (64 * 1024, 3, 4)


def test_the_file_holds_neither_key_nor_passphrase_and_is_private(tmp_path: Path) -> None:
    file, key = make(tmp_path)
    data = file.path.read_bytes()
    for secret in (key, key.hex().encode(), SECRET.encode(), SECRET.encode().hex().encode()):
        assert secret not in data
    if os.name == "posix":
        assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["keys.json"]


@pytest.mark.parametrize("wrong", ["", " ", SECRET + " ", SECRET.upper(), SECRET[:-1]])
def test_a_wrong_passphrase_is_named_so(tmp_path: Path, wrong: str) -> None:
    file, _ = make(tmp_path)
    with pytest.raises(WrongPassphraseError) as caught:
        file.unlock(wrong)
    assert not wrong.strip() or wrong not in str(caught.value) + caught.value.hint


def test_composed_and_decomposed_letters_are_one_passphrase(tmp_path: Path) -> None:
    _, key = KeyFile.create(tmp_path / "k", "caf\u00e9 di Malang", clock=CLOCK, params=CHEAP)
    assert KeyFile.load(tmp_path / "k", CHEAP).unlock("cafe\u0301 di Malang") == key


def test_changing_the_passphrase_keeps_the_key_and_the_recovery_code(tmp_path: Path) -> None:
    file, key = make(tmp_path)
    code = file.add_recovery_code(key)
    file.change_passphrase(SECRET, "enam kapal di Malang")
    for one in (file, KeyFile.load(file.path, CHEAP)):
        assert one.unlock("enam kapal di Malang") == key
        assert one.unlock_with_code(code) == key
        with pytest.raises(WrongPassphraseError):
            one.unlock(SECRET)


def test_a_wrong_old_passphrase_changes_nothing(tmp_path: Path) -> None:
    file, _ = make(tmp_path)
    before = file.path.read_bytes()
    with pytest.raises(WrongPassphraseError):
        file.change_passphrase("tebakan saja", "enam kapal di Malang")
    with pytest.raises(UserError):
        file.change_passphrase(SECRET, "pendek")
    assert file.path.read_bytes() == before


def test_a_recovery_code_is_read_as_people_type_it(tmp_path: Path) -> None:
    file, key = make(tmp_path)
    assert not file.has_recovery_code
    code = file.add_recovery_code(key)
    assert len(code.replace("-", "")) == 24
    sloppy = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert KeyFile.load(file.path, CHEAP).unlock_with_code(sloppy) == key
    newer = file.add_recovery_code(key)
    assert file.unlock_with_code(newer) == key
    with pytest.raises(WrongPassphraseError):
        file.unlock_with_code(code)


def test_a_forgotten_passphrase_is_replaced_by_the_recovery_code(tmp_path: Path) -> None:
    file, key = make(tmp_path)
    code = file.add_recovery_code(key)
    file.set_passphrase(file.unlock_with_code(code), "tujuh sampan baru")
    assert KeyFile.load(file.path, CHEAP).unlock("tujuh sampan baru") == key


def test_a_mistyped_code_is_told_from_a_wrong_one(tmp_path: Path) -> None:
    file, key = make(tmp_path)
    with pytest.raises(UserError, match="no recovery code"):
        file.unlock_with_code(new_code(24))
    code = file.add_recovery_code(key)
    missed = 0
    for at, char in enumerate(code):
        other = "7" if char != "7" else "8"
        try:
            read_code(code[:at] + other + code[at + 1 :], 24)
            missed += 1
        except ValueError:
            continue
    assert missed <= 2
    with pytest.raises(WrongPassphraseError):
        file.unlock_with_code(new_code(24))


@pytest.mark.parametrize("mask", [0x01, 0x20, 0x80, 0xFF])
def test_every_flipped_byte_is_refused(tmp_path: Path, mask: int) -> None:
    file, key = make(tmp_path)
    file.add_recovery_code(key)
    data = file.path.read_bytes()
    for at in range(len(data)):
        file.path.write_bytes(data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :])
        with pytest.raises(UserError) as caught:
            KeyFile.load(file.path)
        assert not isinstance(caught.value, WrongPassphraseError)


def test_every_truncation_and_addition_is_refused(tmp_path: Path) -> None:
    file, _ = make(tmp_path)
    data = file.path.read_bytes()
    for broken in [data[:at] for at in range(len(data))] + [data + b" ", data + data, b"\xff" * 100, b"[" * 70_000]:
        file.path.write_bytes(broken)
        with pytest.raises(UserError):
            KeyFile.load(file.path)


def rewrite(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """What somebody can do who has the file, knows the format, and lacks the key: the checksum is made right again."""
    body = json.loads(path.read_bytes())
    change(body)
    del body["checksum"]
    text = json.dumps(body, sort_keys=True, indent=1) + "\n"
    body["checksum"] = hashlib.sha256(text.encode()).hexdigest()
    path.write_text(json.dumps(body, sort_keys=True, indent=1) + "\n")


def _drop(body: dict[str, Any]) -> None:
    body["slots"] = [slot for slot in body["slots"] if slot["use"] == "passphrase"]


def _age(body: dict[str, Any]) -> None:
    body["created_ms"] += 1


def _cheapen(body: dict[str, Any]) -> None:
    body["slots"][0]["passes"] += 1


def _alter(body: dict[str, Any]) -> None:
    body["slots"][1]["wrapped"] = "00" * 48


def _twice(body: dict[str, Any]) -> None:
    body["slots"].append(body["slots"][0])


@pytest.mark.parametrize("change", [_drop, _age, _cheapen, _alter, _twice])
def test_a_forged_file_does_not_open(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    file, key = make(tmp_path)
    file.add_recovery_code(key)
    rewrite(file.path, change)
    with pytest.raises(UserError):
        KeyFile.load(file.path, CHEAP).unlock(SECRET)


@pytest.mark.parametrize(("memory", "passes", "lanes"), [(2**40, 1, 1), (64, 10**9, 1), (64, 1, 10**6), (-1, 1, 1)])
def test_a_hostile_file_cannot_ask_for_endless_work(tmp_path: Path, memory: int, passes: int, lanes: int) -> None:
    file, _ = make(tmp_path)

    def change(body: dict[str, Any]) -> None:
        body["slots"][0] |= {"memory_kib": memory, "passes": passes, "lanes": lanes}

    rewrite(file.path, change)
    with pytest.raises(UserError, match="damaged"):
        KeyFile.load(file.path)


def test_a_newer_version_is_named_so(tmp_path: Path) -> None:
    file, _ = make(tmp_path)
    rewrite(file.path, lambda body: body.update(version=3))
    with pytest.raises(UserError, match="newer version"):
        KeyFile.load(file.path)


def test_an_existing_file_is_never_replaced_and_an_absent_one_is_named(tmp_path: Path) -> None:
    make(tmp_path)
    with pytest.raises(UserError, match="already"):
        make(tmp_path)
    with pytest.raises(UserError, match="no key file"):
        KeyFile.load(tmp_path / "other.json")
    with pytest.raises(EnvError):
        KeyFile.load(tmp_path)


def test_destroying_leaves_nothing(tmp_path: Path) -> None:
    file, _ = make(tmp_path)
    file.destroy()
    file.destroy()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_the_surroundings_fault(tmp_path: Path) -> None:
    with pytest.raises(EnvError):
        KeyFile.create(tmp_path / "absent" / "keys.json", SECRET, clock=CLOCK, params=CHEAP)


def test_a_file_of_the_first_version_opens_for_ever() -> None:
    assert KeyFile.load(FROZEN, CHEAP).unlock(SECRET).hex() == FROZEN_KEY
    assert KeyFile.load(FROZEN, CHEAP).unlock_with_code("WNQP-QTK2-6Y0H-M8N0-8TWE-JBXV").hex() == FROZEN_KEY


def test_argon2id_gives_the_reference_answer() -> None:
    # The reference implementation's own test: version 0x13, t=2, m=65536, p=1.
    got = stretch("password", b"somesalt", Argon2Params(memory_kib=65536, passes=2, lanes=1))
    assert got.hex() == "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"


def test_a_box_opens_only_for_its_key_and_purpose() -> None:
    key = bytes(range(32))
    boxed = box(key, b"signing key", "server")
    assert unbox(key, boxed, "server") == b"signing key"
    assert unbox(bytes(32), boxed, "server") is None
    assert unbox(key, boxed, "other") is None
    assert unbox(key, boxed[:5], "server") is None
    assert all(
        unbox(key, boxed[:at] + bytes([boxed[at] ^ 1]) + boxed[at + 1 :], "server") is None for at in range(len(boxed))
    )
