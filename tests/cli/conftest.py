"""A workspace for the verbs, and a way to call them in this process."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from migdesk import cli
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import FAST_KDF, PASSPHRASE, create


@dataclass(frozen=True)
class Called:
    """One call of a verb in this process."""

    code: int
    out: str
    err: str

    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines() if line.strip()]


NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
Call = Callable[..., Called]


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One workspace per role, to be copied."""
    folder = tmp_path_factory.mktemp("roles")
    roles = ("SUPERVISOR", "OUTREACH", "TRAINER", "CENTRAL", "PLANNER", "ADMIN")
    return {role: create(folder / role, role, username=role.lower()) for role in roles}


@pytest.fixture
def home(tmp_path: Path, made_once: dict[str, Path]) -> Path:
    """A supervisor's workspace of its own."""
    return Path(shutil.copytree(made_once["SUPERVISOR"], tmp_path / "home"))


@pytest.fixture
def home_of(tmp_path: Path, made_once: dict[str, Path]) -> Callable[[str], Path]:
    """A workspace of its own for a role."""

    def copy(role: str) -> Path:
        return Path(shutil.copytree(made_once[role], tmp_path / role))

    return copy


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Call a verb; `home=` gives it a workspace, `lang=` a language."""

    def run(*words: str | Path, home: Path | None = None, lang: str = "en", **env: str) -> Called:
        argv = [str(word) for word in words] + (["--home", str(home)] if home else [])
        capsys.readouterr()
        given = {"MIGDESK_LANG": lang, "MIGDESK_PASSPHRASE": PASSPHRASE} | env
        code = cli.main(argv, given, FakeClock(NOON), kdf=FAST_KDF)
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return Called(code, told.out, told.err)

    return run
