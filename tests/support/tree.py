"""The project's own files as data, for the tests of the house."""

import ast
import subprocess
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
WRITTEN_OUT = ROOT / "migdesk" / "store" / "migrations" / "versions"
"""Migrations are frozen text: no limit of length holds for them."""


class Module(NamedTuple):
    """One Python file, parsed."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that is, or would be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = (ROOT / name for name in sorted(set(listed.split("\0"))) if name)
    return tuple(path for path in paths if path.is_file())


@cache
def text_files() -> tuple[tuple[Path, str], ...]:
    """The tracked files that are text, with their text."""
    found = []
    for path in tracked_files():
        data = path.read_bytes()
        if b"\0" not in data[:8000]:
            found.append((path, data.decode("utf-8", errors="replace")))
    return tuple(found)


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """The Python files below these folders of the project."""
    tops = tuple(ROOT / folder for folder in folders)
    return tuple(
        Module(path, text, ast.parse(text))
        for path, text in text_files()
        if path.suffix == ".py" and any(top in path.parents for top in tops)
    )


def call_name(node: ast.Call) -> str:
    """The last part of what is called: `say` of `self.lang.say(...)`."""
    target = node.func
    if isinstance(target, ast.Attribute):
        return target.attr
    return target.id if isinstance(target, ast.Name) else ""


def place(module: Module, node: ast.AST) -> str:
    return f"{module.name}:{getattr(node, 'lineno', 0)}"
