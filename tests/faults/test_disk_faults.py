"""C1, D1, D2: full disk, read-only folder, pulled stick and `kill -9` between any two changes of files, during each act
that writes. Afterwards the workspace opens and verifies, what was acknowledged is there, no half file passes for a
whole one, and nothing of the try is left, in clear or sealed.
"""

import json
import random
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from migdesk.paths import Paths
from migdesk.server.run import RunningServer
from migdesk.services import backup_file, bundles, people, safekeeping, syncing
from migdesk.services import session as sessions
from migdesk.services.safekeeping import Reason
from migdesk.services.session import Session
from migdesk.sync.wire.bundle_file import read_batches, read_manifest
from migdesk.vault.sealing import open_sealed
from tests.faults import syscalls
from tests.faults.doomed import NEW_PASSPHRASE, SAVES, Doomed, Ended, Order, here, running
from tests.faults.syscalls import Trouble
from tests.faults.test_every_byte import LONG
from tests.server.driver import open_host
from tests.support import next_revision
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import PASSPHRASE, create, opened, person

pytestmark = pytest.mark.skipif(not syscalls.SUPPORTED, reason="needs ptrace on x86-64")

BEFORE, HEARD, LISTED = "Nurhayati Suhartini", "Baiq Rohani", ("Haerul Anwar", "Lale Murniati")
ACTS = ("save", "back_up", "migrate", "export", "take_in", "passphrase", "restore")
ON_STICK = ("back_up", "export", "take_in", "restore")
POINTS = {Trouble.KILL: 2, Trouble.TORN: 1, Trouble.FULL: 1, Trouble.READ_ONLY: 1, Trouble.PULLED: 1}
"""At how many places of an act the short profile lets the disk fail; the long one at all of them."""
UNFINISHED = (".tmp", ".part", ".store", "-journal")


class Ground:
    """A workspace with something to lose and a stick with something to bring, to be copied for each fault."""

    def __init__(self, folder: Path, doomed: Doomed, identity: str) -> None:
        self.folder, self.doomed, self.identity = folder, doomed, identity
        self._calls: dict[tuple[str, bool], int] = {}

    def again(self) -> "Copy":
        """A fresh copy."""
        place = self.folder / "now"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.folder / "ground", place)
        return Copy(place, self)

    def points(self, act: str, trouble: Trouble) -> list[int]:
        """The changes at which an act is met: all, or some that are the same in every run."""
        pulled = trouble is Trouble.PULLED
        if (act, pulled) not in self._calls:
            # At a change that never comes.
            ended = self.again().act(act, trouble, 1 << 40, root="stick" if pulled else "")
            assert ended.how == "done", ended
            self._calls[act, pulled] = ended.calls
        calls = self._calls[act, pulled]
        if LONG:
            return list(range(1, calls + 1))
        chance = random.Random(f"{act} {trouble}")
        return sorted(chance.sample(range(1, calls + 1), min(calls, POINTS[trouble])))


class Copy:
    """One copy, and what is done with it."""

    def __init__(self, place: Path, ground: Ground) -> None:
        self.place, self.ground = place, ground
        self.home, self.stick = place / "home", place / "stick"

    def act(self, act: str, trouble: Trouble = Trouble.NONE, at: int = 0, *, root: str = "", word: str = "") -> Ended:
        later = str(self.ground.folder / "migrations") if act == "migrate" or word == "later" else ""
        order = Order(
            act, str(self.home), str(self.stick), trouble, at, str(self.place / root) if root else str(self.place),
            NEW_PASSPHRASE if word == "new" else PASSPHRASE, later,
        )  # fmt: skip
        return self.ground.doomed.act(order)

    def must_be_whole(self, act: str, ended: Ended) -> None:
        """Opens, verifies, holds what was acknowledged; nothing half-written passes for whole."""
        words = {"passphrase": ("", "new"), "migrate": ("", "later")}.get(act, ("",))
        seen = [found for word in words if (found := self.act("look", word=word)).how == "done"]
        assert seen, self.act("look")
        held = json.loads(seen[0].lines[-1])
        assert held["findings"] == []
        if act == "passphrase" and "changed" in ended.lines:
            assert self.act("look", word="new").how == "done"
        names = set(held["people"])
        assert set(self._due(ended)) <= names
        if act == "take_in":
            assert set(LISTED) <= names or not set(LISTED) & names, "an import is one transaction"
        typed = [line.removeprefix("typed ") for line in ended.lines if line.startswith("typed ")]
        if act == "save" and typed:
            assert typed[-1] in held["people"] + held["drafts"], "what was kept of typing is saved or offered"
        self.must_hide()
        self.files_must_be_whole()

    def must_be_clean(self) -> None:
        """Nothing of a try that failed is left."""
        left = [one.name for one in self.place.rglob("*") if one.name.endswith(UNFINISHED)]
        left += [one.name for one in self.home.iterdir() if one.name == "restoring" or one.name.startswith("store.new")]
        assert left == []

    def must_hide(self) -> None:
        """No name is in clear, but for the list that somebody put on the stick."""
        for file in self.place.rglob("*"):
            if file.is_file() and file.name != "people.csv":
                data = file.read_bytes()
                assert not [name for name in (BEFORE, HEARD, *LISTED, *SAVES) if name.encode() in data], file

    def files_must_be_whole(self) -> None:
        for file in [*self.stick.rglob("*"), *Paths(self.home).backups.rglob("*")]:
            if file.suffix == backup_file.SUFFIX:
                backup_file.checked(file)
            elif file.suffix == ".age" or file.name == "out.migdesk":
                data = open_sealed(file, self.ground.identity)
                if file.suffix != ".age":
                    read_batches(data, read_manifest(data)[0])
            elif file.suffix == ".xlsx":
                with zipfile.ZipFile(file) as book:
                    assert book.testzip() is None
            elif file.suffix == ".csv":
                assert file.read_bytes().endswith(b"\r\n") or file.name == "people.csv"

    @staticmethod
    def _due(ended: Ended) -> Iterator[str]:
        """Who must be there after what was said."""
        yield BEFORE
        for line in ended.lines:
            word, _, what = line.partition(" ")
            if word == "saved":
                yield what
            elif word == "imported":
                yield from LISTED
            elif word == "taken":
                yield HEARD


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("disk")
    place, clock = folder / "ground", FakeClock()
    (place / "stick").mkdir(parents=True)
    rina = opened(create(place / "home", "SUPERVISOR", clock=clock), clock)
    sri = opened(create(folder / "sri", username="sri", clock=clock), clock)
    people.save(rina, person(full_name=BEFORE))
    _meet(folder, rina, sri)
    people.save(sri, person(full_name=HEARD))
    bundles.export(running(sri), sri, [rina.keys.recipient], place / "stick" / "from-sri.migdesk")
    safekeeping.keep(here, rina, Reason.COPY, place / "stick" / "old.mdbackup")
    lines = ["full_name,sex,area_code", *(f"{name},female,52.03.09.2004" for name in LISTED)]
    (place / "stick" / "people.csv").write_text("\n".join(lines) + "\n")
    next_revision.write_revisions(folder / "migrations")
    identity = rina.keys.identity
    for session in (rina, sri):
        sessions.close(session)
    with Doomed() as doomed:
        yield Ground(folder, doomed, identity)


def _meet(folder: Path, *laptops: Session) -> None:
    """All of them are enrolled and know of each other."""
    clock = laptops[0].clock
    assert isinstance(clock, FakeClock)
    host = open_host(folder / "server", clock)
    with RunningServer(host) as running_server:
        for one in laptops:
            code = host.issue_code(one.user.username, one.user.role, "52.03", one.user.display_name)
            syncing.enrol(running(one), one, running_server.url, code)
        for one in (*laptops, *laptops):
            syncing.sync_now(running(one), one)
    host.close()


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("trouble", [Trouble.KILL, Trouble.TORN])
def test_killed_between_any_two_changes(ground: Ground, act: str, trouble: Trouble) -> None:
    """What is left is whole; the same act again, or else the next opening, clears what the first try left."""
    for at in ground.points(act, trouble):
        copy = ground.again()
        ended = copy.act(act, trouble, at)
        assert ended.how == "killed", (at, ended)
        copy.must_be_whole(act, ended)
        word = "later" if act == "migrate" else "new" if copy.act("look").how != "done" else ""
        if act != "passphrase" or not word:
            assert copy.act(act, word=word).how == "done"
        copy.must_be_clean()


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("trouble", [Trouble.FULL, Trouble.READ_ONLY])
def test_a_disk_that_takes_no_more(ground: Ground, act: str, trouble: Trouble) -> None:
    """Said in words; a window that stays open saves as soon as the disk is well."""
    for at in ground.points(act, trouble):
        copy = ground.again()
        ended = copy.act(act, trouble, at)
        assert ended.hit
        assert ended.how in ("told", "done"), (at, ended)
        copy.must_be_whole(act, ended)
        if trouble is Trouble.FULL:
            copy.must_be_clean()


@pytest.mark.parametrize("act", ON_STICK)
def test_a_stick_that_is_pulled(ground: Ground, act: str) -> None:
    for at in ground.points(act, Trouble.PULLED):
        copy = ground.again()
        ended = copy.act(act, Trouble.PULLED, at, root="stick")
        assert (ended.how, ended.hit) == ("told", True), (at, ended)
        (copy.place / "stick.pulled").rename(copy.stick)
        copy.must_be_whole(act, ended)
        assert copy.act(act).how == "done"
        copy.must_be_clean()
