"""Tells screens of changed records. Plain Python; lives on a Session; callers are called in the publisher's thread."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Kinds (names such as `person`) and ids of records that changed. No ids: any record of these kinds may have.

    `initiator` says who did it: `save`, `sync`, `bundle`, `import`, `decision`.
    """

    kinds: frozenset[str]
    ids: frozenset[UUID] = frozenset()
    initiator: str = "save"


Listener = Callable[[ChangeSet], None]


class Events:
    """The listeners of one session."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._guard = threading.Lock()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` from now on; what is returned ends that."""
        with self._guard:
            self._listeners.append(listener)

        def stop() -> None:
            with self._guard:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return stop

    def publish(self, changes: ChangeSet) -> None:
        """Tell everybody, in the order in which they subscribed. Call after the transaction, never inside."""
        with self._guard:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(changes)
