"""What an application counts of its work. This one counts nothing; `metrics.Metrics` does, where there is a monitor."""

from collections.abc import Mapping


class Counting:
    """Told of everything that ends. Any thread."""

    def request(self, route: str, status: int, seconds: float, bytes_up: int, bytes_down: int) -> None:
        """A request to a route (its template) was answered; bytes are those of the bodies."""

    def changes(self, outcomes: Mapping[str, int]) -> None:
        """So many changes of an exchange were applied, duplicate, conflict, held, rejected."""

    def enrolment_failed(self, why: str) -> None:
        """An enrolment was refused; `why` is a word of ours."""
