"""What a message expects to be filled in, and filling it in. A wrong message or translation never raises."""

from collections.abc import Mapping
from string import Formatter
from typing import Any


def placeholders(text: str) -> frozenset[tuple[str, str, str]] | None:
    """The (name, format, conversion) of each placeholder of a message; None if it is no valid message."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return None
    return frozenset((name, spec or "", how or "") for _, name, spec, how in parts if name is not None)


def names(text: str) -> frozenset[str]:
    """The names alone; empty for what is no valid message."""
    return frozenset(name for name, _, _ in placeholders(text) or ())


class _Kept(dict[str, Any]):
    """A placeholder that nobody filled stays visible as itself instead of raising in the middle of a screen."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def fill(text: str, params: Mapping[str, Any]) -> str:
    """`text` with its placeholders filled; the text itself if that cannot be done."""
    if "{" not in text and "}" not in text:
        return text
    try:
        return text.format_map(_Kept(params))
    except (ValueError, TypeError, AttributeError, IndexError):
        return text
