"""Copies the pictures that the documents show from a run of the demonstration: `screenshots.py demo-output`."""

import sys
from collections import Counter
from pathlib import Path

from PySide6.QtGui import QImage

TARGET = Path(__file__).parents[1] / "docs" / "screenshots"
SHOWN = {
    "today.png": "today",
    "counselling.png": "counselling-filled-in",
    "case.png": "case",
    "attendance.png": "attendance",
    "sync.png": "sync",
    "supervisor.png": "supervisor-person",
}
"""Name in the documents: the step of the run; the first of that name (the officer's sync, not the trainer's)."""


def smaller(picture: QImage) -> QImage:
    """The picture in its 256 most frequent colours: a window needs no more, and the file is a third of the size."""
    plain = picture.convertToFormat(QImage.Format.Format_RGB32)
    seen = Counter(memoryview(plain.constBits()).cast("I"))
    return plain.convertToFormat(QImage.Format.Format_Indexed8, [colour for colour, _ in seen.most_common(256)])


def main(source: Path) -> int:
    """Copy what is there; the exit code is 1 if a picture is missing."""
    TARGET.mkdir(parents=True, exist_ok=True)
    missing = []
    for name, step in SHOWN.items():
        found = sorted(source.glob(f"[0-9][0-9]-{step}.png"))
        if found:
            smaller(QImage(str(found[0]))).save(str(TARGET / name), quality=0)
        else:
            missing.append(f"{name}: the run has no picture of the step {step}")
    print("\n".join(missing) if missing else f"{len(SHOWN)} pictures renewed; now look at each of them")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
