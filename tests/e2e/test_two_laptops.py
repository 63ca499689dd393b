"""Laptops, the server and a sealed bundle as processes: the same records everywhere, by network and by stick."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.program import Laptop, ServerProcess, migdesk
from tests.support.records import attendance_day, case_intake, counselling

VILLAGE = "52.03.09.2004"


@pytest.fixture
def server(tmp_path: Path) -> Any:
    with ServerProcess(tmp_path / "server") as running:
        yield running


def enrolled(
    tmp_path: Path, server: ServerProcess, user: str, role: str, area: str = "52.03", name: str = ""
) -> Laptop:
    laptop = Laptop(tmp_path / (name or user), user, role, area)
    laptop.enrol(server)
    return laptop


def everything(laptop: Laptop) -> dict[str, Any]:
    kinds = ("person", "counselling_session", "case", "incident", "training_event", "training_session", "participant")
    return {kind: laptop.records(kind) for kind in (*kinds, "attendance")}


def test_records_of_two_laptops_reach_a_third_by_network_and_by_bundle(tmp_path: Path, server: ServerProcess) -> None:
    officer = enrolled(tmp_path, server, "rina", "OUTREACH")
    trainer = enrolled(tmp_path, server, "budi", "TRAINER")
    by_network = enrolled(tmp_path, server, "sri", "SUPERVISOR", name="network")
    by_bundle = enrolled(tmp_path, server, "sri", "SUPERVISOR", name="bundle")
    by_bundle.sync()
    recipient = by_bundle.call("key", "show", "--json").done().objects()[0]["recipient"]
    officer.sync()
    trainer.sync()

    officer.put(tmp_path / "o.jsonl", *counselling(VILLAGE), *case_intake(VILLAGE))
    trainer.put(tmp_path / "t.jsonl", *attendance_day(VILLAGE, people=30))
    for laptop in (officer, trainer):
        out = tmp_path / f"{laptop.user}.migdesk"
        laptop.call("bundle", "export", "--to", recipient, "--out", out).done()
        sent = laptop.sync()
        assert sent["sent"] > 0
        assert sent["quarantined"] == sent["conflicts"] == 0
    received = by_network.sync()
    for user in ("rina", "budi"):
        migdesk("bundle", "import", "--home", by_bundle.home, tmp_path / f"{user}.migdesk").done()

    seen = everything(by_network)
    assert {kind: len(rows) for kind, rows in seen.items()} == {
        "person": 1, "counselling_session": 1, "case": 1, "incident": 1,
        "training_event": 1, "training_session": 1, "participant": 30, "attendance": 30,
    }  # fmt: skip
    assert received["received"] >= sum(len(rows) for rows in seen.values())
    assert everything(by_bundle) == seen

    again = by_bundle.sync()
    assert again["conflicts"] == again["quarantined"] == 0
    assert everything(by_bundle) == seen
    for laptop in (officer, trainer, by_network, by_bundle):
        assert "0" in str(laptop.sync()["sent"])
        laptop.call("verify").done()


def test_trainer_never_receives_persons_or_cases(tmp_path: Path, server: ServerProcess) -> None:
    officer = enrolled(tmp_path, server, "rina", "OUTREACH")
    trainer = enrolled(tmp_path, server, "budi", "TRAINER")
    officer.put(tmp_path / "o.jsonl", *counselling(VILLAGE), *case_intake(VILLAGE))
    officer.sync()
    trainer.sync()
    assert trainer.records("case") == trainer.records("person") == trainer.records("counselling_session") == {}


def test_another_officer_of_the_village_never_receives_a_case_of_her_colleague(
    tmp_path: Path, server: ServerProcess
) -> None:
    officer = enrolled(tmp_path, server, "rina", "OUTREACH")
    colleague = enrolled(tmp_path, server, "dewi", "OUTREACH")
    officer.put(tmp_path / "o.jsonl", *counselling(VILLAGE), *case_intake(VILLAGE))
    officer.sync()
    colleague.sync()
    assert len(colleague.records("person")) == 1
    assert colleague.records("case") == colleague.records("incident") == {}


def test_edits_made_apart_merge_by_field_and_keep_the_loser(tmp_path: Path, server: ServerProcess) -> None:
    one, two = (enrolled(tmp_path, server, user, "OUTREACH") for user in ("rina", "dewi"))
    person = counselling(VILLAGE)[0]
    one.put(tmp_path / "p.jsonl", person)
    one.sync()
    two.sync()
    name = {"kind": "person", "id": person["id"]}
    one.put(tmp_path / "1.jsonl", name | {"address": "Gubuk Tengah RT 2", "dependants": 2})
    two.put(tmp_path / "2.jsonl", name | {"education": "upper_sec", "dependants": 3})
    for laptop in (one, two, one):
        laptop.sync()
    states = [laptop.records("person")[person["id"]] for laptop in (one, two)]
    assert states[0] == states[1]
    assert (states[0]["address"], states[0]["education"]) == ("Gubuk Tengah RT 2", "upper_sec")
    assert states[0]["dependants"] in (2, 3)
    for laptop in (one, two):
        (conflict,) = laptop.call("conflicts", "list", "--json").done().objects()
        values = {conflict["winner"]["value"], *(loser["value"] for loser in conflict["losers"])}
        assert values == {2, 3}
        assert conflict["winner"]["value"] == states[0]["dependants"]
