"""Trains the shipped zstd dictionary on made-up changes: `python -m benchmarks.train_dictionary NUMBER`.

A dictionary that was shipped is never changed: batches name it by number, for ever. Train a new one under a new
number, and only when it saves bytes worth the download. Never on real data: it ships inside the program.
"""

import sys
from pathlib import Path

import zstandard

from benchmarks.synthetic_changes import Synthesis
from migdesk.domain.changes import Change
from migdesk.sync.wire import positional
from migdesk.sync.wire.columnar import Base

_SIZE = 110 << 10
_KINDS = (
    "counselling_session",
    "person",
    "counselling_session",
    "case",
    "attendance",
    "training_event",
    "participant",
    "incident",
    "training_session",
)


def samples() -> list[bytes | bytearray | memoryview]:
    """Bodies of one to eight changes: mostly new records, some edits."""
    bodies: list[bytes | bytearray | memoryview] = []
    for seed in range(40):
        office = Synthesis(seed, device=seed * 0x9E3779B97F4A7C15 % 2**64)
        pending: list[Change] = []
        for turn in range(150):
            rng = office.rng
            edit = bool(office.made) and rng.random() < 0.25
            pending.append(office.edit(rng.choice(office.made[-50:])) if edit else office.new(rng.choice(_KINDS)))
            if len(pending) >= rng.choice((1, 1, 1, 2, 4, 8)) or turn == 149:
                base = Base(office.device, pending[0].counter, office.ms + rng.randrange(10**7))
                bodies.append(positional.write(pending, base))
                pending = []
    return bodies


def main(number: int) -> None:
    trained = zstandard.train_dictionary(_SIZE, samples(), d=8, k=256, steps=4, level=19, dict_id=number)
    target = Path(__file__).resolve().parents[1] / "resources" / "sync" / f"dictionary-{number}.bin"
    target.write_bytes(trained.as_bytes())
    print(f"{target.name}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main(int(sys.argv[1]))
