"""`migdesk` and `python -m migdesk`: decides between the windows and the verbs, and loads only the chosen one.

Here the verbs and the central server, which do not know each other, are put together.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from migdesk.vault.process import keep_memory_private

if TYPE_CHECKING:
    from migdesk.clock import Clock
    from migdesk.server.host import ServerHost
    from migdesk.server.people import DeviceCard
    from migdesk.server.quarantine import Held, Released
    from migdesk.services.backups import Made
    from migdesk.services.room import OpenRoom, RoomPlan
    from migdesk.store.checkpoints import Checkpoint
    from migdesk.store.database import Store

T = TypeVar("T")

# ruff: noqa: PLC0415 - nothing is loaded that this run does not need


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code. No verb, or only options of the desktop program: the windows; `demo`: the scripted day."""
    keep_memory_private()
    words = list(sys.argv[1:] if argv is None else argv)
    windows = not words or (words[0].startswith("-") and words[0] not in ("-h", "--help", "--version"))
    if windows or words[0] == "demo":
        from migdesk import app

        return app.main(words) if windows else app.demo(words[1:])
    from migdesk import cli

    if words[0] == "sync":
        from migdesk.store import garbage

        garbage.seldom()
    return cli.main(words, servers=Central())


class Central:
    """Opens the central server for the verbs (`cli.servers.Servers`)."""

    def open(
        self,
        folder: Path,
        url: str | None,
        environment: Mapping[str, str],
        passphrase_file: Path | None,
        clock: "Clock",
    ) -> "OpenServer":
        from migdesk.server.host import ServerHost
        from migdesk.services.reference import read_codebook

        codes, file = read_codebook(), passphrase_file
        if url:
            opened = ServerHost.open_url(
                url, folder, codes=codes, clock=clock, environment=environment, passphrase_file=file
            )
        else:
            opened = ServerHost.open_folder(
                folder, codes=codes, clock=clock, environment=environment, passphrase_file=file
            )
        return OpenServer(opened)

    def start_room(self, plan: "RoomPlan") -> "OpenRoom":
        from migdesk.server.room_listening import start_room

        return start_room(plan)

    def secret(self, folder: Path, environment: Mapping[str, str], passphrase_file: Path | None) -> str:
        from migdesk.server.server_key import server_key

        return server_key(folder, environment, passphrase_file)


class OpenServer:
    """One open server for the verbs (`cli.servers.Host`)."""

    def __init__(self, host: "ServerHost") -> None:
        self._host = host
        self.issue_code = host.issue_code
        self.renew_generation = host.renew_generation
        self.close = host.close

    def on_store(self, fn: "Callable[[Store], T]", /) -> T:
        return self._host.db.call(fn)

    def devices(self) -> "tuple[DeviceCard, ...]":
        return self._host.devices()

    def revoke(self, device: str, *, lost: bool) -> "DeviceCard":
        return self._host.revoke(device, lost=lost)

    def make_admin(self, username: str, passphrase: str) -> str:
        from migdesk.server.console.signing_in import make_account

        host = self._host
        return self.on_store(
            lambda store: make_account(store, host.root, host.author, username, passphrase, host.argon2)
        )

    def sign_key(self) -> bytes:
        return self._host.identity.keys.public

    def quarantine(self) -> "tuple[Held, ...]":
        from migdesk.server import quarantine

        return self.on_store(quarantine.waiting)

    def release(self, item: str) -> "Released":
        from migdesk.server import quarantine
        from migdesk.sync.wire.codec import Codec

        host, codec = self._host, Codec.shipped()
        return self.on_store(lambda store: quarantine.release(store, host.author, host.org, codec, item))

    def dismiss(self, item: str, reason: str) -> "Held":
        from migdesk.server import quarantine

        return self.on_store(lambda store: quarantine.dismiss(store, self._host.author, item, reason))

    def back_up(self, target: Path | None) -> "Made":
        from migdesk.server import durability

        return durability.back_up(self._host, target)

    def checkpoint(self, label: str) -> "Checkpoint":
        from migdesk.server import durability

        return durability.checkpoint(self._host, label)

    def make_durable(self, label: str, restored: str) -> int:
        from migdesk.server import durability

        return durability.make_durable(self._host, label, restored)

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
        from contextlib import nullcontext

        from migdesk.server.daily_backup import DailyBackup
        from migdesk.server.run import DEFAULT_LISTEN, serve
        from migdesk.store import garbage

        garbage.seldom()
        daily = DailyBackup(self._host) if daily_backup else nullcontext()
        with daily:
            serve(
                self._host, listen or DEFAULT_LISTEN, tls_cert, tls_key, ready,
                metrics_listen=metrics_listen, log_format=log_format,
            )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
