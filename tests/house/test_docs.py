"""The documents: links that lead somewhere, commands that exist, decisions in the agreed form."""

import re
from pathlib import Path

import pytest

from tests.support.tree import ROOT, tracked_files

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
MAKE = re.compile(r"\bmake ([a-z-]+)\b")
DOCUMENTS = [path for path in tracked_files() if path.suffix == ".md"]
MADE_LATER = {"docs/screenshots"}
"""Pictures that `make shots` renews; the README may name one before the first run."""
NAMED = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.(?:py|md|toml|txt|sh|spec)|(?:[\w.-]+/)+)`")
ABOUT_THE_TREE = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "docs/adr")
MADE_BY_RUNNING = {"demo-output/", "new.po"}
ADR_PARTS = ("## Context", "## Decision", "## Consequences", "## Alternatives")


def anchors(text: str) -> set[str]:
    """The anchors of the headings, as the usual viewers make them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text("utf-8")
    dead = []
    for target in LINK.findall(FENCE.sub("", text)):
        name, _, anchor = target.partition("#")
        if "://" in target or target.startswith("mailto:") or any(place in target for place in MADE_LATER):
            continue
        file = (document.parent / name).resolve() if name else document
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file.read_text("utf-8"))):
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_a_document_names_exist(document: Path) -> None:
    if not str(document.relative_to(ROOT)).startswith(ABOUT_THE_TREE):
        return
    known = {str(path.relative_to(ROOT)) for path in tracked_files()}
    known |= {
        f"{parent.relative_to(ROOT)}/" for path in tracked_files() for parent in path.parents if ROOT in parent.parents
    }
    named = set(NAMED.findall(FENCE.sub("", document.read_text("utf-8")))) - MADE_BY_RUNNING
    gone = [name for name in named if not any(one == name or one.endswith(f"/{name}") for one in known)]
    assert sorted(gone) == []


def test_each_make_command_in_a_document_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for document in DOCUMENTS:
        code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", document.read_text("utf-8"), re.DOTALL))
        assert set(MAKE.findall(code)) <= targets, document.name


def test_the_first_screen_of_the_readme_has_both_commands() -> None:
    first = (ROOT / "README.md").read_text("utf-8").splitlines()[:45]
    assert {"make run", "make test"} <= set(MAKE_LINE for line in first for MAKE_LINE in re.findall(r"make \w+", line))


def test_each_make_target_says_what_it_does() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    for target in ("run", "test", "check", "strings", "bench", "shots", "fix", "clean", "freeze"):
        assert re.search(rf"^{target}:.*## \w", text, re.MULTILINE), target


def test_decisions_are_numbered_and_have_their_four_parts() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert [path.name[:4] for path in decisions] == [f"{number:04d}" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        text = path.read_text("utf-8")
        assert [part for part in ADR_PARTS if part not in text] == [], path.name


def test_ci_runs_what_people_run() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text("utf-8")
