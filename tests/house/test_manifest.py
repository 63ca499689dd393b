"""The frozen program: what its manifest names is there, and its data are the folders that the code asks for."""

import importlib.util
from pathlib import Path

import pytest

from tests.support.tree import ROOT


@pytest.fixture
def manifest() -> dict[str, object]:
    source = (ROOT / "packaging" / "manifest.py").read_text("utf-8")
    names: dict[str, object] = {"__file__": str(ROOT / "packaging" / "manifest.py")}
    exec(compile(source, "manifest.py", "exec"), names)
    return names


def test_what_it_names_is_there(manifest: dict[str, object]) -> None:
    data, hidden = manifest["DATA"], manifest["HIDDEN"]
    assert isinstance(data, list)
    assert isinstance(hidden, list)
    assert [source for source, _ in data if not Path(source).exists()] == []
    assert [name for name in hidden if importlib.util.find_spec(name) is None] == []


def test_resources_and_migrations_go_along(manifest: dict[str, object]) -> None:
    data = manifest["DATA"]
    assert isinstance(data, list)
    assert {"resources", "migdesk/store/migrations"} <= {folder for _, folder in data}
