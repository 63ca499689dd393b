"""What a record's state says of sending: it waits until the server applied the batch that its last change is in."""

import hashlib

from migdesk.domain.case import Case
from migdesk.domain.changes import Change, Edit, Register
from migdesk.domain.person import Person
from migdesk.store import applying, change_log, outbox, records, writing
from migdesk.store.database import Store, Transaction
from migdesk.store.outbox import Plan
from migdesk.store.records import State
from tests.support.stores import BUDI, SITI, VILLAGE

SENT = {"primary_category": "EXPL", "area_code": VILLAGE, "consent_server": "yes"}


def build(plan: Plan) -> bytes:
    return hashlib.sha256(repr(plan.changes).encode()).digest()


def send(tx: Transaction) -> None:
    """Freeze everything and have it acknowledged."""
    for batch in outbox.freeze(tx, SITI.device, build):
        outbox.mark_applied(tx, batch.op_area, batch.lane, batch.n)


def state(tx: Transaction, kind: type[Person | Case], id: object) -> State:
    return records.get(tx, kind, id).meta.state  # type: ignore[arg-type]


def test_a_record_waits_until_its_batch_is_applied(file_store: Store) -> None:
    with file_store.begin() as tx:
        id = writing.save(tx, SITI, Person, {"full_name": "A", "area_code": VILLAGE}).id
        assert (state(tx, Person, id), change_log.unsent_count(tx)) == (State.WAITS, 1)
        [batch] = outbox.freeze(tx, SITI.device, build)
        assert (state(tx, Person, id), change_log.unsent_count(tx)) == (State.WAITS, 1)
        outbox.mark_applied(tx, batch.op_area, batch.lane, batch.n)
        assert (state(tx, Person, id), change_log.unsent_count(tx)) == (State.SENT, 0)
        writing.save(tx, SITI, Person, {"full_name": "B"}, id)
        assert (state(tx, Person, id), change_log.unsent_count(tx)) == (State.WAITS, 1)
        send(tx)
        theirs = Change(7, 1, 1 << 62, BUDI.user, 1, id, VILLAGE, None, (Edit(Register(3), "male"),))
        applying.apply(tx, [theirs], origin="net")
        assert state(tx, Person, id) is State.SENT


def test_the_innermost_tier_waits_for_nothing(file_store: Store) -> None:
    with file_store.begin() as tx:
        id = writing.save(tx, SITI, Case, SENT | {"wishes": "x"}).id
        send(tx)
        assert (state(tx, Case, id), change_log.unsent_count(tx)) == (State.SENT, 0)
        writing.save(tx, SITI, Case, {"wishes": "y"}, id)
        assert (state(tx, Case, id), change_log.unsent_count(tx)) == (State.SENT, 0)
        assert outbox.freeze(tx, SITI.device, build) == []
