"""Moves the files of attachments after the records of a sync. Runs on an io thread and reaches the store by `run`."""

import threading
from functools import partial

from migdesk.services import attachments
from migdesk.services.session import Session
from migdesk.store import change_log
from migdesk.store.database import Store
from migdesk.sync.laptop.blobs import BlobPolicy, BlobReport, sync_blobs
from migdesk.sync.progress import Progress
from migdesk.sync.report import SyncReport
from migdesk.sync.runner import Carrier, Runner
from migdesk.sync.trust import server_card


def after_records(
    run: Runner,
    session: Session,
    transport: Carrier,
    report: SyncReport,
    progress: Progress,
    cancel: threading.Event | None,
) -> BlobReport:
    """Send and fetch files with the server that the records were just exchanged with; bytes and requests are added to
    `report`. Raises as `sync_blobs` does. Nothing if the laptop was revoked, or another run has the link."""
    if report.revoked or report.forked or not session.sync_lock.acquire(blocking=False):
        return BlobReport()
    try:
        card, always = run(partial(_known, session=session))
        moved = sync_blobs(
            run, transport, session.keys, card, clock=session.clock, progress=progress, cancel=cancel,
            policy=BlobPolicy(always=always), must_give_way=lambda: run(_records_wait),
        )  # fmt: skip
    finally:
        session.sync_lock.release()
    report.bytes_up += moved.bytes_up
    report.bytes_down += moved.bytes_down
    report.requests += moved.requests
    if moved.requests and not moved.gave_way:
        progress("done", 1, 1)
    return moved


def _records_wait(store: Store) -> bool:
    """Whether somebody wrote something since the records were exchanged."""
    with store.read() as tx:
        return change_log.unsent_count(tx) > 0


def _known(store: Store, *, session: Session) -> tuple[server_card.ServerCard, bool]:
    with store.read() as tx:
        card = server_card.get(tx)
    return card, attachments.always_fetch(session)
