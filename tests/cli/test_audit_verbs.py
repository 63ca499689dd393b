"""`audit list` and `verify`: who may, what is found, and that each thing that is wrong is one line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from migdesk.cli.parser import VERBS
from migdesk.paths import Paths
from migdesk.store import cipher_file
from migdesk.vault.keyfile import KeyFile
from tests.cli.conftest import Call
from tests.cli.test_records_verbs import everything, put
from tests.support.records import SECRETS, counselling
from tests.support.workspaces import PASSPHRASE

VILLAGE = "52.03.09.2004"


@pytest.fixture
def used(call: Call, home: Path, tmp_path: Path) -> Path:
    """A workspace with two records that were looked at."""
    put(call, home, tmp_path / "x.jsonl", *counselling(VILLAGE))
    everything(call, home)
    return home


def damaged(home: Path, *statements: str) -> None:
    raw = cipher_file.connect(Paths(home).store_file, KeyFile.load(Paths(home).keys_file).unlock(PASSPHRASE))
    for one in statements:
        raw.execute(one)
    raw.close()


def test_rows_come_latest_first_and_are_filtered(call: Call, used: Path) -> None:
    rows = call("audit", "list", "--json", home=used).objects()
    assert [one["n"] for one in rows] == list(range(len(rows), 0, -1))
    assert rows[0]["act"] == "view_audit", "reading the trail is an act too"
    assert {"unlock", "create", "list_records", "create_workspace"} <= {one["act"] for one in rows}
    made = next(one for one in rows if one["act"] == "create" and one["kind"] == "person")
    assert made["user_name"] == "Rina"
    assert UUID(made["record"])

    def found(*words: str) -> list[Any]:
        return call("audit", "list", "--json", *words, home=used).objects()

    assert {one["act"] for one in found("--act", "create")} == {"create"}
    assert {one["record"] for one in found("--record", made["record"])} == {made["record"]}
    assert len(found("--limit", "2")) == 2
    assert found("--user", "nobody") == found("--until", "2026-01-01") == found("--since", "2099-01-01") == []
    assert len(found("--user", "supervisor", "--since", "2026-11-23T05:00Z")) > 5


def test_words_and_nothing_of_a_record(call: Call, used: Path) -> None:
    said = call("audit", "list", home=used)
    assert "Record made" in said.out
    assert not any(secret in said.out for secret in SECRETS)
    assert "Catatan dibuat" in call("audit", "list", home=used, lang="id").out


@pytest.mark.parametrize(
    "words", [("--act", "view"), ("--record", "7"), ("--since", "yesterday"), ("--limit", "0"), ("--limit", "x")]
)
def test_wrong_use_is_told(call: Call, used: Path, words: tuple[str, ...]) -> None:
    assert call("audit", "list", *words, home=used).code == 2


@pytest.mark.parametrize("role", ["OUTREACH", "TRAINER", "PLANNER", "ADMIN"])
def test_other_roles_are_refused_and_may_still_verify(call: Call, home_of: Callable[[str], Path], role: str) -> None:
    home = home_of(role)
    refused = call("audit", "list", "--json", home=home)
    assert (refused.code, refused.out) == (3, "")
    assert call("verify", home=home).code == 0


def test_verify_says_what_is_wrong_in_one_line_each(call: Call, used: Path) -> None:
    assert call("verify", "--json", home=used).objects() == [{"status": "whole"}]
    damaged(
        used,
        "UPDATE audit SET detail = 'x' WHERE n = 2",
        "UPDATE person_t3 SET full_name = 'x'",
        "DELETE FROM search_entry",
    )
    said = call("verify", home=used)
    assert said.code == 1
    lines = said.out.splitlines()
    assert "The audit row 2 was changed." in lines
    assert len(lines) == len(set(lines)) == 3
    assert {one["check"] for one in call("verify", "--json", home=used).objects()} == {"audit", "history", "search"}


def test_verify_names_a_key_file_that_was_put_back(call: Call, used: Path) -> None:
    keys = Paths(used).keys_file
    old = keys.read_bytes()
    KeyFile.load(keys).change_passphrase(PASSPHRASE, PASSPHRASE)
    assert call("verify", home=used).code == 0
    keys.write_bytes(old)
    said = call("verify", "--json", home=used)
    assert said.code == 1
    assert [one["check"] for one in said.objects()] == ["keys"]
    assert call("verify", home=used).code == 0, "it was told and is known now"


def test_it_is_a_verb() -> None:
    assert "audit" in VERBS
