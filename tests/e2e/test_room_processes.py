"""A room as processes: one laptop serves, another joins without the server, the server gets it all later."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.program import ROOT, Laptop, ServerProcess, environment


def person(name: str) -> dict[str, object]:
    return {"kind": "person", "full_name": name, "sex": "female", "area_code": "52.03.09.2004"}


def test_two_laptops_meet_without_the_server(tmp_path: Path) -> None:
    hub, guest = (
        Laptop(tmp_path / "ibu", "ibu", "SUPERVISOR", "52.03"),
        Laptop(tmp_path / "rina", "rina", "OUTREACH", "52.03"),
    )
    with ServerProcess(tmp_path / "server") as server:
        for laptop in (hub, guest):
            laptop.enrol(server)
        for laptop in (hub, guest, hub):
            laptop.sync()
    guest.put(tmp_path / "g.jsonl", person("Baiq Aminah"))
    hub.put(tmp_path / "h.jsonl", person("Lalu Hasan"))
    serving = subprocess.Popen(
        [sys.executable, "-m", "migdesk", "room", "serve", "--home", hub.home, "--listen", "127.0.0.1:0", "--json"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    try:
        assert serving.stdout is not None
        ready = json.loads(serving.stdout.readline())
        joined = guest.call("sync", "--room", ready["address"], "--code", ready["code"], "--json").done().objects()[-1]
        wrong = guest.call("sync", "--room", ready["address"], "--code", "0000-0000")
    finally:
        serving.send_signal(signal.SIGTERM)
        said, complaints = serving.communicate(timeout=30)
    assert (serving.returncode, complaints) == (0, "")
    assert (joined["sent"], joined["received"]) == (1, 1)
    assert (wrong.code, "did not let" in wrong.err) == (3, True)
    told = json.loads(said.splitlines()[-1])
    assert (told["user"], told["received"], told["sent"]) == ("rina", 1, 1)
    assert hub.records("person") == guest.records("person") != {}
