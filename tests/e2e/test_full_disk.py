"""A full disk: said in words, nothing half-written, and everything goes on when there is room again."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import Laptop, migdesk
from tests.support.records import attendance_day, counselling

VILLAGE = "52.03.09.2004"
SIZE = 24 * 1024 * 1024
LEFT = 32 * 1024


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


def test_a_full_disk_is_told_and_loses_nothing(disk: Path, tmp_path: Path) -> None:
    laptop = Laptop(disk / "laptop", "sri", "SUPERVISOR", "52.03")
    laptop.put(tmp_path / "before.jsonl", *counselling(VILLAGE))
    filler = disk / "filler"
    with filler.open("wb") as file:
        file.write(bytes(shutil.disk_usage(disk).free - LEFT))

    many = tmp_path / "many.jsonl"
    many.write_text("".join(json.dumps(one) + "\n" for one in attendance_day(VILLAGE, people=200)))
    ran = migdesk("records", "put", "--home", laptop.home, "--json", many)
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert "full" in ran.err.lower() + ran.out.lower()
    saved = {one["id"] for one in ran.objects() if one.get("status") == "saved"}

    filler.unlink()
    laptop.call("verify").done()
    assert len(laptop.records("person")) == 1
    kinds = ("training_event", "training_session", "participant", "attendance")
    assert saved == {id for kind in kinds for id in laptop.records(kind)}
    laptop.put(tmp_path / "after.jsonl", *attendance_day(VILLAGE, people=3))
