"""The table of faults: every line of the list is in it, and each names tests that exist or says why it is left out."""

import re

from tests.support.tree import ROOT

TABLE = ROOT / "docs/faults.md"
ROW = re.compile(r"^\| ([A-Z]\d) \| (.+?) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
LINES = {
    *(f"W{n}" for n in range(1, 9)), *(f"C{n}" for n in range(1, 6)), "D1", "D2", "D3",
    *(f"H{n}" for n in range(1, 10)),
    "T1", "T2", "T3", "M1", "M2", "M3", "S1", "S2", "S3", "S4", "K1", "K2", "R1", "R2", "R3", "R4", "P1", "P2", "P3",
}  # fmt: skip


def rows() -> list[tuple[str, str, str]]:
    return ROW.findall(TABLE.read_text("utf-8"))


def test_every_fault_has_a_line() -> None:
    assert {line for line, _, _ in rows()} == LINES


def test_each_line_names_a_test_or_says_why_not() -> None:
    lacking = [
        f"{line}: {fault}"
        for line, fault, held in rows()
        if not NAMED.search(held) and not re.search(r"left out: \w|to be named: \w", held)
    ]
    assert lacking == []


def test_the_tests_that_are_named_exist() -> None:
    gone = []
    for path, name in NAMED.findall(TABLE.read_text("utf-8")):
        file = ROOT / path
        if not file.exists() or not re.search(rf"^def {name}\(", file.read_text("utf-8"), re.MULTILINE):
            gone.append(f"{path}::{name}")
    assert gone == []
