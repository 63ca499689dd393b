"""`migdesk server backup | restore | checkpoint | durable | renew-generation`, and the options of a running server."""

import json
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from migdesk import cli
from migdesk.__main__ import Central
from migdesk.store import inbox
from migdesk.store.database import Store
from migdesk.store.inbox import StreamKey
from tests.server.driver import SECRET, call, opened
from tests.support.server_processes import Cluster, ServerProcess
from tests.support.simulated_office import host_on

KEY = StreamKey("52.03", 7, 2)


@pytest.fixture
def verb(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any]]:
    def run(*words: object) -> tuple[int, Any]:
        code = cli.main(["server", *map(str, words), "--json"], {**SECRET, "MIGDESK_LANG": "en"}, servers=Central())
        out = capsys.readouterr().out
        return code, json.loads(out.splitlines()[-1]) if out.strip() else None

    return run


def take_one(store: Store) -> None:
    """As if a batch had arrived."""
    with store.begin() as tx:
        inbox.stream_state(tx, KEY, lock=True)
        inbox.accept(tx, KEY, 1, b"x" * 32, 100, "net")


def durable(store: Store) -> int:
    with store.read() as tx:
        return inbox.stream_state(tx, KEY).durable_n


def test_backup_and_restore_of_a_folder(verb: Callable[..., tuple[int, Any]], tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "one.mdbackup"
    with opened(home) as host:
        host.db.call(take_one)
        org, generation = host.org, host.identity.generation
    code, told = verb("backup", "--home", home, "--out", file)
    assert (code, told["status"], told["verified"]) == (0, "written", True)
    assert told["bytes"] == file.stat().st_size
    code, told = verb("restore", "--home", tmp_path / "again", file)
    assert (code, told["status"]) == (0, "restored")
    assert verb("restore", "--home", home, file)[0] == 1
    assert verb("restore", file)[0] == 2
    assert verb("checkpoint", "--home", home, "--label", "a b")[0] == 1
    with opened(home) as host, opened(tmp_path / "again") as again:
        assert host.db.call(durable) == 1
        assert again.db.call(durable) == 0
        assert again.org == org
        assert again.identity.generation != generation


def test_checkpoint_and_what_it_proves(
    verb: Callable[..., tuple[int, Any]], shared_cluster: Cluster, tmp_path: Path
) -> None:
    url = shared_cluster.database("verbs_live")
    with host_on(url, tmp_path / "host") as host:
        host.db.call(take_one)
        generation = host.identity.generation
    place = ("--database", url)
    assert verb("checkpoint", *place, "--label", "monday")[1] == {
        "status": "written", "checkpoint": "monday", "streams": 1
    }  # fmt: skip
    copy = shared_cluster.copy("verbs_copy", "verbs_live")
    assert verb("durable", *place, "--checkpoint", "tuesday", "--restored-url", copy)[0] == 1
    code, told = verb("durable", *place, "--checkpoint", "monday", "--restored-url", copy)
    assert (code, told["streams"]) == (0, 1)
    assert verb("backup", *place)[0] == 1
    assert verb("renew-generation", *place)[1] == {"status": "renewed"}
    with host_on(url, tmp_path / "host") as host:
        assert host.db.call(durable) == 1
        assert host.identity.generation != generation


def test_a_server_by_its_options(shared_cluster: Cluster, tmp_path: Path) -> None:
    """Figures on an address of their own, log lines as objects, an end without a complaint."""
    url = shared_cluster.database("options")
    with host_on(url, tmp_path / "host"):
        pass
    options = ("--database", url, "--listen", "127.0.0.1:0", "--log-format", "json")
    with ServerProcess(*options, "--metrics-listen", "127.0.0.1:0", environment={"HOME": str(tmp_path)}) as server:
        assert call(server.url + "/readyz").status == 200
        assert call(server.url + "/metrics").status == 404
        lines = [json.loads(line) for line in server.log().splitlines()]
        address = next(line["port"] for line in lines if line["message"] == "metrics")
        with closing(urllib.request.urlopen(f"http://127.0.0.1:{address}/metrics", timeout=20)) as answer:
            assert "migdesk_database_up 1.0" in answer.read().decode()
        assert server.stop() in (0, -15)
        assert [line for line in server.log().splitlines() if json.loads(line)["level"] == "error"] == []
