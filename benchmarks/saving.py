"""What one save costs, every commit on the disk: through the services, through the store alone, and beside a commit of
one bare row in the same encrypted file. `python -m benchmarks.saving` prints one JSON object."""

import json
import sys
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random
from uuid import UUID

from benchmarks import workspace
from benchmarks.measuring import at_most, median, ms_of, spread
from migdesk.domain.person import Person
from migdesk.services import people
from migdesk.services import session as sessions
from migdesk.services.session import Session
from migdesk.store import writing

PEOPLE = 2_000
TIMES = 300
WARM = 10
"""Turns that do not count: the first of each compiles its statements."""
GOAL_MS = 1.5


def person(n: int, name: str) -> dict[str, object]:
    """A new person with the fields that a first visit fills."""
    return {
        "full_name": name,
        "sex": "female",
        "phone": f"+62890{10**7 + n}",
        "area_code": workspace.VILLAGE,
        "address": "Dusun Timur RT 4",
        "migration_stage": "prospective",
        "may_contact": "yes",
    }


def bare(session: Session, n: int) -> None:
    """The least that a commit can be."""
    raw = session.store.raw
    raw.execute("BEGIN IMMEDIATE")
    raw.execute("INSERT INTO bench_row (n, body) VALUES (?, ?)", (n, b"x" * 300))
    raw.execute("COMMIT")


def stored(session: Session, values: dict[str, object], id: UUID | None = None) -> None:
    with session.store.begin() as tx:
        writing.save(tx, session.author, Person, values, id)


def acts(session: Session, id: UUID) -> dict[str, Callable[[], object]]:
    """What is measured, by name; each call does it once more."""
    number, chance = count(), Random(7)
    words = workspace.names(chance)

    def new() -> dict[str, object]:
        return person(next(number), f"{chance.choice(words)} {chance.choice(words)}")

    def edit() -> dict[str, object]:
        n = next(number)
        return {"address": f"Dusun Barat RT {n}", "phone": f"+62891{10**7 + n}"}

    return {
        "a bare row": lambda: bare(session, next(number)),
        "edit by the services": lambda: people.save(session, edit(), id),
        "edit by the store": lambda: stored(session, edit(), id),
        # Asks for people who may be the same one besides.
        "new by the services": lambda: people.save(session, new()),
        "new by the store": lambda: stored(session, new()),
    }


def measure() -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        session = workspace.make(Path(folder) / "rina")
        workspace.fill(session, PEOPLE)
        session.store.raw.execute("CREATE TABLE bench_row (n INTEGER PRIMARY KEY, body BLOB)")
        id = people.save(session, person(0, "Nurhayati")).id
        doing = acts(session, id)
        taken: dict[str, list[float]] = {name: [] for name in doing}
        for turn in range(TIMES + WARM):
            for name, act in doing.items():
                took = ms_of(act)
                if turn >= WARM:
                    taken[name].append(took)
        sessions.close(session)
    base = median(taken["a bare row"], 3)
    found: dict[str, object] = {"a bare row, ms": spread(taken["a bare row"], 3)}
    for name, samples in taken.items():
        if name != "a bare row":
            middle = median(samples, 3)
            more = {"spread": spread(samples, 3), "without the bare commit": round(middle - base, 3)}
            found[f"{name}, ms"] = at_most(middle, GOAL_MS, **more)
    return found


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
    print()
