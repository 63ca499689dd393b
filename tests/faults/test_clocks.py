"""T1, T2: clocks of laptops that are years off, jump, or disagree by an hour. The later editor wins, nobody is lost."""

import datetime as dt
from collections.abc import Callable

import pytest

from migdesk.domain import hlc
from migdesk.domain.hlc import MAX_AHEAD_MS
from migdesk.domain.person import Person
from migdesk.store import change_log
from tests.faults.oracle import AREA, agree
from tests.support.fake_clock import START
from tests.sync.office import Laptop, Node, Server

HOUR = dt.timedelta(hours=1)
MOMENTS = {
    "1970": dt.datetime(1970, 1, 1, 0, 5, tzinfo=dt.UTC),
    "2001": dt.datetime(2001, 1, 1, tzinfo=dt.UTC),
    "an hour behind": START - HOUR,
    "an hour ahead": START + HOUR,
    "ten years ahead": START.replace(year=START.year + 10),
}
Two = tuple[Laptop, Laptop]


def readings(node: Node) -> list[int]:
    with node.store.read() as tx:
        return [change.hlc for _, change in change_log.after(tx, AREA, 0, 1000) if change.device == node.author.device]


def address(node: Node, person: object) -> object:
    return next(values["address"] for id, values in node.state().items() if id == person)


@pytest.mark.parametrize("name", MOMENTS)
def test_a_clock_that_is_off(name: str, two: Two, server: Server) -> None:
    """Its records arrive, its readings only grow, and an edit made in view of its value replaces it all the same."""
    rina, sari = two
    rina.clock.set_wall(MOMENTS[name])
    person = rina.person(address="Dusun Timur")
    rina.sync(), sari.sync()
    sari.save(Person, {"address": "Dusun Barat"}, person)
    sari.sync(), rina.sync()
    assert address(rina, person) == "Dusun Barat"
    rina.save(Person, {"address": "Dusun Tengah"}, person)
    rina.sync(), sari.sync()
    assert address(sari, person) == "Dusun Tengah"
    assert readings(rina) == sorted(set(readings(rina)))
    assert not rina.open_conflicts() + sari.open_conflicts()
    agree(rina.db, sari.db, server.db)


@pytest.mark.parametrize("name", ["2001", "an hour ahead", "ten years ahead"])
def test_two_edits_of_one_field_while_the_clocks_disagree(name: str, two: Two, server: Server) -> None:
    """Nobody knew of the other: one wins, the same everywhere, and the other is kept in a conflict."""
    rina, sari = two
    person = rina.person(address="Dusun Timur")
    rina.sync(), sari.sync()
    rina.clock.set_wall(MOMENTS[name])
    rina.save(Person, {"address": "Dusun Barat"}, person)
    sari.save(Person, {"address": "Dusun Tengah"}, person)
    for one in (rina, sari, rina):
        one.sync()
    for node in (rina, sari, server):
        (conflict,) = node.open_conflicts()
        values = [conflict.winner.value, *(head.value for head in conflict.losers)]
        assert sorted(values) == ["Dusun Barat", "Dusun Tengah"]
        assert address(node, person) == conflict.winner.value
    agree(rina.db, sari.db, server.db)


@pytest.mark.parametrize("jump", [HOUR, -HOUR, -dt.timedelta(days=9_000), dt.timedelta(days=4_000)])
def test_a_clock_that_jumps_in_the_middle_of_a_sync(jump: dt.timedelta, two: Two, server: Server) -> None:
    rina, sari = two
    rina.person()
    rina.sync()
    sari.person()
    sari.sync()
    jumped = False

    def jumps(up: int, down: int) -> None:
        nonlocal jumped
        if down and not jumped:
            jumped = True
            rina.clock.set_wall(rina.clock.now() + jump)

    rina.person()
    rina.link = _Watched(rina, jumps)  # type: ignore[assignment]
    rina.sync()
    assert jumped
    rina.person()
    rina.sync(), sari.sync()
    assert readings(rina) == sorted(set(readings(rina)))
    agree(rina.db, sari.db, server.db)


class _Watched:
    """A laptop's own link, and somebody who hears of each piece that moves."""

    def __init__(self, laptop: Laptop, heard: Callable[[int, int], None]) -> None:
        self._link, self._heard = laptop.link, heard

    def post(self, path, headers, body, on_bytes):  # type: ignore[no-untyped-def]
        def both(up: int, down: int) -> None:
            self._heard(up, down)
            on_bytes(up, down)

        return self._link.post(path, headers, body, both)


def test_a_laptop_far_ahead_drags_nobody_along(two: Two, server: Server) -> None:
    """Who hears of a reading ten years ahead takes over at most five minutes of it (DESIGN 4)."""
    rina, sari = two
    rina.clock.set_wall(MOMENTS["ten years ahead"])
    rina.person()
    rina.sync(), sari.sync()
    sari.person()
    sari.sync()
    now_ms = int(sari.clock.now().timestamp() * 1000)
    assert all(hlc.wall_ms(reading) <= now_ms + MAX_AHEAD_MS + 1 for reading in readings(sari))
    # Set right again, its own readings still grow, and others' edits of what it wrote still count.
    rina.clock.set_wall(START + HOUR)
    rina.person()
    rina.sync(), sari.sync()
    assert readings(rina) == sorted(set(readings(rina)))
    agree(rina.db, sari.db, server.db)


def test_the_count_within_a_millisecond_runs_over(two: Two, server: Server) -> None:
    """70,000 readings while the clock stands still: the count carries into the milliseconds, order holds."""
    reading = hlc.tick(0, 1_767_600_000_000)
    for _ in range(70_000):
        later = hlc.tick(reading, 1_767_600_000_000)
        assert later > reading
        reading = later
    assert 0 < hlc.wall_ms(reading) - 1_767_600_000_000 <= 2


def test_a_clock_at_the_end_of_its_bits_breaks_nothing(two: Two, server: Server) -> None:
    """A laptop whose clock shows the last year that Python knows."""
    rina, sari = two
    rina.clock.set_wall(dt.datetime(9998, 12, 31, tzinfo=dt.UTC))
    rina.person()
    rina.sync(), sari.sync()
    sari.person()
    sari.sync(), rina.sync()
    agree(rina.db, sari.db, server.db)
