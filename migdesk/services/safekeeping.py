"""Backups that come by themselves or are asked for, and copies that leave the laptop: made, verified, remembered.

`keep` runs on a thread of its own, on a connection of its own, so that saving goes on meanwhile; what it notes is
written on the store's thread, which `on_store` is the way to.
"""

import logging
import os
import re
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeVar

from migdesk.clock import from_ms, to_ms
from migdesk.errors import EnvError, MigDeskError, UserError
from migdesk.i18n.markers import N_
from migdesk.paths import Paths, ensure_private
from migdesk.services import backups, retention
from migdesk.services.backup_file import SUFFIX
from migdesk.services.backups import Made
from migdesk.services.retention import Tiers
from migdesk.services.session import Session
from migdesk.store import audit, errors, inbox, settings
from migdesk.store import backup as store_backup
from migdesk.vault.keyfile import KeyFile

EVERY = timedelta(hours=4)
TIERS = Tiers(hours=6, days=7, weeks=4)
REMIND_AFTER = timedelta(days=14)
RESERVE = 64 << 20
"""So much of the disk stays free for saving: a backup that fills it would stop the work that it is there for."""

_AUTOMATIC = re.compile(rf"migdesk-auto-(\d{{6,}})-(\d{{8}}-\d{{6}}){re.escape(SUFFIX)}")
_UNFINISHED = re.compile(_AUTOMATIC.pattern + r"\.(store|part)(\.part)?(-wal|-shm|-journal)?")
_MOMENT = "%Y%m%d-%H%M%S"
_LAST, _COPIES = "backup.last", "backup.copies"
_COPIES_KEPT = 10
_log = logging.getLogger(__name__)
T = TypeVar("T")


class OnStore(Protocol):
    """Does a piece of work on the store's thread and waits for it."""

    def __call__(self, fn: Callable[[], T], /) -> T: ...


class Reason(StrEnum):
    """Why a backup is made; the word stands in the audit."""

    AUTOMATIC = "automatic"
    ASKED = "asked"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class Kept:
    """An automatic backup in the workspace's folder; `n` counts up, whatever the clock does."""

    n: int
    at: datetime
    file: Path


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that was put into a folder, and whether that is another disk than the laptop's."""

    at: datetime
    file: Path
    apart: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How safe the work is. `last` is when the last backup was made and verified, `file` its name; `copied` the latest
    copy apart from the laptop. `days_without` counts the days since then, or since the workspace was made."""

    last: datetime | None
    file: str
    copies: tuple[Copy, ...]
    copied: Copy | None
    days_without: int

    @property
    def copy_is_due(self) -> bool:
        return self.days_without >= REMIND_AFTER.days


def automatic(folder: Path) -> list[Kept]:
    """The automatic backups in a folder in the order of making; whatever else lies there is not ours."""
    found = []
    for file in folder.glob(f"migdesk-auto-*{SUFFIX}"):
        named = _AUTOMATIC.fullmatch(file.name)
        if named is None or file.is_symlink() or not file.is_file():
            continue
        try:
            moment = datetime.strptime(named[2], _MOMENT).replace(tzinfo=UTC)
        except ValueError:
            continue
        found.append(Kept(int(named[1]), moment, file))
    return sorted(found, key=lambda one: one.n)


def rotate(folder: Path) -> list[Path]:
    """Remove the automatic backups that nobody needs any more, and what a run that was cut short left of one."""
    made = automatic(folder)
    stay = retention.kept([one.at for one in made], TIERS)
    gone = [one.file for place, one in enumerate(made) if place not in stay]
    gone += [file for file in folder.glob("migdesk-auto-*") if _UNFINISHED.fullmatch(file.name)]
    for file in gone:
        file.unlink()
    return gone


def is_due(session: Session) -> bool:
    """Whether something was written since the last automatic backup, and that is some hours old. A clock that was set
    back does not put it off: it is the distance that counts. The store's thread."""
    made = automatic(Paths(session.home).backups)
    if not made:
        return True
    return abs(session.clock.now() - made[-1].at) >= EVERY and session.store.writes != session.backed_up_writes


def keep(on_store: OnStore, session: Session, reason: Reason, target: Path | None = None) -> Made:
    """Make a backup and verify it; an automatic one makes room for itself. With `target` it goes there.

    Raises EnvError if the disk does not play along, DamagedError if the store is not whole; earlier ones stay, and the
    session remembers what was in the way.
    """
    with session.backup_lock:
        return _try(on_store, session, reason, target)


def keep_if_due(on_store: OnStore, session: Session) -> Made | None:
    """The automatic backup, if it is time for one. Raises what `keep` raises."""
    if not on_store(lambda: is_due(session)):
        return None
    return keep(on_store, session, Reason.AUTOMATIC)


def at_close(session: Session) -> None:
    """The automatic backup before the workspace is closed; trouble is logged, it must not keep anybody. The store's
    thread, for which one that is being made may wait: so this does not wait for that one."""
    if not session.store.is_open or not session.backup_lock.acquire(blocking=False):
        return
    try:
        if is_due(session):
            _try(lambda fn: fn(), session, Reason.AUTOMATIC, None)
    except (MigDeskError, OSError):
        _log.exception("the backup at the end failed")
    finally:
        session.backup_lock.release()


def standing(session: Session) -> Standing:
    """When the last backup was made, where copies are, and whether one is due. The store's thread."""
    now = session.clock.now()
    with session.store.read() as tx:
        last, noted = settings.get(tx, _LAST), settings.get(tx, _COPIES, [])
    copies = tuple(Copy(from_ms(one["at_ms"]), Path(one["file"]), bool(one["apart"])) for one in noted)
    copied = next((one for one in copies if one.apart), None)
    since = copied.at if copied else KeyFile.load(Paths(session.home).keys_file).created
    return Standing(
        last=from_ms(last["at_ms"]) if last else None,
        file=last["file"] if last else "",
        copies=copies,
        copied=copied,
        days_without=max(0, (now - since).days),
    )


def offered_name(session: Session) -> str:
    """The name that a copy gets unless another is chosen; it says nothing of anybody."""
    return f"migdesk-{session.clock.now():%Y%m%d-%H%M%S}{SUFFIX}"


def _try(on_store: OnStore, session: Session, reason: Reason, target: Path | None) -> Made:
    try:
        made = _keep(on_store, session, reason, target)
    except MigDeskError as error:
        if reason is not Reason.COPY:
            session.backup_trouble = error.message
        raise
    if reason is not Reason.COPY:
        session.backup_trouble = ""
    return made


def _keep(on_store: OnStore, session: Session, reason: Reason, target: Path | None) -> Made:
    now, folder = session.clock.now(), Paths(session.home).backups
    _must_not_overwrite(session.home, target)
    try:
        file = target or _place(ensure_private(folder), reason, now)
        _must_have_room(session, file.parent)

        def begin() -> Any:
            with session.store.begin() as tx:
                audit.append(tx, session.user.id, "backup", detail=reason.value)
                return inbox.applied_heads(tx)

        heads = on_store(begin)
        with closing(session.store.open_again()) as own:

            def inspect(copy: Path) -> None:
                with closing(own.open_again(copy)) as again:
                    if not store_backup.is_sound(again):
                        raise errors.damaged()

            made = backups.pack(own, session.home, file, session.clock, inspect)
        if reason is Reason.AUTOMATIC:
            rotate(folder)
    except OSError as error:
        raise _not_written() from error
    on_store(lambda: _note(session, reason, made, now, heads))
    return made


def _place(folder: Path, reason: Reason, now: datetime) -> Path:
    moment = now.astimezone(UTC).strftime(_MOMENT)
    if reason is not Reason.AUTOMATIC:
        return folder / f"migdesk-{moment}{SUFFIX}"
    made = automatic(folder)
    return folder / f"migdesk-auto-{made[-1].n + 1 if made else 1:06d}-{moment}{SUFFIX}"


def _must_not_overwrite(home: Path, target: Path | None) -> None:
    """A backup among the files of the workspace could take the place of one of them."""
    if target is not None and target.resolve().parent == home.resolve():
        raise UserError(
            N_("A backup cannot lie among the files of the workspace."), hint=N_("Choose another folder, or a stick.")
        )


def _must_have_room(session: Session, folder: Path) -> None:
    """A copy of the store, and once more for the file that it is packed into."""
    size = sum(one.stat().st_size for one in session.home.glob("store.db*"))
    if shutil.disk_usage(folder).free < 2 * size + RESERVE:
        raise EnvError(
            N_("No backup was made: the disk has too little room. Earlier ones are still there."),
            hint=N_("Delete what you do not need, or choose another disk."),
        )


def _note(session: Session, reason: Reason, made: Made, now: datetime, heads: Any) -> None:
    """What was made is remembered, and what it holds of others is durable. The store's thread."""
    entry = {"at_ms": to_ms(now), "file": made.file.name}
    with session.store.begin() as tx:
        inbox.set_durable(tx, heads)
        settings.put(tx, _LAST, entry)
        if reason is Reason.COPY:
            file = made.file.resolve()
            noted = {"at_ms": to_ms(now), "file": str(file), "apart": _is_apart(file.parent, session.home)}
            settings.put(tx, _COPIES, [noted, *settings.get(tx, _COPIES, [])][:_COPIES_KEPT])
    if reason is Reason.AUTOMATIC:
        session.backed_up_writes = session.store.writes


def _is_apart(folder: Path, home: Path) -> bool:
    """Whether a folder is on another disk than the workspace: a copy beside it is lost with it."""
    return os.stat(folder).st_dev != os.stat(home).st_dev


def _not_written() -> EnvError:
    return EnvError(
        N_("No backup was made: its folder cannot be written to. Earlier ones are still there."),
        hint=N_("Check that the disk is there and has room."),
    )
