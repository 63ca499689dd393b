"""Orders of a server to one device, and the device's receipt: who signed what, and whether it still counts. Store's
thread where a transaction is given, else pure.

There is one order: to destroy the workspace (`wipe`). A laptop keeps what it believed in its store until it is done.
"""

import os
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec

from migdesk.clock import to_ms
from migdesk.store import contacts, device_orders, settings
from migdesk.store.database import Transaction
from migdesk.store.device_orders import KeptOrder
from migdesk.sync.trust import server_card
from migdesk.sync.trust.host_identity import HostIdentity
from migdesk.sync.trust.senders import DeviceRow
from migdesk.sync.wire.frames import Order
from migdesk.sync.wire.limits import BadBatchError
from migdesk.vault.device_keys import verify

FRESH_MS = 10 * 60 * 1000
"""How far the clocks of two processes of one server may differ."""

_WIPE, _WIPED, _VERSION = "wipe", "wiped", 1
_NAME = "device.order"
_MOST = 300
_OrderParts = tuple[int, str, bytes, int, bytes, int]
_ReceiptParts = tuple[int, str, bytes, int, bytes, int, int, int, int]


@dataclass(frozen=True, slots=True)
class WipeOrder:
    """A proven order to destroy a workspace. `tries`: how often its laptop tried to send what waits since it came."""

    order_id: bytes
    device: int
    at_ms: int
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a laptop says after a wipe, in counts of changes: `delivered` are at the server, `unsent` waited for a link
    and `withheld` were never to leave (no consent, innermost fields); the last two are lost."""

    org: UUID
    device: int
    order_id: bytes
    at_ms: int
    delivered: int
    unsent: int
    withheld: int

    def statement(self) -> bytes:
        """msgpack [1, "wiped", organisation, device, order id, ms, delivered, unsent, withheld]."""
        counts = [self.delivered, self.unsent, self.withheld]
        parts = [_VERSION, _WIPED, self.org.bytes, self.device, self.order_id, self.at_ms, *counts]
        return msgspec.msgpack.encode(parts)

    @classmethod
    def read(cls, statement: bytes) -> "Receipt":
        """Raises BadBatchError. Whose signature it bears is for the caller to check."""
        try:
            if len(statement) > _MOST:
                raise BadBatchError("receipt is too long")
            version, act, org, *rest = msgspec.msgpack.decode(statement, type=_ReceiptParts)
        except msgspec.MsgspecError:
            raise BadBatchError("receipt is not readable") from None
        if version != _VERSION or act != _WIPED or len(org) != 16 or min(rest[2:]) < 0:
            raise BadBatchError("receipt is not of this form")
        return cls(UUID(bytes=org), *rest)


def statement_of(org: UUID, device: int, order_id: bytes, at_ms: int) -> bytes:
    """msgpack [1, "wipe", organisation, device, order id, ms]."""
    return msgspec.msgpack.encode([_VERSION, _WIPE, org.bytes, device, order_id, at_ms])


def make(host: HostIdentity, device: int, now_ms: int) -> KeptOrder:
    """A new signed order to destroy the workspace of this device."""
    order_id = os.urandom(16)
    statement = statement_of(host.org, device, order_id, now_ms)
    return KeptOrder(order_id, statement, host.keys.sign(statement), now_ms, 0)


def order_for(tx: Transaction, row: DeviceRow, host: HostIdentity) -> Order | None:
    """What to order a device that called: to destroy its workspace if it was revoked, else nothing. In a transaction
    that may write: the order is made at the first call and stays the same until its receipt comes."""
    if not row.revoked:
        return None
    kept = device_orders.latest(tx, row.device)
    if kept is None:
        # A laptop does not believe an order that is older than the last word it had: our clock may have gone back.
        now_ms = max(to_ms(tx.clock.now()), contacts.last_contact(tx, row.device))
        kept = make(host, row.device, now_ms)
        device_orders.put(tx, row.device, kept)
    return Order(kept.statement, kept.signature)


def proven(order: Order, server_key: bytes, org: UUID, device: int, not_before_ms: int) -> WipeOrder:
    """The order if it is the server's, for this device, and not older than what the server said last. Raises
    BadBatchError."""
    if len(order.statement) > _MOST or not verify(server_key, order.statement, order.signature):
        raise BadBatchError("order is not the server's")
    try:
        version, act, of, whose, order_id, at_ms = msgspec.msgpack.decode(order.statement, type=_OrderParts)
    except msgspec.MsgspecError:
        raise BadBatchError("order is not readable") from None
    if version != _VERSION or act != _WIPE or of != org.bytes or whose != device or len(order_id) != 16:
        raise BadBatchError("order is not for this device")
    if at_ms < not_before_ms - FRESH_MS:
        raise BadBatchError("order is an old one")
    return WipeOrder(order_id, whose, at_ms)


def take(tx: Transaction, order: Order, device: int) -> WipeOrder:
    """Believe an order that came with an answer of the server, and keep it until it is carried out.

    Raises BadBatchError if it is not the server's, not for this device, or older than the last answer that said that
    all is well.
    """
    card = server_card.get(tx)
    found = proven(order, card.sign_key, card.org, device, card.good_ms)
    known = waiting(tx, device)
    if known is None or known.order_id != found.order_id:
        _keep(tx, order, 0)
    return found


def waiting(tx: Transaction, device: int) -> WipeOrder | None:
    """The order that this laptop has to carry out."""
    kept = settings.get(tx, _NAME)
    if not isinstance(kept, dict):
        return None
    card = server_card.get(tx)
    order = Order(bytes.fromhex(kept["statement"]), bytes.fromhex(kept["signature"]))
    return replace(proven(order, card.sign_key, card.org, device, 0), tries=int(kept["tries"]))


def tried(tx: Transaction) -> None:
    """One more try to send what waits before the wipe."""
    kept = settings.get(tx, _NAME)
    if isinstance(kept, dict):
        settings.put(tx, _NAME, {**kept, "tries": int(kept["tries"]) + 1})


def _keep(tx: Transaction, order: Order, tries: int) -> None:
    kept: dict[str, Any] = {"statement": order.statement.hex(), "signature": order.signature.hex(), "tries": tries}
    settings.put(tx, _NAME, kept)
