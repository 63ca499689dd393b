"""Who answers exchanges, a central server or a laptop that serves a room. Plain data."""

from dataclasses import dataclass
from uuid import UUID

from migdesk.vault.device_keys import DeviceKeys


@dataclass(frozen=True, slots=True)
class HostIdentity:
    """The organisation, the keys that sign replies, the generation (8 bytes) of the data."""

    org: UUID
    keys: DeviceKeys
    generation: bytes
