"""One run of the real program, without a person: `python -m benchmarks.home_screen HOME` opens the workspace, shows the
home screen and the list of people, and tells times and memory. GUI thread."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.measuring import rss_mb
from benchmarks.workspace import PASSPHRASE
from migdesk.app import Program


class Watched(Program):
    """The program, which notes when the key was there and when the home screen was."""

    def __init__(self, app: QApplication, home: Path) -> None:
        super().__init__(app, home, time.perf_counter())
        self.told: dict[str, float] = {}
        self._key_at = 0.0

    def type_passphrase(self) -> None:
        """As soon as everything is imported, which a person who types takes longer than."""
        assert self.unlock is not None
        unlock = self.unlock
        self._when_ready(lambda: self._open(unlock.chosen, PASSPHRASE))

    def _open_session(self, home: Path, key: bytes) -> None:
        self._key_at = time.perf_counter()
        super()._open_session(home, key)

    def _opened(self, session: Any) -> None:
        super()._opened(session)
        self._settled(self._at_home)

    def _at_home(self) -> None:
        assert self.window is not None
        self.told |= {"home_ms": (time.perf_counter() - self._key_at) * 1000, "home_mb": rss_mb()}
        self.window.navigate("people")
        self._settled(self._at_people)

    def _at_people(self) -> None:
        self.told["people_mb"] = rss_mb()
        QApplication.quit()

    def _settled(self, then: Callable[[], None]) -> None:
        """Call back when nothing is asked of the store any more and what it answered is painted."""
        if self._is_busy():
            QTimer.singleShot(1, lambda: self._settled(then))
            return
        QApplication.processEvents()
        if self._is_busy():
            self._settled(then)
        else:
            then()

    def _is_busy(self) -> bool:
        return self.run is not None and self.run.pending > 0


def main(home: Path) -> None:
    app = QApplication(sys.argv[:1])
    program = Watched(app, home)
    program.start()
    program.type_passphrase()
    QTimer.singleShot(60_000, app, lambda: app.exit(1))
    code = app.exec()
    program.close()
    print(json.dumps(program.told))
    sys.exit(code)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
