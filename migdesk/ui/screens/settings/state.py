"""What the settings screen shows. Plain data."""

from dataclasses import dataclass

from migdesk.services.settings import Interface


@dataclass(frozen=True, slots=True)
class SettingsState:
    """`words` are the fingerprint of this laptop's key, `recipient` its public age key. `busy` while its keys
    are being changed."""

    interface: Interface
    idle_minutes: int
    words: str = ""
    recipient: str = ""
    busy: bool = False
    always_fetch: bool = False
    """Whether every attachment in scope comes by itself."""
