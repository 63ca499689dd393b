"""Sessions on real workspaces, closed at the end of each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from migdesk.services import session as sessions
from migdesk.services.reference import read_codebook
from migdesk.services.session import Session
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import Desk, create, opened


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def desk(tmp_path: Path, clock: FakeClock) -> Iterator[Desk]:
    """Makes laptops: `desk("OUTREACH")`, `desk("SUPERVISOR", username="sri")`."""
    codes, held = read_codebook(), list[Session]()

    def make(role: str = "OUTREACH", area: str = "52.03", username: str = "rina") -> Session:
        home = tmp_path / f"{username}-{len(held)}"
        create(home, role, area, username=username, name=username.title(), clock=clock, codes=codes)
        held.append(opened(home, clock, codes))
        return held[-1]

    yield make
    for one in held:
        sessions.close(one)
