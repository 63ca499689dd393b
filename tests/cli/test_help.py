"""What a script or a person meets first: help, version, wrong use, language, and how fast it is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from migdesk import __version__, cli
from migdesk.cli.parser import VERBS
from tests.support.program import ROOT, environment, migdesk

GROUPS = {
    "workspace": ("create", "info", "passwd", "wipe"),
    "server": ("run", "code", "devices", "revoke"),
    "records": ("schema", "put", "list", "history"),
    "conflicts": ("list", "resolve"),
    "bundle": ("export", "import", "inspect"),
    "key": ("show",),
    "report": ("indicators",),
    "export": ("htcds", "incident-recorder", "excel"),
    "import": ("people", "participants", "agencies", "areas"),
}
ENGLISH = {"MIGDESK_LANG": "en"}


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"], ENGLISH) == 0
    out = capsys.readouterr().out
    for verb in VERBS:
        assert re.search(rf"^ +{verb}\b", out, re.MULTILINE), verb
    assert "MIGDESK_PASSPHRASE" in out


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_and_act_has_help_in_both_languages(
    verb: str, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([verb, "--help"], {"MIGDESK_LANG": language}) == 0
    out = capsys.readouterr().out
    for act in GROUPS.get(verb, ()):
        assert act in out
        assert cli.main([verb, act, "--help"], {"MIGDESK_LANG": language}) == 0
        assert "--home" in capsys.readouterr().out or act == "schema"


@pytest.mark.parametrize(
    "argv",
    [
        ["nonsense"],
        ["records"],
        ["records", "put"],
        ["workspace", "create", "--user", "x"],
        ["report", "indicators", "--from", "2026-01-01"],
        ["export", "excel", "--profile", "everything", "--out", "x"],
        ["sync", "--unknown"],
        ["records", "schema", "--kind", "perso"],
        ["server", "--home", "a", "--database", "b"],
    ],
)
def test_wrong_use_ends_with_2_and_says_how(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(argv, ENGLISH) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "Traceback" not in told.err
    assert told.err.strip()


def test_the_language_is_that_of_the_environment_else_of_the_workspace_else_indonesian(tmp_path: Path) -> None:
    home = ["sync", "--home", str(tmp_path)]
    assert cli.language(home, {}).code == "id"
    (tmp_path / "ui.json").write_text('{"language": "en"}')
    assert cli.language(home, {}).code == "en"
    assert cli.language([f"--home={tmp_path}"], {}).code == "en"
    assert cli.language(home, {"MIGDESK_LANG": "id"}).code == "id"
    (tmp_path / "ui.json").write_text("[broken")
    assert cli.language(home, {}).code == "id"


def test_version_as_a_program() -> None:
    ran = migdesk("--version").done()
    assert ran.out.strip() == f"MigDesk {__version__}"


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_help_loads_neither_the_database_library_nor_qt_nor_the_network(option: str) -> None:
    code = (
        "import sys; from migdesk.__main__ import main; main([sys.argv[1]]);"
        "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, option], env=environment(), cwd=ROOT, capture_output=True, text=True, check=True
    )
    for heavy in ("sqlalchemy", "sqlcipher3", "PySide6", "urllib3", "cryptography", "starlette", "babel", "xlsxwriter"):
        assert f"'{heavy}'" not in ran.stderr, heavy


def test_the_workspace_that_is_not_there_is_told_before_a_passphrase_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["records", "list", "--home", str(tmp_path)], ENGLISH) == 1
    assert "workspace" in capsys.readouterr().err
