"""Requests and answers: only the two who are meant understand each other, and every slip is found in its line."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migdesk.clock import SystemClock
from migdesk.errors import UserError
from migdesk.vault import recovery
from migdesk.vault.keyfile import KeyFile
from migdesk.vault.long_text import LongTextError, from_text, to_text
from migdesk.vault.recovery import Answer, NotSealedForError, RecoveryTextError, Request
from tests.vault.test_keyfile import CHEAP, SECRET, rewrite

KEY = bytes(range(32))


def asked(public: bytes, device: int = 2**64 - 5) -> tuple[Request, bytes]:
    secret = recovery.new_secret()
    sealed = recovery.entrust(KEY, public, device)
    return Request(device, recovery.new_number(), 1_700_000_000_000, recovery.public_of(secret), sealed), secret


@given(st.binary(max_size=300).filter(bool))
def test_any_bytes_come_back_however_they_are_typed(data: bytes) -> None:
    text = to_text(data)
    assert from_text(text) == data
    sloppy = text.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert from_text(sloppy.replace("\n", "  \r\n\t")) == data
    assert max(len(line) for line in text.splitlines()) <= 24


def test_a_slip_is_found_in_its_line() -> None:
    lines = to_text(bytes(range(100))).splitlines()
    for number, line in enumerate(lines, 1):
        found = 0
        for at, char in enumerate(line):
            if char == "-":
                continue
            other = "7" if char != "7" else "8"
            broken = [*lines[: number - 1], line[:at] + other + line[at + 1 :], *lines[number:]]
            try:
                from_text("\n".join(broken))
            except LongTextError as error:
                found += error.line == number
        assert found >= len(line.replace("-", "")) - 1


@pytest.mark.parametrize("text", ["", "   ", "0", "A" * 5000, "ÄÖÜ", "1234-5678"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(LongTextError):
        from_text(text)


def test_the_texts_are_told_apart_and_every_truncation_is_refused() -> None:
    secret = recovery.new_secret()
    request, _ = asked(recovery.public_of(secret))
    key = recovery.key_to_text(recovery.public_of(secret))
    answer = recovery.answer(request, secret)
    assert Request.from_text(request.to_text()) == request
    assert Answer.from_text(answer.to_text()) == answer
    assert recovery.key_from_text(key) == recovery.public_of(secret)
    for read, wrong in ((Request.from_text, answer.to_text()), (Answer.from_text, key), (Request.from_text, key)):
        with pytest.raises(RecoveryTextError):
            read(wrong)
    text = answer.to_text()
    for at in range(len(text)):
        with pytest.raises(RecoveryTextError):
            Answer.from_text(text[:at])


def test_the_answer_opens_for_who_asked_and_nobody_else() -> None:
    secret = recovery.new_secret()
    request, fresh = asked(recovery.public_of(secret))
    answer = recovery.answer(request, secret)
    assert recovery.open_answer(answer, fresh) == KEY
    for stranger in (recovery.new_secret(), secret):
        with pytest.raises(NotSealedForError):
            recovery.open_answer(answer, stranger)
    with pytest.raises(NotSealedForError):
        recovery.answer(request, recovery.new_secret())


def test_device_and_number_are_bound_into_both() -> None:
    secret = recovery.new_secret()
    request, fresh = asked(recovery.public_of(secret))
    other = Request(request.device - 1, request.number, request.made_ms, request.fresh, request.sealed)
    with pytest.raises(NotSealedForError):
        recovery.answer(other, secret)
    answer = recovery.answer(request, secret)
    for wrong in (
        Answer(answer.device - 1, answer.number, answer.sealed),
        Answer(answer.device, os.urandom(8), answer.sealed),
    ):
        with pytest.raises(NotSealedForError):
            recovery.open_answer(wrong, fresh)


def test_every_altered_byte_of_an_answer_is_refused() -> None:
    secret = recovery.new_secret()
    request, fresh = asked(recovery.public_of(secret))
    answer = recovery.answer(request, secret)
    for at in range(len(answer.sealed)):
        sealed = answer.sealed[:at] + bytes([answer.sealed[at] ^ 1]) + answer.sealed[at + 1 :]
        with pytest.raises(NotSealedForError):
            recovery.open_answer(Answer(answer.device, answer.number, sealed), fresh)


def test_a_key_without_strength_is_refused() -> None:
    secret = recovery.new_secret()
    request, _ = asked(recovery.public_of(secret))
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the library says
        recovery.entrust(KEY, bytes(32), 1)
    with pytest.raises(NotSealedForError):
        recovery.answer(Request(request.device, request.number, 0, bytes(32), request.sealed), secret)


def test_frozen_answer() -> None:
    """Made by the first version; must open for ever."""
    text = """
        4C00-0000-0000-01R0-00R8
        0000-0000-07T9-C8MF-FV13
        635A-CK81-V7SS-NCZF-25V8
        KP9T-CP1A-F9CW-D8C9-B3PJ
        KJCP-0KKK-H73W-8TP0-X8VT
        T4Y0-QBD9-HXZ1-R8TT-4Q5C
        5JPA-RDHB-0RHV-VW2P-ZZDV
        BVQA-EAHR-SBZF-ZRK3-CS9D
        W58P-V3VH-XGYG-S3
    """
    assert recovery.open_answer(Answer.from_text(text), bytes(range(1, 33))) == KEY


def test_the_key_file_keeps_what_was_entrusted_under_its_seal(tmp_path: Path) -> None:
    secret = recovery.new_secret()
    file, key = KeyFile.create(tmp_path / "keys.json", SECRET, clock=SystemClock(), params=CHEAP)
    file.entrust(key, recovery.public_of(secret), 7)
    file.change_passphrase(SECRET, "enam kapal di Malang")
    mine = KeyFile.load(file.path, CHEAP).entrusted
    assert mine is not None
    fresh = recovery.new_secret()
    request = Request(7, recovery.new_number(), 0, recovery.public_of(fresh), mine.sealed)
    assert recovery.open_answer(recovery.answer(request, secret), fresh) == key
    stranger = recovery.new_secret()

    def swap(body: dict[str, Any]) -> None:
        sealed = recovery.entrust(bytes(32), recovery.public_of(stranger), 7)
        body["entrusted"] |= {"key": recovery.public_of(stranger).hex(), "sealed": sealed.hex()}

    rewrite(file.path, swap)
    with pytest.raises(UserError, match="damaged"):
        KeyFile.load(file.path, CHEAP).unlock("enam kapal di Malang")


def test_every_flipped_byte_of_a_key_file_with_it_is_refused(tmp_path: Path) -> None:
    file, key = KeyFile.create(tmp_path / "keys.json", SECRET, clock=SystemClock(), params=CHEAP)
    file.entrust(key, recovery.public_of(recovery.new_secret()), 7)
    data = file.path.read_bytes()
    for at in range(len(data)):
        file.path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(UserError):
            KeyFile.load(file.path)
        file.path.write_bytes(data[:at])
        with pytest.raises(UserError):
            KeyFile.load(file.path)
