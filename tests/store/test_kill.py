"""Killed at any moment, a store keeps everything that was called saved, and is whole."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from migdesk.domain.person import Person
from migdesk.store import backup, drafts, records
from tests.support.program import ROOT
from tests.support.stores import open_store

KILLS = 200 if os.environ.get("MIGDESK_LONG", "") not in {"", "0"} else 20


def kill_while_saving(path: Path, after: int) -> list[str]:
    """Start the program, kill it once it has printed so many lines; all lines that it printed whole."""
    command = [sys.executable, "-m", "tests.support.saving_loop", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdout is not None
        told = [line for line, _ in zip(process.stdout, range(after + 1), strict=False)]
        process.send_signal(signal.SIGKILL)
        told += process.stdout.readlines()
    assert told
    return [line for line in told if line.endswith("\n")]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_program_loses_nothing_that_it_called_saved(tmp_path: Path) -> None:
    path, saved, typed = tmp_path / "store.db", dict[str, str](), ""
    chance = random.Random(5)
    for _ in range(KILLS):
        for line in kill_while_saving(path, chance.randrange(1, 60))[1:]:
            what, id, text = line.rstrip("\n").split(" ", 2)
            if what == "saved":
                saved[id] = text
            else:
                typed = text
        with open_store(path) as store:
            assert backup.verify(store) == []
            with store.read() as tx:
                kept = {str(one.record.id): one.record.full_name or "" for one in records.each(tx, Person)}
                # The one save that was cut may stand too, though nobody was told.
                assert {id for id, text in saved.items() if _number(kept[id]) != _number(text)} == set()
                assert {id for id, text in saved.items() if "Edited" in text and kept[id] != text} == set()
                assert len(kept) - len(saved) <= KILLS
                found = drafts.all(tx)
                assert not typed or _number(found[0].fields["full_name"]) >= 1
                assert all(UUID(id) for id in kept)


def _number(text: str) -> int:
    return int(text.split()[1])
