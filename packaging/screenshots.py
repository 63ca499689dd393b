"""Copies the pictures that the documents show from a run of the demonstration: `screenshots.py demo-output`."""

import shutil
import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "docs" / "screenshots"
SHOWN = {
    "today.png": "*today*.png",
    "person.png": "*person*.png",
    "counselling.png": "*counsel*.png",
    "case.png": "*case*.png",
    "attendance.png": "*attendance*.png",
    "sync.png": "*sync*.png",
}
"""Name in the documents: which picture of the run it is; the last one that fits, because a step ends filled in."""


def main(source: Path) -> int:
    """Copy what is there; the exit code is 1 if a picture is missing."""
    TARGET.mkdir(parents=True, exist_ok=True)
    missing = []
    for name, pattern in SHOWN.items():
        found = sorted(source.rglob(pattern))
        if found:
            shutil.copyfile(found[-1], TARGET / name)
        else:
            missing.append(f"{name}: no picture of the run fits {pattern}")
    print("\n".join(missing) if missing else f"{len(SHOWN)} pictures renewed; now look at each of them")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
