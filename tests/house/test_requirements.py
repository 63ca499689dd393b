"""Dependencies are pinned and hashed, name no index, and the Qt that we ship counts its references right."""

import re
import sys
from importlib.metadata import distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.support.tree import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PYSIDE = "6.11.3"
CALLS = 20_000
SLACK = 200
"""References to None that the interpreter itself may take or drop meanwhile."""


def entries(lock: Path) -> list[str]:
    """One string for each requirement, its continuation lines joined."""
    lines = [
        line for line in lock.read_text("utf-8").splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]
    return "\n".join(lines).replace("\\\n", " ").splitlines()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.name))
def test_each_requirement_is_pinned_and_hashed(lock: Path) -> None:
    assert [
        entry[:60]
        for entry in entries(lock)
        if not re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==\S+", entry) or "--hash=sha256:" not in entry
    ] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.name))
def test_no_lock_names_an_index(lock: Path) -> None:
    assert re.findall(r"https?://|--(?:extra-)?index-url|--find-links", lock.read_text("utf-8")) == []


def test_the_locks_agree() -> None:
    pins: dict[str, set[str]] = {}
    for lock in LOCKS:
        for entry in entries(lock):
            name, _, rest = entry.partition("==")
            pins.setdefault(name.partition("[")[0], set()).add(rest.split()[0])
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


def test_an_extra_that_a_package_asks_for_is_pinned_with_it() -> None:
    """Else pip looks at the newest release of it first, which has no hash here, and a new machine cannot be set up."""
    pinned = {}
    for entry in entries(ROOT / "requirements" / "dev.txt"):
        found = Requirement(entry.partition("--hash")[0])
        pinned[canonicalize_name(found.name)] = found.extras
    asked = [
        (distribution.name, requirement)
        for distribution in distributions()
        if canonicalize_name(distribution.name) in pinned
        for requirement in map(Requirement, distribution.requires or ())
        if requirement.extras
        and canonicalize_name(requirement.name) in pinned
        and (requirement.marker is None or requirement.marker.evaluate({"extra": ""}))
    ]
    assert asked
    assert [one for one in asked if not one[1].extras <= pinned[canonicalize_name(one[1].name)]] == []


def test_pyside_is_the_version_that_was_tried() -> None:
    assert version("PySide6-Essentials") == PYSIDE


def test_qt_calls_do_not_eat_references_to_none(qtbot: QtBot) -> None:
    """Version 6.12.0 drops one on each such call and the interpreter aborts after some thousands."""
    timer, label = QTimer(), QLabel()
    qtbot.addWidget(label)
    before = sys.getrefcount(None)
    for number in range(CALLS):
        timer.setInterval(1_000 + number % 2)
        label.setText("a" if number % 2 else "b")
    assert abs(sys.getrefcount(None) - before) < SLACK
