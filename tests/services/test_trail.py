"""The audit trail for those who may see it: who that is, what they learn of a record, and how the chain stands."""

from threading import Thread
from uuid import UUID

import pytest

from migdesk.errors import RefusedError, UsageError
from migdesk.services import cases, people, trail
from migdesk.services.session import Session
from migdesk.services.trail import Row, Standing, Wanted
from migdesk.store import audit
from tests.support.workspaces import Desk, case, deliver, person


def told(session: Session, **wanted: object) -> dict[UUID, str]:
    rows = trail.page(session, Wanted(**wanted)).rows  # type: ignore[arg-type]
    return {row.record: row.about for row in rows if row.record is not None}


@pytest.mark.parametrize("role", ["OUTREACH", "CASEWORKER", "TRAINER", "CENTRAL", "PLANNER", "ADMIN"])
def test_others_do_not_learn_that_it_exists(desk: Desk, role: str) -> None:
    session = desk(role)
    assert not trail.may_see(session)
    for asked in (lambda: trail.page(session, Wanted()), lambda: trail.users(session), lambda: trail.check(session)):
        with pytest.raises(RefusedError, match="no access"):
            asked()
    with pytest.raises(RefusedError):
        next(trail.each(session, Wanted()))


def test_a_name_is_shown_to_whom_it_is_shown_elsewhere(desk: Desk) -> None:
    sri = desk("SUPERVISOR", username="sri")
    who = people.save(sri, person(full_name="Siti Aminah")).id
    id = cases.save(sri, case(person=who)).id
    code = cases.get(sri, id).record.case_code
    assert told(sri) == {who: "Siti Aminah", id: code}
    assert {row.who for row in trail.page(sri, Wanted()).rows} == {"Sri"}
    dpo = desk("DPO", username="dewi")
    deliver(sri, dpo)
    with dpo.store.begin() as tx:
        for kind, record in (("person", who), ("case", id)):
            audit.append(tx, dpo.user.id, "edit", kind, record)
    assert told(dpo) == {who: "", id: ""}, "who watches over the data reads no names and no cases"


def test_what_is_out_of_scope_has_no_name(desk: Desk) -> None:
    near = desk("SUPERVISOR", "52.03.09", "sri")
    far = desk("OUTREACH", "52.03.01", "rina")
    who = people.save(far, person(full_name="Siti Aminah", area_code="52.03.01.2001")).id
    deliver(far, near)
    with near.store.begin() as tx:
        audit.append(tx, near.user.id, "edit", "person", who)
    assert told(near) == {who: ""}


def test_pages_follow_each_other_to_the_first_row(desk: Desk) -> None:
    sri = desk("SUPERVISOR")
    with sri.store.begin() as tx:
        for _ in range(230):
            audit.append(tx, sri.user.id, "lock")
    seen: list[Row] = []
    before = 0
    while True:
        page = trail.page(sri, Wanted(), before)
        seen += page.rows
        if page.next is None:
            break
        before = int.from_bytes(page.next, "big")
    assert [row.n for row in seen] == list(range(len(seen), 0, -1))
    assert len(seen) > 230
    assert len(list(trail.each(sri, Wanted(action="lock")))) == 230
    with pytest.raises(UsageError):
        trail.page(sri, Wanted(action="look"))


def test_how_the_chain_stands_is_found_beside_the_work(desk: Desk) -> None:
    sri = desk("SUPERVISOR")

    def checked() -> Standing:
        found: list[Standing] = []
        beside = Thread(target=lambda: found.append(trail.check(sri)))
        beside.start()
        beside.join()
        return found[0]

    whole = checked()
    with sri.store.read() as tx:
        assert (whole.rows, whole.sha256) == (audit.head(tx).n, audit.head(tx).sha256.hex())
    assert whole.findings == ()
    with sri.store.begin() as tx:
        tx.run("UPDATE audit SET detail = 'x' WHERE n = 1")
    assert [str(one) for one in checked().findings] == ["The audit row 1 was changed."]


def test_everybody_who_stands_in_it_is_named(desk: Desk) -> None:
    sri, nobody = desk("SUPERVISOR", username="sri"), UUID(int=0)
    with sri.store.begin() as tx:
        audit.append(tx, nobody, "left_scope")
    assert trail.users(sri) == ((sri.user.id, "Sri"), (nobody, ""))
    assert trail.user_of(" SRI ") == sri.user.id
