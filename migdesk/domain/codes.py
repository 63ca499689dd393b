"""Code lists: data with labels in several languages and validity dates; a retired code still displays (V-20)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

MISSING_CODES = ("unknown", "declined")


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """One code. `exports` holds its name in other standards, e.g. {"htcds": "Feminine"}."""

    code: str
    labels: Mapping[str, str]
    valid_from: date | None = None
    valid_to: date | None = None
    exports: Mapping[str, str] = field(default_factory=dict)

    def label(self, language: str) -> str:
        """The words in `language`, else Indonesian, else English, else the code itself."""
        for name in (language, "id", "en"):
            if name in self.labels:
                return self.labels[name]
        return self.code

    def active_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class CodeList:
    """A named list in the order in which it is shown; that order is also the rank of a `HIGHER` field, low to high."""

    name: str
    entries: tuple[CodeEntry, ...]
    by_code: Mapping[str, CodeEntry]

    def active_on(self, day: date) -> tuple[CodeEntry, ...]:
        """What may be chosen on that day."""
        return tuple(entry for entry in self.entries if entry.active_on(day))

    def label(self, code: str, language: str) -> str:
        """The words for a code, retired or not; the code itself if a newer version made it."""
        entry = self.by_code.get(code)
        return entry.label(language) if entry else code


class CodeBook:
    """All code lists of a program, by name."""

    def __init__(self, lists: Iterable[CodeList]) -> None:
        self.lists = {one.name: one for one in lists}

    def __getitem__(self, name: str) -> CodeList:
        return self.lists[name]

    def ranks(self, name: str) -> dict[str, int]:
        """The rank of each code of a list, for `merge.rank_of`; empty for a list that is not here."""
        found = self.lists.get(name)
        return {entry.code: rank for rank, entry in enumerate(found.entries)} if found else {}

    @classmethod
    def parse(cls, documents: Iterable[Mapping[str, Any]]) -> "CodeBook":
        """Build from parsed TOML documents of the form described in `resources/codes/README.md`."""
        return cls(_code_list(name, body) for document in documents for name, body in document.items())


def _code_list(name: str, body: Mapping[str, Any]) -> CodeList:
    entries = [
        CodeEntry(
            code=str(row["code"]),
            labels={key: str(row[key]) for key in ("id", "en") if key in row},
            valid_from=row.get("valid_from"),
            valid_to=row.get("valid_to"),
            exports={key: str(value) for key, value in row.get("exports", {}).items()},
        )
        for row in body["codes"]
    ]
    return CodeList(name, tuple(entries), {entry.code: entry for entry in entries})
