"""Exchange with the central server, and how it stands. `sync_now` and `enrol` run on an io thread and reach the store
only through `run`, so that nothing is locked while bytes move; `status` runs on the store's thread."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from migdesk.clock import from_ms
from migdesk.domain.hlc import wall_ms
from migdesk.domain.office import User
from migdesk.domain.record import Lane
from migdesk.domain.scope import UserCard
from migdesk.i18n.markers import N_
from migdesk.services import attachment_sync, conflicts, device, enrolment_codes, sync_words
from migdesk.services.events import ChangeSet
from migdesk.services.session import Session
from migdesk.store import anchors, audit, change_log, outbox, waiting, writing
from migdesk.store.database import Store
from migdesk.sync.laptop import engine
from migdesk.sync.laptop import enrol as enrolment
from migdesk.sync.laptop.enrol import Enrolment
from migdesk.sync.progress import Progress
from migdesk.sync.report import SyncReport
from migdesk.sync.runner import Runner
from migdesk.sync.trust import server_card

if TYPE_CHECKING:
    from migdesk.sync.transport import HttpTransport

_SHOWN = 50
_ASIDE_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SyncNote:
    """One sync of the past, in counts. `error` is a translatable message, empty if all went well. `in_room`: it was
    with a colleague's laptop, and the server knows nothing of it."""

    at: datetime
    sent: int
    received: int
    conflicts: int
    quarantined: int
    bytes_up: int
    bytes_down: int
    requests: int
    seconds: float
    error: str
    forked: bool = False
    in_room: bool = False


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """How this laptop stands, in plain facts. `waiting` counts changes that the server has not acknowledged;
    `last_error` is that of the latest sync, if it failed; `server_url` is empty before enrolment; `clock_behind`: the
    clock of the laptop shows an earlier time than its last sync (V-23); `forked`: another laptop sends under the same
    name; `set_back`: the server knew a later state of this laptop; `set_aside` counts changes that the server put in
    quarantine of late."""

    waiting: int
    last_success: datetime | None
    last_error: str
    history: tuple[SyncNote, ...]
    server_url: str
    enrolled: bool
    lease_until: datetime | None
    read_only: bool
    revoked: bool
    clock_behind: bool
    conflicts: int
    forked: bool = False
    set_back: bool = False
    set_aside: int = 0
    locked: bool = False
    wipe_due: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many changes of so many records of a kind wait, the first since `since`; `urgent` ones go first."""

    kind: str
    urgent: bool
    changes: int
    records: int
    since: datetime


def status(session: Session) -> SyncStatus:
    """How things stand now. Looks only into the store."""
    with session.store.read() as tx:
        card = server_card.find(tx)
        notes = tuple(_note(row) for row in outbox.sync_history(tx, _SHOWN))
        with_server = [note for note in notes if not note.in_room]
        unsent, broken = change_log.unsent_count(tx), anchors.alarm(tx) is not None
    return SyncStatus(
        waiting=unsent,
        last_success=next((note.at for note in with_server if not note.error), None),
        last_error=with_server[0].error if with_server else "",
        history=notes,
        server_url=card.url if card is not None else "",
        enrolled=card is not None,
        lease_until=session.lease_until,
        read_only=session.read_only,
        revoked=session.revoked,
        clock_behind=bool(notes) and session.clock.now() < notes[0].at,
        conflicts=0 if session.locked else conflicts.count(session),
        forked=bool(with_server) and with_server[0].forked,
        set_back=broken,
        set_aside=sum(note.quarantined for note in notes if session.clock.now() - note.at < _ASIDE_FOR),
        locked=session.locked,
        wipe_due=device.due(session) is not None,
    )


def waiting_by_kind(session: Session) -> tuple[Waiting, ...]:
    """What waits, in the order of sending. Kinds that this version does not know are left out."""
    with session.store.read() as tx:
        found = waiting.by_kind(tx)
    return tuple(
        Waiting(spec.name, one.lane <= Lane.URGENT, one.changes, one.records, from_ms(wall_ms(one.oldest)))
        for one in found
        if (spec := session.schema.by_number.get(one.kind)) is not None
    )


def sync_now(
    run: Runner,
    session: Session,
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
    *,
    url: str = "",
    ca: Path | None = None,
) -> SyncReport:
    """Send what waits and receive what is new; afterwards the session knows its role, areas and lease anew.

    `url`: another address of the same server. `progress(phase, done, total)` is called on this thread. Raises
    UserError if the laptop is not enrolled, a sync runs already or `cancel` was set, EnvError if the link fails,
    RefusedError if the server refuses. Whatever was received until then stays.
    """
    card = run(_card)
    transport = _transport(url or card.url, ca)
    try:
        total = SyncReport()
        while True:
            report = device.with_keys(
                run, session, transport,
                lambda: engine.sync_once(
                    run, transport, session.keys, clock=session.clock, progress=progress or _silent, cancel=cancel,
                    lock=session.sync_lock,
                ),
            )  # fmt: skip
            moved = attachment_sync.after_records(run, session, transport, report, progress or _silent, cancel)
            total = total.and_then(report)
            if not moved.gave_way:
                return total
    finally:
        transport.close()
        run(partial(_refresh, session=session))


def enrol(run: Runner, session: Session, url: str, code: str, *, label: str = "", ca: Path | None = None) -> Enrolment:
    """Join the server's organisation with a one-time code; the first sync then brings users, devices and records.

    `code` may be the whole link of a QR code, and `url` then empty. Raises UserError for a mistyped address or code,
    RefusedError if the server refuses, is not the one of the link, or the code is for another user, EnvError if it
    cannot be reached.
    """
    fingerprint = ""
    if enrolment_codes.is_link(code):
        link = enrolment_codes.read_link(code)
        url, code, fingerprint = url or link.url, link.code, link.fingerprint
    transport = _transport(url, ca)
    try:
        done = enrolment.enrol(
            run, transport, session.keys, code, url=transport.url, user=session.user.id, label=label,
            clock=session.clock, fingerprint=fingerprint,
        )  # fmt: skip
    finally:
        transport.close()
    run(partial(_take_card, session=session, card=done.user))
    return done


def rotate_keys(run: Runner, session: Session, *, url: str = "", ca: Path | None = None) -> None:
    """Change the keys of this laptop now (`device.rotate`)."""
    transport = _transport(url or run(_card).url, ca)
    try:
        device.rotate(run, session, transport)
    finally:
        transport.close()


def _transport(url: str, ca: Path | None) -> "HttpTransport":
    from migdesk.sync.transport import HttpTransport  # noqa: PLC0415 - TLS is not loaded before somebody syncs

    return HttpTransport(url, ca=ca)


def _silent(phase: str, done: int, total: int) -> None:
    """Nobody watches."""


def _card(store: Store) -> server_card.ServerCard:
    with store.read() as tx:
        return server_card.get(tx)


def _take_card(store: Store, *, session: Session, card: UserCard) -> None:
    """From now on the server says who the user is; what this workspace was made with is forgotten, areas and all."""
    values = {
        "username": card.username,
        "display_name": card.display_name,
        "role": card.role,
        "areas": frozenset(card.areas),
        "active": True,
    }
    with store.begin() as tx:
        writing.seed(tx, User, [values])
        audit.append(tx, session.user.id, "enrol")
    _refresh(store, session=session)


def _refresh(store: Store, *, session: Session) -> None:
    """Also after a cut: what arrived until then is there."""
    session.reload()
    session.events.publish(ChangeSet(frozenset(session.schema.by_name), initiator="sync"))


_WITHOUT_DETAILS = {
    "Something between here and the server answered instead of it ({status}).": sync_words.SIGN_IN_FIRST,
    "What came back was not the server's answer ({why}).": sync_words.SIGN_IN_FIRST,
}


def _note(row: dict[str, object]) -> SyncNote:
    def number(name: str) -> int:
        value = row.get(name, 0)
        return int(value) if isinstance(value, int | float) else 0

    seconds, error = row.get("seconds", 0.0), str(row.get("error", ""))
    return SyncNote(
        at=from_ms(number("at_ms")),
        sent=number("sent"),
        received=number("received"),
        conflicts=number("conflicts"),
        quarantined=number("quarantined"),
        bytes_up=number("bytes_up"),
        bytes_down=number("bytes_down"),
        requests=number("requests"),
        seconds=float(seconds) if isinstance(seconds, int | float) else 0.0,
        # A message whose details were not kept cannot be shown in full.
        error=_WITHOUT_DETAILS.get(error, N_("The last sync did not finish.")) if "{" in error else error,
        forked=bool(row.get("forked")),
        in_room=bool(row.get("peer")),
    )
