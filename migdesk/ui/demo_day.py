"""`migdesk demo`: a working day in the real windows, driven by real keys and clicks, with a picture of every step.

GUI thread. What it counts it reads from the stores and the screens afterwards; nothing is assumed.
"""

import argparse
import gc
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QApplication

from migdesk.errors import MigDeskError
from migdesk.i18n import load
from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.services.reference import read_codebook
from migdesk.ui import demo_script
from migdesk.ui.demo_ground import EVERYBODY, PASSPHRASE, CentralServer, prepare, quiet_platform
from migdesk.ui.demo_stage import Day, MakeProgram
from migdesk.ui.demo_summary import write
from migdesk.ui.driver import DriveError, Driver


def run_demo(argv: Sequence[str], make_program: MakeProgram) -> int:
    """`[--out DIR] [--headless]`. 0 only if every step went as told and every count agreed.

    With a display the windows are seen; afterwards MigDesk stays open on the officer's laptop until it is closed.
    """
    options = _options(argv)
    quiet_platform()
    QApplication.setStyle("Fusion")
    known = QApplication.instance()
    app = known if isinstance(known, QApplication) else QApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    gc.disable()
    options.out.mkdir(parents=True, exist_ok=True)
    for old in options.out.glob("[0-9][0-9]-*.png"):
        old.unlink()
    lang = load(os.environ.get("MIGDESK_LANG", "id"))
    with tempfile.TemporaryDirectory(prefix="migdesk-demo-") as folder:
        ground = Path(folder)
        day = Day(Driver(options.out), lang, read_codebook(), ground, app, make_program)
        with CentralServer(ground / "server") as server:
            code = _play(day, server, options.out)
            gc.enable()
            if code == 0 and not options.headless and app.platformName() != "offscreen":
                _stay_open(app, make_program, ground, lang)
    return code


def _play(day: Day, server: CentralServer, out: Path) -> int:
    try:
        for who in EVERYBODY:
            day.seeded[who.username] = prepare(day.ground, who, server, day.codes, day.lang.code)
        day.summary.prepared_s = day.watch.lap()
        demo_script.play(day)
    except DriveError as error:
        day.summary.failure = str(error)
    except MigDeskError as error:
        day.summary.failure = " ".join(day.lang.error(error))
    day.summary.keys, day.summary.clicks = day.driver.keys, day.driver.clicks
    sys.stdout.write(write(day.summary, day.lang, out))
    sys.stdout.flush()
    return 1 if day.summary.failure else 0


def _stay_open(app: QApplication, make_program: MakeProgram, ground: Path, lang: Language) -> None:
    """Leave the demonstration to the person, with the passphrase in the terminal."""
    words = lang.say(N_("MigDesk is open now. The passphrase is: {passphrase}"), passphrase=PASSPHRASE)
    sys.stdout.write(f"\n{words}\n")
    sys.stdout.flush()
    app.setQuitOnLastWindowClosed(True)
    program = make_program(app, EVERYBODY[0].home(ground))
    program.start()
    app.exec()
    program.close()


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="migdesk demo")
    parser.add_argument("--out", type=Path, default=Path("demo-output"), metavar="DIR")
    parser.add_argument("--headless", action="store_true")
    return parser.parse_args(list(argv))
