"""`records put | list | history`, `workspace`, `key`: the verbs of one laptop, in this process."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.support.program import migdesk
from tests.support.records import attendance_day, case_intake, counselling
from tests.support.workspaces import PASSPHRASE

VILLAGE = "52.03.09.2004"


def write(file: Path, *records: dict[str, Any] | str) -> Path:
    lines = (one if isinstance(one, str) else json.dumps(one) for one in records)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def put(call: Any, home: Path, file: Path, *records: dict[str, Any] | str) -> list[dict[str, Any]]:
    return call("records", "put", write(file, *records), "--json", home=home).objects()  # type: ignore[no-any-return]


def everything(call: Any, home: Path) -> list[dict[str, Any]]:
    return call("records", "list", home=home).objects()  # type: ignore[no-any-return]


def test_list_into_put_is_a_copy(call: Any, home: Path, home_of: Any, tmp_path: Path) -> None:
    day = [*counselling(VILLAGE), *case_intake(VILLAGE), *attendance_day(VILLAGE, 5)]
    saved = put(call, home, tmp_path / "day.jsonl", *day)
    assert [one["status"] for one in saved] == ["saved"] * len(day)
    listed = call("records", "list", home=home)
    assert listed.code == 0
    other = home_of("OUTREACH")
    copied = tmp_path / "copy.jsonl"
    copied.write_text(listed.out, encoding="utf-8")
    answers = call("records", "put", copied, "--json", home=other)
    assert answers.code == 0, answers.out
    assert everything(call, other) == everything(call, home)


def test_ids_and_values_are_kept_as_they_were_given(call: Any, home: Path, tmp_path: Path) -> None:
    person, session = counselling(VILLAGE)
    put(call, home, tmp_path / "x.jsonl", person, session)
    (listed,) = call("records", "list", "--kind", "counselling_session", home=home).objects()
    for name, value in session.items():
        expected = sorted(value) if isinstance(value, list) else value
        assert listed[name] == expected, name


def test_each_bad_line_is_rejected_by_number_and_the_rest_goes_on(call: Any, home: Path, tmp_path: Path) -> None:
    good, session = counselling(VILLAGE)
    lines: list[dict[str, Any] | str] = [
        good,
        '{"kind": "person",',
        "[1]",
        good | {"id": str(uuid4()), "nik": None, "shoe_size": 39},
        {"kind": "spaceship"},
        good | {"id": "not-an-id"},
        {"kind": "person", "sex": "female"},
        good | {"id": str(uuid4()), "nik": None, "birth_date": {"year": 1994}},
        {"kind": "area", "code": "99", "name": "x", "level": 1},
        "",
        session | {"person": str(uuid4())},
        session,
    ]
    ran = call("records", "put", write(tmp_path / "x.jsonl", *lines), "--json", home=home)
    assert ran.code == 1
    answers = {one["line"]: one for one in ran.objects()}
    assert {number for number, one in answers.items() if one["status"] == "saved"} == {1, 12}
    assert 10 not in answers, "a blank line is nothing"
    assert "shoe_size" in answers[4]["reason"]
    assert "spaceship" in answers[5]["reason"]
    assert "full_name" in answers[7]["reason"]
    assert "birth_date" in answers[8]["reason"]
    assert answers[11]["problems"][0]["field"] == "person"


def test_a_rejection_never_repeats_what_was_typed(call: Any, home: Path, tmp_path: Path) -> None:
    secret = "Zubaidah Qorina"
    lines: list[dict[str, Any] | str] = [
        {"kind": "person", "full_name": secret * 20, "area_code": VILLAGE},
        {"kind": "person", "full_name": [secret], "area_code": VILLAGE},
        {"kind": "person", "id": secret, "full_name": "x", "area_code": VILLAGE},
        f'{{"kind": "person", "full_name": "{secret}"',
    ]
    ran = call("records", "put", write(tmp_path / "x.jsonl", *lines), home=home)
    assert ran.code == 1
    assert "Zubaidah" not in ran.out + ran.err


def test_a_put_of_some_fields_changes_only_these(call: Any, home: Path, tmp_path: Path) -> None:
    person = counselling(VILLAGE)[0]
    put(call, home, tmp_path / "1.jsonl", person)
    again = put(
        call, home, tmp_path / "2.jsonl", {"kind": "person", "id": person["id"], "dependants": 3, "phone": None}
    )
    assert (again[0]["created"], again[0]["changed"]) == (False, True)
    (listed,) = everything(call, home)
    assert (listed["dependants"], listed["full_name"]) == (3, person["full_name"])
    assert "phone" not in listed
    same = put(call, home, tmp_path / "2.jsonl", {"kind": "person", "id": person["id"], "dependants": 3})
    assert same[0]["changed"] is False


def test_since_leaves_out_what_is_older(call: Any, home: Path, tmp_path: Path) -> None:
    put(call, home, tmp_path / "1.jsonl", *counselling(VILLAGE))
    assert call("records", "list", "--since", "2020-01-01", home=home).objects()
    assert call("records", "list", "--since", "2099-01-01T00:00Z", home=home).objects() == []
    assert call("records", "list", "--since", "yesterday", home=home).code == 2


def test_history_tells_every_act_latest_first(call: Any, home: Path, tmp_path: Path) -> None:
    person = counselling(VILLAGE)[0]
    put(call, home, tmp_path / "1.jsonl", person)
    put(call, home, tmp_path / "2.jsonl", {"kind": "person", "id": person["id"], "dependants": 3})
    ran = call("records", "history", person["id"], "--json", home=home)
    first, second = ran.objects()
    assert first["edits"] == [{"field": "dependants", "value": 3}]
    assert "full_name" in {edit["field"] for edit in second["edits"]}
    assert call("records", "history", person["id"], home=home).out.strip()
    assert call("records", "history", str(uuid4()), home=home).code == 1
    assert call("records", "history", "x", home=home).code == 2


def test_a_trainer_lists_and_puts_no_persons(call: Any, home_of: Any, tmp_path: Path) -> None:
    home = home_of("TRAINER")
    (answer,) = put(call, home, tmp_path / "1.jsonl", counselling(VILLAGE)[0])
    assert answer["status"] == "rejected"
    listed = call("records", "list", "--kind", "person", home=home)
    assert (listed.code, listed.out) == (0, ""), "no results, and no word that there is something (R-03)"
    assert everything(call, home) == []


def test_reference_kinds_are_listed_by_name_only(call: Any, home: Path) -> None:
    areas = call("records", "list", "--kind", "area", home=home).objects()
    assert any(one["code"] == "52.03" for one in areas)
    assert everything(call, home) == []


def test_lines_come_from_the_standard_input_too(home: Path) -> None:
    person = json.dumps(counselling(VILLAGE)[0])
    env = {"MIGDESK_PASSPHRASE": PASSPHRASE}
    ran = migdesk("records", "put", "--home", home, "--json", "-", input=person + "\n", **env).done()
    assert ran.objects()[0]["status"] == "saved"
    listed = migdesk("records", "list", "--home", home, **env).done()
    assert len(listed.objects()) == 1


def test_a_workspace_is_made_described_rekeyed_and_destroyed(call: Any, tmp_path: Path) -> None:
    home = tmp_path / "new"
    made = ("workspace", "create", "--user", "Rina", "--role", "OUTREACH", "--area", "52.03.09", "52.03.10")
    assert call(*made, home=home).code == 0
    assert call(*made, home=home).code == 1, "never over another"
    (info,) = call("workspace", "info", "--json", home=home).objects()
    assert (info["exists"], info["open_elsewhere"]) == (True, False)
    assert call("workspace", "info", home=home).code == 0
    changed = call("workspace", "passwd", home=home, MIGDESK_NEW_PASSPHRASE="delapan belas perahu baru")
    assert changed.code == 0
    assert call("records", "list", home=home).code == 1
    new = {"MIGDESK_PASSPHRASE": "delapan belas perahu baru"}
    assert call("records", "list", home=home, **new).code == 0
    file = tmp_path / "secret"
    file.write_text("delapan belas perahu baru\n")
    assert call("records", "list", "--passphrase-file", file, home=home).code == 0
    assert call("workspace", "wipe", home=home, **new).code == 2, "nobody to ask"
    assert call("workspace", "wipe", "--yes", home=home, **new).code == 0
    assert not (home / "keys.json").exists()
    assert call("workspace", "info", "--json", home=home).objects()[0]["exists"] is False


@pytest.mark.parametrize(("role", "area"), [("PIRATE", "52.03"), ("OUTREACH", "Lombok")])
def test_a_workspace_needs_a_role_and_an_area_code(call: Any, tmp_path: Path, role: str, area: str) -> None:
    ran = call("workspace", "create", "--user", "x", "--role", role, "--area", area, home=tmp_path / "new")
    assert ran.code == 1
    assert not (tmp_path / "new" / "store.db").exists()


def test_key_show_prints_recipient_and_words(call: Any, home: Path) -> None:
    (shown,) = call("key", "show", "--json", home=home).objects()
    assert shown["recipient"].startswith("age1")
    assert len(shown["words"].split()) == 8
    assert shown["recipient"] in call("key", "show", home=home).out
    UUID(hex=shown["device"].rjust(32, "0"))


def test_a_busy_workspace_is_told(call: Any, home: Path) -> None:
    from migdesk.services.instance_lock import InstanceLock

    lock = InstanceLock.take(home / "workspace.lock")
    try:
        ran = call("records", "list", home=home)
        assert ran.code == 1
        assert "open" in ran.err
        assert call("workspace", "info", "--json", home=home).objects()[0]["open_elsewhere"] is True
    finally:
        lock.release()
