"""What a receiver accepts at most, and the one error of everything that it does not accept. Pure."""

from dataclasses import dataclass

from migdesk.errors import UserError
from migdesk.i18n.markers import N_


class BadBatchError(UserError):
    """Bytes that are no batch, frame or bundle of ours. `why` is for the log and for quarantine, in English."""

    def __init__(self, why: str) -> None:
        super().__init__(
            N_("The data received is damaged or not from MigDesk ({why})."),
            hint=N_("Nothing was changed. Try again; if it happens again, ask for the file or the sync once more."),
            why=why,
        )
        self.why = why


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes and counts of one batch. A batch beyond any of them is refused before memory is spent on it."""

    packed: int = 8 << 20
    expanded: int = 64 << 20
    changes: int = 5_000
    edits: int = 250_000
    columns: int = 20_000
    presence: int = 4_000_000
    plan: int = 4 << 20


LIMITS = Limits()
