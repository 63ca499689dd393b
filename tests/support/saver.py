"""The real windows with somebody at them who writes people down until the program is killed.

Run as a program on a workspace: `saver HOME FIRST`, where FIRST is the number of the first person. Each line that it
prints is a fact that could be seen on the screen: `ready`, then for each form `form NAME` or `recovered NAME {values}`,
`typing NAME {values}` once the form says that this typing is kept (the fields touched so far), `saving NAME {values}`
right before Ctrl+S, and `saved NAME` once the screen says so. It never ends by itself unless something is wrong.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget

from migdesk.app import Program
from migdesk.ui.driver import DriveError, Driver
from migdesk.ui.main_window import MainWindow
from migdesk.ui.screens.people.presenter import PeoplePresenter
from tests.support.workspaces import PASSPHRASE

SAVED = "Saved on this laptop"
KEPT = "Not saved yet · typing kept at"
BURSTS = (("nik", "address"), ("safe_hours", "note"))
"""Fields that are typed without a pause between them."""
FIELDS = ("full_name", *(name for burst in BURSTS for name in burst))


def tell(word: str, name: str = "", values: Mapping[str, str] | None = None) -> None:
    """One line, out of this process at once."""
    sys.stdout.write("\t".join((word, name, json.dumps(values or {}))) + "\n")
    sys.stdout.flush()


def text_of(field: str, number: int, turn: str) -> str:
    """What is typed into a field of person `number`; different for each person and each `turn`."""
    texts = {
        "nik": f"52030{number:08d}{len(turn):03d}",
        "address": f"Dusun {number} {turn}",
        "safe_hours": f"{number} sampai sore {turn}",
        "note": f"Catatan {number} {turn}, " + "menunggu kabar dari keluarga; " * 8 + turn,
    }
    return texts[field]


class Officer:
    """Hands and eyes of somebody at the program."""

    def __init__(self, program: Program, driver: Driver) -> None:
        self.driver, self._program = driver, program
        self._touched: list[str] = []

    @property
    def window(self) -> MainWindow:
        window = self._program.window
        if window is None:
            raise DriveError("there is no main window")
        return window

    def unlock(self) -> None:
        self.driver.type("unlock.passphrase", PASSPHRASE)
        self.driver.click("unlock.open")
        self.driver.wait(lambda: self._program.window, "the main window")
        self.driver.find("frame.navigation")
        self.driver.settle()
        tell("ready")

    def take_up_draft(self) -> bool:
        """Go on with the typing that the first screen offers; whether it offers any."""
        if self.driver.look("today.draft.0", QWidget) is None:
            return False
        self.driver.click("today.draft.0.resume")
        self.driver.find("people.form.form")
        seen = self.seen()
        self._touched = [field for field in FIELDS if seen[field]]
        tell("recovered", self.name, seen)
        return True

    def begin_new(self, number: int) -> None:
        self.driver.click("nav.people")
        self.driver.click("people.new")
        self.driver.type("people.check.name", f"Wati {number}")
        self.driver.click("people.check.none")
        self._begun()

    def begin_edit(self) -> None:
        self.driver.click("people.edit")
        self._begun()

    def _begun(self) -> None:
        self.driver.find("people.form.form")
        self._touched = ["full_name"]
        tell("form", self.name)

    def fill(self, turn: str, *, patient: bool) -> None:
        """Type what was not touched yet. Who is not `patient` does not wait until the last of it is kept."""
        number = int(self.name.split()[1])
        for burst in BURSTS:
            missing = [field for field in burst if field not in self._touched]
            before = self._kept_at()
            for field in missing:
                self.driver.type(f"person.{field}.input", text_of(field, number, turn))
            self._touched += missing
            if missing and (patient or burst is not BURSTS[-1]):
                self._wait_until_kept(before)

    def _wait_until_kept(self, before: Any) -> None:
        self.driver.wait(lambda: self._is_kept(before), "the words that typing is kept")
        seen = self.seen()
        tell("typing", self.name, {field: seen[field] for field in self._touched})

    def save(self) -> None:
        """Ctrl+S, and wait for the words on the screen that were not there before."""
        name, before = self.name, list(self._toasts())
        tell("saving", name, self.seen())
        focused = self.window.focusWidget() or self.window
        QTest.keyClick(focused, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        self.driver.wait(lambda: [one for one in self._toasts() if one not in before], "the words that it is saved")
        tell("saved", name)

    @property
    def name(self) -> str:
        return self.driver.text("person.full_name.input")

    def seen(self) -> dict[str, str]:
        """What stands in the fields."""
        found = {}
        for field in FIELDS:
            widget = self.driver.find(f"person.{field}.input")
            target = widget.focusProxy() or widget
            plain = target.toPlainText() if isinstance(target, QPlainTextEdit) else None
            found[field] = self.driver.text(f"person.{field}.input") if plain is None else plain
        return found

    def _toasts(self) -> Iterator[QWidget]:
        for one in self.window.findChildren(QWidget, "toast.success"):
            if one.isVisible() and one.accessibleName().startswith(SAVED):
                yield one

    def _kept_at(self) -> Any:
        presenter = self.window.presenters["people"]
        assert isinstance(presenter, PeoplePresenter)
        return presenter.editing.state.kept_at if presenter.editing.state is not None else None

    def _is_kept(self, before: Any) -> bool:
        # The words name the minute; only the presenter knows that it is this typing and not the one before.
        words = self.driver.text("people.form.standing")
        return words.startswith(KEPT) and self._kept_at() != before


def main(home: Path, number: int) -> None:
    """Take up what was left, then new people and edits of them, for ever."""
    QApplication.setStyle("Fusion")
    app = QApplication(sys.argv[:1])
    program = Program(app, home, time.perf_counter())
    driver = Driver(busy=lambda: program.run is not None and program.run.pending > 0, deadline_s=30)
    program.start()
    officer = Officer(program, driver)
    officer.unlock()
    if officer.take_up_draft():
        officer.fill("a", patient=False)
        officer.save()
    while True:
        for patient in (True, False):
            officer.begin_new(number)
            officer.fill("a", patient=patient)
            officer.save()
            officer.begin_edit()
            officer.fill("b", patient=patient)
            officer.save()
            number += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
