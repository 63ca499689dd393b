"""The server's small parts alone: its key, its rate limiter, its page."""

import re
import stat
from pathlib import Path

import pytest

from migdesk.errors import EnvError, UserError
from migdesk.i18n.catalogue import load
from migdesk.server.page import front_page
from migdesk.server.rate_limit import Rate, RateLimiter
from migdesk.server.server_key import loose_rights, server_key


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    made = server_key(tmp_path, {})
    assert len(made) == 64
    assert server_key(tmp_path, {}) == made
    assert stat.S_IMODE((tmp_path / "server.key").stat().st_mode) == 0o600
    assert not loose_rights(tmp_path)
    (tmp_path / "server.key").chmod(0o644)
    assert loose_rights(tmp_path)


def test_the_environment_goes_before_a_file_before_the_own_one(tmp_path: Path) -> None:
    file = tmp_path / "secret.txt"
    file.write_text("a secret kept on another disk\r\n")
    assert server_key(tmp_path, {}, file) == "a secret kept on another disk"
    given = {"MIGDESK_SERVER_KEY": "a secret of the service manager"}
    assert server_key(tmp_path, given, file) == given["MIGDESK_SERVER_KEY"]
    assert not (tmp_path / "server.key").exists()


def test_a_key_that_is_short_or_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        server_key(tmp_path, {"MIGDESK_SERVER_KEY": "short"})
    with pytest.raises(EnvError):
        server_key(tmp_path, {}, tmp_path / "absent")
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff" * 64)
    with pytest.raises(EnvError):
        server_key(tmp_path, {}, binary)


def test_a_burst_passes_and_then_one_at_a_time() -> None:
    limiter = RateLimiter(Rate(burst=3, every_s=2))
    assert [limiter.wait("a", 10) for _ in range(4)] == [0, 0, 0, 2]
    assert limiter.wait("b", 10) == 0
    assert limiter.wait("a", 11) == 1
    assert limiter.wait("a", 12) == 0
    assert [limiter.wait("a", 1000) for _ in range(4)] == [0, 0, 0, 2]


def test_strangers_do_not_fill_the_memory() -> None:
    limiter = RateLimiter(Rate(burst=1, every_s=60), most=10)
    for number in range(1000):
        assert limiter.wait(number, 0) == 0
    assert limiter.wait(999, 0) == 60
    assert limiter.wait(0, 0) == 0


def test_the_page_says_the_same_in_both_languages_and_loads_nothing() -> None:
    page = front_page((load("id"), load("en")))
    assert re.findall(r'lang="(\w+)"', page) == ["id", "id", "en"]
    assert "one-time code" in page
    assert "viewport" in page
    assert not re.search(r"https?://|<script|<img|<link", page)
