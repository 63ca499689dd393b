"""`kill -9` of the real windows while somebody types and saves: what the screen called saved is there, the store is
whole, and what the form called kept is offered again. `make kill` does it 200 times.
"""

import json
import os
import queue
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from migdesk.clock import SystemClock
from migdesk.domain.codes import CodeBook
from migdesk.domain.person import Person
from migdesk.services import drafts
from migdesk.services import session as sessions
from migdesk.services.drafts import Draft
from migdesk.services.reference import read_codebook
from migdesk.services.session import Session
from migdesk.services.settings import Interface, write_interface
from migdesk.store import backup, records
from tests.support.program import ROOT, environment
from tests.support.saver import FIELDS
from tests.support.workspaces import VILLAGE, create, opened

KILLS = int(os.environ.get("MIGDESK_KILLS", "6"))
PATIENCE_S = 60.0
AIMS = (("form", 0.4), ("saving", 0.06), ("saved", 0.2), ("typing", 0.3), ("saving", 0.06), ("ready", 0.3))
"""What a kill is aimed at: the moment of such a line, and at most so many seconds later."""
PHASES = {
    "ready": "between", "saved": "between", "form": "typing", "recovered": "typing", "typing": "typing",
    "saving": "saving",
}  # fmt: skip

Values = Mapping[str, str]


@dataclass(frozen=True)
class Line:
    """One fact that the program printed (`tests.support.saver`)."""

    word: str
    name: str
    values: Values

    @classmethod
    def read(cls, text: str) -> "Line":
        word, name, values = text.rstrip("\n").split("\t")
        return cls(word, name, json.loads(values))


class Victim:
    """The program in a process of its own, and its lines as they come."""

    def __init__(self, home: Path, number: int, errors: Path) -> None:
        command = [sys.executable, "-m", "tests.support.saver", str(home), str(number)]
        self._errors = errors
        with errors.open("w") as file:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=file, cwd=ROOT, text=True, env=environment()
            )
        self._lines: queue.Queue[Line | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> "Victim":
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def lines(self, seconds: float) -> Iterator[Line]:
        """What is printed within so many seconds."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left)
            except queue.Empty:
                return
            assert line is not None, f"the program ended by itself: {self._errors.read_text()[-2000:]}"
            yield line

    def kill(self) -> list[Line]:
        """SIGKILL; the lines that were out by then."""
        self._process.send_signal(signal.SIGKILL)
        assert self._process.wait() == -signal.SIGKILL
        return list(iter(self._lines.get, None))

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as out:
            for text in out:
                # A line that was cut in two was not said.
                if text.endswith("\n"):
                    self._lines.put(Line.read(text))
        self._lines.put(None)


@dataclass
class Ledger:
    """What was said so far, and therefore must be so."""

    codes: CodeBook
    saved: dict[str, Values] = field(default_factory=dict)
    offered: Values | None = None
    told: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def after(self, home: Path, lines: Iterable[Line]) -> None:
        """Take in what a killed program said and hold the workspace against it."""
        current, kept, pending, word = "", dict[str, str](), dict[str, str](), "ready"
        for line in lines:
            word, current = line.word, line.name
            if word in {"form", "recovered"}:
                assert self.offered == (line.values or None), (
                    "the screen offers just what was kept, before anything else"
                )
                self.offered, kept = None, {name: text for name, text in line.values.items() if text}
            elif word == "typing":
                kept = dict(line.values)
            elif word == "saving":
                pending = dict(line.values)
            elif word == "saved":
                self.saved[current], kept, self.told = pending, {}, self.told + 1
        phase = PHASES[word]
        self.counts[phase] += 1
        session = opened(home, SystemClock(), self.codes)
        try:
            self._hold(session, phase, current, kept, pending)
        finally:
            sessions.close(session)

    def _hold(self, session: Session, phase: str, current: str, kept: Values, pending: Values) -> None:
        assert backup.verify(session.store) == []
        with session.store.read() as tx:
            found = [one.record for one in records.each(tx, Person)]
        held = {one.full_name: _texts(one.values()) for one in found}
        assert len(held) == len(found), "nobody is there twice"
        waiting = [_shown(draft, found) for draft in drafts.open_drafts(session)]
        assert len(waiting) <= 1
        offered = waiting[0] if waiting else None
        if phase == "saving":
            landed = held.get(current) == pending
            assert landed != (offered is not None), "what was typed is saved or offered: never both, never neither"
            self.counts["landed" if landed else "not landed"] += 1
            if landed:
                self.saved[current] = pending
        elif phase == "between":
            assert offered == self.offered
        assert held == self.saved, "all that was called saved, and nothing else, with every field"
        if kept and (phase == "typing" or offered is not None):
            assert offered is not None, "what the form called kept is offered"
            assert {name: offered[name] for name in kept} == kept
        assert offered is None or offered != held.get(offered["full_name"]), "what is saved is not offered"
        self.counts["offered"] += offered is not None
        self.offered = offered

    def words(self) -> str:
        found = self.counts
        aims = ", ".join(f"{found[name]} {words}" for name, words in _PHASE_WORDS.items())
        return (
            f"{sum(found[name] for name in _PHASE_WORDS)} kills: {aims}\n"
            f"  while saving: {found['landed']} saved, nobody told; {found['not landed']} not saved, offered\n"
            f"  {self.told} times the screen said saved ({len(self.saved)} people), {found['offered']} drafts offered\n"
        )


_PHASE_WORDS = {"typing": "while typing", "saving": "while saving", "between": "between forms"}


def _texts(values: Mapping[str, object]) -> Values:
    return {name: str(values.get(name) or "") for name in FIELDS}


def _shown(draft: Draft, found: Iterable[Person]) -> Values:
    """What the form shows once the draft is taken up."""
    under = next((one.values() for one in found if one.id == draft.record), {})
    return _texts({**under, **draft.values})


def run_until_killed(home: Path, kill: int, chance: random.Random, errors: Path) -> list[Line]:
    """Start the program, wait for the line that this kill is aimed at, then for a random moment, and kill it."""
    word, longest = AIMS[kill % len(AIMS)]
    left, told = 1 if word == "ready" else chance.randrange(1, 4), list[Line]()
    # Spread over the whole span, however few kills there are; the first ones at once.
    step = kill // len(AIMS) % 4
    part = (step + chance.random()) / 4 if step else chance.random() / 20
    with Victim(home, 100 * (kill + 1), errors) as victim:
        for line in victim.lines(PATIENCE_S):
            told.append(line)
            left -= line.word == word
            if not left:
                break
        assert not left, f"the program was too slow: {errors.read_text()[-2000:]}"
        told += victim.lines(longest * part)
        return told + victim.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.long
def test_a_killed_program_loses_nothing_that_its_screen_called_saved_or_kept(tmp_path: Path) -> None:
    home = create(tmp_path / "home", area=VILLAGE, clock=SystemClock())
    write_interface(home, Interface("en", "light", 1.0))
    ledger, chance = Ledger(read_codebook()), random.Random(4)
    for kill in range(KILLS):
        ledger.after(home, run_until_killed(home, kill, chance, tmp_path / "errors"))
        if (kill + 1) % 20 == 0:
            sys.stdout.write(ledger.words())
    sys.stdout.write(ledger.words())
    # Otherwise this would have killed a program that had nothing to lose.
    least = max(1, KILLS // 8)
    assert all(ledger.counts[phase] >= least for phase in _PHASE_WORDS), ledger.words()
    assert ledger.counts["offered"] >= least
    assert ledger.told >= KILLS // 3
    if KILLS >= 60:
        assert min(ledger.counts["landed"], ledger.counts["not landed"]) >= 5, ledger.words()
