"""Lists, search and the question for duplicates over many people: 100,000, or as many as MIGDESK_BENCH_PEOPLE says.
`python -m benchmarks.finding` prints one JSON object."""

import json
import os
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import start, workspace
from benchmarks.measuring import at_most, median, ms_of, rss_mb, spread
from migdesk.services import people, search
from migdesk.services import session as sessions
from migdesk.services.session import Session
from migdesk.store.packing import pack

PEOPLE = "MIGDESK_BENCH_PEOPLE"
TIMES = 100
PAGE = 100


def timed(work: Callable[[], object], times: int = TIMES) -> list[float]:
    """Milliseconds of each call, after some that warm it up."""
    for _ in range(5):
        work()
    return [ms_of(work) for _ in range(times)]


def lists(session: Session, chance: random.Random, words: list[str]) -> dict[str, object]:
    """A page has 100 people. The random page begins at a name that somebody dragged the bar to."""
    first = timed(lambda: people.page(session, limit=PAGE))
    at: list[bytes | None] = [None]

    def down() -> None:
        at[0] = people.page(session, after=at[0], limit=PAGE).next

    def jump() -> None:
        people.page(session, after=pack([0, chance.choice(words).casefold(), bytes(16)]), limit=PAGE)

    next_page, somewhere = timed(down), timed(jump)
    return {
        "first page, ms": at_most(median(first), 1, spread=spread(first)),
        "next page, ms": at_most(median(next_page), 10, spread=spread(next_page)),
        "random page, ms": at_most(median(somewhere), 15, spread=spread(somewhere)),
    }


def finds(session: Session, chance: random.Random, words: list[str]) -> dict[str, object]:
    def some() -> str:
        """What people type: the beginning of a name, a whole name, two, a number."""
        one, other = chance.choice(words), chance.choice(words)
        typed = (
            one[:2],
            one[:3],
            one,
            f"{one} {other[:3]}",
            f"0890{chance.randint(100, 999)}",
            f"{one[:2]} {other[:2]}",
        )
        return chance.choice(typed)

    found = timed(lambda: search.find(session, some()), 3 * TIMES)
    alike = timed(lambda: people.similar(session, f"{chance.choice(words)} {chance.choice(words)}"), 3 * TIMES)
    return {
        "search, 95th percentile, ms": at_most(spread(found)["p95"], 10, spread=spread(found)),
        "people who may be the same, ms": at_most(median(alike), 5, spread=spread(alike)),
    }


def measure() -> dict[str, object]:
    number = int(os.environ.get(PEOPLE, "100000"))
    with tempfile.TemporaryDirectory() as folder:
        home, chance = Path(folder) / "rina", random.Random(3)
        session = workspace.make(home)
        workspace.fill(session, number)
        sessions.close(session)
        session = workspace.reopened(home)
        words = workspace.names(random.Random(1))
        result = {"people": number, **lists(session, chance, words), **finds(session, chance, words)}
        result["memory of this process, MB"] = rss_mb()
        sessions.close(session)
        return result | start.home_screen(home, 3)


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
    print()
