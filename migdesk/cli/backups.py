"""`backup`, `restore`, `verify`, of a workspace or a server folder."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from migdesk.cli.console import Console
from migdesk.cli.servers import Host, Made
from migdesk.clock import from_ms
from migdesk.domain.kinds import SCHEMA
from migdesk.errors import EXIT_DONE, EXIT_FAILED, UsageError
from migdesk.i18n.markers import N_
from migdesk.paths import Paths
from migdesk.services import backups as service
from migdesk.services import restoring, safekeeping
from migdesk.services.backups import Restored
from migdesk.services.reference import read_codebook
from migdesk.services.safekeeping import Kept, Reason, Standing
from migdesk.store import backup as store_backup
from migdesk.store.findings import Finding
from migdesk.vault.keyfile import KeyFile

T = TypeVar("T")


def backups(console: Console) -> int:
    return {"backup": _backup, "restore": restore, "verify": _verify}[console.args.verb](console)


@contextmanager
def _host(console: Console) -> Iterator[Host]:
    host = console.servers.open(console.home, None, console.environment, console.args.passphrase_file, console.clock)
    try:
        yield host
    finally:
        host.close()


def _is_server(console: Console) -> bool:
    return Paths(console.home).server_file.exists()


def _backup(console: Console) -> int:
    args = console.args
    if _is_server(console):
        if args.automatic or args.status:
            raise UsageError(N_("A server rotates its backups by itself while it runs."))
        with _host(console) as host:
            _written(console, host.back_up(args.out))
        return EXIT_DONE
    with console.session() as session:
        if args.status:
            _standing(console, safekeeping.standing(session), safekeeping.automatic(Paths(session.home).backups))
        elif args.automatic:
            made = safekeeping.keep_if_due(_here, session)
            if made is None:
                console.put({"status": "not_due"}, console.lang.say(N_("The last automatic backup is recent enough.")))
            else:
                _written(console, made)
        else:
            reason = Reason.COPY if args.out else Reason.ASKED
            _written(console, safekeeping.keep(_here, session, reason, args.out))
    return EXIT_DONE


def _here(fn: Callable[[], T]) -> T:
    """This thread owns the store."""
    return fn()


def _written(console: Console, made: Made) -> None:
    words = console.lang.say(N_("Backup: {file} ({size} bytes)"), file=made.file, size=console.lang.number(made.size))
    console.put({"status": "written", "file": str(made.file), "bytes": made.size}, words)


def _standing(console: Console, found: Standing, kept: list[Kept]) -> None:
    """What there is, and whether a copy should leave the laptop."""
    say, moment = console.lang.say, console.lang.moment
    last = moment(found.last) if found.last else "-"
    given = {"last": _iso(found.last), "days_without_copy": found.days_without, "copy_is_due": found.copy_is_due}
    console.put({"status": "standing", **given}, say(N_("Last backup made and verified: {when}"), when=last))
    for one in kept:
        console.put({"status": "automatic", "at": _iso(one.at), "file": str(one.file)}, f"{moment(one.at)}  {one.file}")
    for copy in found.copies:
        words = N_("Copy of {when}: {file}") if copy.apart else N_("Copy of {when}, on the disk of the laptop: {file}")
        entry = {"status": "copy", "at": _iso(copy.at), "file": str(copy.file), "apart": copy.apart}
        console.put(entry, say(words, when=moment(copy.at), file=copy.file))
    if found.copy_is_due and not console.args.json:
        console.say(N_("No copy has left this laptop for {n} days. Put one on a stick."), n=found.days_without)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def restore(console: Console) -> int:
    """Bring a workspace, or a server's folder, back."""
    args = console.args
    if getattr(args, "preview", False):
        return _preview(console)

    def unlock(keys: KeyFile, server: bool) -> bytes:
        if not server:
            return keys.unlock(console.passphrase())
        return keys.unlock(console.servers.secret(console.home, console.environment, args.passphrase_file))

    done = service.restore(console.home, args.file, unlock, console.clock, replace=args.replace)
    if done.is_server:
        with _host(console) as host:
            host.renew_generation()
    _tell(console, done)
    return EXIT_DONE


def _preview(console: Console) -> int:
    """Say what a backup holds and how it differs from what is here; nothing is changed."""
    args, say, number = console.args, console.lang.say, console.lang.number
    found = restoring.preview_folder(
        console.home, args.file, lambda keys: keys.unlock(console.passphrase()), console.clock, read_codebook()
    )
    given = {"made": _iso(found.made), "compared": found.compared, "synced_since": found.synced_since}
    console.put({"status": "preview", **given}, say(N_("Backup of {when}"), when=console.lang.moment(found.made)))
    for one in restoring.told(found):
        words = say(
            N_("{kind}: {count} in the backup, {lost} only here, {new} only in the backup, {changed} different"),
            kind=say(SCHEMA.by_name[one.kind].title), count=number(one.there), lost=number(one.only_here),
            new=number(one.only_there), changed=number(one.changed),
        )  # fmt: skip
        entry = {"kind": one.kind, "here": one.here, "backup": one.there, "only_here": one.only_here}
        console.put({**entry, "only_backup": one.only_there, "changed": one.changed}, words)
    if found.synced_since:
        console.say(restoring.TWO_HISTORIES)
    return EXIT_DONE


def _tell(console: Console, done: Restored) -> None:
    made = from_ms(done.made_ms)
    words = console.lang.say(N_("Restored as of {made}: {home}"), made=console.lang.moment(made), home=done.home)
    kept = str(done.kept) if done.kept else None
    console.put({"status": "restored", "made": _iso(made), "kept": kept}, words)
    if kept:
        console.say(N_("The former workspace is kept in {folder}."), folder=kept)
    if not done.is_server:
        console.say(restoring.TWO_HISTORIES)


def _verify(console: Console) -> int:
    if _is_server(console):
        with _host(console) as host:
            findings: Sequence[Finding] = host.on_store(store_backup.verify)
    else:
        with console.session() as session:
            findings = service.verify(session)
    for one in findings:
        words = console.lang.say(one.message, **one.params)
        console.put({"status": "wrong", "check": one.check, "message": words}, words)
    if not findings:
        console.put({"status": "whole"}, console.lang.say(N_("Everything is whole.")))
    return EXIT_FAILED if findings else EXIT_DONE
