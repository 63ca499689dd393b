"""A passphrase that was set anew without the old one: noted on disk at once, and in the audit trail as soon as the
workspace is open. `tell` runs on the store's thread, the rest on any.
"""

import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from migdesk.paths import Paths

if TYPE_CHECKING:
    from migdesk.store.database import Store

BY_SUPERVISOR, BY_PAPER = "supervisor", "paper"
TRIED = "recovery.sheet"
"""The setting that says which recovery sheet was tried, and when (`services.recovery_sheet`)."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """The last one. `number` is that of the request, or random; `told` once the audit trail knows."""

    number: str
    by: str = BY_SUPERVISOR
    told: bool = False


def note(home: Path, renewal: Renewal) -> None:
    """Keep it for the audit trail and against a second use of the same answer. Raises EnvError."""
    from migdesk.vault.atomic_file import write_atomic  # noqa: PLC0415

    write_atomic(Paths(home).recovered_file, json.dumps(asdict(renewal), sort_keys=True).encode("ascii"))


def last(home: Path) -> Renewal | None:
    """The last one; what is damaged counts as none."""
    try:
        found = json.loads(Paths(home).recovered_file.read_bytes())
        one = Renewal(found["number"], found.get("by", BY_SUPERVISOR), found["told"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    sound = isinstance(one.number, str) and re.fullmatch("[0-9a-f]{16}", one.number)
    return one if sound and one.by in (BY_SUPERVISOR, BY_PAPER) and isinstance(one.told, bool) else None


def tell(store: "Store", home: Path, user: UUID) -> None:
    """Write it into the audit trail if that does not know yet. A sheet that was used is not safe any more: others may
    have read it, so it counts as not tried."""
    from migdesk.store import audit, settings  # noqa: PLC0415

    one = last(home)
    if one is None or one.told:
        return
    with store.begin() as tx:
        audit.append(tx, user, "recovered", detail=f"number={one.number} by={one.by}")
        if one.by == BY_PAPER:
            settings.put(tx, TRIED, None)
    note(home, replace(one, told=True))
