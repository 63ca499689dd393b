"""What a store promises, the same on a SQLCipher file and on PostgreSQL."""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from migdesk.domain.case import Case, Incident
from migdesk.domain.changes import Change, Edit, Register
from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.office import Area
from migdesk.domain.person import Person
from migdesk.domain.training import Attendance, Participant, TrainingEvent, TrainingSession
from migdesk.domain.values import Missing, Money, PartialDate
from migdesk.errors import BugError, UserError
from migdesk.store import applying, audit, change_log, drafts, records, settings, writing
from migdesk.store.applying import Outcome
from migdesk.store.database import Store
from migdesk.store.drafts import DraftKey
from migdesk.store.errors import NotFoundError
from migdesk.store.records import State
from tests.support.fake_clock import FakeClock
from tests.support.stores import BUDI, SITI, VILLAGE

WOMAN = {
    "full_name": "Nurhayati", "area_code": VILLAGE, "sex": "female", "birth_date": PartialDate(1994, 5),
    "nik": Missing.DECLINED, "phone": "0819-1744-3322", "dependants": 3, "disability": False, "note": "line\nline",
}  # fmt: skip
NUMBER = {spec.name: spec.number for spec in Person.spec.fields}


def test_every_type_of_value_comes_back(store: Store) -> None:
    with store.begin() as tx:
        person = writing.save(tx, SITI, Person, WOMAN).id
        talk = {
            "person": person, "date": dt.date(2026, 11, 20), "area_code": VILLAGE,
            "promised_wage": Money(499000, "HKD"),
            "topics": frozenset({"rights", "costs"}), "debt": Missing.UNKNOWN, "intention": Missing.UNKNOWN,
        }  # fmt: skip
        session = writing.save(tx, SITI, CounsellingSession, talk).id
    with store.read() as tx:
        found = records.get(tx, Person, person).record
        assert found.values() == WOMAN | {"phone": "+6281917443322"}
        assert records.get(tx, CounsellingSession, session).record.values() == talk | {"intention": "unknown"}


def test_meta_tells_who_when_and_where(store: Store, clock: FakeClock) -> None:
    with store.begin() as tx:
        id = writing.save(tx, SITI, Person, WOMAN).id
    clock.forward(seconds=60)
    with store.begin() as tx:
        writing.save(tx, BUDI, Person, {"area_code": "52.03.09.2005"}, id)
        meta = records.get(tx, Person, id).meta
    assert (meta.created_by, meta.updated_by, meta.area) == (SITI.user, BUDI.user, "52.03.09.2005")
    assert (meta.updated_at - meta.created_at).total_seconds() == 60
    # A server waits for nobody.
    state = State.WAITS if store.is_file else State.RECEIVED
    assert (meta.state, meta.conflicts, meta.deleted, meta.circle) == (state, 0, False, None)


def test_a_record_may_move_to_another_regency(store: Store) -> None:
    with store.begin() as tx:
        id = writing.save(tx, SITI, Person, WOMAN).id
        writing.save(tx, SITI, Person, {"area_code": "35.07.01.2001"}, id)
        assert records.get(tx, Person, id).meta.area == "35.07.01.2001"
        assert records.count(tx, Person) == 1
        assert change_log.op_areas(tx) == ["35.07", "52.03"]


def test_only_what_differs_is_an_edit(store: Store) -> None:
    with store.begin() as tx:
        first = writing.save(tx, SITI, Person, WOMAN)
        same = writing.save(tx, SITI, Person, WOMAN, first.id)
        other = writing.save(tx, SITI, Person, WOMAN | {"sex": "male", "note": None}, first.id)
    assert (first.created, same.created, same.changes) == (True, False, ())
    stamp = first.changes[0].stamp
    assert {edit for edit in other.changes[0].edits} == {
        Edit(Register(NUMBER["sex"]), "male", (stamp,)), Edit(Register(NUMBER["note"]), None, (stamp,))
    }  # fmt: skip


def test_a_set_is_edited_by_element(store: Store) -> None:
    with store.begin() as tx:
        base = {"opened_on": dt.date(2026, 11, 1), "primary_category": "EXPL", "area_code": VILLAGE}
        id = writing.save(tx, SITI, Case, base | {"categories": {"TIP", "EXPL"}}).id
        edits = writing.save(tx, SITI, Case, {"categories": {"TIP", "GBV"}}, id).changes[0].edits
        assert {(edit.register.element, edit.value) for edit in edits} == {("EXPL", False), ("GBV", True)}
        assert records.get(tx, Case, id).record.categories == frozenset({"TIP", "GBV"})
        writing.save(tx, SITI, Case, {"categories": None}, id)
        assert records.get(tx, Case, id).record.categories is None


def test_the_innermost_tier_is_a_change_of_its_own(store: Store) -> None:
    with store.begin() as tx:
        base = {"opened_on": dt.date(2026, 11, 1), "primary_category": "EXPL", "area_code": VILLAGE}
        saved = writing.save(tx, SITI, Case, base | {"consent_server": "yes", "wishes": "home"})
        story = writing.save(tx, SITI, Incident, {"case": saved.id, "account": "locked in"})
        low, high = saved.changes
        assert [edit.value for edit in high.edits] == ["home"]
        assert high.counter == low.counter + 1
        assert low.circle == saved.id == story.changes[0].circle
        assert [change.counter for _, change in change_log.after(tx, "52.03", 0)] == [1, 3]
        assert [logged.tier for logged in change_log.history(tx, saved.id)] == [3, 4]
        assert change_log.unsent_count(tx) == 2
        assert records.get(tx, Incident, story.id).record.account == "locked in"


def test_area_and_natural_id_come_from_above(store: Store) -> None:
    with store.begin() as tx:
        event = writing.save(
            tx, SITI, TrainingEvent, {"title": "A", "area_code": VILLAGE, "starts_on": dt.date(2026, 11, 22)}
        )
        session = writing.save(tx, SITI, TrainingSession, {"event": event.id, "number": 1}).id
        person = writing.save(tx, SITI, Participant, {"event": event.id, "full_name": "P", "sex": "male"}).id
        mark = {"session": session, "participant": person, "status": "present"}
        first = writing.save(tx, SITI, Attendance, mark)
        second = writing.save(tx, BUDI, Attendance, mark | {"status": "late"})
        assert first.id == second.id == Attendance.spec.natural_id(mark)
        assert (first.created, second.created) == (True, False)
        assert records.get(tx, Attendance, first.id).meta.area == VILLAGE
        with pytest.raises(UserError, match="is not here"):
            writing.save(tx, SITI, Participant, {"event": uuid4(), "full_name": "Q"})


@pytest.mark.parametrize(
    ("values", "label"),
    [({"dependants": "many"}, "People who depend"), ({"nik": "12"}, "NIK"), ({"full_name": "a\0b"}, "Full name"),
     ({"area_code": None}, "Village of origin")],
)  # fmt: skip
def test_what_cannot_be_stored_is_refused_by_name_and_nothing_written(
    store: Store, values: dict[str, object], label: str
) -> None:
    with store.begin() as tx:
        with pytest.raises(UserError, match=label):
            writing.save(tx, SITI, Person, WOMAN | values)
        assert records.count(tx, Person) == 0
        assert change_log.op_areas(tx) == []
        with pytest.raises(BugError):
            writing.save(tx, SITI, Person, {"no_such": 1})


def test_deleted_records_are_out_of_sight_until_restored(store: Store) -> None:
    with store.begin() as tx:
        id = writing.save(tx, SITI, Person, WOMAN).id
        writing.delete(tx, SITI, Person, id)
        assert records.find(tx, Person, id) is None
        assert records.page(tx, Person).rows == ()
        gone = records.get(tx, Person, id, deleted=True)
        assert (gone.meta.deleted, gone.record.full_name) == (True, "Nurhayati")
        with pytest.raises(NotFoundError):
            writing.save(tx, SITI, Person, {"sex": "male"}, id)
        with pytest.raises(NotFoundError):
            writing.delete(tx, SITI, Person, id)
        writing.restore(tx, BUDI, Person, id)
        assert records.get(tx, Person, id).record == gone.record
        assert writing.restore(tx, BUDI, Person, id).changes == ()


def test_pages_go_through_everything_once_in_order(store: Store) -> None:
    names = ["wati", "Ayu", "ayu", None, "Ännchen", "Budi", None, "ayu"]
    with store.begin() as tx:
        for name in names:
            writing.save(tx, SITI, Person, {"full_name": name, "area_code": VILLAGE, "sex": "female"})
    for descending in (False, True):
        got, after = [], None
        with store.read() as tx:
            while True:
                page = records.page(tx, Person, order="full_name", descending=descending, after=after, limit=3)
                got += [stored.record for stored in page.rows]
                after = page.next
                if after is None:
                    break
        assert len({record.id for record in got}) == len(names)
        lower = [str(record.full_name).lower() for record in got if record.full_name]
        assert lower == sorted(lower, reverse=descending)
        assert [record.full_name for record in got[-2:]] == [None, None]


def test_pages_look_for_values_and_areas(store: Store) -> None:
    with store.begin() as tx:
        for area, sex in (("52.03.09.2004", "male"), ("52.03.09", "female"), ("52.03.08", "unknown")):
            writing.save(tx, SITI, Person, {"full_name": sex, "area_code": area, "sex": sex})

        def names(**where: object) -> set[object]:
            return {stored.record.full_name for stored in records.page(tx, Person, where=where).rows}

        assert names(area="52.03.09") == {"male", "female"}
        assert names(area="52.03.09.2004", sex="male") == {"male"}
        assert names(sex=["male", "female"]) == {"male", "female"}
        assert names(nik=None) == {"male", "female", "unknown"}
        assert records.count(tx, Person, {"sex": "female"}) == 1
        assert len(list(records.each(tx, Person))) == 3


def test_each_since_gives_what_changed_later(store: Store, clock: FakeClock) -> None:
    with store.begin() as tx:
        writing.save(tx, SITI, Person, WOMAN)
        since = change_log.reading(tx) + 1
        clock.forward(seconds=1)
        later = writing.save(tx, SITI, Person, WOMAN | {"full_name": "Later"}).id
        assert [stored.record.id for stored in records.each(tx, Person, since)] == [later]


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    with suppress(RuntimeError), store.begin() as tx:
        writing.save(tx, SITI, Person, WOMAN)
        raise RuntimeError
    with store.read() as tx:
        assert records.count(tx, Person) == 0
        assert change_log.reading(tx) == 0


def test_the_clock_outlives_the_program_and_only_goes_forward(opened: Callable[[str], Store], clock: FakeClock) -> None:
    store = opened("same")
    with store.begin() as tx:
        first = writing.save(tx, SITI, Person, WOMAN).changes[0]
    store.close()
    clock.set_wall(clock.now() - timedelta(days=365 * 30))
    with opened("same").begin() as tx:
        second = writing.save(tx, SITI, Person, WOMAN).changes[0]
    assert second.hlc > first.hlc
    assert second.counter == first.counter + 1


def test_drafts_settings_and_audit(store: Store) -> None:
    key = DraftKey("person", None, 3, "new")
    with store.begin() as tx:
        drafts.put_field(tx, key, "full_name", "Nu")
        drafts.put_field(tx, key, "full_name", "Nur")
        drafts.put_field(tx, DraftKey("person", UUID(int=1)), "sex", {"value": "female"})
        assert [draft.fields for draft in drafts.all(tx)] == [{"full_name": "Nur"}, {"sex": {"value": "female"}}]
        drafts.put(tx, key, {"sex": "male"})
        kept = drafts.get(tx, key)
        assert kept is not None
        assert kept.fields == {"sex": "male"}
        drafts.discard(tx, key)
        assert [draft.key.record for draft in drafts.all(tx)] == [UUID(int=1)]
        settings.put(tx, "a", {"b": [1, None]})
        assert (settings.get(tx, "a"), settings.get(tx, "c", 5)) == ({"b": [1, None]}, 5)
        for n in range(3):
            audit.append(tx, SITI.user, "view", "case", UUID(int=n), "detail")
        assert audit.verify(tx) == []
        assert [entry.n for entry in audit.entries(tx)] == [3, 2, 1]


def test_the_audit_shows_what_was_changed_or_cut(store: Store) -> None:
    with store.begin() as tx:
        for n in range(4):
            audit.append(tx, SITI.user, "view", "case", UUID(int=n))
    for damage, told in (
        (tx.tables.audit.update().values(action="none").where(tx.tables.audit.c.n == 2), "row 2 was changed"),
        (tx.tables.audit.delete().where(tx.tables.audit.c.n == 3), "3 to 3 are missing"),
        (tx.tables.audit.delete().where(tx.tables.audit.c.n > 3), "The end of the audit"),
    ):
        with suppress(RuntimeError), store.begin() as tx:
            tx.connection.execute(damage)
            assert any(told in one for one in audit.verify(tx))
            raise RuntimeError


def test_seeded_records_yield_to_whoever_writes_them(store: Store) -> None:
    area = {"code": "52", "name": "NTB", "level": 1}
    with store.begin() as tx:
        writing.seed(tx, Area, [area, {"code": "52.03", "name": "Lombok Timur", "level": 2}])
        writing.seed(tx, Area, [area | {"name": "Nusa Tenggara Barat"}])
        id = Area.spec.natural_id(area)
        assert records.get(tx, Area, id).record.name == "Nusa Tenggara Barat"
        assert change_log.op_areas(tx) == []
        saved = writing.save(tx, BUDI, Area, {"name": "NTB!"}, id)
        assert saved.changes[0].edits[0].replaces == ()
        writing.seed(tx, Area, [area])
        found = records.get(tx, Area, id)
        assert (found.record.name, found.record.level, found.meta.area) == ("NTB!", 1, "52")
        assert records.count(tx, Area) == 2


def test_a_bad_change_never_stops_the_others(store: Store) -> None:
    def change(counter: int, kind: int = 1, **more: object) -> Change:
        edits = (Edit(Register(NUMBER["full_name"]), "Ani"), Edit(Register(NUMBER["area_code"]), VILLAGE))
        whole = {
            "hlc": counter << 20,
            "author": BUDI.user,
            "record": UUID(int=counter),
            "area": VILLAGE,
            "circle": None,
        }
        return Change(device=99, counter=counter, kind=kind, **({**whole, "edits": edits} | more))  # type: ignore[arg-type]

    name = Register(NUMBER["full_name"])
    bad = [
        change(2, edits=(Edit(name, "\ud800"),)), change(3, edits=(Edit(name, 1 << 80),)),
        change(4, edits=(Edit(name, 5),)), change(5, area="Lombok"), change(6, hlc=1 << 70), change(7, kind=-1),
        change(8, edits=(Edit(Register(NUMBER["birth_date"]), "May"),)),
        change(9, edits=(Edit(name, "a"), Edit(name, "b"))),
        change(10, edits=(Edit(Register(NUMBER["area_code"]), "35.07"),)), change(11, edits=(Edit(Register(0), "x"),)),
    ]  # fmt: skip
    with store.begin() as tx:
        results = applying.apply(
            tx, [*bad, change(20), change(20), change(21, kind=77), change(20, hlc=5)], origin="net"
        )
        assert [one.outcome for one in results] == [Outcome.REJECTED] * len(bad) + [
            Outcome.APPLIED, Outcome.DUPLICATE, Outcome.HELD, Outcome.REJECTED,
        ]  # fmt: skip
        assert all(one.reason for one in results if one.outcome is Outcome.REJECTED)
        assert records.get(tx, Person, UUID(int=20)).meta.state is State.RECEIVED
        assert [change.kind for _, change in change_log.after(tx, "52.03", 0)] == [1, 77]
        quarantined = tx.connection.execute(tx.tables.sync.quarantine.select()).all()
        assert len(quarantined) == len(bad) + 1
        assert change_log.unsent_count(tx) == 0


def test_fields_of_a_newer_version_are_kept_and_passed_on(store: Store) -> None:
    new = (Edit(Register(900), b"\x00\xff"), Edit(Register(901, "a"), True), Edit(Register(NUMBER["sex"]), "female"))
    more = Change(7, 1, 1 << 30, BUDI.user, 1, UUID(int=5), VILLAGE, None, new)
    with store.begin() as tx:
        applying.apply(tx, [more], origin="net")
        writing.save(tx, SITI, Person, WOMAN, more.record)
    with store.read() as tx:
        assert change_log.after(tx, "52.03", 0)[0][1] == more
        row = tx.connection.execute(tx.tables.kinds["person"].main.select()).one()
        assert row.extra
