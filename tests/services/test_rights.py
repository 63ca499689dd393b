"""Every role against every kind, through the services: default deny, and no hint of what is out of scope."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from migdesk.domain.kinds import SCHEMA
from migdesk.domain.record import KindSpec
from migdesk.domain.scope import Role, may_read, may_write
from migdesk.domain.validation import InvalidRecordError
from migdesk.errors import RefusedError
from migdesk.services import attachments, cases, counselling, history, people, saving, search, training
from migdesk.services.attachment_files import prepare
from migdesk.services.session import Session
from migdesk.store import audit
from migdesk.store.errors import NotFoundError
from tests.support.pictures import photo
from tests.support.workspaces import VILLAGE, Desk, case, deliver, event, person
from tests.support.workspaces import counselling as meeting

TODAY = date(2026, 3, 10)
READS: dict[str, tuple[Callable[[Session], Any], ...]] = {
    "person": (people.page, people.count, lambda session: people.get(session, uuid4())),
    "counselling_session": (counselling.recent, lambda session: counselling.get(session, uuid4())),
    "case": (cases.page, lambda session: cases.get(session, uuid4())),
    "incident": (lambda session: cases.incidents(session, uuid4()),),
    "training_event": (training.events, lambda session: training.get_event(session, uuid4())),
    "training_session": (lambda session: training.sessions(session, uuid4()),),
    "participant": (lambda session: training.participants(session, uuid4()),),
    "attendance": (lambda session: training.attendance(session, uuid4()),),
}
WRITES: dict[str, Callable[[Session], Any]] = {
    "person": lambda session: people.save(session, person(), uuid4()),
    "counselling_session": lambda session: counselling.save(session, meeting(uuid4(), TODAY), uuid4()),
    "case": lambda session: cases.save(session, case(), uuid4()),
    "incident": lambda session: cases.save_incident(session, {"case": uuid4()}, uuid4()),
    "training_event": lambda session: training.save_event(session, event(TODAY), uuid4()),
    "training_session": lambda session: training.save_session(session, {"event": uuid4()}, uuid4()),
    "participant": lambda session: training.save_participant(session, {"event": uuid4()}, uuid4()),
    "attendance": lambda session: training.mark_all(session, uuid4(), "present"),
}
FILE = prepare(photo())
ATTACHED = {
    "person_attachment": "person",
    "counselling_attachment": "counselling_session",
    "case_attachment": "case",
    "event_attachment": "training_event",
}
for kind, of in ATTACHED.items():
    READS[kind] = (partial(attachments.listed, of=of, parent=uuid4()),)
    WRITES[kind] = partial(attachments.add, of=of, parent=uuid4(), file=FILE)
KINDS = [spec for spec in SCHEMA.kinds if not spec.reference]


def outcome(act: Callable[[Session], Any], session: Session) -> type[Exception] | None:
    """Refused, not found, or neither. With made-up ids, whoever has the right is told that there is nothing."""
    try:
        act(session)
    except (RefusedError, NotFoundError) as error:
        return type(error)
    except InvalidRecordError:
        return NotFoundError  # what it should hang on
    return None


@pytest.mark.parametrize("role", list(Role))
def test_every_read_and_write_of_every_kind_by_role(desk: Desk, role: Role) -> None:
    session = desk(role)
    assert set(READS) == set(WRITES) == {spec.name for spec in KINDS}
    for spec in KINDS:
        for read in READS[spec.name]:
            assert (outcome(read, session) is RefusedError) is not may_read(role, spec), (role, spec.name)
        written = outcome(WRITES[spec.name], session)
        assert written is (NotFoundError if may_write(role, spec) else RefusedError), (role, spec.name)


@pytest.mark.parametrize("spec", [spec for spec in SCHEMA.kinds if spec.reference], ids=lambda spec: spec.name)
def test_reference_records_are_written_by_nobody(desk: Desk, spec: KindSpec) -> None:
    for role in (Role.ADMIN, Role.SUPERVISOR):
        with pytest.raises(RefusedError):
            saving.save(desk(role, "52.03", role.lower()), spec.cls, {})


def a_case(session: Session) -> tuple[UUID, UUID, UUID]:
    """A person, a case of hers and its incident."""
    who = people.save(session, person()).id
    id = cases.save(session, case(person=who)).id
    incident = cases.save_incident(session, {"case": id, "place_type": "home"}).id
    return who, id, incident


def test_a_colleague_learns_nothing_of_a_case(desk: Desk) -> None:
    """R-03: with the case in her very store, an officer who is not of its circle finds nothing anywhere."""
    rina, dewi = desk("OUTREACH"), desk("OUTREACH", "52.03", "dewi")
    who, id, incident = a_case(rina)
    counselling.save(rina, meeting(who, TODAY))
    deliver(rina, dewi)
    code = cases.get(rina, id).record.case_code or ""
    assert {entry.kind for entry in people.timeline(rina, who)} == {"case", "counselling_session"}
    assert {entry.kind for entry in people.timeline(dewi, who)} == {"counselling_session"}
    assert cases.page(dewi).rows == ()
    assert cases.for_person(dewi, who) == ()
    assert search.find(dewi, code) == ()
    assert [hit.id for hit in search.find(rina, code)] == [id]
    absent = outcome_text(lambda: cases.get(dewi, uuid4()))
    assert outcome_text(lambda: cases.get(dewi, id)) == absent
    assert outcome_text(lambda: cases.incidents(dewi, id)) == absent
    assert outcome_text(lambda: cases.get_incident(dewi, incident)) == absent
    assert outcome_text(lambda: cases.save(dewi, {"risk_level": "low"}, id)) == absent
    assert outcome_text(lambda: history.of(dewi, id)) == absent
    assert outcome_text(lambda: history.of(dewi, id, "case")) == absent


def outcome_text(act: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(NotFoundError) as caught:
        act()
    return str(caught.value), caught.value.hint


def test_the_supervisor_of_the_area_sees_the_case_and_one_elsewhere_does_not(desk: Desk) -> None:
    rina, sri, far = desk("OUTREACH"), desk("SUPERVISOR", "52.03", "sri"), desk("SUPERVISOR", "35.07", "joko")
    _, id, _ = a_case(rina)
    deliver(rina, sri)
    deliver(rina, far)
    assert [row.id for row in cases.page(sri).rows] == [id]
    assert len(cases.incidents(sri, id)) == 1
    assert cases.page(far).rows == ()
    with pytest.raises(NotFoundError):
        cases.get(far, id)


def test_a_trainer_cannot_learn_that_a_person_is_there(desk: Desk) -> None:
    rina, budi = desk("OUTREACH"), desk("TRAINER", "52.03", "budi")
    who, id, _ = a_case(rina)
    deliver(rina, budi)
    for text in ("Nurhayati", cases.get(rina, id).record.case_code or ""):
        assert search.find(budi, text) == ()
    for refused in (lambda: people.get(budi, who), lambda: cases.get(budi, id), lambda: people.timeline(budi, who)):
        with pytest.raises(RefusedError):
            refused()


def test_a_case_changes_hands_only_by_a_supervisor(desk: Desk) -> None:
    rina, sri = desk("OUTREACH"), desk("SUPERVISOR", "52.03", "sri")
    id = cases.save(rina, case()).id
    assert cases.get(rina, id).record.owner == rina.user.id
    with pytest.raises(InvalidRecordError):
        cases.save(rina, {"owner": uuid4()}, id)
    deliver(rina, sri)
    cases.save(sri, {"owner": sri.user.id}, id)
    assert cases.get(sri, id).owner_name == "Sri"


def test_only_a_supervisor_lowers_a_high_risk(desk: Desk) -> None:
    rina = desk("OUTREACH")
    id = cases.save(rina, case(risk_level="high")).id
    with pytest.raises(InvalidRecordError):
        cases.save(rina, {"risk_level": "low"}, id)
    assert cases.get(rina, id).record.risk_level == "high"


def test_lists_and_timelines_show_the_code_of_a_case_and_no_name(desk: Desk) -> None:
    rina = desk("OUTREACH")
    who, id, _ = a_case(rina)
    (row,) = cases.page(rina).rows
    (entry,) = people.timeline(rina, who)
    assert "Nurhayati" not in repr(row)
    assert entry.title_parts == (row.case_code,)
    (hit,) = search.find(rina, row.case_code.lower().replace("-", " "))
    assert (hit.title, hit.subtitle) == (row.case_code, "")
    assert cases.get(rina, id).name_hidden
    assert not cases.get(rina, cases.save(rina, case(primary_category="FRAUD")).id).name_hidden
    other = case(primary_category="FRAUD", categories=frozenset({"TIP"}))
    assert cases.get(rina, cases.save(rina, other).id).name_hidden


def test_every_look_into_a_case_is_audited(desk: Desk) -> None:
    rina = desk("OUTREACH")
    _, id, incident = a_case(rina)
    before = audited(rina)
    cases.get(rina, id)
    cases.incidents(rina, id)
    cases.get_incident(rina, incident)
    history.of(rina, id)
    assert audited(rina)[len(before) :] == ["view_case", "view_incidents", "view_incidents", "view_history"]
    with rina.store.read() as tx:
        assert audit.verify(tx) == []
    assert VILLAGE not in str(audited(rina))


def audited(session: Session) -> list[str]:
    with session.store.read() as tx:
        return [entry.action for entry in reversed(audit.entries(tx))]
