"""Choices of the user. Language, theme and text size stand in clear in HOME/ui.json, because the unlock window needs
them; everything else is inside the encrypted store."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.paths import Paths
from migdesk.services.auto_sync import When
from migdesk.services.session import Session
from migdesk.vault.atomic_file import write_atomic

LANGUAGES = ("id", "en", "en_XA")
THEMES = ("light", "dark", "contrast")
TEXT_SIZES = (0.9, 1.0, 1.15, 1.25, 1.5, 1.75, 2.0)
IDLE_MINUTES = (1, 2, 3, 5)
"""A laptop locks itself after at most five minutes (R-09)."""

_IDLE = "ui.idle_minutes"
_SYNC_WHEN = "sync.when"


@dataclass(frozen=True, slots=True)
class Interface:
    """How MigDesk looks and speaks."""

    language: str = "id"
    theme: str = "light"
    text_size: float = 1.0


def read_interface(home: Path) -> Interface:
    """The choices of this workspace. What is absent or unreadable has its default: the window must always open."""
    try:
        data = json.loads(Paths(home).interface_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Interface()
    return _sound(data) if isinstance(data, dict) else Interface()


def write_interface(home: Path, chosen: Interface) -> Interface:
    """Keep the choices; what is kept is returned. Raises UserError for one that does not exist, EnvError."""
    if _sound(asdict(chosen)) != chosen:
        raise UserError(N_("There is no such language, theme or text size."))
    write_atomic(Paths(home).interface_file, json.dumps(asdict(chosen), sort_keys=True).encode("ascii"))
    return chosen


def idle_minutes(session: Session) -> int:
    """After how many minutes without a key or a click the laptop locks itself."""
    from migdesk.store import settings  # noqa: PLC0415 - the unlock window reads the interface without the store

    with session.store.read() as tx:
        kept = settings.get(tx, _IDLE, IDLE_MINUTES[-1])
    return kept if kept in IDLE_MINUTES else IDLE_MINUTES[-1]


def set_idle_minutes(session: Session, minutes: int) -> None:
    """Set it to one of `IDLE_MINUTES`. Raises UserError for others."""
    from migdesk.store import settings  # noqa: PLC0415

    if minutes not in IDLE_MINUTES:
        raise UserError(N_("A laptop locks itself after 1 to {limit} minutes."), limit=IDLE_MINUTES[-1])
    with session.store.begin() as tx:
        settings.put(tx, _IDLE, minutes)


def sync_when(session: Session) -> When:
    """When this workspace syncs by itself."""
    from migdesk.store import settings  # noqa: PLC0415

    with session.store.read() as tx:
        kept = settings.get(tx, _SYNC_WHEN, When.AUTOMATIC)
    return When(kept) if kept in tuple(When) else When.AUTOMATIC


def set_sync_when(session: Session, when: When) -> None:
    """Choose it."""
    from migdesk.store import settings  # noqa: PLC0415

    with session.store.begin() as tx:
        settings.put(tx, _SYNC_WHEN, when.value)


def _sound(data: dict[str, Any]) -> Interface:
    default = Interface()
    language, theme, size = (data.get(name) for name in ("language", "theme", "text_size"))
    return Interface(
        language=language if language in LANGUAGES else default.language,
        theme=theme if theme in THEMES else default.theme,
        text_size=float(size) if isinstance(size, int | float) and size in TEXT_SIZES else default.text_size,
    )
