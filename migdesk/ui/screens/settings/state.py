"""What the settings screen shows. Plain data."""

from dataclasses import dataclass

from migdesk.services.settings import Interface


@dataclass(frozen=True, slots=True)
class SettingsState:
    """`words` are the fingerprint of this laptop's key, `recipient` its public age key. `backup` is where the last
    backup of this run went. `busy` while one is under way."""

    interface: Interface
    idle_minutes: int
    words: str = ""
    recipient: str = ""
    backup: str = ""
    busy: bool = False
    always_fetch: bool = False
    """Whether every attachment in scope comes by itself."""
