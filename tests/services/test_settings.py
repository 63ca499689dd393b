"""Choices of the user: in clear only what the unlock window needs."""

import json
from pathlib import Path

import pytest

from migdesk.errors import UserError
from migdesk.services import settings
from migdesk.services.settings import Interface
from tests.support.workspaces import Desk


def test_the_interface_is_kept_in_clear_and_holds_nothing_else(tmp_path: Path) -> None:
    assert settings.read_interface(tmp_path) == Interface("id", "light", 1.0)
    chosen = settings.write_interface(tmp_path, Interface("en", "dark", 1.5))
    assert settings.read_interface(tmp_path) == chosen
    assert set(json.loads((tmp_path / "ui.json").read_text())) == {"language", "theme", "text_size"}


@pytest.mark.parametrize("content", ["", "[]", "{", '{"language": "xx", "theme": 5, "text_size": "big"}', "\x00\xff"])
def test_an_unreadable_file_never_keeps_the_window_shut(tmp_path: Path, content: str) -> None:
    (tmp_path / "ui.json").write_bytes(content.encode("latin-1"))
    assert settings.read_interface(tmp_path) == Interface()


@pytest.mark.parametrize("chosen", [Interface("xx"), Interface(theme="pink"), Interface(text_size=9.0)])
def test_what_does_not_exist_is_not_chosen(tmp_path: Path, chosen: Interface) -> None:
    with pytest.raises(UserError):
        settings.write_interface(tmp_path, chosen)
    assert not (tmp_path / "ui.json").exists()


def test_a_laptop_locks_itself_within_five_minutes(desk: Desk) -> None:
    session = desk()
    assert settings.idle_minutes(session) == 5
    settings.set_idle_minutes(session, 2)
    assert settings.idle_minutes(session) == 2
    with pytest.raises(UserError):
        settings.set_idle_minutes(session, 60)
    assert settings.idle_minutes(session) == 2
    assert not (session.home / "ui.json").exists()
