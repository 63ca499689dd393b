"""What the sync screen shows. Plain data."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from migdesk.services.bundles import Preview
from migdesk.services.conflicts import OpenConflict
from migdesk.services.syncing import SyncStatus

Work = Literal["", "sync", "enrol", "export", "inspect", "import"]


class Counts(Protocol):
    """What of a sync's report is told to a person."""

    sent: int
    received: int
    seconds: float


@dataclass(frozen=True, slots=True)
class SyncState:
    """`work` is what goes on now, `progress` its (done, total, words). `outcome` is what the last one came to, in
    words, and `outcome_bad` whether it went wrong. `typed` keeps address and code over a rebuild of the view, `chosen`
    the recipients of a bundle; `preview` and `bundle` are of the file that is about to be imported."""

    status: SyncStatus | None = None
    conflicts: tuple[OpenConflict, ...] = ()
    work: Work = ""
    progress: tuple[int, int, str] = (0, 0, "")
    outcome: str = ""
    outcome_bad: bool = False
    typed: tuple[str, str] = ("", "")
    chosen: frozenset[str] = field(default_factory=frozenset)
    preview: Preview | None = None
    bundle: Path | None = None
