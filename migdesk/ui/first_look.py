"""Workspaces on this computer and the look of each, read without any heavy import: the unlock window needs no more."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from migdesk.paths import Paths


class Look(NamedTuple):
    """Language, theme and text size as kept in clear; `services.settings` owns the file and checks what it writes."""

    language: str = "id"
    theme: str = "light"
    text_size: float = 1.0


def read_look(home: Path) -> Look:
    """The look of a workspace, the default for what is absent or unreadable: the window must always open."""
    try:
        data: Any = json.loads(Paths(home).interface_file.read_text("utf-8"))
    except (OSError, ValueError):
        return Look()
    if not isinstance(data, dict):
        return Look()
    size = data.get("text_size", 1.0)
    return Look(
        str(data.get("language", "id")),
        str(data.get("theme", "light")),
        float(size) if isinstance(size, int | float) else 1.0,
    )


def workspaces(default: Path) -> list[Path]:
    """Folders beside the default one (and that one) which hold a key file: one workspace for each user."""
    places = sorted(default.parent.iterdir()) if default.parent.is_dir() else []
    return [place for place in places if Paths(place).keys_file.is_file()]
