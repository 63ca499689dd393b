"""Acts of a user on a workspace whose disk fails. `Doomed` starts one process that forks, for each order, a child
which acts under a fault (`syscalls`); what it says in between is kept as acknowledged.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from migdesk.domain.person import Person
from migdesk.errors import BugError, MigDeskError
from migdesk.i18n import load
from migdesk.reports.profiles import Profile
from migdesk.services import backups, bundles, drafts, exports, imports, keys, people, safekeeping
from migdesk.services import session as sessions
from migdesk.services.reference import read_codebook
from migdesk.services.safekeeping import Reason
from migdesk.services.session import Session
from migdesk.store import backup as store_backup
from migdesk.store.database import Store
from migdesk.vault.keyfile import KeyFile
from tests.faults import syscalls
from tests.faults.syscalls import Fault, Trouble
from tests.support import next_revision
from tests.support.fake_clock import FakeClock
from tests.support.program import ROOT, environment
from tests.support.workspaces import FAST_KDF, PASSPHRASE, person

NEW_PASSPHRASE = "sembilan belas layar putih di Gili"
DONE, TOLD = 0, 3
CODES = read_codebook()
SAVES = ("Orang Satu", "Orang Dua", "Orang Tiga")


@dataclass(frozen=True)
class Order:
    """Which act, on which workspace, with which folder of the stick, under which fault."""

    act: str
    home: str
    stick: str
    trouble: str = Trouble.NONE
    at: int = 0
    root: str = ""
    passphrase: str = PASSPHRASE
    revisions: str = ""


@dataclass(frozen=True)
class Ended:
    """`how`: done, told (in words for a person, in `lines[-1]`), killed or crashed. `hit`: the fault was met."""

    how: str
    lines: list[str] = field(default_factory=list)
    calls: int = 0
    hit: bool = False


class Doomed:
    """The process that forks them, for the length of a `with` block."""

    def __enter__(self) -> "Doomed":
        command = [sys.executable, "-m", "tests.faults.doomed"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=environment(), text=True
        )
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.communicate(timeout=30)

    def act(self, order: Order) -> Ended:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        return Ended(**json.loads(answer))


@dataclass(frozen=True)
class Act:
    """What a child is given. `say` acknowledges something to whoever watches."""

    order: Order
    say: Callable[[str], None]
    clock: FakeClock = field(default_factory=FakeClock)

    @property
    def home(self) -> Path:
        return Path(self.order.home)

    @property
    def stick(self) -> Path:
        return Path(self.order.stick)

    @contextmanager
    def session(self) -> Iterator[Session]:
        made = sessions.unlock(self.home, self.order.passphrase, self.clock, CODES, kdf=FAST_KDF)
        try:
            yield made
        finally:
            sessions.close(made)


def here(fn: Callable[[], Any]) -> Any:
    return fn()


def running(session: Session) -> Callable[[Callable[[Store], Any]], Any]:
    return lambda fn: fn(session.store)


def save(act: Act) -> None:
    """Three people, and typing that is kept; when something goes wrong, the same again once the disk is well."""
    with act.session() as session:
        for name in SAVES:
            with tried_again(act):
                drafts.keep(session, "person", {"full_name": name})
                act.say(f"typed {name}")
                people.save(session, person(full_name=name), draft="")
                act.say(f"saved {name}")


class tried_again:  # noqa: N801 - a context manager, read as words
    """Says an error in words and mends the disk; the fault stays behind."""

    def __init__(self, act: Act) -> None:
        self._act = act

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, MigDeskError) or isinstance(error, BugError):
            return False
        self._act.say(f"told {error}")
        os.getsid(0)
        return True


def back_up(act: Act) -> None:
    """One by itself, and a copy on the stick."""
    with act.session() as session:
        made = safekeeping.keep(here, session, Reason.AUTOMATIC)
        act.say(f"made {made.file}")
        made = safekeeping.keep(here, session, Reason.COPY, act.stick / "copy.mdbackup")
        act.say(f"made {made.file}")


def migrate(act: Act) -> None:
    """Opening it with the later program is all."""
    with act.session():
        act.say("opened")


def export(act: Act) -> None:
    """A table, a workbook, one sealed to somebody, and a bundle."""
    with act.session() as session:
        wording = exports.Wording(load("en"))
        given: tuple[tuple[str, Profile, list[str]], ...] = (
            ("people.xlsx", Profile.PSEUDO, []),
            ("full.xlsx.age", Profile.FULL, [session.keys.recipient]),
        )
        for name, profile, recipients in given:
            made = exports.excel(session, profile, wording)
            exports.write(session, made, act.stick / name, recipients, "excel")
            act.say(f"written {name}")
        table = exports.htcds(session, Profile.PSEUDO, wording, as_csv=True)
        exports.write(session, table, act.stick / "htcds.csv", [], "htcds")
        act.say("written htcds.csv")
        to = [one.recipient for one in bundles.recipients(session) if not one.is_server]
        bundles.export(running(session), session, to, act.stick / "out.migdesk")
        act.say("written out.migdesk")


def take_in(act: Act) -> None:
    """A list of people and a colleague's bundle."""
    with act.session() as session:
        done = imports.people(session, act.stick / "people.csv", [load("id"), load("en")])
        act.say(f"imported {done.saved}")
        report = bundles.import_(running(session), session, act.stick / "from-sri.migdesk")
        act.say(f"taken {report.received}")


def passphrase(act: Act) -> None:
    keys.change_passphrase(act.home, PASSPHRASE, NEW_PASSPHRASE, act.clock)
    act.say("changed")


def restore(act: Act) -> None:
    """The backup on the stick in the place of what is here."""

    def unlock(file: KeyFile, _is_server: bool) -> bytes:
        return file.unlock(PASSPHRASE)

    done = backups.restore(act.home, act.stick / "old.mdbackup", unlock, act.clock, replace=True)
    act.say(f"restored {done.kept}")


def look(act: Act) -> None:
    """What is there: findings, people, the draft. Not under a fault."""
    with act.session() as session:
        findings = [one.message for one in store_backup.verify(session.store)]
        rows = [str(one.record.full_name) for one in people.listed(session).rows]
        kept = [str(one.values.get("full_name")) for one in drafts.open_drafts(session) if one.kind == Person.spec.name]
    act.say(json.dumps({"findings": findings, "people": sorted(rows), "drafts": kept}))


ACTS: dict[str, Callable[[Act], None]] = {
    "save": save, "back_up": back_up, "migrate": migrate, "export": export, "take_in": take_in,
    "passphrase": passphrase, "restore": restore, "look": look,
}  # fmt: skip


def _live(order: Order, told: int) -> int:
    """The child: acts, and says how it ended."""

    def say(line: str) -> None:
        os.write(told, (line + "\n").encode())

    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        if order.revisions:
            next_revision.install(patch, Path(order.revisions))
        stack.callback(os.getsid, 0)
        os.getpgid(0)
        try:
            ACTS[order.act](Act(order, say))
        except BugError:
            raise
        except MigDeskError as error:
            say(f"told {error}")
            return TOLD
    return DONE


def _ordered(order: Order) -> Ended:
    listen, tell = os.pipe()
    seen = syscalls.run(lambda: _live(order, tell), Fault(Trouble(order.trouble), order.at, order.root or order.home))
    os.close(tell)
    with os.fdopen(listen, encoding="utf-8") as heard:
        lines = [line.rstrip("\n") for line in heard if line.endswith("\n")]
    how = {DONE: "done", TOLD: "told", -9: "killed"}.get(seen.code, "crashed")
    return Ended(how, lines, seen.calls, seen.hit)


def main() -> None:
    """Take orders until there are no more. It has no thread of its own, so that forking is safe."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(asdict(_ordered(Order(**json.loads(line))))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
