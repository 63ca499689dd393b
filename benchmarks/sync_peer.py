"""The peer: PouchDB replicating to express-pouchdb, measured by its own harness beside the repository. It needs Node
and npm; without them, or without the harness, there are no figures of it and the result says so."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROOT

HARNESS = ROOT.parent / "shared" / "bench" / "pouchdb" / "run"
WORK = Path(tempfile.gettempdir()) / "migdesk-peer"
"""Outside of the repository; npm installs there once."""
_LONGEST_S = 1800


class Peer:
    """What was measured of it so far. `missing` says in words why there is nothing."""

    def __init__(self) -> None:
        self.missing = ""
        if not HARNESS.exists():
            self.missing = "the harness of the peer is not beside this repository"
        elif not shutil.which("node") or not shutil.which("npm"):
            self.missing = "Node and npm are not installed"
        self.found: dict[str, list[Any]] = {}

    def measure(self, sections: str, **settings: str) -> None:
        """Run some sections of the harness once more and keep what they found."""
        if self.missing:
            return
        WORK.mkdir(exist_ok=True)
        out = WORK / "found.json"
        out.unlink(missing_ok=True)
        environment = {**os.environ, "PEER_WORK": str(WORK), "PEER_OUT": str(out), "REPS": "1", **settings}
        ran = subprocess.run(
            [str(HARNESS), sections], env=environment, capture_output=True, text=True, timeout=_LONGEST_S, check=False
        )
        if ran.returncode or not out.exists():
            self.missing = f"its harness ended with {ran.returncode}"
            return
        for name, value in json.loads(out.read_text("utf-8")).items():
            self.found.setdefault(name, []).append(value)

    def versions(self) -> dict[str, str]:
        """What it was."""
        names = ("node", "pouchdb", "express_pouchdb")
        return {name: str(self.found[name][-1]) for name in names if name in self.found}

    def seconds(self, way: str, size: int) -> list[float]:
        """Seconds of each run of a push or pull of so many records, with the fetch and batch size that suit it best."""
        best = []
        for run in self.found.get("time", ()):
            found = [times[f"{way}_med"] for name, times in run.items() if name.split("/")[1] == str(size)]
            best.append(min(found) / 1000)
        return best

    def bytes_a_record(self, way: str, size: int) -> float | None:
        """Of the better of its fetches."""
        for run in self.found.get("bytes", ()):
            found = [
                one[way] for name, one in run.items() if name.endswith(f"/{size}") and not name.startswith("nogzip")
            ]
            return min(map(_both, found)) / size if found else None
        return None

    def edits(self, count: int) -> tuple[float, int] | None:
        """Bytes and requests of pushing so many edits."""
        for run in self.found.get("delta", ()):
            one = run[str(count)]["push"]
            return _both(one), int(one["reqs"])
        return None

    def nothing(self) -> tuple[float, int] | None:
        """Bytes and requests when nothing has changed."""
        for run in self.found.get("bytes", ()):
            one = min((one["noop"] for one in run.values()), key=_both)
            return _both(one), int(one["reqs"])
        return None

    def edge(self, size: int, way: str) -> float | None:
        """Seconds on the emulated EDGE link: `push`, `pull`, `noop`, `one_edit`."""
        for run in self.found.get("edge", ()):
            if str(size) in run:
                return float(run[str(size)][way]["ms"]) / 1000
        return None

    def drops(self, way: str, every: int) -> dict[str, Any] | None:
        """Its best try on a link that drops each so many bytes."""
        for run in self.found.get("flap", ()):
            tries = [one for one in run if one["op"] == way and one["K"] == every]
            if tries:
                best = max(tries, key=lambda one: (one["finished"], one["docs"], -one["bytes"]))
                names = ("finished", "docs", "of", "bytes", "batch")
                return {name: best[name] for name in names} | {"seconds": round(best["ms"] / 1000, 1)}
        return None


def _both(one: Mapping[str, Any]) -> float:
    return float(one["up"] + one["down"])
