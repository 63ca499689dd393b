"""Bad input gets a clear message and loses nothing (issue: wrong passphrase, newer workspace, foreign server, ...)."""

import json
from pathlib import Path

import pytest

from tests.support.program import Laptop, Ran, ServerProcess, migdesk
from tests.support.records import counselling

VILLAGE = "52.03.09.2004"


def told(ran: Ran, *words: str, code: int = 1) -> None:
    """The call ended with `code`, said these words, and showed no traceback."""
    assert ran.code == code, (ran.code, ran.out, ran.err)
    assert "Traceback" not in ran.err
    for word in words:
        assert word.lower() in ran.err.lower(), ran.err


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    made = Laptop(tmp_path / "laptop", "sri", "SUPERVISOR", "52.03")
    made.put(tmp_path / "day.jsonl", *counselling(VILLAGE))
    return made


def unharmed(laptop: Laptop) -> None:
    laptop.call("verify").done()
    assert len(laptop.records("person")) == len(laptop.records("counselling_session")) == 1


def test_a_wrong_passphrase_is_told_and_nothing_is_lost(laptop: Laptop) -> None:
    told(migdesk("records", "list", "--home", laptop.home, MIGDESK_PASSPHRASE="salah sama sekali"), "passphrase")
    unharmed(laptop)


def test_a_key_file_of_a_newer_version_is_refused_and_left_alone(laptop: Laptop) -> None:
    keys = laptop.home / "keys.json"
    before = keys.read_bytes()
    newer = json.loads(before)
    newer["version"] = 999
    keys.write_text(json.dumps(newer))
    told(laptop.call("records", "list"), "newer")
    keys.write_bytes(before)
    unharmed(laptop)


def test_a_server_of_a_foreign_organisation_is_refused(laptop: Laptop, tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "ours") as ours:
        laptop.enrol(ours)
        laptop.sync()
    with ServerProcess(tmp_path / "foreign") as foreign:
        ran = laptop.call("sync", "--server", foreign.url)
        told(ran, "organisation", code=3)
    unharmed(laptop)


def test_a_server_that_is_not_there_is_told_and_the_work_kept(laptop: Laptop, tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "server") as server:
        laptop.enrol(server)
    told(laptop.call("sync"), "server")
    unharmed(laptop)


def test_a_broken_bundle_is_refused(laptop: Laptop, tmp_path: Path) -> None:
    out = tmp_path / "day.migdesk"
    recipient = laptop.call("key", "show", "--json").done().objects()[0]["recipient"]
    with ServerProcess(tmp_path / "server") as server:
        laptop.enrol(server)
        laptop.sync()
        laptop.call("bundle", "export", "--to", recipient, "--out", out).done()
    whole = out.read_bytes()
    for number, broken in enumerate(
        (b"", whole[:50], whole[:-20], whole[:300] + b"?" + whole[301:], b"not a bundle" * 40)
    ):
        bad = tmp_path / f"{number}.migdesk"
        bad.write_bytes(broken)
        ran = migdesk("bundle", "import", "--home", laptop.home, bad)
        assert ran.code in (1, 3)
        told(ran, "bundle", code=ran.code)
    unharmed(laptop)


def test_an_unreadable_line_is_named_and_the_others_are_saved(laptop: Laptop, tmp_path: Path) -> None:
    good, more = counselling(VILLAGE)
    good |= {"nik": "5203096010900001", "full_name": "Baiq Rahmawati", "birth_date": "1990-10-20"}
    file = tmp_path / "mixed.jsonl"
    bad_code = more | {"mode": "by pigeon"}
    file.write_text("\n".join([json.dumps(good), '{"kind": "person", ', json.dumps(bad_code), json.dumps(more)]))
    ran = migdesk("records", "put", "--home", laptop.home, "--json", file)
    assert ran.code == 1
    answers = ran.objects()
    assert [one["status"] for one in answers] == ["saved", "rejected", "rejected", "saved"]
    assert answers[1]["line"] == 2
    assert "mode" in json.dumps(answers[2]).lower()
    assert len(laptop.records("person")) == 2


def test_a_folder_that_is_no_workspace_is_told(tmp_path: Path) -> None:
    told(migdesk("records", "list", "--home", tmp_path), "workspace")


def test_a_second_workspace_is_not_made_over_the_first(laptop: Laptop) -> None:
    told(
        migdesk("workspace", "create", "--home", laptop.home, "--user", "x", "--role", "OUTREACH", "--area", "52.03"),
        "workspace",
    )
    unharmed(laptop)
