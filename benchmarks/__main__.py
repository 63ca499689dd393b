"""Runs every measurement and writes benchmarks/results/<name>.json, with the machine and the versions it ran on."""

import importlib
import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

MEASURES = ("wire_sizes", "start", "saving", "finding", "syncing", "sync", "stutter", "server_load", "country")
"""Modules of this package with a function `measure()` that gives a JSON object."""
RESULTS = Path(__file__).parent / "results"
_LIBRARIES = ("SQLAlchemy", "sqlcipher3", "zstandard", "cryptography", "msgspec", "PySide6-Essentials")


def surroundings() -> dict[str, object]:
    """What a reader needs to know to compare two results; no name of a person or a computer."""
    libraries = {name: version(name) for name in _LIBRARIES}
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "libraries": libraries,
    }


def main(names: list[str]) -> None:
    """Run the named measurements, or all."""
    RESULTS.mkdir(exist_ok=True)
    for name in names or MEASURES:
        result = importlib.import_module(f"benchmarks.{name}").measure()
        text = json.dumps({"surroundings": surroundings(), "result": result}, indent=1, ensure_ascii=False)
        (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        print(f"{name}: benchmarks/results/{name}.json")


if __name__ == "__main__":
    main(sys.argv[1:])
