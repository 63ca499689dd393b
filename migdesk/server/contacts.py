"""When each device was last heard of: written seldom, read by the admin console and the monitor. Store's thread."""

from collections import OrderedDict
from threading import Lock

from migdesk.clock import to_ms
from migdesk.store import contacts
from migdesk.store.database import Store, Transaction

EVERY_S = 600.0
"""A device that syncs again and again is noted once in this time."""
_REMEMBERED = 20_000

last_contacts = contacts.last_contacts
"""When each device was last heard of (ms by device id); those that never were are not in it."""


def touch(tx: Transaction, device: int) -> None:
    """Note that a device was heard of just now, unless that is known give or take `EVERY_S`."""
    now = to_ms(tx.clock.now())
    if abs(now - contacts.last_contact(tx, device)) >= EVERY_S * 1000:
        contacts.touch(tx, device, now)


class ContactNotes:
    """Which devices this process noted lately, so that most exchanges ask the database nothing. It may forget: the
    database knows better."""

    def __init__(self) -> None:
        self._noted: OrderedDict[int, float] = OrderedDict()
        self._lock = Lock()

    def due(self, device: int, now: float) -> bool:
        """Whether this contact (at `now`, monotonic seconds) should be noted; the next one is not, for a while."""
        with self._lock:
            known = self._noted.get(device)
            if known is not None and now - known < EVERY_S:
                return False
            self._noted[device] = now
            self._noted.move_to_end(device)
            if len(self._noted) > _REMEMBERED:
                self._noted.popitem(last=False)
            return True

    @staticmethod
    def write(store: Store, device: int) -> None:
        """Note it."""
        with store.begin() as tx:
            touch(tx, device)
