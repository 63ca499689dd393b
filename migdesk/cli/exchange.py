"""`enrol`, `sync`, `key show | rotate`: this laptop and the central server."""

from collections.abc import Callable
from typing import TypeVar

from migdesk.cli.console import Console
from migdesk.errors import EXIT_DONE, EXIT_REFUSED, MigDeskError, UsageError
from migdesk.i18n.markers import N_
from migdesk.services import bundles, device, enrolment_codes, room, syncing
from migdesk.services.session import Session
from migdesk.services.sync_words import SET_BACK
from migdesk.services.wiping import Removal
from migdesk.store.database import Store
from migdesk.sync.report import SyncReport

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
    if not args.server and not enrolment_codes.is_link(args.code):
        raise UsageError(N_("Give the address of the server with --server, or the whole link as the code."))
    with console.session() as session:
        done = syncing.enrol(Direct(session.store), session, args.server, args.code)
        server = syncing.status(session).server_url
        words = console.lang.say(N_("Enrolled at {server}. Sync to receive your records."), server=server)
        console.put({"status": "enrolled", "org": str(done.org), "server": server}, words)
    return EXIT_DONE


def _sync(console: Console) -> int:
    gone = device.removed(console.home)
    if gone is not None:
        return _removed(console, gone)
    with console.session() as session:
        try:
            report = _exchanged(console, session)
        except MigDeskError:
            if (gone := _wiped(session)) is None:
                raise
            return _removed(console, gone)
        if (gone := _wiped(session)) is not None:
            return _removed(console, gone)
    words = console.lang.say(
        N_("Sent {sent}, received {received}, conflicts {conflicts}, quarantined {quarantined}. {bytes} bytes, {time}"),
        sent=report.sent, received=report.received, conflicts=report.conflicts, quarantined=report.quarantined,
        bytes=console.lang.number(report.bytes_up + report.bytes_down), time=console.lang.duration(report.seconds),
    )  # fmt: skip
    console.put(report.to_json(), words)
    if report.set_back:
        console.warn(SET_BACK.sentence(console.lang))
        console.warn(SET_BACK.todo)
    if report.revoked:
        console.warn(N_("This laptop was revoked: it sends and receives nothing more. Ask your administrator."))
        return EXIT_REFUSED
    return EXIT_DONE


def _exchanged(console: Console, session: Session) -> SyncReport:
    args, run = console.args, Direct(session.store)
    if (args.room is None) != (args.code is None):
        raise UsageError(N_("--room and --code belong together."))
    if args.room:
        return room.join(run, session, args.room, args.code)
    return syncing.sync_now(run, session, url=args.server or "")


def _wiped(session: Session) -> Removal | None:
    """Carry out an order to destroy the workspace, if there is one and it is time."""
    order = device.due(session)
    return None if order is None else device.wipe(session, order)


def _removed(console: Console, gone: Removal) -> int:
    """Say that the workspace was removed by order, and hand over the receipt if the server has none yet."""
    console.warn(N_("This workspace was removed by order of your organisation."))
    console.warn(N_("Changes not yet sent: {n} went to the server for review."), n=gone.reviewed)
    if gone.lost:
        console.warn(N_("{n} changes had never left this laptop and are gone with it."), n=gone.lost)
    told = False
    try:
        told = device.send_receipt(console.home, url=console.args.server or "")
    except MigDeskError as error:
        console.tell(error)
    console.put({"status": "removed", "reviewed": gone.reviewed, "lost": gone.lost, "receipt_sent": told})
    return EXIT_REFUSED


def _key(console: Console) -> int:
    with console.session() as session:
        if console.args.act == "rotate":
            syncing.rotate_keys(Direct(session.store), session, url=console.args.server)
        own = bundles.own_key(session)
    data = {"recipient": own.recipient, "words": own.words, "device": own.device}
    console.put(data, f"{own.recipient}\n{own.words}")
    return EXIT_DONE
