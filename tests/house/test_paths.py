"""Folders: what ships is found, and what belongs to a person is private."""

import stat
import sys
from pathlib import Path

import pytest

from migdesk.paths import Paths, default_home, ensure_private, resource


def test_what_ships_is_found() -> None:
    assert (resource("codes") / "README.md").is_file()


def test_an_incomplete_program_says_so() -> None:
    with pytest.raises(FileNotFoundError, match="resources/nothing"):
        resource("nothing")


def test_a_workspace_folder_has_its_files(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    names = (paths.keys_file, paths.store_file, paths.lock_file, paths.log_file, paths.backups, paths.interface_file)
    expected = ["keys.json", "store.db", "workspace.lock", "logs/migdesk.log", "backups", "ui.json"]
    assert [path.relative_to(tmp_path).as_posix() for path in names] == expected


def test_the_default_home_is_not_made_by_asking(home_of_the_tests: Path) -> None:
    assert home_of_the_tests in default_home().parents
    assert not default_home().exists()


@pytest.mark.skipif(sys.platform == "win32", reason="rights are those of the profile")
def test_a_private_folder_is_private_even_if_it_was_open_before(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    for folder in (tmp_path / "open", tmp_path / "new" / "deep"):
        assert stat.S_IMODE(ensure_private(folder).stat().st_mode) == 0o700
