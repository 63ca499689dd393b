"""How a run of the desktop program begins: what it was asked for, and the moments of its start. Imports no Qt."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

TIMING = "MIGDESK_TIMING"
"""The variable that has the moments written down, for who measures them."""


def tell(what: str, started: float) -> None:
    """A moment of the start in milliseconds since `started`, for who measures it."""
    if os.environ.get(TIMING):
        sys.stderr.write(f"{what} {(time.perf_counter() - started) * 1000:.1f} ms\n")


def home_of(argv: Sequence[str]) -> tuple[Path | None, str]:
    """The folder after `--home`, and what is wrong with the arguments."""
    left = list(argv)
    home = None
    while left:
        word = left.pop(0)
        if word == "--home" and left:
            home = Path(left.pop(0))
        elif word.startswith("--home="):
            home = Path(word.partition("=")[2])
        else:
            return None, "usage: migdesk [--home DIR]"
    return home, ""
