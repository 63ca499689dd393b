"""`enrol`, `sync`, `key show`: this laptop and the central server."""

from collections.abc import Callable
from typing import TypeVar

from migdesk.cli.console import Console
from migdesk.errors import EXIT_DONE, EXIT_REFUSED
from migdesk.i18n.markers import N_
from migdesk.services import bundles, syncing
from migdesk.store.database import Store

T = TypeVar("T")


def exchange(console: Console) -> int:
    return {"enrol": _enrol, "sync": _sync, "key": _key}[console.args.verb](console)


class Direct:
    """Runs a function with the store on this thread, which owns it (`sync.runner.Runner`)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(self, fn: Callable[[Store], T], /) -> T:
        return fn(self._store)


def _enrol(console: Console) -> int:
    args = console.args
    with console.session() as session:
        done = syncing.enrol(Direct(session.store), session, args.server, args.code)
        words = console.lang.say(N_("Enrolled at {server}. Sync to receive your records."), server=args.server)
        console.put({"status": "enrolled", "org": str(done.org), "server": args.server}, words)
    return EXIT_DONE


def _sync(console: Console) -> int:
    with console.session() as session:
        report = syncing.sync_now(Direct(session.store), session, url=console.args.server or "")
    words = console.lang.say(
        N_("Sent {sent}, received {received}, conflicts {conflicts}, quarantined {quarantined}. {bytes} bytes, {time}"),
        sent=report.sent, received=report.received, conflicts=report.conflicts, quarantined=report.quarantined,
        bytes=console.lang.number(report.bytes_up + report.bytes_down), time=console.lang.duration(report.seconds),
    )  # fmt: skip
    console.put(report.to_json(), words)
    if report.revoked:
        console.warn(N_("This laptop was revoked: it sends and receives nothing more. Ask your administrator."))
        return EXIT_REFUSED
    return EXIT_DONE


def _key(console: Console) -> int:
    with console.session() as session:
        own = bundles.own_key(session)
    data = {"recipient": own.recipient, "words": own.words, "device": own.device}
    console.put(data, f"{own.recipient}\n{own.words}")
    return EXIT_DONE
