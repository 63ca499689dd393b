"""What a laptop knows of its server, kept in its store: address, keys, generation, lease. Store's thread."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.store import settings
from migdesk.store.database import Transaction
from migdesk.vault.device_keys import device_id_of

_NAME = "sync.server"


@dataclass(frozen=True, slots=True)
class ServerCard:
    """`clock_offset_ms` is how far the server's clock is ahead of ours; `unsure`: the last exchange was cut. Moments by
    the server's clock: `heard_ms` its last answer, `good_ms` the last one that did not say `revoked`. `ticket` may be
    shown in place of a signed token (`vault.tickets`)."""

    url: str
    org: UUID
    sign_key: bytes
    recipient: str
    generation: bytes
    lease_until_ms: int = 0
    clock_offset_ms: int = 0
    unsure: bool = False
    revoked: bool = False
    heard_ms: int = 0
    good_ms: int = 0
    ticket: bytes = b""

    @property
    def device(self) -> int:
        return device_id_of(self.sign_key)

    def to_json(self) -> dict[str, Any]:
        return {
            "url": self.url, "org": str(self.org), "sign_key": self.sign_key.hex(), "recipient": self.recipient,
            "generation": self.generation.hex(), "lease_until_ms": self.lease_until_ms,
            "clock_offset_ms": self.clock_offset_ms, "unsure": self.unsure, "revoked": self.revoked,
            "heard_ms": self.heard_ms, "good_ms": self.good_ms, "ticket": self.ticket.hex(),
        }  # fmt: skip


def find(tx: Transaction) -> ServerCard | None:
    """The server that this laptop is enrolled at, or None."""
    row = settings.get(tx, _NAME, None)
    if not isinstance(row, dict):
        return None
    return ServerCard(
        str(row["url"]), UUID(row["org"]), bytes.fromhex(row["sign_key"]), str(row["recipient"]),
        bytes.fromhex(row["generation"]), int(row["lease_until_ms"]), int(row["clock_offset_ms"]),
        bool(row["unsure"]), bool(row["revoked"]), int(row["heard_ms"]), int(row["good_ms"]),
        bytes.fromhex(row["ticket"]),
    )  # fmt: skip


def get(tx: Transaction) -> ServerCard:
    """The server of this laptop. Raises UserError if it is not enrolled."""
    card = find(tx)
    if card is None:
        raise UserError(
            N_("This laptop is not connected to a server yet."),
            hint=N_("Ask your supervisor for a code and enrol. Until then everything stays safe on this laptop."),
        )
    return card


def put(tx: Transaction, card: ServerCard) -> None:
    """Keep it."""
    settings.put(tx, _NAME, card.to_json())


def change(tx: Transaction, **values: Any) -> ServerCard:
    """Keep it with other values; nothing is written if nothing differs."""
    card = get(tx)
    changed = replace(card, **values)
    if changed != card:
        put(tx, changed)
    return changed
