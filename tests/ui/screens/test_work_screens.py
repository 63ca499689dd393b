"""The work of a day through the real windows: by keyboard and mouse, saved in the store."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from migdesk.domain.values import PartialDate
from migdesk.services import cases, counselling, drafts, people, training
from migdesk.services.settings import Interface
from migdesk.ui.a11y import audit
from migdesk.ui.models.attendance import NAME, STATUS
from tests.support.workspaces import event, person

SAVED = "Saved on this laptop · waiting to be sent"


def test_someone_new_is_searched_for_and_written_down(make_laptop: Any) -> None:
    laptop = make_laptop()
    driver = laptop.driver
    driver.click("nav.people")
    driver.find("people.empty.new")
    driver.type("people.search", "Wartini")
    driver.click("people.new")
    driver.click("people.check.none")
    assert driver.text("person.full_name.input") == "Wartini"
    driver.click("person.sex.female")
    driver.enter("person.birth_date.input", "1994")
    driver.click("people.form.save")
    driver.find("people.new_counselling")
    (found,) = laptop.do(lambda: people.page(laptop.session)).rows
    assert (found.full_name, found.sex, found.birth_date) == ("Wartini", "female", PartialDate(1994))


def test_a_session_is_typed_saved_and_stands_in_the_timeline(make_laptop: Any) -> None:
    laptop = make_laptop()
    driver = laptop.driver
    who = laptop.do(lambda: people.save(laptop.session, person())).id
    laptop.window.navigate("people", who)
    driver.click("people.new_counselling")
    driver.click("counselling_session.intention.decided")
    driver.enter("counselling_session.destination.input", "Hong Kong")
    driver.click("counselling_session.topics.costs")
    driver.click("counselling.form.save")
    driver.wait(lambda: driver.text("counselling.form.standing").startswith(SAVED), "the session to be saved")
    (held,) = laptop.do(lambda: counselling.for_person(laptop.session, who))
    assert (held.record.destination, held.record.topics) == ("HK", frozenset({"costs"}))
    laptop.window.navigate("people", who)
    driver.find("people.timeline.0")


def test_typing_is_kept_without_a_save_and_offered_again(make_laptop: Any) -> None:
    laptop = make_laptop()
    driver = laptop.driver
    who = laptop.do(lambda: people.save(laptop.session, person())).id
    laptop.window.navigate("counselling", None, {"new": True, "person": who})
    driver.type("counselling_session.advice.input", "Periksa izin P3MI")
    driver.wait(lambda: laptop.do(lambda: drafts.open_drafts(laptop.session)), "the draft")
    driver.click("nav.today")
    driver.find("today.draft.0")
    laptop.window.navigate("counselling", None, {"new": True, "person": who})
    driver.find("counselling.form.draft")
    driver.click("counselling.form.draft.recover")
    driver.click("counselling.form.save")
    driver.wait(lambda: not laptop.do(lambda: drafts.open_drafts(laptop.session)), "the draft to be gone")
    (held,) = laptop.do(lambda: counselling.for_person(laptop.session, who))
    assert held.record.advice == "Periksa izin P3MI"


def test_a_problem_stands_beside_its_field_and_nothing_is_lost(make_laptop: Any) -> None:
    laptop = make_laptop()
    driver = laptop.driver
    laptop.window.navigate("people", None, {"new": True, "text": "Wartini"})
    driver.click("people.check.none")
    driver.type("person.nik.input", "123")
    driver.click("people.form.save")
    cell = driver.find("person.nik.cell")
    driver.wait(lambda: cell.problem.text() or None, "words beside the field")
    assert driver.text("person.nik.input") == "123"
    assert laptop.do(lambda: people.count(laptop.session)) == 0


def test_a_case_is_taken_in_and_named_by_its_code(make_laptop: Any) -> None:
    laptop = make_laptop()
    driver = laptop.driver
    driver.click("nav.cases")
    driver.click("cases.new")
    driver.click("case.safe_to_record.no")
    driver.find("cases.unsafe")
    driver.click("case.immediate_danger.yes")
    driver.find("cases.danger")
    driver.enter("case.primary_category.input", "Labour exploitation")
    driver.click("case.risk_level.high")
    driver.click("cases.form.save")
    driver.find("cases.incidents")
    (row,) = laptop.do(lambda: cases.page(laptop.session)).rows
    assert driver.text("cases.title") == row.case_code
    driver.click("nav.cases")
    driver.wait(lambda: driver.rows("cases.table") == 1, "the case in the list")
    assert driver.cell("cases.table", 0, 0) == row.case_code


def hall(laptop: Any, number: int) -> Any:
    session = laptop.session
    made = training.save_event(session, event(session.today())).id
    held = training.save_session(session, {"event": made, "held_on": session.today()}).id
    for n in range(number):
        training.save_participant(session, {"event": made, "full_name": f"Peserta {n:02d}", "sex": "female"})
    return made, held


def test_thirty_people_are_marked_with_a_key_each(make_laptop: Any) -> None:
    laptop = make_laptop("TRAINER")
    driver = laptop.driver
    made, held = laptop.do(lambda: hall(laptop, 30))
    laptop.window.navigate("training", made)
    driver.click("training.attendance.0")
    driver.wait(lambda: driver.rows("attendance.table") == 30, "thirty people")
    keys = "HTIA" * 7 + "HP"
    driver.focus(driver.find("attendance.table"))
    for letter in keys:
        driver.press(Qt.Key(ord(letter)), letter.lower())
    marks = laptop.do(lambda: training.attendance(laptop.session, held))
    assert sorted(marks.values()) == sorted(["present", "late", "excused", "absent"] * 7 + ["present", "present"])
    driver.press(Qt.Key.Key_Z, "", Qt.KeyboardModifier.ControlModifier)
    assert len(laptop.do(lambda: training.attendance(laptop.session, held))) == 29
    assert driver.find("attendance.count.none").accessibleName().endswith("1")


def test_a_name_is_found_and_the_rest_marked_at_once(make_laptop: Any) -> None:
    laptop = make_laptop("TRAINER")
    driver = laptop.driver
    made, held = laptop.do(lambda: hall(laptop, 5))
    laptop.window.navigate("training", made, {"attendance": held})
    driver.wait(lambda: driver.rows("attendance.table") == 5, "five people")
    driver.press(Qt.Key.Key_Slash, "/")
    driver.type("attendance.find", "03")
    driver.wait(lambda: driver.rows("attendance.table") == 1, "one name")
    driver.press(Qt.Key.Key_Return)
    driver.press(Qt.Key.Key_A, "a")
    driver.find("attendance.find").clear()
    driver.wait(lambda: driver.rows("attendance.table") == 5, "all names")
    driver.click("attendance.rest")
    marks = laptop.do(lambda: training.attendance(laptop.session, held))
    assert sorted(marks.values()) == ["absent", "present", "present", "present", "present"]


def test_switching_the_language_loses_no_typing(make_laptop: Any) -> None:
    laptop = make_laptop()
    driver = laptop.driver
    laptop.window.navigate("people", None, {"new": True, "text": "Wartini"})
    driver.click("people.check.none")
    driver.type("person.address.input", "Dusun Lauk")
    laptop.window.change_interface(Interface("id", "dark", 1.25))
    driver.settle()
    assert driver.text("person.address.input") == "Dusun Lauk"
    assert driver.text("person.full_name.input") == "Wartini"


PLACES: list[tuple[str, dict[str, Any]]] = [
    ("today", {}),
    ("people", {}),
    ("people", {"new": True, "text": "Nurhayati"}),
    ("counselling", {}),
    ("counselling", {"new": True}),
    ("cases", {}),
    ("cases", {"new": True}),
    ("training", {}),
    ("training", {"new": True}),
]


@pytest.mark.parametrize("text_size", [1.0, 1.5])
def test_every_control_has_a_name_and_every_page_fits_the_small_screen(make_laptop: Any, text_size: float) -> None:
    laptop = make_laptop(language="id", text_size=text_size)
    laptop.do(lambda: people.save(laptop.session, person()))
    for screen, params in PLACES:
        laptop.window.navigate(screen, None, params)
        laptop.driver.settle()
        shown = laptop.window.workspace.stack.currentWidget()
        assert [finding for finding in audit(shown) if shown is not None] == [], (screen, params)
        assert laptop.window.minimumSizeHint().height() <= 768, (screen, params)
        assert laptop.window.minimumSizeHint().width() <= 1366, (screen, params)


@pytest.mark.parametrize("text_size", [1.0, 1.5, 2.0])
def test_no_choice_of_the_attendance_list_is_cut_off(make_laptop: Any, text_size: float) -> None:
    laptop = make_laptop("TRAINER", text_size=text_size)
    driver = laptop.driver
    made, held = laptop.do(lambda: hall(laptop, 3))
    laptop.window.navigate("training", made, {"attendance": held})
    table = driver.table("attendance.table")
    shown = [column for column in range(5) if not table.isColumnHidden(column)]
    assert {NAME, STATUS} <= set(shown)
    assert table.columnWidth(STATUS) >= laptop.window.ctx.theme.space(3 + 4 * 10 + 3 * 1.5)
    if text_size < 2:
        assert sum(table.columnWidth(column) for column in shown) <= table.viewport().width()


def test_a_trainer_sees_no_people_and_no_cases(make_laptop: Any) -> None:
    driver = make_laptop("TRAINER").driver
    assert driver.look("nav.training", QWidget) is not None
    assert driver.look("nav.people", QWidget) is None
    assert driver.look("nav.cases", QWidget) is None
    assert driver.look("frame.search", QLineEdit) is not None
