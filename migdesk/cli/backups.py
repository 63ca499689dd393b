"""`backup`, `restore`, `verify`, of a workspace or a server folder."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from migdesk.cli.console import Console
from migdesk.cli.servers import Host, Made
from migdesk.clock import from_ms
from migdesk.errors import EXIT_DONE, EXIT_FAILED
from migdesk.i18n.markers import N_
from migdesk.paths import Paths
from migdesk.services import backups as service
from migdesk.services.backups import Restored
from migdesk.store import backup as store_backup
from migdesk.store.backup import Finding
from migdesk.vault.keyfile import KeyFile


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
    out = console.args.out
    if _is_server(console):
        with _host(console) as host:
            made: Made = host.back_up(out)
    else:
        with console.session() as session:
            made = service.backup(session, out)
    words = console.lang.say(N_("Backup: {file} ({size} bytes)"), file=made.file, size=console.lang.number(made.size))
    console.put({"status": "written", "file": str(made.file), "bytes": made.size}, words)
    return EXIT_DONE


def restore(console: Console) -> int:
    """Bring a workspace, or a server's folder, back."""
    args = console.args

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


def _tell(console: Console, done: Restored) -> None:
    made = from_ms(done.made_ms)
    words = console.lang.say(N_("Restored as of {made}: {home}"), made=console.lang.moment(made), home=done.home)
    kept = str(done.kept) if done.kept else None
    console.put({"status": "restored", "made": made.isoformat().replace("+00:00", "Z"), "kept": kept}, words)
    if kept:
        console.say(N_("The former workspace is kept in {folder}."), folder=kept)
    if not done.is_server:
        console.say(
            N_(
                "If this laptop synced after that time, ask for a new workspace: two histories of one device do "
                "not mix."
            )
        )


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
