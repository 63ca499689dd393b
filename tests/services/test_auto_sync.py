"""When MigDesk syncs by itself: the moments, the links it may use, and the waits after failures."""

import pytest

from migdesk.services import auto_sync
from migdesk.services.auto_sync import Link, Medium, Rhythm, When, may_use

WIFI, MOBILE = Link(True, Medium.WIFI, metered=False), Link(True, Medium.MOBILE, metered=True)


@pytest.fixture
def rhythm() -> Rhythm:
    """Open, enrolled, and just after a sync that worked at second 0; chance is always 0.5."""
    made = Rhythm(lambda: 0.5)
    made.enrolled = True
    made.unlocked(-60.0)
    made.began()
    made.ended(0.0, worked=True)
    return made


def test_every_quarter_of_an_hour_and_soon_after_a_save(rhythm: Rhythm) -> None:
    assert rhythm.due(0.0) == 900.0
    rhythm.saved(100.0)
    assert rhythm.due(100.0) == 30.0
    rhythm.saved(120.0)
    assert rhythm.due(120.0) == 30.0
    for second in range(130, 220, 10):
        rhythm.saved(float(second))
    assert rhythm.due(220.0) == 0.0, "whoever saves without a pause is not waited for longer than two minutes"
    rhythm.began()
    assert rhythm.due(221.0) is None
    rhythm.ended(230.0, worked=True)
    assert rhythm.due(230.0) == 900.0


def test_a_save_while_a_sync_runs_is_followed_by_another(rhythm: Rhythm) -> None:
    rhythm.began()
    rhythm.saved(10.0)
    rhythm.ended(20.0, worked=True)
    assert rhythm.due(20.0) == 20.0


def test_soon_after_unlocking_and_never_while_locked_or_not_enrolled() -> None:
    rhythm = Rhythm(lambda: 0.5)
    rhythm.unlocked(0.0)
    assert rhythm.due(0.0) is None
    rhythm.enrolled = True
    assert rhythm.due(0.0) == auto_sync.AFTER_UNLOCK_S
    rhythm.locked()
    assert rhythm.due(10.0) is None
    rhythm.unlocked(100.0)
    assert rhythm.due(100.0) == 0.0


def test_waits_grow_with_jitter_and_begin_anew_once_bytes_moved(rhythm: Rhythm) -> None:
    waits = []
    for _ in range(12):
        rhythm.began()
        rhythm.ended(0.0, worked=False)
        waits.append(rhythm.due(0.0))
    assert waits[:6] == [1.0, 1.0, 2.0, 4.0, 8.0, 16.0]
    assert waits[6] == 32.0
    assert waits[-1] == 450.0, "half of a quarter of an hour"
    rhythm.saved(1.0)
    assert rhythm.due(1.0) == 449.0, "a save does not bring a tired link forward"
    rhythm.began()
    rhythm.ended(2.0, worked=False, moved=1)
    assert rhythm.due(2.0) == 1.0
    rhythm.ended(2.0, worked=False, wait_s=300.0)
    assert rhythm.due(2.0) == 300.0


def test_at_once_when_the_link_is_back(rhythm: Rhythm) -> None:
    rhythm.heard(Link(False), 10.0)
    assert rhythm.due(10.0) is None
    for _ in range(9):
        rhythm.began()
        rhythm.ended(10.0, worked=False)
    rhythm.heard(WIFI, 20.0)
    assert rhythm.due(20.0) == auto_sync.BACK_SPREAD_S / 2


def test_a_page_to_sign_in_is_waited_for(rhythm: Rhythm) -> None:
    rhythm.heard(Link(True, Medium.WIFI, False, portal=True), 1000.0)
    assert rhythm.due(1000.0) is None
    rhythm.heard(WIFI, 1010.0)
    assert rhythm.due(1010.0) == 0.0


@pytest.mark.parametrize(
    ("when", "link", "may"),
    [
        (When.AUTOMATIC, MOBILE, True),
        (When.AUTOMATIC, Link(), True),
        (When.WIFI, WIFI, True),
        (When.WIFI, Link(True, Medium.WIFI, metered=True), True),
        (When.WIFI, Link(True, Medium.CABLE), True),
        (When.WIFI, MOBILE, False),
        (When.WIFI, Link(True, Medium.UNKNOWN, metered=False), True),
        (When.WIFI, Link(True, Medium.UNKNOWN, metered=None), True),
        (When.WIFI, Link(True, Medium.UNKNOWN, metered=True), False),
        (When.MANUAL, WIFI, False),
    ],
)
def test_what_was_chosen_decides_on_the_link(rhythm: Rhythm, when: When, link: Link, may: bool) -> None:
    assert may_use(when, link) is may
    rhythm.when = when
    rhythm.heard(link, 900.0)
    assert (rhythm.due(910.0) is not None) is may
