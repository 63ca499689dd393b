"""What packaging/deploy and docs/deploy.md say fits the program: command lines, limits, names of figures, files."""

import re
import shlex
import shutil
import subprocess
from argparse import Namespace
from pathlib import Path

import pytest

from migdesk.cli.parser import make_parser
from migdesk.domain.kinds import SCHEMA
from migdesk.i18n import load
from migdesk.server.exchanging import MAX_EXCHANGE_BYTES
from migdesk.server.limits import LIMITS
from migdesk.server.metrics import Metrics
from migdesk.store import postgres
from migdesk.store.tables import Tables
from tests.support.tree import ROOT

DEPLOY = ROOT / "packaging" / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
PAGE = (ROOT / "docs" / "deploy.md").read_text("utf-8")
FENCE = re.compile(r"^```\n(.*?)^```", re.MULTILINE | re.DOTALL)


def parsed(words: list[str]) -> Namespace:
    return make_parser(load("en")).parse_args(words)


def started(unit: Path) -> list[str]:
    line = next(line for line in unit.read_text("utf-8").splitlines() if line.startswith("ExecStart="))
    return shlex.split(line.removeprefix("ExecStart=").replace("%i", "1"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_what_the_program_understands(unit: Path) -> None:
    program, *words = started(unit)
    args = parsed(words)
    assert (Path(program).name, args.verb, args.act, args.log_format) == ("migdesk", "server", "run", "json")
    assert args.listen.startswith("127.0.0.1:")
    stop = int(re.findall(r"^TimeoutStopSec=(\d+)", unit.read_text("utf-8"), re.MULTILINE)[0])
    assert stop > LIMITS.shutdown_s


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_understands_a_unit(unit: Path, tmp_path: Path) -> None:
    program = started(unit)[0]
    copy = tmp_path / unit.name.replace("@.", "@1.")
    copy.write_text(unit.read_text("utf-8").replace(program, shutil.which("true") or ""), "utf-8")
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", copy], capture_output=True, text=True, check=False
    )
    complaints = [line for line in ran.stderr.splitlines() if copy.name in line and "Failed to" not in line]
    assert complaints == [], ran.stderr


def test_the_container_starts_what_the_program_understands() -> None:
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    (command,) = re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)
    args = parsed(re.findall(r'"([^"]*)"', command))
    assert (args.act, args.listen) == ("run", "0.0.0.0:8440")
    for name in re.findall(r"requirements/\S+\.txt|packaging/\S+\.py", text):
        assert (ROOT / name).exists(), name


def test_the_proxies_let_through_what_the_server_takes() -> None:
    nginx, caddy = (DEPLOY / "nginx.conf").read_text("utf-8"), (DEPLOY / "Caddyfile").read_text("utf-8")
    assert f"client_max_body_size {MAX_EXCHANGE_BYTES >> 20}m;" in nginx
    assert f"max_size {MAX_EXCHANGE_BYTES >> 20}MB" in caddy
    assert "proxy_request_buffering off;" in nginx
    assert "proxy_buffering off;" in nginx
    assert nginx.count("{") == nginx.count("}")
    waits = dict(re.findall(r"(client_body_timeout|client_header_timeout)\s+(\d+)s", nginx))
    assert int(waits["client_body_timeout"]) >= LIMITS.stall_s
    assert int(waits["client_header_timeout"]) >= LIMITS.head_s
    ports = {started(unit)[started(unit).index("--listen") + 1] for unit in UNITS if "@" in unit.name}
    assert ports <= set(re.findall(r"server (\S+) max_fails", nginx))


def test_each_command_of_the_page_is_understood() -> None:
    commands = [
        line.partition("#")[0].replace("[--out FILE]", "--out FILE").strip()
        for block in FENCE.findall(PAGE)
        for line in block.splitlines()
        if line.startswith("migdesk ")
    ]
    assert len(commands) > 6
    for command in commands:
        assert parsed(shlex.split(command)[1:]).verb == "server", command


def test_the_page_names_figures_and_limits_as_they_are() -> None:
    shown = {family.name for family in Metrics().registry.collect()}
    for name in re.findall(r"`(migdesk_\w+)", PAGE):
        assert name.removesuffix("_total") in shown, name
    for said in (
        f"| requests at once | {LIMITS.open_requests} |",
        f"{LIMITS.stall_s:.0f} s without a byte; {LIMITS.least_bytes_s:.0f} bytes a second",
        f"{LIMITS.head_bytes >> 10} KB, {LIMITS.head_s:.0f} s in all",
        f"answering finish for {LIMITS.shutdown_s} s",
        f"{postgres.LOCK_MS // 1000} s to wait for a lock, {postgres.STATEMENT_MS // 1000} s for a statement",
        f"each process holds at most {postgres.POOL}",
        f"`Retry-After` {LIMITS.retry_s:.0f} to {2 * LIMITS.retry_s:.0f} s",
    ):
        assert said in PAGE, said


def test_the_page_names_files_that_are_there() -> None:
    for name in re.findall(
        r"(?<![\w/])((?:packaging|migdesk|tests|benchmarks)/[\w./@-]+\.\w+|packaging/deploy/\w+)", PAGE
    ):
        assert (ROOT / name).exists() or name.startswith("benchmarks/results/"), name


def test_every_key_begins_with_the_area_so_that_it_distributes() -> None:
    laptop_only = {"sync_note"}
    for name, table in Tables(SCHEMA).metadata.tables.items():
        if name not in laptop_only:
            assert next(iter(table.primary_key)).name == "op_area", name
        for index in table.indexes:
            assert not index.unique or "op_area" in {column.name for column in index.columns}, index.name


def test_the_script_for_citus_names_tables_that_are_there() -> None:
    text = (DEPLOY / "citus.sql").read_text("utf-8")
    named = set(re.findall(r"'(\w+)'", text[text.index("IF one IN") :])) - {"op_area"}
    assert named <= set(Tables(SCHEMA).metadata.tables)
