"""A photograph's way through real processes: killed in the middle of sending, and never in clear on any disk."""

import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import pictures
from tests.support.program import ROOT, Laptop, ServerProcess, environment
from tests.support.records import counselling
from tests.sync.wire_proxy import WireProxy

VILLAGE = "52.03.09.2004"
MARK = b"NobodyMayReadThisOnADisk"
SIZE = 1_500_000


def scan() -> bytes:
    """A PDF with words that can be found, and too much noise to be compressed."""
    noise = random.Random(7).randbytes(SIZE).replace(b"\n", b" ").replace(b"\r", b" ")
    return pictures.document(2) + b"%" + MARK * 3 + noise


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Path]:
    """A folder in which everything happens: homes, temporary files, the server."""
    root = tmp_path / "world"
    for name in ("tmp", "user"):
        (root / name).mkdir(parents=True)
    before = dict(os.environ)
    os.environ.update(TMPDIR=str(root / "tmp"), HOME=str(root / "user"), XDG_DATA_HOME=str(root / "user"))
    yield root
    os.environ.clear()
    os.environ.update(before)


def add(laptop: Laptop, record: str, file: Path, data: bytes) -> Any:
    file.write_bytes(data)
    return laptop.call("attachments", "add", "--record", record, str(file), "--json").done().objects()[0]


def killed_while_sending(laptop: Laptop, wire: WireProxy, after: int) -> None:
    """Begin a sync and kill it once so many bytes went up."""
    seen, go_on, sent = threading.Event(), threading.Event(), 0

    def watch(side: str, data: bytes) -> bytes:
        nonlocal sent
        sent += len(data) if side == "up" else 0
        if sent >= after:
            seen.set()
            go_on.wait(30)
        return data

    wire.meddler = watch
    command = [sys.executable, "-m", "migdesk", "sync", "--home", str(laptop.home), "--server", wire.url]
    process = subprocess.Popen(command, env=environment(), cwd=ROOT)
    try:
        assert seen.wait(60)
    finally:
        process.kill()
        process.wait()
        go_on.set()
        wire.heal()


def files_with(folder: Path, secrets: list[bytes]) -> list[str]:
    return [
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and any(secret in file.read_bytes() for secret in secrets)
    ]


def test_killed_in_the_middle_it_goes_on_and_no_disk_holds_it_in_clear(ground: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    with ServerProcess(ground / "server") as server, WireProxy(server.url) as wire:
        rina = Laptop(ground / "rina", "rina", "OUTREACH", "52.03")
        sri = Laptop(ground / "sri", "sri", "SUPERVISOR", "52.03")
        for one in (rina, sri):
            one.enrol(server)
        person = rina.put(outside / "typed.jsonl", *counselling(VILLAGE))[0]["id"]
        rina.sync()
        photo = add(rina, person, outside / "photo.jpg", pictures.photo())
        paper = add(rina, person, outside / "scan.pdf", scan())
        wire.reset()
        killed_while_sending(rina, wire, SIZE * 2 // 3)
        rina.call("sync", "--server", wire.url).done()
        assert wire.up <= 1.02 * paper["total"] + photo["total"] + (64 << 10) + 8_000
        places = [one["place"] for one in listed(rina, person)]
        assert places == ["sent", "sent"]
        sri.sync()
        assert {one["id"]: one["place"] for one in listed(sri, person)} == {photo["id"]: "sent", paper["id"]: "away"}
        copy = outside / "copy.jpg"
        sri.call("attachments", "save", photo["id"], "--out", str(copy), "--reason", "print").done()
        for one in (rina, sri):
            one.call("verify").done()
            one.call("backup").done()
    secrets = [MARK, b"%PDF-", copy.read_bytes()[20:80], copy.read_bytes()[600:660]]
    assert files_with(outside, secrets), "the search must be able to find something"
    assert files_with(ground, secrets) == []
    assert list((ground / "tmp").rglob("*.jpg")) == []


def listed(laptop: Laptop, person: str) -> list[dict[str, Any]]:
    return laptop.call("attachments", "list", "--record", person, "--json").done().objects()
