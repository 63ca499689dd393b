"""Real workspaces for presenters; no application object is made here."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from migdesk.services import session as sessions
from migdesk.services.session import Session
from tests.support.fake_clock import FakeClock
from tests.support.robots import Surroundings
from tests.support.workspaces import create, opened

MakeDesk = Callable[..., Surroundings]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def make_desk(tmp_path: Path, clock: FakeClock) -> Iterator[MakeDesk]:
    """`make_desk(role, area)`: the surroundings of a presenter over a workspace of its own."""
    made: list[Session] = []

    def make(role: str = "OUTREACH", area: str = "52.03.09.2004", language: str = "en") -> Surroundings:
        home = create(tmp_path / f"w{len(made)}", role, area, clock=clock)
        made.append(opened(home, clock))
        return Surroundings(made[-1], language)

    yield make
    for session in made:
        sessions.close(session)
