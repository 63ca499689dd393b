"""No byte of what was typed stands in any file that the program writes, unless sealed (MISSION 2)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import PASSPHRASE, Laptop, ServerProcess, environment, migdesk
from tests.support.records import SECRETS, attendance_day, case_intake, counselling

VILLAGE = "52.03.09.2004"


def spellings(secret: str) -> Iterator[bytes]:
    for text in (secret, secret.lower(), secret.upper(), *secret.split()):
        if len(text) >= 7:
            yield from (text.encode(), text.encode("utf-16-le"))


def files_with(folder: Path, secrets: list[str]) -> list[tuple[str, str]]:
    """Every (file, secret) where a spelling of the secret stands in the bytes of the file."""
    found = []
    for file in (one for one in folder.rglob("*") if one.is_file()):
        data = file.read_bytes()
        found += [
            (str(file.relative_to(folder)), secret) for secret in secrets for part in spellings(secret) if part in data
        ]
    return found


@pytest.fixture
def world(tmp_path: Path) -> Any:
    """A workspace, a server and a bundle after a day of work, with temp and home folders of their own."""
    root = tmp_path / "world"
    for name in ("tmp", "user"):
        (root / name).mkdir(parents=True)
    typed = tmp_path / "typed.jsonl"
    import os

    before = dict(os.environ)
    os.environ.update(TMPDIR=str(root / "tmp"), HOME=str(root / "user"), XDG_DATA_HOME=str(root / "user"))
    try:
        with ServerProcess(root / "server") as server:
            laptop = Laptop(root / "laptop", "sri", "SUPERVISOR", "52.03")
            laptop.enrol(server)
            laptop.put(typed, *counselling(VILLAGE), *case_intake(VILLAGE), *attendance_day(VILLAGE, 3))
            laptop.sync()
            recipient = laptop.call("key", "show", "--json").done().objects()[0]["recipient"]
            laptop.call("bundle", "export", "--to", recipient, "--out", root / "day.migdesk").done()
            laptop.call("backup").done()
            laptop.call("verify").done()
            laptop.call("records", "put", typed.with_name("missing.jsonl"))
            yield root
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_no_typed_word_is_found_in_any_file(world: Path) -> None:
    secrets = [*SECRETS.values(), "Peserta Nomor 1", PASSPHRASE]
    stores = [file for file in world.rglob("*.db")]
    assert len(stores) >= 2, "the search must have had something to search"
    assert files_with(world, secrets) == []


def test_the_search_itself_finds_what_is_in_clear(tmp_path: Path) -> None:
    (tmp_path / "leak.log").write_text(f"saved {SECRETS['full_name']}")
    assert files_with(tmp_path, list(SECRETS.values()))


def test_a_store_does_not_open_without_its_passphrase(world: Path) -> None:
    ran = migdesk("records", "list", "--home", world / "laptop", MIGDESK_PASSPHRASE="not this one at all")
    assert ran.code == 1
    assert not any(secret in ran.out + ran.err for secret in SECRETS.values())
    assert "passphrase" in ran.err.lower()
    assert environment()["MIGDESK_PASSPHRASE"] == PASSPHRASE
