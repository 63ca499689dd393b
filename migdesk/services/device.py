"""The life of this laptop as a device: other keys in time, and the wipe that its organisation orders.

`due`, `wipe` and what takes a Session and no `run` belong to the store's thread; what takes `run` to an io thread.
"""

import json
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from migdesk.clock import to_ms
from migdesk.errors import EnvError, UserError
from migdesk.i18n.markers import N_
from migdesk.services import session as sessions
from migdesk.services import wiping
from migdesk.services.session import SETTING_DEVICE, SETTING_KEY_SINCE, Session
from migdesk.services.wiping import Removal
from migdesk.store import audit, settings, undelivered
from migdesk.store.database import Store
from migdesk.sync.laptop import rekeying
from migdesk.sync.laptop.rekeying import Pending
from migdesk.sync.runner import Runner, ServerRefusedError, Transport
from migdesk.sync.trust import orders, server_card
from migdesk.sync.trust.orders import Receipt, WipeOrder
from migdesk.sync.trust.server_card import ServerCard

if TYPE_CHECKING:
    from migdesk.vault.rotation import Rotation

T = TypeVar("T")
ROTATION_DAYS = 365
"""A key is changed when it is older, unless this workspace has another number of days (0: never)."""

TRIES = 3
"""Syncs that may fail to send what waits before a wipe that was ordered is carried out all the same."""

WIPED_PATH = "/sync/1/wiped"
_SETTING_DAYS = "device.rotation_days"
_DAY_MS = 24 * 3600 * 1000
_ANSWER_MOST = 64 << 10
_log = logging.getLogger(__name__)


def rotation_days(session: Session) -> int:
    """After how many days the keys of this laptop are changed by themselves; 0 is never."""
    with session.store.read() as tx:
        kept = settings.get(tx, _SETTING_DAYS, ROTATION_DAYS)
    return kept if isinstance(kept, int) and kept >= 0 else ROTATION_DAYS


def set_rotation_days(session: Session, days: int) -> None:
    """Set it. Raises UserError for less than 0 or more than ten years."""
    if not 0 <= days <= 3650:
        raise UserError(N_("Give a number of days from 0 (never) to 3650."))
    with session.store.begin() as tx:
        settings.put(tx, _SETTING_DAYS, days)


def rotate(run: Runner, session: Session, transport: Transport) -> None:
    """Change the keys of this laptop now; its device id stays. A change that was begun before is finished instead.

    Raises UserError if the laptop is not enrolled or a sync runs, EnvError if the link fails (the next sync goes on),
    ServerRefusedError if the server refuses.
    """
    if not session.sync_lock.acquire(blocking=False):
        raise UserError(N_("A sync is running already."), hint=N_("Wait until it is done."))
    try:
        run(partial(_begin, session=session))
        try:
            _finish(run, session, transport)
        except ServerRefusedError as error:
            if error.error != "key" or not _show_kept(run, session, transport):
                raise
            _finish(run, session, transport)
    finally:
        session.sync_lock.release()


def with_keys(run: Runner, session: Session, transport: Transport, sync: Callable[[], T]) -> T:
    """Run a sync with keys that are in order: a change that was begun is finished first, one that is due is made.

    A server that forgot the key, because it came from a backup of before, is shown how the key came about. Raises what
    `sync` raises. Keys never stop a sync that can do without them.
    """
    if run(partial(_is_due, session=session)):
        try:
            rotate(run, session, transport)
        except (EnvError, ServerRefusedError):
            _log.info("the keys were not changed; the next sync tries again")
    try:
        return sync()
    except ServerRefusedError as error:
        if error.error != "key":
            raise
        shown = _show_kept(run, session, transport)
        if run(_pending) is not None:
            rotate(run, session, transport)
        elif not shown:
            raise
        return sync()
    finally:
        run(_count_try)


def due(session: Session) -> WipeOrder | None:
    """The order to carry out now: nothing waits to be sent any more, or it was tried often enough. None while a sync
    runs."""
    if session.sync_lock.locked():
        return None
    with session.store.read() as tx:
        order = orders.waiting(tx, session.keys.device_id)
        if order is None or (undelivered.count(tx).unsent and order.tries < TRIES):
            return None
    return order


def wipe(session: Session, order: WipeOrder) -> Removal:
    """Destroy this workspace by order: mark and receipt, then the key slots, then all files. The session is closed.

    Cut short at any moment it is finished at the next start. Raises EnvError if the mark cannot be written; then
    nothing was destroyed.
    """
    with session.store.begin() as tx:
        card, counts = server_card.get(tx), undelivered.count(tx)
        audit.append(tx, session.user.id, "wipe", detail=f"{counts.unsent} unsent, {counts.withheld} withheld")
    receipt = Receipt(
        card.org, order.device, order.order_id, to_ms(session.clock.now()), counts.reviewed, counts.unsent,
        counts.withheld,
    )  # fmt: skip
    statement = receipt.statement()
    signature = session.keys.sign(statement)
    lost = counts.unsent + counts.withheld
    wiping.begin(
        session.home, Removal(wiping.WIPING, card.url, statement.hex(), signature.hex(), counts.reviewed, lost)
    )
    sessions.close(session)
    done = wiping.finish(session.home)
    assert done is not None  # the mark was just written
    return done


def removed(home: Path) -> Removal | None:
    """What is left of a workspace that was removed by order and that no other took the place of; a wipe that was cut
    short is finished."""
    removal = wiping.finish(home)
    return None if removal is None or sessions.info(home).exists else removal


def send_receipt(home: Path, url: str = "", ca: Path | None = None) -> bool:
    """Tell the server that the workspace is gone, if it does not know yet; whether it knows now.

    Raises EnvError if the link fails, ServerRefusedError if the server does not believe it.
    """
    from migdesk.sync.transport import HttpTransport  # noqa: PLC0415 - TLS is not loaded before somebody needs it

    removal = wiping.find(home)
    if removal is None or removal.state != wiping.WIPED:
        return removal is not None and removal.state == wiping.SENT
    transport = HttpTransport(url or removal.url, ca=ca)
    try:
        hand_over(transport, removal)
    finally:
        transport.close()
    wiping.sent(home)
    return True


def hand_over(transport: Transport, removal: Removal) -> None:
    """Send the receipt. Raises EnvError unless the server says that it has it."""
    body = json.dumps({"statement": removal.statement, "signature": removal.signature}).encode("ascii")
    answer = b""
    for piece in transport.post(WIPED_PATH, {"Content-Type": "application/json"}, [body], lambda up, down: None):
        answer = (answer + piece)[:_ANSWER_MOST]
    try:
        known = json.loads(answer)["status"] == "wiped"
    except (ValueError, KeyError, TypeError) as error:
        raise EnvError(N_("The answer is not the server's.")) from error
    if not known:
        raise EnvError(N_("The answer is not the server's."))


def _is_due(store: Store, *, session: Session) -> bool:
    with store.read() as tx:
        if rekeying.pending(tx) is not None:
            return True
        since, days = settings.get(tx, SETTING_KEY_SINCE, 0), settings.get(tx, _SETTING_DAYS, ROTATION_DAYS)
    return bool(days and since) and to_ms(session.time.now()) - since > days * _DAY_MS


def _begin(store: Store, *, session: Session) -> None:
    with store.begin() as tx:
        rekeying.begin(tx, session.keys, server_card.get(tx))


def _pending(store: Store) -> Pending | None:
    with store.read() as tx:
        return rekeying.pending(tx)


def _card(store: Store) -> ServerCard:
    with store.read() as tx:
        return server_card.get(tx)


def _kept(store: Store) -> "tuple[Rotation, ...]":
    with store.read() as tx:
        return rekeying.kept(tx)


def _finish(run: Runner, session: Session, transport: Transport) -> None:
    """Ask for the change that is pending, and make it."""
    begun = run(_pending)
    if begun is None:
        return
    try:
        rekeying.ask(transport, session.keys, run(_card), [begun.rotation], session.clock)
    except ServerRefusedError as error:
        if error.status in (400, 403, 409):
            run(_give_up)
        raise
    run(partial(_swap, session=session, done=begun))


def _swap(store: Store, *, session: Session, done: Pending) -> None:
    with store.begin() as tx:
        rekeying.settle(tx, done)
        # A ticket belongs to the key that it was given for, and a server from a backup may still know that one.
        server_card.change(tx, ticket=b"")
        settings.put(tx, SETTING_DEVICE, done.keys.to_secret().hex())
        settings.put(tx, SETTING_KEY_SINCE, to_ms(tx.clock.now()))
        audit.append(tx, session.user.id, "rotate_key")
    session.keys = done.keys


def _give_up(store: Store) -> None:
    with store.begin() as tx:
        rekeying.give_up(tx)


def _show_kept(run: Runner, session: Session, transport: Transport) -> bool:
    """Show the server every change of keys so far; False if there was none."""
    rotations = run(_kept)
    if rotations:
        rekeying.ask(transport, session.keys, run(_card), rotations, session.clock)
    return bool(rotations)


def _count_try(store: Store) -> None:
    """A sync ended while there is an order to wipe."""
    with store.begin() as tx:
        orders.tried(tx)
