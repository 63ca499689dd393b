"""The end of this laptop's audit chain, told to the server as it syncs, and what the server says. Store's thread."""

from collections.abc import Sequence

from migdesk.clock import to_ms
from migdesk.store import anchors, audit
from migdesk.store.anchors import Anchor
from migdesk.store.database import Store, Transaction
from migdesk.sync.wire.anchor_words import Claim, Verdict
from migdesk.sync.wire.limits import BadBatchError

EVERY_MS = 10 * 60 * 1000
_SHA = 16


def claim(store: Store) -> str:
    """What to tell: the end, and of the row that the server knows, or asked for, its hash as it is in this chain. Empty
    if the server heard of it minutes ago: a laptop that syncs after each save has few bytes for it."""
    with store.read() as tx:
        head, known, wanted = audit.head(tx), anchors.acknowledged(tx), anchors.asked(tx)
        if known is not None and not wanted and abs(to_ms(tx.clock.now()) - known.at_ms) < EVERY_MS:
            return ""
        at = wanted or (known.n if known is not None else 0)
        return Claim(head.n, head.sha256[:_SHA], at, _sha16(tx, at) if at else b"").to_text()


def heard(tx: Transaction, said: Sequence[int]) -> Verdict:
    """Remember the server's answer. Raises BadBatchError for one that is none."""
    at_ms = to_ms(tx.clock.now())
    try:
        verdict, n = Verdict(said[0]), said[1]
    except (ValueError, IndexError):
        raise BadBatchError("no verdict on an audit") from None
    if verdict is Verdict.PROVE:
        anchors.ask(tx, n)
    elif verdict is Verdict.KEPT:
        anchors.acknowledge(tx, Anchor(n, _sha16(tx, n), at_ms))
    else:
        anchors.raise_alarm(tx, Anchor(n, b"", at_ms, int(verdict)))
    return verdict


def _sha16(tx: Transaction, n: int) -> bytes:
    found = audit.hash_of(tx, n)
    return b"" if found is None else found[:_SHA]
