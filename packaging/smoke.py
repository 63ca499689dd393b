"""Tries the frozen program: `smoke.py dist/migdesk`. Any unexpected line on standard error fails it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

TIMEOUT_S = 120


def steps(home: Path) -> list[list[str]]:
    """Words that load every part that could have been left out: resources, SQLCipher, migrations, Qt."""
    workspace = ["--home", str(home / "w")]
    return [
        ["--version"],
        ["records", "schema", "--kind", "person"],
        ["workspace", "create", *workspace, "--user", "smoke", "--role", "OUTREACH", "--area", "52.03"],
        ["verify", *workspace],
        ["demo", "--headless", "--out", str(home / "demo")],
    ]


def main(folder: Path) -> int:
    """The exit code: 0 if every step ended well and said nothing on standard error."""
    program = folder / ("migdesk.exe" if os.name == "nt" else "migdesk")
    with tempfile.TemporaryDirectory() as home:
        surroundings = {**os.environ, "MIGDESK_PASSPHRASE": "a smoke test only", "QT_QPA_PLATFORM": "offscreen"}
        for words in steps(Path(home)):
            done = subprocess.run(
                [program, *words], env=surroundings, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
            )
            if done.returncode or done.stderr.strip():
                print(f"migdesk {words[0]}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
                return 1
    print("the frozen program works")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
