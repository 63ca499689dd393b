"""How many requests a process works on at once. Event loop only; a refusal costs no thread and no database."""

import secrets

from migdesk.server.refusal import Refusal


class Gate:
    """At most `most` at once; whoever comes on top is told to come again, spread over time so that they do not all
    come back together. There is no queue: a laptop that waits here would give up and come again anyway."""

    def __init__(self, most: int, retry_s: float) -> None:
        self._most, self._retry_s = most, retry_s
        self.open = 0
        self.refused = 0
        self.draining = False

    def enter(self) -> None:
        """Count one more. Raises Refusal 503. Whoever entered must leave."""
        if self.draining or self.open >= self._most:
            self.refused += 1
            raise busy(self._retry_s)
        self.open += 1

    def leave(self) -> None:
        """Count one less."""
        self.open -= 1


def busy(retry_s: float) -> Refusal:
    """The server is there and cannot do it now; come again in `retry_s` to twice that."""
    wait = retry_s * (1 + secrets.randbelow(1000) / 1000)
    return Refusal(503, "busy", "The server cannot answer now. Try again later.", retry_after_s=wait)
