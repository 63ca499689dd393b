"""A field is declared once (DESIGN 1.3): one more line, and it is in the store, the form, the wire, JSON and Excel.

Everything under test is the real thing; only the schema is another one: today's kinds, with one line more in Person.
"""

import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from python_calamine import CalamineWorkbook

from migdesk.domain import person
from migdesk.domain.changes import Register
from migdesk.domain.field_types import Text, Whole
from migdesk.domain.json_schema import kind_schema
from migdesk.domain.kinds import SCHEMA
from migdesk.domain.record import Lane, Schema, Tier, declared, record
from migdesk.domain.values import Answer
from migdesk.i18n import load
from migdesk.paths import resource
from migdesk.reports.profiles import Profile
from migdesk.services import exports, saving
from migdesk.services import records as record_lines
from migdesk.services import session as sessions
from migdesk.services.exports import Wording
from migdesk.services.reference import read_codebook
from migdesk.services.session import Session
from migdesk.store import change_log, records
from migdesk.sync.wire.codec import Codec
from migdesk.sync.wire.columnar import Base
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import FAST_KDF, PASSPHRASE, VILLAGE

NUMBER = 9_001
BOOK = read_codebook()


@record(1, "Person", "People", tier=Tier.T2, lane=Lane.CASEWORK, area="area_code", summary=("full_name", "person_code"))
class Person(person.Person):
    """Today's person and one more question."""

    shoe_size: Answer[int] = declared(NUMBER, Whole(15, 60), "Shoe size", section="background")


NEW = Schema(Person if spec.name == "person" else spec.cls for spec in SCHEMA.kinds)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A workspace made by a program that knows the field."""
    clock = FakeClock()
    sessions.create_workspace(
        tmp_path, username="sri", display_name="Sri", role="SUPERVISOR", area="52.03", passphrase=PASSPHRASE,
        clock=clock, codes=BOOK, schema=NEW, kdf=FAST_KDF,
    )  # fmt: skip
    opened = sessions.unlock(tmp_path, PASSPHRASE, clock, BOOK, NEW, FAST_KDF)
    yield opened
    sessions.close(opened)


@pytest.fixture
def saved(session: Session) -> UUID:
    values = {"full_name": "Siti Aminah", "area_code": VILLAGE, "shoe_size": 38}
    return saving.save(session, Person, values).id


def test_it_is_in_the_store(session: Session, saved: UUID) -> None:
    with session.store.read() as tx:
        assert tx.connection.exec_driver_sql("SELECT shoe_size FROM person").scalar_one() == 38
        stored = records.get(tx, Person, saved).record
        assert stored.shoe_size == 38
        assert [row.record.id for row in records.page(tx, Person, where={"shoe_size": 38}).rows] == [saved]


def test_it_is_checked_like_any_other(session: Session) -> None:
    problems = saving.preview(session, Person, {"full_name": "Siti", "area_code": VILLAGE, "shoe_size": 99})
    assert [problem.field for problem in problems if problem.is_error] == ["shoe_size"]


def test_it_is_in_the_form(session: Session, qapp: object) -> None:
    from migdesk.ui.form.builder import FormView
    from migdesk.ui.screen import ScreenContext
    from migdesk.ui.theme import read_theme

    given: Any = SimpleNamespace(
        session=session,
        lang=load("en"),
        theme=read_theme(resource("theme")),
        today=lambda: date(2026, 11, 23),
        areas=None,
    )
    form = FormView(Person.spec, cast(ScreenContext, given), leave_out={"area_code"})
    try:
        form.set_values({"shoe_size": 38})
        assert form.values()["shoe_size"] == 38
        assert "Shoe size" in form.cells["shoe_size"].editor.accessibleName() or "shoe_size" in form.cells
    finally:
        form.deleteLater()


def test_it_is_on_the_wire(session: Session, saved: UUID) -> None:
    with session.store.read() as tx:
        changes = [logged.change for logged in change_log.history(tx, saved)]
    edits = {edit.register: edit.value for change in changes for edit in change.edits}
    assert edits[Register(NUMBER)] == 38
    codec, base = Codec.shipped(), Base(session.keys.device_id, changes[0].counter, 0)
    for count in (1, 60):
        sent = [change._replace(counter=n + 1) for n, change in enumerate(changes * count)]
        arrived = codec.decode(codec.encode(sent, base), base)
        assert [change.record for change in arrived] == [saved] * len(sent)
        values = {edit.register: edit.value for change in arrived for edit in change.edits}
        assert values[Register(NUMBER)] == 38


def test_it_is_in_json_both_ways(session: Session, saved: UUID) -> None:
    (listed,) = record_lines.each(session, "person")
    assert listed["shoe_size"] == 38
    line = json.dumps(listed | {"id": str(uuid4()), "person_code": None, "full_name": "Dewi Lestari", "shoe_size": 41})
    (result,) = record_lines.put(session, [line])
    assert result.error is None
    assert sorted(one["shoe_size"] for one in record_lines.each(session, "person")) == [38, 41]
    (old,) = record_lines.put(session, [json.dumps(listed | {"shoe_colour": 1})])
    assert "shoe_colour" in str(old.error)
    properties = kind_schema(Person.spec, BOOK, {"en": str})["properties"]
    assert properties["shoe_size"]["title"] == "Shoe size"


@pytest.mark.parametrize("profile", list(Profile))
def test_it_is_in_the_excel_export(session: Session, saved: UUID, profile: Profile) -> None:
    made = exports.excel(session, profile, Wording(load("en")))
    (head, row) = CalamineWorkbook.from_filelike(io.BytesIO(made.data)).get_sheet_by_name("People").to_python()
    assert row[head.index("Shoe size (shoe_size)")] == 38


def test_new_free_text_is_hidden_from_its_first_day(session: Session) -> None:
    @record(1, "Person", "People", tier=Tier.T2, area="area_code", summary=("person_code",))
    class Person(person.Person):
        nickname: Answer[str] = declared(NUMBER, Text(40), "Nickname", section="background")

    from migdesk.reports.facts import Facts
    from migdesk.reports.profiles import Redactor

    for profile in Profile:
        shown = {column.name for column in Redactor(profile, Facts(), session.today()).columns(Person.spec)}
        assert ("nickname" in shown) is (profile is Profile.FULL)
