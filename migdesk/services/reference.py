"""What ships with the program and never changes at run time: code lists and areas. Any thread."""

import tomllib
from collections.abc import Iterator
from typing import Any

from migdesk.domain.codes import CodeBook
from migdesk.paths import resource


def read_codebook() -> CodeBook:
    """All code lists of `resources/codes`."""
    files = sorted(resource("codes").glob("*.toml"))
    return CodeBook.parse(tomllib.loads(file.read_text(encoding="utf-8")) for file in files)


def read_areas() -> Iterator[dict[str, str]]:
    """The shipped areas as rows with `code` and `name`, parents before children, each code once."""
    seen = set()
    for file in sorted(resource("areas").glob("*.tsv"), key=lambda file: (file.stem != "indonesia", file.name)):
        for line in file.read_text(encoding="utf-8").splitlines():
            code, _, name = line.partition("\t")
            if name and not line.startswith("#") and code not in seen:
                seen.add(code)
                yield {"code": code, "name": name}


def area_rows() -> Iterator[dict[str, Any]]:
    """The shipped areas as values of `Area` records; the level follows from the code (DOMAIN 2.1)."""
    for row in read_areas():
        code = row["code"]
        level = 0 if code == "00" else code.count(".") + 1
        yield {"code": code, "name": row["name"], "level": level}
