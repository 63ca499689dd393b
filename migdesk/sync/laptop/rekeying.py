"""A laptop's change of keys: kept before it is asked for, asked for until it is answered, shown again when a server
forgot it. Functions with a transaction run on the store's thread, the others on a network thread.

The present keys are changed by the caller, in the transaction of `settle`: until then everything goes on with the old.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from migdesk.clock import Clock, to_ms
from migdesk.errors import EnvError
from migdesk.i18n.markers import N_
from migdesk.store import settings
from migdesk.store.database import Transaction
from migdesk.sync.laptop.shifted_clock import ShiftedClock
from migdesk.sync.runner import ServerRefusedError, Transport
from migdesk.sync.trust.server_card import ServerCard
from migdesk.vault.device_keys import DeviceKeys
from migdesk.vault.rotation import Rotation
from migdesk.vault.tokens import make_token

KEYS_PATH = "/sync/1/keys"
_PENDING, _KEPT = "device.rotation", "device.rotations"
_ANSWER_MOST = 64 << 10


@dataclass(frozen=True, slots=True)
class Pending:
    """New keys that the server may or may not know yet, and the statement that tells it."""

    keys: DeviceKeys
    rotation: Rotation


def begin(tx: Transaction, keys: DeviceKeys, card: ServerCard) -> Pending:
    """Make and keep the next keys of this device; those that are kept already, if there are any."""
    found = pending(tx)
    if found is None:
        fresh = keys.next()
        found = Pending(fresh, Rotation.make(keys, fresh, card.org, to_ms(tx.clock.now())))
        settings.put(tx, _PENDING, {"keys": fresh.to_secret().hex(), **found.rotation.to_json()})
    return found


def pending(tx: Transaction) -> Pending | None:
    """The change of keys that was begun and not settled."""
    row = settings.get(tx, _PENDING)
    if not isinstance(row, dict):
        return None
    return Pending(DeviceKeys.from_secret(bytes.fromhex(row["keys"])), Rotation.from_json(row))


def settle(tx: Transaction, done: Pending) -> None:
    """The server knows the new keys: keep the statement for ever, forget that it waits."""
    settings.put(tx, _KEPT, [*(one.to_json() for one in kept(tx)), done.rotation.to_json()])
    settings.put(tx, _PENDING, None)


def give_up(tx: Transaction) -> None:
    """The server will never take this change of keys."""
    settings.put(tx, _PENDING, None)


def kept(tx: Transaction) -> tuple[Rotation, ...]:
    """Every change of keys of this device, oldest first."""
    return tuple(Rotation.from_json(row) for row in settings.get(tx, _KEPT) or ())


def ask(transport: Transport, keys: DeviceKeys, card: ServerCard, rotations: Sequence[Rotation], clock: Clock) -> None:
    """Tell the server of changes of keys, with a token of `keys`. Again changes nothing there.

    Raises EnvError if the link fails or the answer is none, ServerRefusedError if the server refuses.
    """
    ahead = card.clock_offset_ms
    try:
        answer = _post(transport, keys, card, rotations, ShiftedClock(clock, ahead))
    except ServerRefusedError as error:
        if error.error != "clock" or not error.server_ms:
            raise
        ahead = error.server_ms - to_ms(clock.now())
        answer = _post(transport, keys, card, rotations, ShiftedClock(clock, ahead))
    try:
        said = json.loads(answer)
        believed = bytes.fromhex(said["sign_key"])
    except (ValueError, KeyError, TypeError) as error:
        raise _no_answer() from error
    if believed != rotations[-1].facts().new_key:
        raise _no_answer()


def _post(
    transport: Transport, keys: DeviceKeys, card: ServerCard, rotations: Sequence[Rotation], clock: Clock
) -> bytes:
    token = make_token(keys, keys.device_id, str(card.org), clock)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = json.dumps({"rotations": [one.to_json() for one in rotations]}).encode("ascii")
    answer = b""
    for piece in transport.post(KEYS_PATH, headers, [body], lambda up, down: None):
        answer += piece
        if len(answer) > _ANSWER_MOST:
            raise _no_answer()
    return answer


def _no_answer() -> EnvError:
    return EnvError(N_("The answer is not the server's."), hint=N_("Check the address and try again."))
