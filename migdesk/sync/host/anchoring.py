"""The server's witness of a laptop's audit chain: each sync brings its end, and it must follow from the last. Store's
thread."""

from uuid import UUID

from migdesk.clock import to_ms
from migdesk.domain.office import Device
from migdesk.store import anchors, audit
from migdesk.store.anchors import Anchor
from migdesk.store.database import Store
from migdesk.sync.wire.anchor_words import Claim, Verdict, judge


def take(store: Store, *, device: int, record: UUID, user: UUID, claim: Claim) -> tuple[int, int]:
    """Judge the end of a device's chain, keep it, and say what CONTROL answers. One that does not follow is audited
    here and becomes the one that the next must follow from: it is told once, and stands in the console for good."""
    with store.begin() as tx:
        known = anchors.latest(tx, device)
        verdict = judge((known.n, known.sha16) if known is not None else None, claim)
        if known is not None and verdict is Verdict.PROVE:
            return int(verdict), known.n
        if known is None or (known.n, known.sha16) != (claim.n, claim.sha16):
            anchors.add(tx, device, Anchor(claim.n, claim.sha16, to_ms(tx.clock.now()), int(verdict)))
        if known is None or verdict is Verdict.KEPT:
            return int(Verdict.KEPT), claim.n
        act = "anchor_back" if verdict is Verdict.BACK else "anchor_forked"
        audit.append(tx, user, act, Device.spec.name, record, f"anchored={known.n} told={claim.n}")
        return int(verdict), known.n
