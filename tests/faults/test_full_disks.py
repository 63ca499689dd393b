"""D1: no room left, on the laptop or at the server, at any moment of a sync: told in words, and later it goes on."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from migdesk.errors import EnvError
from migdesk.server.run import RunningServer
from migdesk.store import backup
from tests.faults.http_office import AT_ONCE, HttpLaptop, at_server
from tests.faults.oracle import agree, cursors_of, not_back, waiting_of
from tests.faults.test_every_byte import LONG
from tests.server.driver import opened

SIZE = 16 << 20
LEFT = range(0, 600_000, 8_192) if LONG else (4_096, 40_960, 122_880, 286_720)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a disk of its own needs the right to mount one")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path, left: int) -> Path:
    filler = disk / "filler"
    filler.write_bytes(bytes(max(0, shutil.disk_usage(disk).free - left)))
    return filler


def said(rina: HttpLaptop) -> str:
    """What a sync that failed says; nothing if it went through."""
    try:
        rina.sync()
    except EnvError as error:
        return error.message.lower()
    return ""


@pytest.mark.parametrize("full", ["laptop", "server"])
def test_a_disk_that_fills_up_in_the_middle_of_a_sync(full: str, disk: Path, tmp_path: Path) -> None:
    places = {"laptop": tmp_path, "server": tmp_path} | {full: disk}
    failed = 0
    with opened(places["server"] / "server") as host, RunningServer(host, sync_rate=AT_ONCE) as running:
        rina = HttpLaptop(places["laptop"], "rina", host, running.url)
        with closing(rina.store):
            rina.sync()
            for n, left in enumerate(LEFT):
                rina.noisy_people(150, 150 * n)
                at_server(host, 150)
                before = cursors_of(rina.db)
                filler = fill(disk, left)
                words = said(rina)
                failed += bool(words)
                assert not words or "full" in words or full == "server"
                filler.unlink()
                not_back(before, cursors_of(rina.db))
                assert backup.verify(rina.store) == []
                rina.sync()
                assert waiting_of(rina.db) == 0
                agree(rina.db, host.db.call)
    assert failed
