"""Bringing the batches of others to the central server: what to push, and what its answer means. Store's thread.

A batch goes as its author signed it, and only if the server has all before it of its stream or gets them now: what is
missing comes another way, and until then nothing is sent in vain. Only the server's word lets a kept batch go.
"""

from migdesk.store import relays
from migdesk.store.cursors import SERVER
from migdesk.store.database import Store, Transaction
from migdesk.store.inbox import StreamKey
from migdesk.store.relays import RelayBatch
from migdesk.sync.wire.frames import Ack, Ask, State


def to_ask(tx: Transaction) -> list[Ask]:
    """One question for each stream of others of which something is kept: how much of it has the server?"""
    known = relays.had(tx, SERVER)
    keys = dict.fromkeys(batch.key for batch in relays.waiting(tx))
    return [Ask(key.op_area, key.lane, known.get(key, 0), 0, key.device) for key in keys]


def to_push(tx: Transaction) -> list[RelayBatch]:
    """What can be pushed now that the server said how much it has, urgent lanes first."""
    following = {key: n + 1 for key, n in relays.had(tx, SERVER).items()}
    pushed = []
    for batch in relays.waiting(tx):
        if batch.n == following.get(batch.key, 1):
            following[batch.key] = batch.n + 1
            pushed.append(batch)
    return pushed


def passed_on(store: Store, *, ack: Ack) -> int:
    """Take over what the server says of a stream of somebody else. Returns how many kept changes it has now."""
    key = StreamKey(ack.op_area, ack.device, ack.lane)
    with store.begin() as tx:
        if ack.state == State.APPLIED:
            return relays.settle(tx, key, ack.n, ack.sha256)
        if ack.state == State.REFUSED:
            relays.drop(tx, key, ack.n)
        elif ack.state == State.FORKED:
            relays.set_aside(tx, key)
        elif ack.state == State.RECEIVED:
            relays.note(tx, SERVER, key, ack.n - 1, less=True)
    return 0
