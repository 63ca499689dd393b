"""How long the program takes to be there: the unlock window as a whole process beside a bare PySide6 window, and the
home screen after the key was derived. `python -m benchmarks.start` prints one JSON object."""

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measuring import ROOT, at_most, child, median, spread, windowless

PAIRS = 21
HOMES = 5
_LINE = re.compile(r"(.+) ([0-9.]+) ms")
_OURS = "import sys; from migdesk.__main__ import main; sys.exit(main([]))"
"""What the installed command `migdesk` runs."""
_BARE = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
class Bare(QWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, lambda: (sys.stderr.write("first paint 0.0 ms\\n"), sys.stderr.flush()))
app = QApplication(sys.argv)
bare = Bare()
bare.show()
app.exec()
"""


def until_painted(command: list[str], env: dict[str, str]) -> tuple[float, dict[str, float]]:
    """Milliseconds from the start of a process to its first paint, and the moments it told of; then it is ended."""
    told: dict[str, float] = {}
    start = time.perf_counter()
    with subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if found := _LINE.match(line):
                told[found[1]] = float(found[2])
            if "first paint" in told:
                took = (time.perf_counter() - start) * 1000
                process.kill()
                return took, told
    raise RuntimeError("the program ended before its first paint")


def unlock_window(folder: Path) -> dict[str, object]:
    """The two programs in turn, so that a busy machine is busy for both."""
    home = folder / "MigDesk" / "workspace"
    home.mkdir(parents=True)
    (home / "keys.json").write_text("{}", encoding="utf-8")
    # No --home: the whole way that a person's double click goes.
    env = windowless(MIGDESK_TIMING="1", XDG_DATA_HOME=str(folder), LOCALAPPDATA=str(folder))
    ours, bare = [sys.executable, "-c", _OURS], [sys.executable, "-c", _BARE]
    for command in (ours, bare):
        until_painted(command, env)  # warms the disk
    pairs, after_qt = [], []
    for _ in range(PAIRS):
        base, _ = until_painted(bare, env)
        took, told = until_painted(ours, env)
        pairs.append((took, base))
        after_qt.append(told["first paint"] - told["Qt imported"])
    ratio = median([took / base for took, base in pairs])
    return {
        "unlock window, ms": spread([took for took, _ in pairs], 1),
        "bare window, ms": spread([base for _, base in pairs], 1),
        "ratio to a bare window": at_most(ratio, 1.35, spread=spread([took / base for took, base in pairs])),
        "first paint after the Qt import, ms": at_most(median(after_qt, 1), 60, spread=spread(after_qt, 1)),
    }


def home_screen(home: Path, times: int = HOMES) -> dict[str, object]:
    """From the derived key to the painted home screen with its figures, everything imported; and the memory then."""
    env = windowless()
    told = [child("benchmarks.home_screen", home, env=env) for _ in range(times)]
    shown = [one["home_ms"] for one in told]
    return {
        "home screen after the key, ms": at_most(median(shown, 1), 400, spread=spread(shown, 1)),
        "memory at the home screen, MB": median([one["home_mb"] for one in told], 1),
        "memory at the list of people, MB": at_most(median([one["people_mb"] for one in told], 1), 150),
    }


def measure() -> dict[str, object]:
    from benchmarks import workspace
    from migdesk.services import session as sessions

    with tempfile.TemporaryDirectory() as folder:
        found = unlock_window(Path(folder))
        home = Path(folder) / "rina"
        session = workspace.make(home)
        workspace.fill(session, 1_000)
        sessions.close(session)
        return found | {f"1,000 people: {name}": one for name, one in home_screen(home).items()}


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
    print()
