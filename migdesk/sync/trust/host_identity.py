"""Who answers exchanges, a central server or a laptop that serves a room. Plain data."""

from dataclasses import dataclass
from uuid import UUID

from migdesk.domain.scope import UserCard
from migdesk.vault.device_keys import DeviceKeys


@dataclass(frozen=True, slots=True)
class HostIdentity:
    """The organisation, the keys that sign replies, the generation (8 bytes) of the data. `room_user`: on a laptop that
    serves a room, its user, who keeps only what they may know of; it speaks of no reference records."""

    org: UUID
    keys: DeviceKeys
    generation: bytes
    room_user: UserCard | None = None
