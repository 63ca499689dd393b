"""Finds areas by name or code while someone types. Filled on any thread, then read on the GUI thread; no services."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LEVELS = 4


@dataclass(frozen=True, slots=True)
class AreaHit:
    """One area: code, name, and where it lies, smallest first (`Sembalun, Lombok Timur, Nusa Tenggara Barat`)."""

    code: str
    name: str
    within: str


def fold(text: str) -> str:
    """Lower case without marks above or below letters, single blanks."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(plain.split())


class AreaFinder:
    """An index over (code, name) rows. `favour` are codes whose subtree comes first: the areas of the user."""

    def __init__(self, rows: Iterable[tuple[str, str]], favour: Sequence[str] = ()) -> None:
        self._names = dict(rows)
        self._favour = tuple(favour)
        ordered = sorted(self._names, key=lambda code: (not self._mine(code), -code.count("."), code))
        self._folded = [(fold(self._names[code]), code) for code in ordered]

    def find(self, text: str, min_level: int = 1, limit: int = 20) -> list[AreaHit]:
        """Areas whose name begins with, then contains, `text`, or whose code begins with it; a word after a comma
        narrows to areas within (`sukamaju, lombok`)."""
        wanted, _, within = (part.strip() for part in fold(text).partition(","))
        if not wanted:
            return []
        if wanted[0].isdigit():
            return [self.hit(code) for _, code in self._coded(wanted, min_level)[:limit]]
        first: list[str] = []
        later: list[str] = []
        for name, code in self._folded:
            if wanted not in name or code.count(".") + 1 < min_level:
                continue
            if within and within not in fold(self.within(code)):
                continue
            (first if name.startswith(wanted) else later).append(code)
            if len(first) >= limit:
                break
        return [self.hit(code) for code in (first + later)[:limit]]

    def exact(self, text: str) -> str | None:
        """The code that was typed whole, with its dots or without, if it is known."""
        wanted = text.replace(".", "").replace(" ", "")
        dotted = ".".join(part for part in (wanted[:2], wanted[2:4], wanted[4:6], wanted[6:]) if part)
        return dotted if wanted.isdigit() and dotted in self._names else None

    def hit(self, code: str) -> AreaHit:
        return AreaHit(code, self.name(code), self.within(code))

    def name(self, code: str) -> str:
        """The name, or the code itself if it is not known here (an area of a newer decree)."""
        return self._names.get(code, code)

    def within(self, code: str) -> str:
        """The names of the areas around it, smallest first."""
        return ", ".join(self.name(above) for above in _above(code) if above in self._names)

    def path(self, code: str) -> str:
        """Name and surroundings in one line."""
        return ", ".join(part for part in (self.name(code), self.within(code)) if part)

    def _mine(self, code: str) -> bool:
        return any(code == one or code.startswith(f"{one}.") for one in self._favour)

    def _coded(self, digits: str, min_level: int) -> list[tuple[str, str]]:
        # People type the ten digits of a village code without dots.
        wanted = digits.replace(".", "").replace(" ", "")
        return [
            (name, code)
            for name, code in self._folded
            if code.replace(".", "").startswith(wanted) and code.count(".") + 1 >= min_level
        ]


def _above(code: str) -> list[str]:
    parts = code.split(".")
    return [".".join(parts[:n]) for n in range(len(parts) - 1, 0, -1)]
