"""The central server without its sockets: opened store, organisation, keys; what the administrator does with it."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import UUID

from migdesk.clock import Clock, SystemClock
from migdesk.domain.codes import CodeBook
from migdesk.domain.kinds import SCHEMA
from migdesk.domain.record import Schema
from migdesk.errors import EnvError, UserError
from migdesk.i18n.markers import N_
from migdesk.paths import Paths, ensure_private
from migdesk.server import people
from migdesk.server.host_db import HostDb
from migdesk.server.identity import (
    Identity,
    find_or_make,
    read_identity,
    renew_generation,
    root_of_database,
    wrong_key,
)
from migdesk.server.people import DeviceCard
from migdesk.server.server_key import server_key
from migdesk.services import swapping
from migdesk.services.reference import area_rows
from migdesk.store import upgrading
from migdesk.store.database import Store, Transaction
from migdesk.sync.inbound.early import take_held
from migdesk.vault.atomic_file import write_atomic
from migdesk.vault.key_wrap import Argon2Params, mac
from migdesk.vault.keyfile import KeyFile, WrongPassphraseError

LOOK_S = 10.0


class ServerHost:
    """One process of a central server. Everything that two processes must agree on is in the database."""

    def __init__(self, db: HostDb, root: bytes, identity: Identity, clock: Clock) -> None:
        self.db = db
        self.root = root
        self.clock = clock
        self._identity = identity
        self._looked_at = clock.monotonic()
        self.home: Path | None = None
        self._reopen: Callable[[Path | str], Store] | None = None
        self.author = people.server_author(identity.keys)
        self.argon2 = Argon2Params()
        """The cost of a try at the console; less only in tests."""

    @property
    def identity(self) -> Identity:
        return self._identity

    @property
    def org(self) -> UUID:
        """The id of the organisation: the audience of every token."""
        return self._identity.org

    @classmethod
    def open_folder(
        cls,
        home: Path,
        *,
        codes: CodeBook,
        clock: Clock | None = None,
        schema: Schema = SCHEMA,
        environment: Mapping[str, str] = os.environ,
        passphrase_file: Path | None = None,
        params: Argon2Params | None = None,
    ) -> "ServerHost":
        """A server on an embedded SQLCipher file in `home`, made at the first start.

        Raises UserError for a wrong or too short server key, a damaged or newer folder, or a workspace of a laptop;
        EnvError when the disk does not let it.
        """
        clock, paths = clock or SystemClock(), Paths(home)
        _private(home)
        swapping.finish(home)
        _mark_as_server(paths)
        secret = server_key(home, environment, passphrase_file)
        if not paths.keys_file.exists():
            KeyFile.create(paths.keys_file, secret, clock=clock, params=params)
        try:
            key = KeyFile.load(paths.keys_file).unlock(secret)
        except WrongPassphraseError as error:
            raise wrong_key() from error

        def reopen(file: Path | str) -> Store:
            return Store.open_file(Path(file), key, schema=schema, codes=codes, clock=clock)

        db = HostDb.of_file(lambda: reopen(paths.store_file))
        host = cls._opened(db, mac(key, "server root 1", b""), clock)
        host.home, host._reopen = home, reopen
        host.argon2 = params or host.argon2
        try:
            host._show_identity(paths.server_file)
        except BaseException:
            host.close()
            raise
        return host

    @classmethod
    def open_url(
        cls,
        url: str,
        folder: Path,
        *,
        codes: CodeBook,
        clock: Clock | None = None,
        schema: Schema = SCHEMA,
        environment: Mapping[str, str] = os.environ,
        passphrase_file: Path | None = None,
        params: Argon2Params | None = None,
    ) -> "ServerHost":
        """A server on PostgreSQL (`postgresql://...`). `folder` is where a generated server key is kept.

        Raises UserError for a wrong or too short server key or a database of a newer version, EnvError when the
        database does not answer.
        """
        clock = clock or SystemClock()
        _private(folder)
        secret = server_key(folder, environment, passphrase_file)

        def reopen(address: Path | str) -> Store:
            return Store.open_url(str(address), schema=schema, codes=codes, clock=clock)

        db = HostDb.of_url(lambda: reopen(url))
        try:
            root = db.call(lambda store: root_of_database(store, secret, params or Argon2Params()))
        except BaseException:
            db.close()
            raise
        host = cls._opened(db, root, clock)
        host._reopen = reopen
        host.argon2 = params or host.argon2
        return host

    @classmethod
    def _opened(cls, db: HostDb, root: bytes, clock: Clock) -> "ServerHost":
        def fill(tx: Transaction, identity: Identity) -> None:
            people.first_records(tx, identity.keys, area_rows(), clock.now())

        try:
            identity = db.call(lambda store: find_or_make(store, root, fill))
            db.call(lambda store: upgrading.bring_up(store, take_held))
        except BaseException:
            db.close()
            raise
        return cls(db, root, identity, clock)

    def issue_code(self, username: str, role: str, areas: str, display_name: str = "") -> str:
        """A one-time code for one laptop of this user, who is made or updated. Raises UserError for bad names."""
        values = people.user_values(username, display_name, role, areas)
        return self.db.call(lambda store: people.issue_code(store, self.author, self.root, values))

    def devices(self) -> tuple[DeviceCard, ...]:
        """Every enrolled device, this server among them."""
        return self.db.call(people.list_devices)

    def revoke(self, device: str, *, lost: bool = False) -> DeviceCard:
        """Take a device's rights away; at its next contact it is ordered to destroy its workspace. `device` is its id
        or enough of its beginning. Raises UserError."""
        return self.db.call(lambda store: people.revoke(store, self.author, device, lost=lost))

    def renew_identity(self, tx: Transaction) -> None:
        """Take over a generation that another process renewed: looked for every few seconds, in a transaction that
        reads anyway."""
        now = self.clock.monotonic()
        if now - self._looked_at >= LOOK_S:
            self._looked_at = now
            self._identity = read_identity(tx, self.root) or self._identity

    def renew_generation(self) -> None:
        """To be called after a restore from a backup."""
        self._identity = self.db.call(lambda store: renew_generation(store, self.root, self._identity, self.author))

    def open_other(self, place: Path | str) -> Store:
        """Open a copy of this server's store on this thread: a file of the same key, or another database's address.
        Raises UserError, EnvError as opening does. Whoever opens it closes it."""
        assert self._reopen is not None
        return self._reopen(place)

    def close(self) -> None:
        """Close the store; the host is of no use afterwards."""
        self.db.close()

    def _show_identity(self, path: Path) -> None:
        """Write down, in clear, who this server is: for administrators and for a laptop that wants to be sure."""
        text = _server_json(org=str(self.org), sign_key=self._identity.keys.public.hex())
        if path.read_bytes() != text:
            write_atomic(path, text)


def _mark_as_server(paths: Paths) -> None:
    """The mark comes before the keys, so that a workspace can never be taken for a server that was cut short."""
    if paths.server_file.exists():
        return
    if paths.keys_file.exists() or paths.store_file.exists():
        raise UserError(N_("This folder holds a workspace, not a server."), hint=N_("Choose another folder."))
    write_atomic(paths.server_file, _server_json())


def _server_json(**more: str) -> bytes:
    return (json.dumps({"format": "migdesk-server"} | more, indent=1) + "\n").encode("ascii")


def _private(folder: Path) -> None:
    try:
        ensure_private(folder)
    except OSError as error:
        raise EnvError(
            N_("The server's folder cannot be made."), hint=N_("Choose a folder that belongs to you.")
        ) from error
