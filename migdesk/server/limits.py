"""How much one process of the server takes on, and how long it waits. Figures only; `docs/deploy.md` explains them."""

from dataclasses import dataclass

from migdesk.server.rate_limit import Rate

SYNC_RATE = Rate(burst=600, every_s=0.5)
"""Wide enough for a laptop that resumes on a link that drops every few kilobytes; a loop gone wild is not."""


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Of one process. Seconds, bytes, and bytes a second.

    `open_requests` bounds memory and the queue to the database: whoever comes on top is told to come again, some
    `retry_s` later (at random between once and twice that). A body may take any time as a whole, but never `stall_s`
    without a byte, and at least `least_bytes_s` over each `window_s`; the head of a request has `head_s` in all.
    """

    open_requests: int = 256
    connections: int = 1_500
    retry_s: float = 15
    stall_s: float = 35
    least_bytes_s: float = 10
    window_s: float = 120
    head_s: float = 60
    head_bytes: int = 16 << 10
    keep_alive_s: int = 15
    shutdown_s: int = 20
    sync_rate: Rate = SYNC_RATE


LIMITS = ServerLimits()
