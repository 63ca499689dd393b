"""A workspace: made, opened with a key, closed, destroyed; and the Session that every service is given first.

Importing this module loads neither the database library nor Qt, so that the unlock window is there at once: whatever
needs them is imported where it is used. An open Session belongs to the store's thread.
"""

import logging
import threading
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from migdesk.clock import Clock, to_ms
from migdesk.domain.codes import CodeBook
from migdesk.domain.field_types import AreaCode, Text
from migdesk.domain.kinds import SCHEMA
from migdesk.domain.office import Area, User
from migdesk.domain.record import Schema
from migdesk.domain.scope import Role, UserCard
from migdesk.errors import EnvError, MigDeskError, RefusedError, UserError
from migdesk.i18n.markers import N_
from migdesk.paths import Paths, ensure_private
from migdesk.services import keys, lease, passphrases, renewals, swapping, wiping
from migdesk.services.events import Events
from migdesk.services.instance_lock import InstanceLock, is_held
from migdesk.services.lease import GRACE, LeaseClock
from migdesk.services.noting import Notes

if TYPE_CHECKING:
    from migdesk.store.database import Store, Transaction
    from migdesk.store.writing import Author
    from migdesk.vault.device_keys import DeviceKeys
    from migdesk.vault.key_wrap import Argon2Params


@dataclass(eq=False)
class Session:
    """One open workspace and its user. Services take it first; they run on the thread that owns `store`."""

    home: Path
    store: "Store"
    schema: Schema
    codes: CodeBook
    clock: Clock
    keys: "DeviceKeys"
    user: UserCard
    author: "Author"
    lock: InstanceLock
    time: LeaseClock
    lease_until: datetime | None = None
    revoked: bool = False
    key_proof: bytes = b""
    """Known to be made of the key that opened the store (`keys.read_own_key`); tells nothing of it."""
    warnings: list[MigDeskError] = field(default_factory=list)
    """What was noticed on opening and is to be told to the person."""
    events: Events = field(default_factory=Events)
    sync_lock: threading.Lock = field(default_factory=threading.Lock)
    """Held by whoever syncs, so that two runs never overlap."""
    backup_lock: threading.Lock = field(default_factory=threading.Lock)
    """Held by whoever makes a backup."""
    backup_trouble: str = ""
    """Why the last try at a backup came to nothing, as a message to be translated; empty when it worked."""
    backed_up_writes: int = -1
    """`store.writes` at the last automatic backup of this run."""
    kdf: "Argon2Params | None" = None
    """What a new wrap of the key costs at least; None: what is good today."""
    notes: Notes = field(init=False)
    """What the audit hears of looks, searches and locks."""

    def __post_init__(self) -> None:
        self.notes = Notes(self.store, self.home, self.clock, self.user.id)

    @property
    def read_only(self) -> bool:
        """Whether nothing new may be written: the server revoked this laptop, or its lease ran out unheard of."""
        return self.revoked or (self.lease_until is not None and self.time.now() >= self.lease_until)

    @property
    def locked(self) -> bool:
        """Whether nothing may be read either: unheard of for too long after the lease. What waits can still be sent."""
        return self.lease_until is not None and self.time.now() >= self.lease_until + GRACE

    @property
    def role(self) -> Role | None:
        return Role.parse(self.user.role)

    def today(self) -> date:
        """The date on this laptop's wall, in its time zone."""
        return self.clock.now().astimezone().date()

    def must_write(self) -> None:
        """Raises RefusedError when the workspace is read-only."""
        if self.revoked:
            raise RefusedError(
                N_("This laptop was revoked: nothing new can be written here."), hint=N_("Ask your supervisor.")
            )
        if self.read_only:
            raise RefusedError(
                N_("This laptop may only be read for now: the server has not heard of it for too long."),
                hint=N_(
                    "Sync, or carry a bundle to your supervisor. What you wrote before is safe and is sent as usual."
                ),
            )

    def must_open(self) -> None:
        """Raises RefusedError when the workspace is locked."""
        if self.locked:
            raise RefusedError(
                N_("This workspace is locked: the server has not heard of this laptop for very long."),
                hint=N_("Sync. What waits is sent, nothing is lost, and everything can be read again."),
            )

    def reload(self) -> None:
        """Take over what a sync may have changed: the own role and areas, and the lease. On the store's thread."""
        with self.store.read() as tx:
            self.user = _card(tx)
            self.lease_until, self.revoked = lease.lease_of(tx)
            self.time.heard(*lease.heard_of(tx))


@dataclass(frozen=True, slots=True)
class WorkspaceInfo:
    """What can be told of a folder without its passphrase."""

    home: Path
    exists: bool
    open_elsewhere: bool
    store_bytes: int
    created: datetime | None


@dataclass(frozen=True, slots=True)
class Wiped:
    """What a wipe destroyed. `unsent` is None when the workspace was not open, so that nobody could count."""

    unsent: int | None
    files: int


_log = logging.getLogger(__name__)
SETTING_USER = "workspace.user"
SETTING_DEVICE = "workspace.device_secret"
SETTING_KEY_SINCE = "device.key_since_ms"


def info(home: Path) -> WorkspaceInfo:
    """What this folder is, from outside. Raises UserError if its key file is damaged or of a newer version."""
    from migdesk.vault.keyfile import KeyFile  # noqa: PLC0415 - see the module's docstring

    paths = Paths(home)
    removal = wiping.find(home)
    begun = removal is not None and removal.state == wiping.WIPING
    if not begun:
        swapping.finish(home)
    exists = paths.keys_file.exists() and paths.store_file.exists() and not begun
    return WorkspaceInfo(
        home=home,
        exists=exists,
        open_elsewhere=is_held(paths.lock_file),
        store_bytes=paths.store_file.stat().st_size if exists else 0,
        created=KeyFile.load(paths.keys_file).created if exists else None,
    )


def open_session(
    home: Path,
    key: bytes,
    clock: Clock,
    codes: CodeBook,
    schema: Schema = SCHEMA,
    kdf: "Argon2Params | None" = None,
) -> Session:
    """Open the store with its key, on the thread that will own it.

    Raises UserError if another program has it open, if it was made by a newer version (it is left untouched), or if
    the key is wrong; EnvError for a full or failing disk.
    """
    from migdesk.services.backup_file import before_migration  # noqa: PLC0415
    from migdesk.services.sweeping import sweep  # noqa: PLC0415
    from migdesk.store import audit, settings, upgrading  # noqa: PLC0415
    from migdesk.store.database import Store  # noqa: PLC0415
    from migdesk.store.writing import Author  # noqa: PLC0415
    from migdesk.vault.device_keys import DeviceKeys  # noqa: PLC0415

    keys.must_exist(home)
    lock = InstanceLock.take(Paths(home).lock_file)
    try:
        sweep(home)
        store = Store.open_file(
            Paths(home).store_file, key, schema=schema, codes=codes, clock=clock, keep=before_migration
        )
        try:
            upgrading.bring_up(store)
            with store.begin() as tx:
                secret = settings.get(tx, SETTING_DEVICE, "")
                user, (until, revoked) = _card(tx), lease.lease_of(tx)
                time = lease.clock_of(tx, clock)
                lease.keep(tx, time)
                audit.append(tx, user.id, "unlock")
                warnings = keys.file_warnings(tx, home, user.id)
            device = DeviceKeys.from_secret(bytes.fromhex(secret))
        except BaseException:
            store.close()
            raise
    except BaseException:
        lock.release()
        raise
    author, proof = Author(user.id, device.device_id), keys.proof(key)
    session = Session(
        home, store, schema, codes, clock, device, user, author, lock, time, until, revoked, proof, warnings, kdf=kdf
    )  # fmt: skip
    session.notes.wrong_tries()
    renewals.tell(store, home, user.id)
    return session


def unlock(
    home: Path,
    passphrase: str,
    clock: Clock,
    codes: CodeBook,
    schema: Schema = SCHEMA,
    kdf: "Argon2Params | None" = None,
) -> Session:
    """`keys.read_key` and `open_session` in one, for whoever has a single thread."""
    return open_session(home, keys.read_key(home, passphrase, clock, kdf), clock, codes, schema, kdf)


def close(session: Session) -> None:
    """Close the store and let others in. The session is of no use afterwards; may be called again."""

    try:
        if session.store.is_open:
            session.notes.finish()
        if session.store.is_open and session.time.heard_ms:
            with session.store.begin() as tx:
                lease.keep(tx, session.time)
    except EnvError:
        _log.warning("the time that was seen could not be kept")
    finally:
        session.store.close()
        session.lock.release()


def create_workspace(  # noqa: PLR0913 - what a workspace needs; all by name
    home: Path,
    *,
    username: str,
    display_name: str = "",
    role: str,
    area: str,
    passphrase: str,
    clock: Clock,
    codes: CodeBook,
    schema: Schema = SCHEMA,
    kdf: "Argon2Params | None" = None,
) -> None:
    """Make a workspace for one user: private folder, key file, store, device keys, areas, the own user record.

    `area` may name several areas with blanks between. The store gets its name last, so that a power cut half-way
    leaves nothing that looks like a workspace. Raises UserError for bad names, a passphrase that is too easy to guess,
    or an occupied folder.
    """
    from migdesk.vault.atomic_file import sync_folder  # noqa: PLC0415
    from migdesk.vault.keyfile import KeyFile  # noqa: PLC0415

    user = _new_user(username, display_name, role, area)
    passphrases.must_be_good(passphrase, (user.username.replace(".", " "), user.display_name))
    paths = Paths(home)
    wiping.finish(home)
    swapping.finish(home)
    if paths.store_file.exists():
        raise UserError(
            N_("There is a workspace in this folder already."), hint=N_("Open it, or choose another folder.")
        )
    unfinished = paths.store_file.with_name("store.new.db")
    try:
        ensure_private(home)
        paths.keys_file.unlink(missing_ok=True)  # left by a creation that was cut short: its key opens nothing
        for left in home.glob("store.new.db*"):
            left.unlink()
    except OSError as error:
        raise EnvError(
            N_("The folder for the workspace cannot be made."), hint=N_("Choose a folder that belongs to you.")
        ) from error
    keyfile, key = KeyFile.create(paths.keys_file, passphrase, clock=clock, params=kdf)
    try:
        _fill(unfinished, key, user, clock, codes, schema)
        unfinished.rename(paths.store_file)
        sync_folder(home)
    except BaseException:
        keyfile.destroy()
        raise


def unsent(session: Session) -> int:
    """How many changes exist on this laptop only, those that may never leave it included. Tell it before a wipe."""
    from migdesk.store import undelivered  # noqa: PLC0415

    with session.store.read() as tx:
        found = undelivered.count(tx)
    return found.unsent + found.withheld


def wipe(home: Path, session: Session | None = None) -> Wiped:
    """Destroy the workspace by its owner's word: first the key slots, without which the rest is noise, then the files.

    An open session is counted and closed. Cut short at any moment, it is finished at the next start; nobody is told.
    Raises UserError if there is no workspace or another program has it open.
    """
    paths = Paths(home)
    if not paths.keys_file.exists() and not paths.store_file.exists():
        raise keys.no_workspace()
    count = None
    if session is not None:
        count = unsent(session)
        close(session)
    return Wiped(count, wiping.by_own_word(home))


def _new_user(username: str, display_name: str, role: str, area: str) -> UserCard:
    known = Role.parse(role)
    if known is None:
        raise UserError(
            N_("This is not a role: {role}."),
            hint=N_("Roles are: {roles}."),
            role=role,
            roles=", ".join(sorted(one.value for one in Role)),
        )
    name_form: Text = User.spec.by_name["username"].type  # type: ignore[assignment]
    try:
        name = name_form.normalise(username.strip().lower())
        if not name:
            raise ValueError("blank")
    except ValueError as error:
        raise UserError(
            N_("This is not a user name."),
            hint=N_("Use small letters, digits, dots, hyphens and underscores, at most 40, a letter or digit first."),
        ) from error
    try:
        areas = tuple(sorted({AreaCode().normalise(code) for code in area.split()}))
    except ValueError as error:
        raise UserError(N_("This is not an area code."), hint=N_("An area code looks like 52.03.09.2004.")) from error
    if not areas:
        raise UserError(N_("A user needs an area."), hint=N_("An area code looks like 52.03.09.2004."))
    id = User.spec.natural_id({"username": name})
    return UserCard(id, name, display_name.strip() or name, known.value, areas)


def _fill(path: Path, key: bytes, user: UserCard, clock: Clock, codes: CodeBook, schema: Schema) -> None:
    """Everything a new store begins with, in one transaction."""
    from migdesk.services.reference import area_rows  # noqa: PLC0415
    from migdesk.store import audit, settings, writing  # noqa: PLC0415
    from migdesk.store.database import Store  # noqa: PLC0415
    from migdesk.vault.device_keys import DeviceKeys  # noqa: PLC0415

    own = {
        "username": user.username,
        "display_name": user.display_name,
        "role": user.role,
        "areas": frozenset(user.areas),
        "active": True,
    }
    store = Store.open_file(path, key, schema=schema, codes=codes, clock=clock)
    try:
        with store.begin() as tx:
            settings.put(tx, SETTING_USER, str(user.id))
            settings.put(tx, SETTING_DEVICE, DeviceKeys.generate().to_secret().hex())
            settings.put(tx, SETTING_KEY_SINCE, to_ms(clock.now()))
            writing.seed(tx, User, [own])
            writing.seed(tx, Area, area_rows())
            audit.append(tx, user.id, "create_workspace")
    finally:
        store.close()


def _card(tx: "Transaction") -> UserCard:
    """The own user as the store knows it: seeded at first, later as the server says."""
    from migdesk.store import records, settings  # noqa: PLC0415

    id = UUID(settings.get(tx, SETTING_USER, ""))
    user = records.get(tx, User, id).record
    return UserCard(
        id, user.username or "", user.display_name or user.username or "", user.role or "",
        tuple(sorted(user.areas or ())),
    )  # fmt: skip
