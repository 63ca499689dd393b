"""Losing a laptop, wiping it and reviewing its late work, by the command line alone."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from migdesk import cli
from migdesk.__main__ import Central
from migdesk.server.host import ServerHost
from migdesk.server.run import RunningServer
from tests.server.driver import SECRET, opened
from tests.support.workspaces import PASSPHRASE, create, person

Call = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Run a verb with --json: its exit code, its objects, and what it told in words."""

    def run(*words: str | Path) -> tuple[int, list[dict[str, Any]], str]:
        capsys.readouterr()
        environment = {"MIGDESK_LANG": "en", "MIGDESK_PASSPHRASE": PASSPHRASE, **SECRET}
        code = cli.main([*map(str, words), "--json"], environment, servers=Central())
        told = capsys.readouterr()
        return code, [json.loads(line) for line in told.out.splitlines()], told.err

    return run


@contextmanager
def serving(place: Path) -> Iterator[tuple[ServerHost, str]]:
    with opened(place) as host, RunningServer(host) as server:
        yield host, server.url


def test_a_lost_laptop_from_the_report_to_the_review(tmp_path: Path, call: Call) -> None:
    place, home, lines = tmp_path / "server", create(tmp_path / "rina"), tmp_path / "people.jsonl"
    with serving(place) as (host, url):
        given = host.issue_code("rina", "OUTREACH", "52.03")
        assert call("enrol", "--home", home, "--server", url, "--code", given)[0] == 0
        assert call("sync", "--home", home)[0] == 0
    lines.write_text(json.dumps({"kind": "person", **person()}) + "\n")
    assert call("records", "put", "--home", home, lines)[0] == 0
    device = call("key", "show", "--home", home)[1][0]["device"]
    _, (gone,), _ = call("server", "revoke", "--home", place, "--lost", device[:10])
    assert (gone["device"], gone["status"]) == (device, "lost")
    with serving(place) as (_, url):
        code, (done,), told = call("sync", "--home", home, "--server", url)
        assert (code, done["status"], done["reviewed"], done["receipt_sent"]) == (3, "removed", 1, True)
        assert "removed by order" in told
        assert call("sync", "--home", home, "--server", url)[0] == 3
    for verb in (("records", "list"), ("key", "show"), ("backup",), ("verify",)):
        code, _, told = call(*verb, "--home", home)
        assert (code, "removed by order" in told) == (3, True), verb
    assert [one["status"] for one in call("server", "devices", "--home", place)[1] if one["user"] == "rina"] == [
        "wiped"
    ]
    _, held, _ = call("server", "quarantine", "--home", place)
    assert [(one["user"], one["form"], one["state"]) for one in held] == [("rina", "batch", "open")]
    assert "Nurhayati" not in json.dumps(held)
    assert call("server", "quarantine", "release", "--home", place, "ffff")[0] == 1
    _, (let_in,), _ = call("server", "quarantine", "release", "--home", place, held[0]["item"][:8])
    assert (let_in["applied"], let_in["refused"]) == (1, 0)
    assert call("server", "quarantine", "list", "--home", place)[1] == []
    assert call("server", "quarantine", "dismiss", "--home", place, held[0]["item"], "--reason", "x")[0] == 1
    # The folder is free for another workspace, and nothing of the old one harms it.
    create(home)
    assert call("key", "show", "--home", home)[0] == 0
    assert call("sync", "--home", home)[0] == 1  # it is not enrolled yet
