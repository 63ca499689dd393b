"""The timer behind backups that come by themselves; `services.safekeeping` decides whether one is due. GUI thread; the
backup is made on a thread of the pool."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from migdesk.errors import MigDeskError
from migdesk.services import safekeeping
from migdesk.services.backups import Made
from migdesk.services.session import Session
from migdesk.ui.background import Background

LOOK_EVERY_MS = 60_000
QUIET_S = 120.0
"""Nobody typed or pointed for so long: a backup takes no turn from anybody."""
AGAIN_AFTER_S = 900.0


class AutoBackup(QObject):
    """Looks whenever nobody is at the laptop, and at once when it is locked. `told()` is called when one worked or not:
    `session.backup_trouble` says what is in the way."""

    def __init__(
        self, run: Background, session: Session, idle_s: Callable[[], float], told: Callable[[], None]
    ) -> None:
        super().__init__()
        self._run, self._session, self._idle_s, self._told = run, session, idle_s, told
        self._busy = self._closed = False
        self._not_before = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self.check)
        self._timer.start()

    def check(self) -> None:
        """Make one if nobody is here and it is time; public so that a test need not wait."""
        if self._idle_s() >= QUIET_S:
            self.begin()

    def begin(self) -> None:
        """Make one if it is time, whoever is here: the window was just locked."""
        if self._busy or self._closed or self._session.clock.monotonic() < self._not_before:
            return
        self._busy = True
        run, session = self._run, self._session

        def work() -> Made | None:
            return safekeeping.keep_if_due(lambda fn: run.on_store(fn).result(), session)

        run.run_io(work, done=self._done, failed=self._failed, owner=self)

    def close(self) -> None:
        """Make none any more: a window that is closed may still be told that nobody is there."""
        self._closed = True
        self._timer.stop()

    def _done(self, made: Made | None) -> None:
        self._busy = False
        if made is not None:
            self._told()

    def _failed(self, _error: MigDeskError) -> None:
        """The status line says it; whoever works is not interrupted."""
        self._busy = False
        self._not_before = self._session.clock.monotonic() + AGAIN_AFTER_S
        self._told()
