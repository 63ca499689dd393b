"""What the measurements share: spreads, a figure beside its goal, memory of a process. Measures nothing itself."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def ms_of(work: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def spread(samples: Sequence[float], digits: int = 2) -> dict[str, float]:
    """Median, 95th percentile and both ends of some samples, and how many they were."""
    ordered = sorted(samples)
    return {
        "median": round(statistics.median(ordered), digits),
        "p95": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], digits),
        "low": round(ordered[0], digits),
        "high": round(ordered[-1], digits),
        "count": len(ordered),
    }


def median(samples: Sequence[float], digits: int = 2) -> float:
    return round(statistics.median(samples), digits)


def at_most(value: float, goal: float, **more: object) -> dict[str, object]:
    """A figure beside its goal in DESIGN 10."""
    return {"value": value, "goal": goal, "met": value <= goal, **more}


def rss_mb() -> float:
    """Resident memory of this process in MB of 10^6 bytes; 0 where the system does not tell it this way."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return 0.0
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def windowless(**more: str) -> dict[str, str]:
    """The environment of a program with windows on no display."""
    quiet = {"QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "qt.qpa.*=false", "PYTHONPATH": str(ROOT)}
    return {**os.environ, **quiet, **more}


def child(module: str, *args: str | Path, env: Mapping[str, str]) -> dict[str, Any]:
    """What `python -m module` tells in its last line, a JSON object. Raises CalledProcessError if it fails."""
    command = [sys.executable, "-m", module, *map(str, args)]
    ran = subprocess.run(command, env=dict(env), cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return told
