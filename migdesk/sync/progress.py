"""How long work tells of itself and is stopped. Any thread."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from migdesk.errors import UserError
from migdesk.i18n.markers import N_

Progress = Callable[[str, int, int], None]
"""(phase, done, total) from the working thread. A total of 0 is not known."""


class CancelledError(UserError):
    """The person stopped it; everything is kept."""


def silent(phase: str, done: int, total: int) -> None:
    """A `Progress` that nobody listens to."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Somebody who watches a piece of work and may stop it."""

    progress: Progress = silent
    cancel: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def of(cls, progress: Progress | None, cancel: threading.Event | None) -> "Watch":
        """The watch of somebody who may want to hear nothing, or never to stop it."""
        return cls(progress or silent, cancel or threading.Event())

    def step(self, phase: str, done: int, total: int) -> None:
        """Tell how far it is. Raises CancelledError if it is to stop."""
        if self.cancel.is_set():
            raise CancelledError(N_("It was stopped."), hint=N_("Nothing is lost. Do it again when you like."))
        self.progress(phase, done, total)
