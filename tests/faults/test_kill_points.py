"""C1, C2, C4, W8: `kill -9` of laptop and server before and after each commit of a sync, and at any moment."""

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from migdesk.server.host import ServerHost
from migdesk.server.run import RunningServer
from migdesk.store import backup
from tests.faults.http_office import HttpLaptop, at_server
from tests.faults.mortal import Mortals
from tests.faults.oracle import agree, cursors_of, log_of, not_back, waiting_of
from tests.faults.test_every_byte import LONG
from tests.server.driver import opened
from tests.sync.wire_proxy import Ending, WireProxy

KILLS = 60 if LONG else 6
WALK_MOST = 40
BOTH = pytest.mark.parametrize("late", [0, 1] if LONG else [0])
"""In the short profile a program dies before a commit, then after the next one it reaches, in turns and steps."""


def walk(late: int, step: int) -> Iterator[tuple[int, bool]]:
    """Which commit a program dies at, and whether after it."""
    for at in range(1, WALK_MOST, 1 if LONG else step):
        yield at, (at + late) % 2 == 0
    raise AssertionError("it dies for ever")


@pytest.fixture(scope="module")
def mortals() -> Iterator[Mortals]:
    with Mortals() as made:
        yield made


@contextmanager
def away(one: HttpLaptop) -> Iterator[None]:
    """Its store is closed here while another process has it; it must be whole afterwards."""
    before = cursors_of(one.db)
    one.store.close()
    yield
    one.reopen()
    assert backup.verify(one.store) == []
    not_back(before, cursors_of(one.db))


@BOTH
def test_a_laptop_is_killed_at_each_commit(
    mortals: Mortals, wire: WireProxy, host: ServerHost, rina: HttpLaptop, sari: HttpLaptop, late: int
) -> None:
    """A push of two batches and a pull, each time killed one commit later, until it comes through alive."""
    for at, after in walk(late, 2):
        rina.people(2)
        at_server(host)
        with away(rina):
            ended = mortals.sync(rina, wire.url, at=at, after=after)
        assert ended in {"killed", "done"}
        with away(rina):
            assert mortals.sync(rina, wire.url) == "done"
        assert waiting_of(rina.db) == 0
        agree(rina.db, host.db.call)
        if ended == "done":
            break
    assert at > 4
    sari.sync()
    agree(rina.db, sari.db, host.db.call)


@BOTH
@pytest.mark.parametrize("side", ["up", "down"])
def test_a_laptop_is_killed_at_each_commit_of_what_was_cut(
    mortals: Mortals, wire: WireProxy, host: ServerHost, rina: HttpLaptop, side: str, late: int
) -> None:
    """The link breaks in the middle of a batch or a reply, and the laptop is killed while it takes up the rest."""
    for at, after in walk(late, 3):
        rina.noisy_people(40, 40 * at)
        at_server(host, 40)
        wire.cut(side, 3_000, Ending.RESET)
        with away(rina):
            mortals.sync(rina, wire.url, at=at, after=after)
        wire.heal()
        with away(rina):
            ended = mortals.sync(rina, wire.url, at=at, after=after)
        with away(rina):
            assert mortals.sync(rina, wire.url) == "done"
        assert waiting_of(rina.db) == 0
        if ended == "done":
            break
    assert at > 4
    agree(rina.db, host.db.call)


@BOTH
@pytest.mark.parametrize("cut_at", [0, 9_000])
def test_a_server_is_killed_at_each_commit(mortals: Mortals, tmp_path: Path, late: int, cut_at: int) -> None:
    """From its start, through spooling what came of a batch that was cut, to its last answer."""
    home = tmp_path / "server"
    with opened(home) as host, RunningServer(host) as running:
        made = [HttpLaptop(tmp_path, name, host, running.url) for name in ("rina", "sari")]
    rina, sari = made
    with closing(rina.store), closing(sari.store):
        for at, after in walk(late, 3):
            rina.noisy_people(60, 60 * at)
            with mortals.serving(home, at=at, after=after) as url:
                if url:
                    visited(url, rina, sari, cut_at)
            died = mortals.died
            with mortals.serving(home) as url:
                rina.sync(url), sari.sync(url)
            assert waiting_of(rina.db) == 0
            assert log_of(rina.db) == log_of(sari.db)
            if not died:
                break
        assert at > 4
        with opened(home) as host:
            agree(rina.db, sari.db, host.db.call)


def visited(url: str, rina: HttpLaptop, sari: HttpLaptop, cut_at: int) -> None:
    """What laptops do at a server that will die: one pushes, perhaps cut in the middle first, the other pulls."""
    with WireProxy(url) as wire:
        if cut_at:
            wire.cut("up", cut_at, Ending.RESET)
            rina.survives(wire.url)
            wire.heal()
        rina.survives(wire.url)
        sari.survives(wire.url)


def test_a_laptop_is_killed_at_any_moment_until_it_is_done(
    mortals: Mortals, wire: WireProxy, host: ServerHost, rina: HttpLaptop
) -> None:
    """Each time a little later; what was acknowledged of its bytes is not sent again."""
    chance = random.Random(7)
    rina.noisy_people(300)
    at_server(host, 50)
    kills = 0
    for n in range(KILLS):
        with away(rina):
            kills += mortals.sync(rina, wire.url, within_s=0.01 + chance.random() * 0.05 * (n + 1)) == "killed"
    with away(rina):
        assert mortals.sync(rina, wire.url) == "done"
    assert kills >= 1
    agree(rina.db, host.db.call)
