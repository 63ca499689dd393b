"""The real program asks the system never to write its memory into a file."""

import os
import subprocess
import sys

import pytest

from tests.support.tree import ROOT

SCRIPT = """
import contextlib, ctypes, io, resource, sys
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
from migdesk.__main__ import main
with contextlib.redirect_stdout(io.StringIO()):
    code = main(["--version"])
dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) if sys.platform == "linux" else 0
print(code, *resource.getrlimit(resource.RLIMIT_CORE), dumpable)
"""


@pytest.mark.skipif(os.name != "posix", reason="what Windows keeps back cannot be asked of it")
def test_no_core_dump_is_written_and_nobody_may_look_in() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "0", "0", "0"]
