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


def removed(default: Path) -> list[Path]:
    """Folders beside the default one (and that one) whose workspace was removed by order and left only its mark."""
    places = sorted(default.parent.iterdir()) if default.parent.is_dir() else []
    return [place for place in places if is_removed(place)]


def is_removed(home: Path) -> bool:
    """Whether only the mark of a removal is left in this folder, or a removal began there."""
    paths = Paths(home)
    try:
        state = json.loads(paths.removed_file.read_text("utf-8"))["state"]
    except (OSError, ValueError, TypeError, KeyError):
        return False
    return state == "wiping" or not paths.keys_file.exists()


def workspaces(default: Path) -> list[Path]:
    """Folders beside the default one (and that one) which hold a key file: one workspace for each user."""
    places = sorted(default.parent.iterdir()) if default.parent.is_dir() else []
    return [place for place in places if Paths(place).keys_file.is_file() and not is_removed(place)]
