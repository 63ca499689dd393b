"""Every byte of a backup flipped in turn, and cut at every length: refused in words, never a wrong result."""

import os
import random
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from migdesk.errors import MigDeskError, UserError
from migdesk.services import backup_file, backups, people, safekeeping
from migdesk.services import session as sessions
from migdesk.services.safekeeping import Reason
from migdesk.vault.keyfile import KeyFile
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import PASSPHRASE, create, opened, person

LONG = os.environ.get("MIGDESK_LONG", "") not in {"", "0"}
SAMPLE = 400
RESEALED = 20_000 if LONG else 60


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a workspace with one person."""
    folder = tmp_path_factory.mktemp("saved")
    session = opened(create(folder / "home"))
    people.save(session, person())
    made = safekeeping.keep(lambda fn: fn(), session, Reason.ASKED, folder / "day.mdbackup")
    sessions.close(session)
    return made.file


def unlock(keys: KeyFile, _is_server: bool) -> bytes:
    return keys.unlock(PASSPHRASE)


def is_refused(home: Path, file: Path) -> bool:
    """Whether a restore ends in words; anything but an error with words is a failure."""
    try:
        backups.restore(home, file, unlock, FakeClock())
    except MigDeskError as error:
        return bool(error.message)
    return False


def framing(data: bytes) -> Iterator[int]:
    """Every byte that is none of the store's: headers, manifest, key file, directory, seal."""
    begin = data.index(b"store.db", data.index(b"keys.json")) + len("store.db")
    with zipfile.ZipFile(BytesIO(data)) as archive:
        size = archive.getinfo("store.db").file_size
    yield from range(begin)
    yield from range(begin + size, len(data))


def places(data: bytes) -> list[int]:
    if LONG:
        return list(range(len(data)))
    chance = random.Random(7)
    around = list(framing(data))
    return sorted({*chance.sample(around, min(SAMPLE, len(around))), *chance.sample(range(len(data)), SAMPLE)})


def test_every_flipped_byte_is_noticed(saved: Path, tmp_path: Path) -> None:
    data, file = bytearray(saved.read_bytes()), tmp_path / "x.mdbackup"
    file.write_bytes(data)
    with file.open("r+b") as handle:
        for place in places(bytes(data)):
            for wrong in (data[place] ^ 1 << place % 8, data[place] ^ 0xFF):
                handle.seek(place)
                handle.write(bytes([wrong]))
                handle.flush()
                with pytest.raises(UserError, match=r"no backup, or is damaged"):
                    backup_file.checked(file)
            handle.seek(place)
            handle.write(bytes([data[place]]))
            handle.flush()
    assert backup_file.checked(file) == backup_file.checked(saved)


def test_every_length_is_noticed(saved: Path, tmp_path: Path) -> None:
    data, file = saved.read_bytes(), tmp_path / "x.mdbackup"
    lengths = {0, 1, 63, 64, 65, len(data) - 1, *(one for one in places(data) if one < len(data))}
    file.write_bytes(data)
    for length in sorted(lengths, reverse=True):
        os.truncate(file, length)
        with pytest.raises(UserError, match=r"no backup, or is damaged"):
            backup_file.checked(file)
    file.write_bytes(data + b"\0")
    with pytest.raises(UserError, match=r"no backup, or is damaged"):
        backup_file.checked(file)


def test_who_seals_a_changed_backup_again_gets_nothing_wrong_in(saved: Path, tmp_path: Path) -> None:
    """An attacker can seal anew what he changed. Manifest, key slots and pages stand behind the seal: either it is
    refused in words, or what comes back is what was saved."""
    data, file = saved.read_bytes(), tmp_path / "x.mdbackup"
    chance = random.Random(11)
    around = [one for one in framing(data) if one < len(data) - 64]
    refused = 0
    for number in range(RESEALED):
        place = chance.choice(around) if number % 3 else chance.randrange(len(data) - 64)
        file.write_bytes(data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :])
        backup_file.seal(file)
        home = tmp_path / f"home{number}"
        if is_refused(home, file):
            refused += 1
            assert not (home / "store.db").exists()
            continue
        session = opened(home)
        try:
            assert backups.verify(session) == []
            assert [one.record.full_name for one in people.listed(session).rows] == [person()["full_name"]]
        finally:
            sessions.close(session)
    assert refused > RESEALED // 3
