"""Backups that count: only what was read back out of one makes the laptops let go of their copies (protocol, rule 5).

Runs on the caller's thread, on a connection of its own: the server answers meanwhile.
"""

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.paths import Paths
from migdesk.server.host import ServerHost
from migdesk.server.identity import read_identity
from migdesk.services import backups, retention
from migdesk.services.backup_file import SUFFIX
from migdesk.services.backups import Made
from migdesk.services.retention import Tiers
from migdesk.store import backup as store_backup
from migdesk.store import checkpoints, errors, inbox
from migdesk.store.checkpoints import Checkpoint
from migdesk.store.database import Store
from migdesk.store.inbox import StreamKey

EVERY = timedelta(hours=24)
DAYS, WEEKS = 7, 4
"""Of the automatic backups the newest of each of so many days is kept, and of so many weeks before them."""
_PATTERN = "migdesk-%Y%m%d-%H%M%S"


def back_up(host: ServerHost, target: Path | None = None) -> Made:
    """Write a backup of an embedded server, open and verify the copy, and only then call its batches durable.

    Without a `target` it goes into the folder `backups`. Raises UserError on PostgreSQL, DamagedError if the copy is
    not whole, EnvError when the disk does not let it.
    """
    if host.home is None:
        raise UserError(
            N_("A PostgreSQL database is backed up by its own tools."),
            hint=N_("Write a checkpoint first, then use pg_dump or a base backup, and look at what it restores to."),
        )
    heads: list[tuple[StreamKey, int]] = []

    def inspect(copy: Path) -> None:
        with closing(host.open_other(copy)) as again:
            if store_backup.verify(again):
                raise errors.damaged()
            with again.read() as tx:
                heads.extend(inbox.applied_heads(tx))

    with closing(host.open_other(Paths(host.home).store_file)) as own:
        made = backups.pack(own, host.home, target, host.clock, inspect)

    def settle(store: Store) -> None:
        with store.begin() as tx:
            inbox.set_durable(tx, heads)

    host.db.call(settle)
    return made


def due(host: ServerHost) -> bool:
    """Whether the last backup of an embedded server is a day old, or there is none."""
    if host.home is None:
        return False
    made = _automatic(Paths(host.home).backups)
    return not made or host.clock.now().replace(tzinfo=None) - max(moment for moment, _ in made) >= EVERY


def rotate(folder: Path) -> list[Path]:
    """Remove the automatic backups that nobody needs any more; those that were removed. Other files are left alone."""
    made = _automatic(folder)
    kept = kept_of([moment for moment, _ in made])
    gone = [file for moment, file in made if moment not in kept]
    for file in gone:
        file.unlink()
    return gone


def kept_of(moments: Sequence[datetime]) -> set[datetime]:
    """Which of these to keep: the newest of each of the last days, and of each of the weeks before."""
    ordered = sorted(moments)
    return {ordered[place] for place in retention.kept(ordered, Tiers(hours=0, days=DAYS, weeks=WEEKS))}


def _automatic(folder: Path) -> list[tuple[datetime, Path]]:
    """The backups in a folder that bear the name of a moment (UTC), without zone."""
    found = []
    for file in folder.glob(f"migdesk-*{SUFFIX}"):
        try:
            found.append((datetime.strptime(file.name.removesuffix(SUFFIX), _PATTERN), file))
        except ValueError:
            continue
    return found


def checkpoint(host: ServerHost, label: str) -> Checkpoint:
    """Write down in the database what is applied now, before its own tools save it. Raises UserError."""

    def write(store: Store) -> Checkpoint:
        with store.begin() as tx:
            return checkpoints.write(tx, label)

    return host.db.call(write)


def make_durable(host: ServerHost, label: str, restored: str = "") -> int:
    """Call durable what a checkpoint lists, because a backup of after it is known to be good; how many streams.

    With `restored`, the address of a database that was restored from that backup, it is looked at first. Raises
    UserError for an unknown checkpoint, or if the restored database lacks anything of it.
    """
    if restored:
        _look_at(host, label, restored)

    def settle(store: Store) -> int:
        with store.begin() as tx:
            return checkpoints.make_durable(tx, label)

    return host.db.call(settle)


def _look_at(host: ServerHost, label: str, restored: str) -> None:
    with closing(host.open_other(restored)) as copy, copy.read() as tx:
        identity = read_identity(tx, host.root)
        found = checkpoints.find(tx, label)
        if identity is None or identity.org != host.org or found is None:
            raise UserError(
                N_("The restored database does not hold this checkpoint."),
                hint=N_("Nothing was changed. Give the address of a database that was restored from a later backup."),
            )
        lacking = checkpoints.lacking(tx, checkpoints.listed(tx, label))
    with_label = host.db.call(lambda store: _listed(store, label))
    if lacking or found.streams != with_label:
        raise UserError(
            N_("The restored database lacks batches of {count} streams."),
            hint=N_("Nothing was changed. Do not rely on this backup."), count=lacking or with_label - found.streams,
        )  # fmt: skip


def _listed(store: Store, label: str) -> int:
    with store.read() as tx:
        return len(checkpoints.listed(tx, label))
