"""What a sync did, in counts; it goes to the screen, to the history and to `--json`. Plain data."""

from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(slots=True)
class SyncReport:
    """Counts of changes, bytes of frames (above HTTP) and seconds. `waiting` batches were not acknowledged;
    `removed` records left what this user may know; `passed_on` were written by others and brought to the server.
    `set_back`: the audit chain does not follow from the one that the server knows.
    In a room (`peer` names the hub's device): `kept_back` may be known to the central server only."""

    sent: int = 0
    received: int = 0
    conflicts: int = 0
    quarantined: int = 0
    held: int = 0
    removed: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    requests: int = 0
    seconds: float = 0.0
    waiting: int = 0
    revoked: bool = False
    forked: bool = False
    set_back: bool = False
    passed_on: int = 0
    kept_back: int = 0
    peer: str = ""
    error: str = ""

    def and_then(self, later: "SyncReport") -> "SyncReport":
        """Both as one: counts added up, states as they are at the end."""
        counted = ("sent", "received", "conflicts", "quarantined", "held", "removed", "passed_on", "bytes_up",
                   "bytes_down", "requests", "seconds")  # fmt: skip
        return replace(later, **{name: getattr(self, name) + getattr(later, name) for name in counted})

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "seconds": round(self.seconds, 3)}
