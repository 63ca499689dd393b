"""Makes the backup of an embedded server once a day, on a thread of its own, as long as the server runs."""

import logging
import threading
from types import TracebackType

from migdesk.errors import MigDeskError
from migdesk.paths import Paths
from migdesk.server import durability
from migdesk.server.host import ServerHost

LOOK_S = 600.0
_log = logging.getLogger(__name__)


class DailyBackup:
    """For the length of a `with` block. What goes wrong is in the log and tried again at the next look."""

    def __init__(self, host: ServerHost, look_s: float = LOOK_S) -> None:
        self._host, self._look_s = host, look_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="backup")

    def __enter__(self) -> "DailyBackup":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Waits for a backup that is being made."""
        self._stop.set()
        self._thread.join()

    def once(self) -> bool:
        """Make the backup if it is due; whether one was made."""
        if self._host.home is None or not durability.due(self._host):
            return False
        try:
            made = durability.back_up(self._host)
            gone = durability.rotate(Paths(self._host.home).backups)
        except (MigDeskError, OSError):
            _log.exception("the daily backup failed")
            return False
        _log.info("daily backup made bytes=%(bytes)d removed=%(removed)d", {"bytes": made.size, "removed": len(gone)})
        return True

    def _run(self) -> None:
        # Not at once: whoever starts the server for a moment shall not wait for it.
        while not self._stop.wait(self._look_s):
            self.once()
