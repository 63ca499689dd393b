"""Frozen answers of key derivation, wrap and seal: a later version must give the same bytes for ever."""

import hashlib
import json
from pathlib import Path

import pytest

from migdesk.vault.key_wrap import Argon2Params, Wrapped, box, mac, stretch, unbox, unwrap, wrap
from migdesk.vault.keyfile import KeyFile
from tests.vault.test_keyfile import CHEAP, FROZEN, FROZEN_KEY, SECRET

KEY, SALT, NONCE = bytes(range(32)), bytes(range(16)), bytes(range(12))
HEADER = b'{"use": "passphrase"}'


def answer(*parts: str) -> str:
    """Long digits in lines that fit."""
    return "".join(parts)


@pytest.mark.parametrize(
    ("secret", "params", "answer"),
    [
        (SECRET, Argon2Params(), "14438ec6b18d2899acb60f12726263c8cf0bb59524c02848b87a49496efc7190"),
        (SECRET, CHEAP, "71b5e925e5766b5863d3cb2e8be3059581e600b5c25fa1dbd34b0ec299741005"),
        ("cafe\u0301", CHEAP, "c55a305eab4dd6b5669bdf3c4fe03a4f492d04393ae1d1229b73719ff6f19a7d"),
        ("caf\u00e9", CHEAP, "c55a305eab4dd6b5669bdf3c4fe03a4f492d04393ae1d1229b73719ff6f19a7d"),
        ("\uff24\uff25\uff33\uff21", CHEAP, "6aca7a35476305f00b7cac3ad167cda7af49a78575e2fec883b36f60faa258d3"),
    ],
)
def test_derivation(secret: str, params: Argon2Params, answer: str) -> None:
    assert stretch(secret, SALT, params).hex() == answer


def test_wrap() -> None:
    wrapped = wrap(Wrapped(CHEAP, SALT, NONCE, b""), KEY, SECRET, HEADER)
    assert wrapped.data.hex() == answer(
        "5fe6de8015ae4b4f63dd82aee657523e7d194b12a6010e8b965e3c2e45d22d1c", "f6da6d3b51d57e88bb1633a83dc41b8f"
    )
    assert unwrap(wrapped, SECRET, HEADER) == KEY
    assert unwrap(wrapped, SECRET, HEADER + b" ") is None


def test_subkeys() -> None:
    assert mac(KEY, "key file seal 1", b"body").hex() == answer(
        "4e3d003d89578c59ab766ba606609867bbb5971ad06efbeb20e62a75756d9219"
    )
    assert mac(KEY, "server root 1", b"").hex() == answer(
        "b7f1e243f6620f887316cc139d0e0310b14a06064237ee87c05e6880c66096b1"
    )


def test_box() -> None:
    frozen = bytes.fromhex("000102030405060708090a0b346bb175ac8ba53be624eefa8b9a6f8f95d170712dd622e3f0c8a8")
    assert unbox(KEY, frozen, "server") == b"signing key"
    assert len(box(KEY, b"signing key", "server")) == len(frozen)


def test_seal_of_the_first_version() -> None:
    body = json.loads(FROZEN.read_bytes())
    seal = body.pop("seal")
    del body["checksum"]
    text = json.dumps(body, sort_keys=True, indent=1) + "\n"
    assert mac(bytes.fromhex(FROZEN_KEY), "key file seal 1", text.encode()).hex() == seal


def test_second_version(tmp_path: Path) -> None:
    frozen = FROZEN.with_name("keys-2.json")
    file = KeyFile.load(frozen, CHEAP)
    assert (file.turn, file.seal[:16]) == (3, "d78e78026a3803eb")
    assert file.unlock(SECRET).hex() == answer(
        "6bc18ae93c743273cd5e959d72c40d13a5184043fab7f9745895d574d839409e",
    )
    assert file.unlock_with_code("CKYW-BZ3P-NZR8-JYY2-4FFZ-AFF5").hex() == answer(
        "6bc18ae93c743273cd5e959d72c40d13a5184043fab7f9745895d574d839409e"
    )
    body = json.loads(frozen.read_bytes())
    digest = body.pop("checksum")
    text = json.dumps(body, sort_keys=True, indent=1) + "\n"
    assert hashlib.sha256(text.encode()).hexdigest() == digest
    # A file of the first version becomes one of the second as soon as something is written, and both slots stay good.
    copy = tmp_path / "keys.json"
    copy.write_bytes(FROZEN.read_bytes())
    first = KeyFile.load(copy, CHEAP)
    assert first.turn == 0
    first.change_passphrase(SECRET, "enam kapal di Malang")
    again = KeyFile.load(copy, CHEAP)
    assert again.turn == 1
    assert again.unlock("enam kapal di Malang").hex() == FROZEN_KEY
    assert again.unlock_with_code("WNQP-QTK2-6Y0H-M8N0-8TWE-JBXV").hex() == FROZEN_KEY
