"""What the sync screen shows. Plain data."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from migdesk.services.auto_sync import When
from migdesk.services.bundles import BundleReport, Preview
from migdesk.services.sync_words import Plain
from migdesk.services.syncing import SyncStatus, Waiting

Work = Literal["", "sync", "enrol", "export", "inspect", "import"]
Page = Literal["home", "conflicts"]


@dataclass(frozen=True, slots=True)
class SyncState:
    """`standing` is how things stand, most urgent first. `work` is what goes on now, `progress` its (done, total,
    words) and `measure` the same as a number to read. `outcome` is what the last one came to, in words, and
    `outcome_bad` whether it went wrong. `typed` keeps address and code over a rebuild of the view, `chosen` the
    recipients of a bundle; `preview`, `forecast` (what it would change) and `bundle` are of the file that is about to
    be imported."""

    page: Page = "home"
    status: SyncStatus | None = None
    standing: tuple[Plain, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    apart: int = 0
    when: When = When.AUTOMATIC
    work: Work = ""
    progress: tuple[int, int, str] = (0, 0, "")
    measure: str = ""
    outcome: str = ""
    outcome_bad: bool = False
    typed: tuple[str, str] = ("", "")
    chosen: frozenset[str] = field(default_factory=frozenset)
    preview: Preview | None = None
    forecast: BundleReport | None = None
    bundle: Path | None = None
