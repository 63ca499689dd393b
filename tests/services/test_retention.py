"""Which backups stay: never without the newest, whatever the clock did, and a useful spread when it behaves."""

import os
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from migdesk.services.retention import Tiers, kept

LONG = os.environ.get("MIGDESK_LONG", "") not in {"", "0"}
TIERS = Tiers(hours=6, days=7, weeks=4)
START = datetime(2026, 3, 1, tzinfo=UTC)
MOST = TIERS.hours + TIERS.days + TIERS.weeks

moments = st.lists(
    st.datetimes(datetime(1980, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)), max_size=60
)  # in the order of making: any clock at all
tiers = st.builds(Tiers, st.integers(0, 8), st.integers(0, 8), st.integers(0, 8))


@settings(max_examples=20_000 if LONG else 300)
@given(moments, tiers)
def test_the_newest_stays_and_no_more_than_the_rule_allows(made: list[datetime], rule: Tiers) -> None:
    stay = kept(made, rule)
    assert stay <= set(range(len(made)))
    assert (len(made) - 1 in stay) == bool(made)
    assert len(stay) <= max(1, rule.hours + rule.days + rule.weeks)


@settings(max_examples=20_000 if LONG else 300)
@given(moments)
def test_to_rotate_again_removes_nothing(made: list[datetime]) -> None:
    left = [made[place] for place in sorted(kept(made, TIERS))]
    again = [left[place] for place in sorted(kept(left, TIERS))]
    assert left[-1:] == again[-1:]
    assert len(left) - len(again) <= TIERS.days + TIERS.weeks
    assert set(again) <= set(left)


def rotated(moments: list[datetime]) -> list[datetime]:
    """What is left if after every backup the old ones are removed, as the program does."""
    left: list[datetime] = []
    for moment in moments:
        left.append(moment)
        left = [left[place] for place in sorted(kept(left, TIERS))]
        assert left[-1] == moment
        assert len(left) <= MOST
    return left


def test_after_months_of_work_there_are_hours_days_and_weeks() -> None:
    left = rotated([START + timedelta(hours=4 * n) for n in range(6 * 120)])
    ages = [(left[-1] - one) for one in reversed(left)]
    assert len(left) == MOST
    assert ages[: TIERS.hours] == [timedelta(hours=4 * n) for n in range(TIERS.hours)]
    days = ages[TIERS.hours : TIERS.hours + TIERS.days]
    assert all(timedelta(hours=20) <= later - sooner <= timedelta(hours=48) for sooner, later in pairwise(days))
    assert timedelta(days=28) <= ages[-1] <= timedelta(days=45)


def test_a_clock_that_leaps_ahead_and_comes_back_does_no_harm() -> None:
    """A year of backups dated 2035 must not push out what is made when the clock is right again."""
    usual = [START + timedelta(hours=4 * n) for n in range(200)]
    ahead = [one + timedelta(days=3650) for one in usual]
    left = rotated(usual + ahead + [one + timedelta(days=40) for one in usual])
    assert left[-1] == usual[-1] + timedelta(days=40)
    assert not set(left[-TIERS.hours :]) & set(ahead)
