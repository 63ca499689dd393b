"""A case stays on the laptop until the person agreed that it is sent (V-13), by network and by stick alike."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from migdesk.domain.case import Case, Incident
from migdesk.store import change_log, records
from migdesk.store.records import State
from migdesk.sync.bundle.writing import write_bundle
from tests.sync.office import CODEC, VILLAGE, Laptop, Server
from tests.sync.test_exchange import DAY

INTAKE: dict[str, Any] = {"opened_on": DAY, "primary_category": "EXPL", "area_code": VILLAGE}


def state_of(laptop: Laptop, kind: Any, id: UUID) -> State:
    with laptop.store.read() as tx:
        return records.get(tx, kind, id).meta.state


@pytest.fixture
def rina(laptop: Callable[..., Laptop]) -> Laptop:
    node = laptop("rina")
    node.sync()
    return node


@pytest.mark.parametrize("answer", [None, "no", "withdrawn", "unknown"])
def test_without_a_yes_nothing_of_a_case_leaves(
    rina: Laptop, server: Server, tmp_path: Path, answer: str | None
) -> None:
    case = rina.save(Case, INTAKE | {"consent_server": answer})
    incident = rina.save(Incident, {"case": case, "place_type": "home"})
    rina.save(Case, {"risk_level": "medium"}, case)
    assert rina.sync().sent == 0
    assert server.state(Case, Incident) == {}
    assert write_bundle(rina.db, rina.keys, [rina.keys.recipient], tmp_path / "b", codec=CODEC).changes == 0
    assert {state_of(rina, Case, case), state_of(rina, Incident, incident)} == {State.KEPT}
    with rina.store.read() as tx:
        assert change_log.unsent_count(tx) == 0
        assert len(change_log.history(tx, case)) == 2


def test_a_yes_lets_go_what_was_written_before(rina: Laptop, server: Server, laptop: Callable[..., Laptop]) -> None:
    case = rina.save(Case, INTAKE)
    incident = rina.save(Incident, {"case": case, "place_type": "home", "account": "stays in any case"})
    rina.save(Case, {"risk_level": "medium"}, case)
    rina.sync()
    rina.save(Case, {"consent_server": "yes"}, case)
    assert {state_of(rina, Case, case), state_of(rina, Incident, incident)} == {State.WAITS}
    assert rina.sync().sent == 4
    assert {state_of(rina, Case, case), state_of(rina, Incident, incident)} == {State.SENT}
    sri = laptop("sri", role="SUPERVISOR")
    sri.sync()
    for there in (server, sri):
        seen = there.values(Case, case)
        assert seen is not None
        assert (seen["risk_level"], seen["consent_server"]) == ("medium", "yes")
        assert there.values(Incident, incident) == {"case": case, "place_type": "home"}


def test_a_withdrawal_leaves_and_what_follows_stays(rina: Laptop, server: Server) -> None:
    case = rina.save(Case, INTAKE | {"consent_server": "yes"})
    rina.sync()
    rina.save(Case, {"consent_server": "withdrawn"}, case)
    rina.save(Case, {"risk_level": "high"}, case)
    rina.save(Incident, {"case": case, "place_type": "home"})
    assert rina.sync().sent == 1
    seen = server.values(Case, case)
    assert seen is not None
    assert (seen["consent_server"], seen.get("risk_level")) == ("withdrawn", None)
    assert server.state(Incident) == {}
    rina.save(Case, {"consent_server": "yes"}, case)
    assert rina.sync().sent == 3
    assert server.state(Case, Incident) == rina.state(Case, Incident)
