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


class Made(Protocol):
    """A finished backup (`services.backups.Made`)."""

    @property
    def file(self) -> Path: ...
    @property
    def size(self) -> int: ...


class Checkpoint(Protocol):
    """What was written down for a backup (`store.checkpoints.Checkpoint`)."""

    @property
    def label(self) -> str: ...
    @property
    def streams(self) -> int: ...


class Host(Protocol):
    """An open server without its sockets (`server.host.ServerHost`)."""

    def on_store(self, fn: Callable[[Store], T], /) -> T: ...
    def issue_code(self, username: str, role: str, areas: str, display_name: str = "") -> str: ...
    def devices(self) -> Sequence[Device]: ...
    def revoke(self, device: str) -> Device: ...
    def renew_generation(self) -> None: ...
    def back_up(self, target: Path | None) -> Made: ...
    def checkpoint(self, label: str) -> Checkpoint: ...
    def make_durable(self, label: str, restored: str) -> int: ...
    def serve(
        self,
        listen: str | None,
        tls_cert: Path | None,
        tls_key: Path | None,
        ready: Callable[[str], None],
        *,
        metrics_listen: str | None,
        log_format: str,
        daily_backup: bool,
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
