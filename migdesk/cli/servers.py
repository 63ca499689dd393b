"""What the verbs need of a central server. Types only: `cli` and `server` are strangers, and `__main__` joins them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from migdesk.clock import Clock
from migdesk.store.database import Store

T = TypeVar("T")


class Device(Protocol):
    """An enrolled device (`server.people.DeviceCard`)."""

    @property
    def device(self) -> int: ...
    @property
    def recipient(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def username(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def enrolled_at(self) -> datetime | None: ...
    @property
    def lease_until(self) -> datetime | None: ...


class Host(Protocol):
    """An open server without its sockets (`server.host.ServerHost`)."""

    def on_store(self, fn: Callable[[Store], T], /) -> T: ...
    def issue_code(self, username: str, role: str, areas: str, display_name: str = "") -> str: ...
    def devices(self) -> Sequence[Device]: ...
    def revoke(self, device: str) -> Device: ...
    def renew_generation(self) -> None: ...
    def serve(
        self, listen: str | None, tls_cert: Path | None, tls_key: Path | None, ready: Callable[[str], None]
    ) -> None:
        """Answer until a signal ends it; `listen` None is the default address."""
        ...

    def close(self) -> None: ...


class Servers(Protocol):
    """Opens servers. `secret` is what unlocks the one of a folder."""

    def open(
        self, folder: Path, url: str | None, environment: Mapping[str, str], passphrase_file: Path | None, clock: Clock
    ) -> Host: ...

    def secret(self, folder: Path, environment: Mapping[str, str], passphrase_file: Path | None) -> str: ...
