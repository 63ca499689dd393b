"""Writes `resources/areas/*.tsv` from the unpacked npm package `idn-area-data` (see resources/areas/README.md).

Usage: `npm pack idn-area-data`, unpack the archive, then `python packaging/build_areas.py package/data [REGENCY ...]`.
"""

import csv
import re
import sys
from collections.abc import Iterable
from pathlib import Path

TARGET = Path(__file__).parents[1] / "resources" / "areas"
DEMONSTRATION = ("35.07", "52.03")
"""Malang and Lombok Timur: the regencies whose districts and villages ship now."""
_KEPT_CAPITAL = frozenset({"DKI", "DI", "UPT", "SP", "KM", "TNI", "RI"})
_SMALL = frozenset({"dan", "di", "ke"})
_ROMAN = re.compile(r"[IVX]+")


def tidy(name: str) -> str:
    """Title case as Indonesian place names have it: `KETAPANG II` becomes `Ketapang II`; `Dusun DI Atas` stays."""
    words = re.sub(r"\s+", " ", name).replace(" - ", "-").strip(" .").split(" ")
    return " ".join(_word(word, first=position == 0) for position, word in enumerate(words))


def _word(word: str, *, first: bool) -> str:
    if _ROMAN.fullmatch(word) or word in _KEPT_CAPITAL:
        return word
    if not first and word.lower() in _SMALL:
        return word.lower()
    if word.isupper() and len(word) > 1 and "." not in word:
        return "-".join(part.capitalize() for part in word.split("-"))
    return word


def read(source: Path, under: Iterable[str] = ("",)) -> list[tuple[str, str]]:
    """(code, tidy name) of the rows below one of the codes."""
    starts = tuple(under)
    with source.open(encoding="utf-8", newline="") as file:
        return [(row["code"], tidy(row["name"])) for row in csv.DictReader(file) if row["code"].startswith(starts)]


def write(name: str, rows: Iterable[tuple[str, str]]) -> None:
    """One sorted `code<TAB>name` line each, so that a parent comes before its children."""
    text = "".join(f"{code}\t{label}\n" for code, label in sorted(rows))
    (TARGET / f"{name}.tsv").write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Write the whole country to the level of regencies, and the named regencies whole."""
    data = Path(arguments[0])
    write("indonesia", read(data / "provinces.csv") + read(data / "regencies.csv"))
    for regency in arguments[1:] or DEMONSTRATION:
        below = (f"{regency}.",)
        write(regency, read(data / "districts.csv", below) + read(data / "villages.csv", below))


if __name__ == "__main__":
    main(sys.argv[1:])
