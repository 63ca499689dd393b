"""What a monitor sees of a process, as Prometheus text. No device, no user, no area: only kinds of things and counts.

A registry of its own, given to the application: two applications in one process do not mix. Any thread may count.
"""

import time
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from migdesk import __version__
from migdesk.clock import to_ms
from migdesk.server.counting import Counting
from migdesk.store import anchors, contacts
from migdesk.store.contacts import DeviceCount
from migdesk.store.database import Store

EXCHANGE = "/sync/1/exchange"
MEDIA_TYPE = CONTENT_TYPE_LATEST
OUTCOMES = ("applied", "duplicate", "conflict", "held", "rejected")
FRESH_S = 15.0
"""Counting devices reads the database; more often than this it is not done, however many ask."""

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 15, 60, 300, 1800)
_BYTES = (512, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20, 64 << 20)


class Metrics(Counting):
    """The counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = self._counter("migdesk_requests", "Requests by route and status.", "route", "status")
        self._seconds = self._histogram("migdesk_exchange_seconds", "Length of an exchange.", _SECONDS)
        self._up = self._histogram("migdesk_exchange_received_bytes", "Body bytes from a device.", _BYTES)
        self._down = self._histogram("migdesk_exchange_sent_bytes", "Body bytes to a device.", _BYTES)
        self._changes = self._counter("migdesk_changes", "Changes received, by what became of them.", "outcome")
        for outcome in OUTCOMES:
            self._changes.labels(outcome)
        self._failures = self._counter("migdesk_enrolment_failures", "Enrolments refused, by reason.", "why")
        self._quarantine = self._gauge("migdesk_quarantine_open", "What waits in quarantine for a decision.")
        self._devices = self._gauge(
            "migdesk_devices", "Devices by status and days since last contact (upper bound).", "status", "days"
        )
        self._breaks = self._gauge(
            "migdesk_audit_breaks", "Devices whose audit chain once did not follow from the one that is anchored."
        )
        self._pool = self._gauge("migdesk_database_connections", "Connections to the database.", "state")
        self._open = self._gauge("migdesk_open_requests", "Requests that are worked on.")
        self._refused = self._gauge("migdesk_refused_requests", "Requests refused because there were too many.")
        self._database_up = self._gauge("migdesk_database_up", "Whether the database answered the last count.")
        self._gauge("migdesk_info", "The version that runs.", "version").labels(__version__).set(1)
        self._counted_at = float("-inf")

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(name, what, labels, registry=self.registry)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(name, what, labels, registry=self.registry)

    def _histogram(self, name: str, what: str, bounds: tuple[float, ...]) -> Histogram:
        return Histogram(name, what, buckets=bounds, registry=self.registry)

    def request(self, route: str, status: int, seconds: float, bytes_up: int, bytes_down: int) -> None:
        """A request to a route (its template) was answered; bytes are those of the bodies."""
        self._requests.labels(route, str(status)).inc()
        if route == EXCHANGE:
            self._seconds.observe(seconds)
            self._up.observe(bytes_up)
            self._down.observe(bytes_down)

    def enrolment_failed(self, why: str) -> None:
        """An enrolment was refused; `why` is a word of ours."""
        self._failures.labels(why).inc()

    def changes(self, outcomes: Mapping[str, int]) -> None:
        """Count the changes of one exchange."""
        for outcome, count in outcomes.items():
            if outcome in OUTCOMES and count > 0:
                self._changes.labels(outcome).inc(count)

    def gate(self, working: int, refused: int) -> None:
        """What the gate says now."""
        self._open.set(working)
        self._refused.set(refused)

    def due(self) -> bool:
        """Whether the database should be counted again; whoever is told so does it."""
        now = time.monotonic()
        if now - self._counted_at < FRESH_S:
            return False
        self._counted_at = now
        return True

    def count(self, store: Store) -> None:
        """Read the database's figures. Runs on the store's thread."""
        self._database_up.set(0)
        with store.read() as tx:
            waiting, devices = contacts.open_quarantine(tx), contacts.device_counts(tx, to_ms(tx.clock.now()))
            self._breaks.set(len(anchors.breaks(tx)))
        self._quarantine.set(waiting)
        self._show(devices)
        for state, count in store.connections().items():
            self._pool.labels(state).set(count)
        self._database_up.set(1)

    def _show(self, devices: tuple[DeviceCount, ...]) -> None:
        self._devices.clear()
        for one in devices:
            self._devices.labels(one.status, str(one.days or "more")).set(one.count)

    def text(self) -> bytes:
        """Everything, in the text format of Prometheus."""
        return generate_latest(self.registry)
